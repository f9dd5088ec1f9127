"""What every reader speaks: where bytes come from, what a person chose, what was found out, and the lines of a table."""

import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from cotano.jobs.cells import LONGEST, unguarded
from cotano.jobs.refusals import Refusal

COLUMNS = 100
LINE = 2**20  # characters of a line of text
PIECE = 2**18  # bytes looked at in one go
_BROKEN = re.compile("[\0\ud800-\udfff]")  # no letters: NUL, and what `surrogateescape` brings of bytes that are none

Rows = Iterable[Sequence[str]]
Source = Callable[[], Iterable[bytes]]  # gives the file's bytes in pieces, from the beginning, as often as asked


@dataclass(frozen=True)
class Choice:
    """What a person picked in the preview; "" is to be found out."""

    encoding: str = ""
    separator: str = ""
    sheet: str = ""


@dataclass(frozen=True)
class How:
    """How the file was read, and what else could be chosen. `encoding` and `separator` are "" where there is none."""

    format: str  # csv, xlsx, vcard or text
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)  # that a person can see in the workbook, in its order
    encodings: list[str] = field(default_factory=list)  # offered; `reading.TITLES` has their names
    program: str = ""  # google or outlook, when the columns of its export were made those of a people file


class Line(NamedTuple):
    """A record: the number of its first line in the file, its cells, and why it cannot be used ("" if it can)."""

    number: int
    cells: list[str]
    reason: str = ""
    detail: str = ""


@dataclass
class Table:
    """A file whose headings have been read."""

    how: How
    headings: list[str]
    records: Callable[[], Iterator[Line]]  # those below the headings
    newlines: int  # about as many lines as there are
    read: int = 0  # lines so far

    @property
    def separator(self) -> str:
        """What stands between the cells when the table is written as CSV again."""
        return self.how.separator or ","

    def lines(self) -> Iterator[Line]:
        """Every record below the headings; blank ones are left out. Raises Refusal when the file breaks off or breaks a limit."""
        for line in self.records():
            self.read = line.number
            yield line


def of_bytes(data: bytes) -> Source:
    """A file that is in memory."""
    return lambda: [data]


def text_source(text: str) -> Source:
    """A page that was pasted."""
    return of_bytes(text.encode("utf-8", "replace"))


def beginning(source: Source, size: int) -> bytes:
    """The first `size` bytes, or all there are."""
    start = b""
    for piece in source():
        start += bytes(piece[: size - len(start)])
        if len(start) == size:
            break
    return start


class Pieces(io.RawIOBase):
    """Bytes in pieces as one stream."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces, self.rest = iter(pieces), memoryview(b"")

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: memoryview) -> int:
        """Fill the buffer with what is there."""
        while not self.rest:
            piece = next(self.pieces, None)
            if piece is None:
                return 0
            self.rest = memoryview(piece)
        size = min(len(buffer), len(self.rest))
        buffer[:size] = self.rest[:size]
        self.rest = self.rest[size:]
        return size


def shown(cell: str) -> str:
    """The cell with a sign in the place of each letter that is broken."""
    return _BROKEN.sub("\ufffd", cell)


def headings_of(cells: Sequence[str]) -> list[str]:
    """The headings without blank ones at the end. Raises Refusal for too many."""
    headings = [shown(cell).strip() for cell in cells]
    while headings and not headings[-1]:
        headings.pop()
    if len(headings) > COLUMNS:
        raise Refusal(_("This file has %(count)s columns; %(most)s are allowed.") % {"count": len(headings), "most": COLUMNS})
    return headings


def checked(number: int, cells: list[str], headings: list[str], *, whole: bool, guarded: bool = True, filled: bool = False) -> Line | None:
    """The record as a line, None for a blank one. `whole`: every letter of the file is known to be one.

    `guarded`: the file is a table, whose cells an export may have kept from being run as formulas. `filled`: cells that lack at
    the end are blank.
    """
    joined = "".join(cells)
    if not joined or joined.isspace():
        return None
    if not whole and _BROKEN.search(joined):
        return Line(number, [shown(cell) for cell in cells], "letters")
    wanted = len(headings)
    if filled and len(cells) < wanted:
        cells = [*cells, *[""] * (wanted - len(cells))]
    if len(cells) != wanted and (len(cells) < wanted or any(cell.strip() for cell in cells[wanted:])):
        return Line(number, cells, "columns", str(len(cells)))
    if len(joined) > LONGEST and len(longest := max(cells, key=len)) > LONGEST:
        return Line(number, cells, "too_long", headings[min(cells.index(longest), wanted - 1)][:60])
    if guarded and "'" in joined:
        cells = [unguarded(cell) if cell[:1] == "'" else cell for cell in cells]
    return Line(number, cells)
