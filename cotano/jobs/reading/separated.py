"""A CSV file as spreadsheets really write it: any usual separator, line by line."""

import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice

from django.utils.translation import gettext as _

from cotano.jobs.cells import LONGEST
from cotano.jobs.reading.base import LINE, Choice, How, Line, Pieces, Rows, Source, Table, checked, headings_of, shown
from cotano.jobs.reading.letters import Letters, errors
from cotano.jobs.refusals import Refusal

SEPARATORS = ",;\t|"
_LOOK = 50  # lines from which the separator is found out
_AGAIN = 64 * LINE  # characters that are read once more because of quotation marks that are never closed
csv.field_size_limit(LINE)


def table(source: Source, letters: Letters, choice: Choice, place: Callable[[Rows], int], *, filled: bool = False) -> Table:
    """Read the headings of a CSV file; `place` tells which of its first rows they are. Raises Refusal.

    `filled`: a line may end before the last columns, as people write lists. A company's file that does was cut off.
    """
    sample = list(islice(opened(source, letters), _LOOK))
    separator, said = choice.separator, []
    for number, line in enumerate(sample, 1):
        if line.lower().startswith("sep=") and len(line.strip("\r\n")) == len("sep=;"):
            separator = separator or line[4]
        elif is_said(line):
            said.append((number, line))
    if not said:
        raise Refusal(_("There are no rows in this file.") if sample else _("This file is empty."))
    first, heading = said[place(split(line, separator) for _number, line in said)]
    separator = separator or separator_of(heading, sample[first:])
    if len(separator) != 1 or separator in '"\r\n\0':
        raise Refusal(_("Choose one of the separators."))
    record = next((found for found in _records(source, letters, separator) if found.number >= first), None)
    if record is None:
        raise Refusal(_("There are no rows in this file."))
    if record.reason:
        raise Refusal(_("A quotation mark in line %(line)s is in the wrong place.") % {"line": record.number})
    headings = headings_of(record.cells)
    how = How("csv", letters.encoding, separator, encodings=letters.offered)
    return Table(how, headings, lambda: _checked(source, letters, separator, headings, record.number, filled=filled), letters.newlines)


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


def is_said(line: str) -> bool:
    """Whether anything stands in the line but separators."""
    return bool(line.strip(" \t\r\n,;|\ufeff"))


def split(line: str, separator: str = "") -> list[str]:
    """The cells of a single line, as far as it tells."""
    return [cell.strip(' "\r\n') for cell in line.split(separator or separator_of(line, []))]


def _count(line: str, mark: str) -> int:
    """How often `mark` separates in this line (not inside quotation marks)."""
    return sum(part.count(mark) for part in line.split('"')[::2])


def _checked(source: Source, letters: Letters, separator: str, headings: list[str], first: int, *, filled: bool) -> Iterator[Line]:
    """The records below line `first`."""
    whole = letters.whole
    for record in _records(source, letters, separator):
        number, cells, reason, _detail = record
        if number <= first:
            continue
        if reason:
            yield record
        elif line := checked(number, cells, headings, whole=whole, filled=filled):
            yield line


def _records(source: Source, letters: Letters, separator: str) -> Iterator[Line]:
    """Every record of the file, its headings and blank lines included.

    A quotation mark that does not fit, or is never closed, spoils the line where it stands and no other.
    """
    lines = iter(opened(source, letters))
    again: deque[str] = deque()  # lines that such a mark has swallowed
    record: list[str] = []  # lines of the record that is being read
    first, left = 1, _AGAIN

    def given() -> Iterator[str]:
        size = 0
        while (line := again.popleft() if again else next(lines, None)) is not None:
            size = size + len(line) if record else 0
            if size > LINE:
                raise csv.Error
            record.append(line)
            yield line

    while True:
        try:
            for cells in csv.reader(given(), delimiter=separator, strict=True):
                yield Line(first, cells)
                first += len(record)
                record.clear()
        except csv.Error:
            raw, *swallowed = record
            left -= sum(map(len, swallowed))
            if left < 0:
                raise Refusal(_("The quotation mark opened in line %(line)s is never closed.") % {"line": first}) from None
            yield Line(first, [shown(raw.strip("\r\n"))[:LONGEST]], "quote")
            first += 1
            again.extendleft(reversed(swallowed))
            record.clear()
        else:
            return
