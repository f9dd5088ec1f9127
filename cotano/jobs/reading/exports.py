"""Exports of Google Contacts and Outlook, and tables with the name in parts: made a table of people.

A table whose columns say name, phone, e-mail as they are stays as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from cotano.jobs.reading import people
from cotano.jobs.reading.base import Line, Table
from cotano.jobs.reading.people import Person
from cotano.jobs.reading.words import numbered
from cotano.lib import phones

_GOOGLE = re.compile(r"(?:phone|e-mail) 1 - (?:value|label|type)")
_OUTLOOK = frozenset(("e-mail address", "mobile phone", "home phone", "business phone", "primary phone"))
_PHONES = ("mobile", "phone", "home phone", "other phone", "work phone")  # the first is the one to call
_ADDRESS = ("address", "street", "place", "region", "code", "country")
_GROUPS = frozenset(("mycontacts", "my contacts", "starred"))  # that Google puts everybody in
_NUMBERS = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d\d)", re.ASCII)
_JOINED = re.compile(r"\s*:::\s*")
_LOOK = 20_000  # lines from which the order of day and month is found out


def gathered(table: Table) -> Table:
    """The same people under the headings of a people file, when the table is such an export."""
    roles = [numbered(heading)[0] for heading in table.headings]
    program = program_of(table.headings, roles)
    if not program and "last name" not in roles:
        return table
    unknown = [] if program else [n for n, role in enumerate(roles) if not role]
    wanted = sum(role in _PHONES for role in roles) + 2 * (program == "google")
    month_first = program == "outlook" and _month_first(table, roles)
    headings = [*people.headings(wanted), *(table.headings[n] for n in unknown)]

    def records() -> Iterator[Line]:
        for number, cells, reason, detail in table.records():
            padded = cells + [""] * (len(roles) - len(cells))
            person = _person(padded, roles, month_first=month_first)
            yield Line(number, [*people.cells(person, wanted), *(padded[n] for n in unknown)], reason, detail)

    return Table(replace(table.how, program=program), headings, records, table.newlines)


def program_of(headings: list[str], roles: list[str]) -> str:
    """google, outlook or ""."""
    written = [heading.strip().lower() for heading in headings]
    if any(map(_GOOGLE.fullmatch, written)):
        return "google"
    return "outlook" if {"first name", "last name"} <= set(roles) and _OUTLOOK & set(written) else ""


def _month_first(table: Table, roles: list[str]) -> bool:
    """Whether the birthdays of an American Outlook can only be read as month/day/year."""
    if "birthday" not in roles:
        return False
    column = roles.index("birthday")
    found = [
        match for line in islice(table.records(), _LOOK) if (match := _NUMBERS.fullmatch("".join(line.cells[column : column + 1]).strip()))
    ]
    months = 12
    return any(int(match[2]) > months for match in found) and all(int(match[1]) <= months for match in found)


def _person(cells: list[str], roles: list[str], *, month_first: bool) -> Person:
    """A line as a person."""
    found: dict[str, list[str]] = {}
    for role, cell in zip(roles, cells, strict=False):
        if role and (text := cell.strip()):
            found.setdefault(role, []).append(text)

    def first(*names: str) -> str:
        return next((found[name][0] for name in names if name in found), "")

    given = first("first name") or ("" if "first name" in roles else first("name"))
    name = " ".join(filter(None, (given, first("middle name"), first("last name"))))
    return Person(
        name=name or first("name", "nickname", "company"),
        phones=[
            number for role in _PHONES for cell in found.get(role, []) for part in _JOINED.split(cell) for number in phones.several(part)
        ],
        emails=[email for cell in found.get("email", []) for email in _JOINED.split(cell)],
        birthday=_birthday(first("birthday"), month_first=month_first),
        notes=found.get("note", []),
        tags=[tag for cell in found.get("tags", []) for part in _JOINED.split(cell) for tag in _tags(part)],
        company=first("company"),
        address=_address([" ".join(found[role][0].split()) for role in _ADDRESS if role in found]),
    )


def _address(parts: list[str]) -> str:
    """The parts of an address without those that stand in its first one already."""
    return ", ".join(parts[:1] + [part for part in parts[1:] if part not in parts[0]])


def _tags(cell: str) -> list[str]:
    """The tags of a cell without Google's own groups."""
    tags = (tag.strip().removeprefix("* ") for tag in cell.replace(",", ";").split(";"))
    return [tag for tag in tags if tag.lower() not in _GROUPS]


def _birthday(typed: str, *, month_first: bool) -> str:
    """The date with the day first; Outlook's 0/0/00 is none."""
    match = _NUMBERS.fullmatch(typed)
    if not match:
        return typed
    if not int(match[1]) and not int(match[2]):
        return ""
    return f"{match[2]}/{match[1]}/{match[3]}" if month_first else typed
