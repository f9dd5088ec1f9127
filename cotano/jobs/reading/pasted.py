"""A page of a notebook as it was typed or pasted: names, phones and remarks, a contact a line or several.

Phones in any writing and e-mail addresses are found; what stands before the first is the name, what follows is the note. Nothing
that is written is left out. A contact's number is its place on the page.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from cotano.jobs.cells import BadRow, day
from cotano.jobs.reading import people
from cotano.jobs.reading.base import How, Line, Source, Table, checked
from cotano.jobs.reading.letters import Letters
from cotano.jobs.reading.people import Person
from cotano.jobs.reading.separated import opened
from cotano.lib import phones

_DIGITS = (7, 15)  # of a phone
_GROUPS = 12  # of digits in one run: more is no phone
_EMAIL = r"(?P<email>(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+)"
_DATE = r"(?P<date>(?<![\d+])(?:\d{1,2}[./]\d{1,2}[./]\d{4}|\d{4}-\d\d-\d\d)(?!\d))"
_RUN = r"(?P<run>(?<![\w@])[+(]{0,2}\d(?:[ \t\u00a0\u2007\u202f().\-\u2010-\u2015/]{0,4}\+?\d)*(?![\w@]))"
_DAMAGED = r"(?P<damaged>(?<![\w@])\d[.,]\d{1,14}E\+\d\d(?![\w@]))"  # a phone after a spreadsheet
_FOUND = re.compile(f"{_EMAIL}|{_DATE}|{_DAMAGED}|{_RUN}", re.IGNORECASE)
_GROUP = re.compile(r"\+?\d+")
_BULLET = re.compile(r"^\s*(?:[-–—•*·▪►✓]+\s+|№?\s*[1-9]\d{0,3}[.)]\s+(?=[^\s\d]))")
_NUMBERED = re.compile(r"^\s*№?\s*[1-9]\d{0,3}\s*[;,\t|]\s*(?=[^\W\d])")  # the first cell of a table without headings
_CELLS = re.compile(r"\s*[;\t|]\s*")
_CHAT = re.compile(  # what a messenger writes before each message: [12.10.23, 18:30:11] Olena: ...
    r"^\W*\[?\d{1,4}[./-]\d{1,2}[./-]\d{2,4},?\s+\d{1,2}:\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?\]?\s*(?:[-–]\s)?\s*(?P<who>[^:]{1,60}:\s)?",
    re.IGNORECASE,
)
_EDGE = " \t\u00a0,;:|/.–—-"
_LABEL = re.compile(
    r"(?:\b(?:m|mob|mobile|cell|tel|phone|home|work|viber|whatsapp|telegram|and|or|e-?mail|м|моб|мобільний|мобильный|т|тел|телефон|дом|домашний|"
    r"домашній|раб|робочий|рабочий|вайбер|вотсап|телеграм|і|й|та|и|або|или|пошта|почта)\b|[^\w])*",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?:[^\W\d_][\w'’ʼ.-]*\s*){1,4}")


@dataclass(frozen=True)
class _Mark:
    """Something found in a line."""

    kind: str  # phone, email or date
    text: str
    begin: int
    end: int


def table(source: Source, letters: Letters) -> Table:
    """The page as a table of people."""
    phones_of_one = max((len(person.phones) for person in _people(source, letters)), default=0)
    headings = people.headings(phones_of_one)

    def records() -> Iterator[Line]:
        for number, person in enumerate(_people(source, letters), 1):
            if line := checked(number, people.cells(person, phones_of_one), headings, whole=letters.whole, guarded=False):
                yield line

    return Table(How("text", letters.encoding, encodings=letters.offered), headings, records, letters.newlines + 1)


def headless(found: Table) -> Table:
    """The people of a workbook's sheet without headings: its first row is one of them."""

    def rows() -> Iterator[Person]:
        for cells in chain([found.headings], (line.cells for line in found.records())):
            line = _NUMBERED.sub("", "; ".join(cells))
            yield from _people_of(line, marks) if (marks := _marks(line)) else [Person(name=line.strip(_EDGE))]

    most = max((len(person.phones) for person in rows()), default=0)
    headings = people.headings(most)

    def records() -> Iterator[Line]:
        for number, person in enumerate(rows(), 1):
            if line := checked(number, people.cells(person, most), headings, whole=False, guarded=False):
                yield line

    return Table(found.how, headings, records, found.newlines)


def phones_in(text: str) -> tuple[list[str], str]:
    """What may be phones in a cell, and what else is said there beside words like "tel."."""
    found, rest, at = [], [], 0
    for mark in _marks(text):
        if mark.kind == "phone":
            rest.append(text[at : mark.begin])
            found.append(mark.text)
            at = mark.end
    return found, " ".join(filter(None, map(_words, [*rest, text[at:]])))


def holds_contact(line: str) -> bool:
    """Whether a phone or an e-mail address stands in this line."""
    return any(mark.kind != "date" for mark in _marks(line))


def _people(source: Source, letters: Letters) -> Iterator[Person]:
    """Everybody on the page."""
    waiting = ""  # a line without phone: perhaps the name of the next one
    for raw in opened(source, letters):
        line = _NUMBERED.sub("", _BULLET.sub("", _without_stamp(raw.replace('"', " ").rstrip("\r\n"))))
        if not line.strip(_EDGE):
            if waiting:
                yield Person(name=waiting)
            waiting = ""
            continue
        marks = _marks(line)
        if not any(mark.kind != "date" for mark in marks):
            if waiting:
                yield Person(name=waiting)
            waiting = line.strip(_EDGE)
            continue
        begun = _LABEL.fullmatch(line[: marks[0].begin]) is not None
        if waiting and not begun:
            yield Person(name=waiting)
        found = _people_of(line, marks)
        if waiting and begun:
            found[0].name = waiting
        waiting = ""
        yield from found
    if waiting:
        yield Person(name=waiting)


def _without_stamp(line: str) -> str:
    """A message of a chat without when it was sent; without by whom, unless that tells whose phone follows."""
    if not (match := _CHAT.match(line)):
        return line
    who, said = match["who"] or "", line[match.end() :]
    marks = _marks(said)
    return who + said if holds_contact(who) or (marks and _LABEL.fullmatch(said[: marks[0].begin])) else said


def _marks(line: str) -> list[_Mark]:
    """Phones, e-mail addresses and dates, in their order."""
    marks: list[_Mark] = []
    for match in _FOUND.finditer(line):
        if match["email"]:
            marks.append(_Mark("email", match["email"].rstrip(".-"), match.start(), match.start() + len(match["email"].rstrip(".-"))))
        elif match["date"] and _is_day(match["date"]):
            marks.append(_Mark("date", match["date"], *match.span()))
        elif match["damaged"]:
            marks.append(_Mark("phone", match["damaged"], *match.span()))
        elif match["run"] or match["date"]:
            marks += _phones(line, *match.span())
    return marks


def _is_day(written: str) -> bool:
    """A day on which somebody alive can have been born."""
    try:
        return 1900 <= day(written).year <= dt.datetime.now(dt.UTC).year  # noqa: PLR2004
    except BadRow:
        return False


def _phones(line: str, begin: int, end: int) -> list[_Mark]:
    """The phones in a run of digits: of the ways to cut it the one with the longest valid number, else all of it."""
    groups = list(_GROUP.finditer(line, begin, end))
    if len(groups) > _GROUPS:
        return []
    cuts = sorted(((i, j) for i in range(len(groups)) for j in range(i, len(groups))), key=lambda cut: (cut[0] - cut[1], cut[0]))
    for i, j in cuts:
        start, stop = groups[i].start(), groups[j].end()
        if start > begin and line[start - 1] == "(":
            start -= 1
        written = line[start:stop]
        if any(phones.quick(written, region) for region in phones.QUICK):
            return [*_phones(line, begin, start), _Mark("phone", written, start, stop), *_phones(line, stop, end)]
    low, high = _DIGITS
    if groups and low <= sum(len(group[0].lstrip("+")) for group in groups) <= high:
        return [_Mark("phone", line[begin:end], begin, end)]
    return []


def _people_of(line: str, marks: list[_Mark]) -> list[Person]:
    """The people of a line: between two phones a new one begins where a name does."""
    anchor = "phone" if any(mark.kind == "phone" for mark in marks) else "email"
    gathered, begin, last = [], 0, -1
    mine: list[_Mark] = []  # of the person
    after: list[_Mark] = []  # found since the person's last phone
    for mark in marks:
        if mark.kind != anchor:
            after.append(mark)
            continue
        if last >= 0 and (cut := _cut(line, last, mark.begin, after)):
            gathered.append(_person(line, begin, cut, [*mine, *(other for other in after if other.begin < cut)]))
            begin, mine, after = cut, [], [other for other in after if other.begin >= cut]
        mine += [*after, mark]
        last, after = mark.end, []
    return [*gathered, _person(line, begin, len(line), [*mine, *after])]


def _cut(line: str, begin: int, end: int, marks: list[_Mark]) -> int:
    """Where between two phones, with these marks, the next person begins; 0 when they are one person's."""
    between, at = "", begin
    for mark in marks:
        between += line[at : mark.begin] + " " * (mark.end - mark.begin)
        at = mark.end
    between += line[at:end]
    if _LABEL.fullmatch(between):
        return 0
    text = between.rstrip(_EDGE)
    for sign in (";", ","):
        found = text.rfind(sign)
        if found >= 0 and not _LABEL.fullmatch(text[found:]):
            return begin + found + 1
    words = text.strip(_EDGE)
    capitals = all(word[:1].isupper() for word in words.split())
    return begin + len(between) - len(between.lstrip(_EDGE)) if capitals and _NAME.fullmatch(words) else 0


def _person(line: str, begin: int, end: int, marks: list[_Mark]) -> Person:
    """One person: the name before the first mark, the note of what is left."""
    person, texts, at = Person(), [], begin
    for mark in marks:
        texts.append(line[at : mark.begin])
        at = mark.end
        if mark.kind == "phone":
            person.phones.append(mark.text)
        elif mark.kind == "email":
            person.emails.append(mark.text)
        elif not person.birthday:
            person.birthday = mark.text
        else:
            texts.append(mark.text)
    texts.append(line[at:end])
    name, *notes = (_words(text) for text in texts)
    if not name and notes and (n := next((n for n, note in enumerate(notes) if note), None)) is not None and not _is_lower(notes[n]):
        name = notes.pop(n)
    first, *cells = filter(None, map(_words, _CELLS.split(name))) if _CELLS.search(name) else [name]
    person.name = _without_label(first)
    note = ", ".join(filter(None, [*cells, *notes]))
    person.notes = [note] if note else []
    return person


def _words(text: str) -> str:
    """A text without what only divides; "" for a word like "tel.", unless it holds digits."""
    words = _BULLET.sub("", text).strip(_EDGE + "()[]<>")
    return "" if _LABEL.fullmatch(words) else words


def _without_label(name: str) -> str:
    """A name without the word for the phone that follows: `Оля моб.` -> `Оля`."""
    *words, last = name.split() or [""]
    return " ".join(words).rstrip(_EDGE) if words and _LABEL.fullmatch(last) else name


def _is_lower(text: str) -> bool:
    return text[:1].islower()
