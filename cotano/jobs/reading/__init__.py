"""A company's or a rep's file, as programs and phones really write them: found out by its content, read line by line.

`table(source)` gives the headings and, as often as asked, the lines. A file of people may also be contact cards or a pasted page.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from math import inf

from cotano.jobs.reading import exports, marks, pasted, separated, vcard, words, workbook
from cotano.jobs.reading.base import COLUMNS, Choice, How, Line, Rows, Source, Table, beginning, of_bytes, text_source
from cotano.jobs.reading.letters import TITLES, Letters, find_out
from cotano.jobs.reading.marks import not_csv
from cotano.jobs.refusals import Refusal

__all__ = ["COLUMNS", "TITLES", "Choice", "How", "Line", "Source", "Table", "of_bytes", "table", "text_source"]

_LOOK = 5  # lines below one that may be a heading
_ABOVE = 20  # rows that may stand above the headings: a title, whose list it is
_START = 4096  # bytes that say what a file is


def table(
    source: Source,
    choice: Choice = Choice(),  # noqa: B008  frozen
    *,
    people: bool = True,
    fits: Callable[[Sequence[str]], bool] = lambda _cells: False,
) -> Table:
    """Find out how the file is written and read its headings. Raises Refusal with what it is when it cannot be used.

    `people`: the file may hold contacts, so that contact cards, an address book's export and a pasted page are tables too.
    `fits`: whether a row can be the headings of such a file; what stands above the first one that does is passed over.
    """
    top = _Top(fits, people=people)
    kind = marks.kind_of(beginning(source, _START))
    if kind == "vcard" and people:
        return vcard.table(source, find_out(source, choice.encoding, longest=inf))
    if kind == "zip":
        found = workbook.table(source, choice, top.place)
        if people and top.has_no_headings():
            return pasted.headless(found)
    elif kind == "ole":
        raise Refusal(workbook.refused_container(source))
    elif kind:
        raise Refusal(not_csv(kind))
    else:
        letters = find_out(source, choice.encoding)
        if people and not choice.separator and _is_page(source, letters, top):
            return pasted.table(source, letters)
        found = separated.table(source, letters, choice, top.place, filled=people)
    return exports.gathered(found) if people else found


class _Top:
    """The first rows of a file."""

    def __init__(self, fits: Callable[[Sequence[str]], bool], *, people: bool) -> None:
        self.fits, self.people, self.at, self.rows = fits, people, 0, []

    def place(self, rows: Rows) -> int:
        """Which of these the headings are: the first that fits and has nobody's phone above it, else the very first row."""
        self.rows, self.at = list(islice(rows, _ABOVE)), 0
        for n, cells in enumerate(self.rows):
            if self.fits(cells):
                self.at = n
                break
            if self.people and _hold_contact(cells):
                break
        return self.at

    def has_no_headings(self) -> bool:
        """Whether people begin in the first row already, or below words that are no headings of a table."""
        first, *others = self.rows
        if _hold_contact(first):
            return True
        lone = len([cell for cell in first if cell.strip()]) < 2  # noqa: PLR2004  words above a list
        return not self.at and lone and not words.knows(first) and any(map(_hold_contact, others[:_LOOK]))


def _hold_contact(cells: Sequence[str]) -> bool:
    return any(map(pasted.holds_contact, cells))


def _is_page(source: Source, letters: Letters, top: _Top) -> bool:
    """Whether people are written down without a table."""
    said = list(islice(filter(separated.is_said, separated.opened(source, letters)), _ABOVE))
    if not said or said[0].lower().startswith("sep="):
        return False
    top.place(map(separated.split, said))
    return top.has_no_headings()
