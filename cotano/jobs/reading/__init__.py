"""A company's or a rep's file, as programs and phones really write them: found out by its content, read line by line.

`table(source)` gives the headings and, as often as asked, the lines. A file of people may also be contact cards or a pasted page.
"""

from itertools import islice
from math import inf

from cotano.jobs.reading import exports, marks, pasted, separated, vcard, words, workbook
from cotano.jobs.reading.base import COLUMNS, Choice, How, Line, Source, Table, beginning, of_bytes, text_source
from cotano.jobs.reading.letters import TITLES, Letters, find_out
from cotano.jobs.reading.marks import not_csv
from cotano.jobs.refusals import Refusal

__all__ = ["COLUMNS", "TITLES", "Choice", "How", "Line", "Source", "Table", "of_bytes", "table", "text_source"]

_LOOK = 5  # lines below one that may be a heading
_START = 4096  # bytes that say what a file is


def table(source: Source, choice: Choice = Choice(), *, people: bool = True) -> Table:  # noqa: B008  frozen
    """Find out how the file is written and read its headings. Raises Refusal with what it is when it cannot be used.

    `people`: the file may hold contacts, so that contact cards, an address book's export and a pasted page are tables too.
    """
    kind = marks.kind_of(beginning(source, _START))
    if kind == "vcard" and people:
        return vcard.table(source, find_out(source, choice.encoding, longest=inf))
    if kind == "zip":
        found = workbook.table(source, choice)
        if people and any(map(pasted.holds_contact, found.headings)):
            return pasted.headless(found)
    elif kind == "ole":
        raise Refusal(workbook.refused_container(source))
    elif kind:
        raise Refusal(not_csv(kind))
    else:
        letters = find_out(source, choice.encoding)
        if people and not choice.separator and _is_page(source, letters):
            return pasted.table(source, letters)
        found = separated.table(source, letters, choice)
    return exports.gathered(found) if people else found


def _is_page(source: Source, letters: Letters) -> bool:
    """Whether people begin in the first line already, or below words that are no headings of a table."""
    lines = (line for line in separated.opened(source, letters) if line.strip(" \t\r\n,;|\ufeff"))
    first = next(lines, "")
    if first.lower().startswith("sep="):
        return False
    if pasted.holds_contact(first):
        return True
    cells = separated.split(first)
    return not words.knows(cells) and len(cells) == 1 and any(map(pasted.holds_contact, islice(lines, _LOOK)))
