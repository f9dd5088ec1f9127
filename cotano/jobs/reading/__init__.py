"""A company's or a rep's file, as programs and phones really write them: found out by its content, read line by line.

`table(source)` gives the headings and, as often as asked, the lines. A file of people may also be contact cards or a pasted page.
"""

from math import inf

from cotano.jobs.reading import marks, separated, vcard, workbook
from cotano.jobs.reading.base import COLUMNS, Choice, How, Line, Source, Table, beginning, of_bytes, text_source
from cotano.jobs.reading.letters import TITLES, find_out
from cotano.jobs.reading.marks import not_csv
from cotano.jobs.refusals import Refusal

__all__ = ["COLUMNS", "TITLES", "Choice", "How", "Line", "Source", "Table", "of_bytes", "table", "text_source"]

_START = 4096  # bytes that say what a file is


def table(source: Source, choice: Choice = Choice(), *, people: bool = True) -> Table:  # noqa: B008  frozen
    """Find out how the file is written and read its headings. Raises Refusal with what it is when it cannot be used.

    `people`: the file may hold contacts, so that contact cards, an address book's export and a pasted page are tables too.
    """
    kind = marks.kind_of(beginning(source, _START))
    if kind == "vcard" and people:
        return vcard.table(source, find_out(source, choice.encoding, longest=inf))
    if kind == "zip":
        return workbook.table(source, choice)
    if kind == "ole":
        raise Refusal(workbook.refused_container(source))
    if kind:
        raise Refusal(not_csv(kind))
    return separated.table(source, find_out(source, choice.encoding), choice)
