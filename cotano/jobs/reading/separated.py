"""A CSV file as spreadsheets really write it: any usual separator, line by line."""

import csv
import io
from collections.abc import Iterator
from itertools import islice

from django.utils.translation import gettext as _

from cotano.jobs.reading.base import LINE, Choice, How, Line, Pieces, Source, Table, checked, headings_of
from cotano.jobs.reading.letters import Letters, errors
from cotano.jobs.refusals import Refusal

SEPARATORS = ",;\t|"
_LOOK = 50  # lines from which the separator is found out
csv.field_size_limit(LINE)


def table(source: Source, letters: Letters, choice: Choice) -> Table:
    """Read the headings of a CSV file. Raises Refusal."""
    sample = islice(opened(source, letters), _LOOK)
    first, separator, heading = 0, choice.separator, ""
    for line in sample:
        first += 1
        if line.lower().startswith("sep=") and len(line.strip("\r\n")) == len("sep=;"):
            separator = separator or line[4]
        elif line.strip(" \t\r\n,;|"):
            heading = line
            break
    if not heading:
        raise Refusal(_("This file is empty.") if not first else _("There are no rows in this file."))
    separator = separator or separator_of(heading, list(sample))
    if len(separator) != 1 or separator in '"\r\n\0':
        raise Refusal(_("Choose one of the separators."))
    record = next((found for found in _records(source, letters, separator) if found.number >= first), None)
    if record is None:
        raise Refusal(_("There are no rows in this file."))
    if record.reason:
        raise Refusal(_("A quotation mark in line %(line)s is in the wrong place.") % {"line": record.number})
    headings = headings_of(record.cells)
    how = How("csv", letters.encoding, separator, encodings=letters.offered)
    return Table(how, headings, lambda: _checked(source, letters, separator, headings, record.number), letters.newlines)


def opened(source: Source, letters: Letters) -> io.TextIOWrapper:
    """The file's physical lines, with their ends."""
    buffer = io.BufferedReader(Pieces(source()), 2**16)
    return io.TextIOWrapper(buffer, encoding=letters.codec, errors=errors(letters.encoding), newline="")


def separator_of(heading: str, others: list[str]) -> str:
    """The sign that stands in the heading, and as often in most of the other lines."""

    def fits(mark: str) -> tuple[int, int]:
        count = _count(heading, mark)
        return (sum(_count(line, mark) == count for line in others) if count else -1, count)

    return max(SEPARATORS, key=fits)


def split(line: str) -> list[str]:
    """The cells of a single line."""
    return line.split(separator_of(line, []))


def _count(line: str, mark: str) -> int:
    """How often `mark` separates in this line (not inside quotation marks)."""
    return sum(part.count(mark) for part in line.split('"')[::2])


def _checked(source: Source, letters: Letters, separator: str, headings: list[str], first: int) -> Iterator[Line]:
    """The records below line `first`."""
    whole = letters.whole
    for record in _records(source, letters, separator):
        number, cells, reason, _detail = record
        if number <= first:
            continue
        if reason:
            yield record
        elif line := checked(number, cells, headings, whole=whole):
            yield line


def _records(source: Source, letters: Letters, separator: str) -> Iterator[Line]:
    """Every record of the file, its headings and blank lines included."""
    reader = csv.reader(opened(source, letters), delimiter=separator, strict=True)
    first = 1
    while True:
        try:
            for cells in reader:
                yield Line(first, cells)
                first = reader.line_num + 1
        except csv.Error as error:
            if "end of data" in str(error) or reader.line_num > first:
                raise Refusal(_("The quotation mark opened in line %(line)s is never closed.") % {"line": first}) from None
            yield Line(first, [], "quote")
            first = reader.line_num + 1
        else:
            return
