"""A company's or a rep's CSV file, as spreadsheets really write them: any usual encoding and separator, line by line."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from django.utils.translation import gettext as _

from cotano.jobs.cells import LONGEST, unguarded
from cotano.jobs.refusals import Refusal

COLUMNS = 100
LINE = 2**20  # characters
BOM = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SEPARATORS = ",;\t|"
MARKS = (
    (b"\xd0\xcf\x11\xe0", "excel"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"\x1f\x8b", "archive"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"BEGIN:VCARD", "vcard"),
    (b"<!DOCTYPE", "page"),
    (b"<html", "page"),
    (b"<?xml", "page"),
)
_BROKEN = re.compile("[\udc80-\udcff]")  # bytes of a UTF-8 file that are no letter, as `surrogateescape` brings them
csv.field_size_limit(LINE)

Source = Callable[[], Iterable[bytes]]  # gives the file's bytes in pieces, from the beginning, as often as asked


@dataclass(frozen=True)
class Line:
    """A record: the number of its first line in the file, its cells, and why it cannot be used ("" if it can)."""

    number: int
    cells: list[str]
    reason: str = ""
    detail: str = ""


@dataclass
class Table:
    """A file whose headings have been read."""

    source: Source
    encoding: str
    separator: str
    headings: list[str]
    first: int  # line number of the headings
    newlines: int  # about as many lines as there are
    read: int = field(default=0)  # lines so far

    def lines(self) -> Iterator[Line]:
        """Every record below the headings; blank ones are left out. Raises Refusal when a quotation mark is never closed."""
        records = _records(self.source, self.encoding, self.separator)
        for line in records:
            self.read = line.number
            if line.number <= self.first:
                continue
            cells = line.cells
            if not line.reason and not any(cell and not cell.isspace() for cell in cells):
                continue
            wanted = len(self.headings)
            if line.reason:
                yield line
            elif any(map(_BROKEN.search, cells)):
                yield Line(line.number, list(map(_shown, cells)), "letters")
            elif len(cells) < wanted or any(cell.strip() for cell in cells[wanted:]):
                yield Line(line.number, cells, "columns", str(len(cells)))
            elif (longest := max(cells, key=len)) and len(longest) > LONGEST:
                yield Line(line.number, cells, "too_long", self.headings[min(cells.index(longest), wanted - 1)][:60])
            else:
                yield Line(line.number, [unguarded(cell) if cell[:1] == "'" else cell for cell in cells])


def of_bytes(data: bytes) -> Source:
    """A file that is in memory."""
    return lambda: [data]


def table(source: Source) -> Table:
    """Find out how the file is written and read its headings. Raises Refusal with what it is instead of a CSV file."""
    encoding, newlines = _encoding(source)
    sample = _Lines(source, encoding)
    first, separator = 0, ""
    for line in sample:
        first += 1
        if line.lower().startswith("sep=") and len(line.strip()) == len("sep=;"):
            separator = line[4]
        elif line.strip(" \t\r\n,;|"):
            break
    else:
        raise Refusal(_("This file is empty.") if not newlines and not first else _("There are no rows in this file."))
    separator = separator or max(SEPARATORS, key=lambda mark: _count(line, mark))
    for record in _records(source, encoding, separator):
        if record.number >= first:
            if record.reason:
                raise Refusal(_("A quotation mark in line %(line)s is in the wrong place.") % {"line": record.number})
            return Table(source, encoding, separator, _headings(record.cells), record.number, newlines)
    raise Refusal(_("There are no rows in this file."))


def _headings(cells: Sequence[str]) -> list[str]:
    """The headings without blank ones at the end."""
    headings = [_shown(cell).strip() for cell in cells]
    while headings and not headings[-1]:
        headings.pop()
    if len(headings) > COLUMNS:
        raise Refusal(_("This file has %(count)s columns; %(most)s are allowed.") % {"count": len(headings), "most": COLUMNS})
    return headings


def _shown(cell: str) -> str:
    """The cell with a sign in the place of each letter that is broken."""
    return _BROKEN.sub("\ufffd", cell)


def _count(line: str, mark: str) -> int:
    """How often `mark` separates in this line (not inside quotation marks)."""
    return sum(part.count(mark) for part in line.split('"')[::2])


class _Lines(Iterator[str]):
    """The physical lines of a file, with their ends."""

    def __init__(self, source: Source, encoding: str) -> None:
        errors = "replace" if encoding == "cp1251" else "surrogateescape"
        buffer = io.BufferedReader(_Pieces(iter(source())), 2**16)
        self.text = io.TextIOWrapper(buffer, encoding=encoding, errors=errors, newline="")
        self.number = 0

    def __next__(self) -> str:
        line = self.text.readline(LINE)
        self.number += 1
        if not line:
            raise StopIteration
        if len(line) == LINE and not line.endswith(("\n", "\r")):
            raise Refusal(_("Line %(line)s is too long for a table.") % {"line": self.number})
        return line


class _Pieces(io.RawIOBase):
    """Bytes in pieces as one stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.rest = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        while not self.rest:
            piece = next(self.pieces, None)
            if piece is None:
                return 0
            self.rest = memoryview(piece)
        size = min(len(buffer), len(self.rest))
        buffer[:size] = self.rest[:size]
        self.rest = self.rest[size:]
        return size


def _records(source: Source, encoding: str, separator: str) -> Iterator[Line]:
    """Every record of the file, its headings and blank lines included."""
    lines = _Lines(source, encoding)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        first = reader.line_num + 1
        try:
            yield Line(first, next(reader))
        except StopIteration:
            return
        except csv.Error as error:
            if "end of data" in str(error) or reader.line_num > first:
                raise Refusal(_("The quotation mark opened in line %(line)s is never closed.") % {"line": first}) from None
            yield Line(first, [], "quote")


def _encoding(source: Source) -> tuple[str, int]:
    """How the bytes are to be read, and how many line ends there are. Raises Refusal for what is no text.

    A mark at the beginning decides; else UTF-8 if all of the file is, or most of its letters are (a program that cut a text
    between two bytes breaks one letter, not the file), else windows-1251.
    """
    start = b"".join(islice((bytes(piece[:4096]) for piece in source()), 1))
    _refuse_by_mark(start)
    marked = next((name for mark, name in BOM.items() if start.startswith(mark)), None)
    encoding = marked or "utf-8"
    try:
        return encoding, _newlines(source, encoding)
    except UnicodeDecodeError:
        if encoding == "utf-16":
            raise Refusal(_("The letters of this file cannot be read. Save it as CSV UTF-8.")) from None
    if marked or _is_mostly_utf8(source):
        return encoding, _newlines(source, encoding, "surrogateescape")
    return "cp1251", _newlines(source, "latin-1")


def _is_mostly_utf8(source: Source) -> bool:
    """Whether more letters beyond ASCII can be read as UTF-8 than bytes cannot."""
    decoder, good, broken = codecs.getincrementaldecoder("utf-8")("surrogateescape"), 0, 0
    for piece in source():
        text = decoder.decode(piece)
        readable = len(text.encode("utf-8", "ignore").decode())
        good += readable - len(text.encode("ascii", "ignore"))
        broken += len(text) - readable
    return good > broken


def _newlines(source: Source, encoding: str, errors: str = "strict") -> int:
    """Read all of the file as text; raises UnicodeDecodeError, and Refusal for NUL characters, which no text has."""
    decoder, count = codecs.getincrementaldecoder(encoding)(errors), 0
    for piece in chain(source(), [b""]):
        text = decoder.decode(piece, final=not piece)
        if "\0" in text:
            raise Refusal(_not_csv("binary"))
        count += text.count("\n") or text.count("\r")
    return count


def _refuse_by_mark(start: bytes) -> None:
    """Name what is certainly no CSV file by its content, whatever it is called."""
    if start.startswith(b"PK\x03\x04"):
        raise Refusal(_not_csv("excel" if b"xl/" in start or b"[Content_Types].xml" in start else "archive"))
    if start[:4] == b"RIFF" or start[4:8] == b"ftyp":
        raise Refusal(_not_csv("image"))
    begin = start.removeprefix(codecs.BOM_UTF8).lstrip()
    for mark, kind in MARKS:
        if begin.startswith(mark):
            raise Refusal(_not_csv(kind))


def _not_csv(kind: str) -> str:
    """What the file is, and what to do."""
    return {
        "excel": _("This is not a CSV file but an Excel workbook. Open it, choose “Save as” and “CSV UTF-8”, then upload that file."),
        "pdf": _("This is not a CSV file but a PDF document. Save the table as CSV and upload that file."),
        "image": _("This is not a CSV file but a picture or a recording. Save the table as CSV and upload that file."),
        "archive": _("This is not a CSV file but an archive. Unpack it and upload the CSV file in it."),
        "vcard": _("This is not a CSV file but a file of contact cards (vCard). Save the contacts as CSV and upload that file."),
        "page": _("This is not a CSV file but a web page or XML. Save the table as CSV and upload that file."),
        "binary": _("This is not a CSV file: it holds no text. Save the table as CSV and upload that file."),
    }[kind]
