"""A person as contact cards, address books and pasted pages describe one, and the columns in which the person is handed on."""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from cotano.jobs.reading.words import EMAILS, PHONES

_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ].*)?", re.ASCII)
_YEARLESS = re.compile(r"(?:--|1604-?)(\d\d)-?(\d\d)(?:[T ].*)?", re.ASCII)  # 1604 is what some phones write for "no year"
_DIGIT = re.compile(r"\D+")


@dataclass
class Person:
    """What is known of somebody; everything may be missing."""

    name: str = ""
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    birthday: str = ""
    notes: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    company: str = ""
    address: str = ""


def headings(phones: int) -> list[str]:
    """Of a table of people of whom one has so many phones."""
    more = [f"phone {n}" for n in range(2, min(PHONES, max(3, phones)) + 1)]
    return ["name", "phone", *more, "email", "email 2", "birthday", "note", "tags", "company", "address"]


def cells(person: Person, phones: int) -> list[str]:
    """The person in these columns. What has no column of its own stands in the note: nothing is lost."""
    columns = min(PHONES, max(3, phones))
    numbers = _different(person.phones)
    addresses = list(dict.fromkeys(filter(None, person.emails))) if person.emails else []
    notes = list(filter(None, person.notes)) if person.notes else []
    birthday = person.birthday.strip()
    if not birthday:
        pass
    elif match := _YEARLESS.fullmatch(birthday):
        notes.append(_("Birthday: %(day)s") % {"day": f"{match[2]}.{match[1]}."})
        birthday = ""
    elif match := _DAY.fullmatch(birthday):
        birthday = "-".join(match.groups())
    if len(numbers) > columns:
        notes.append(_("More phones: %(phones)s") % {"phones": ", ".join(numbers[columns:])})
    if len(addresses) > EMAILS:
        notes.append(_("More e-mail addresses: %(emails)s") % {"emails": ", ".join(addresses[EMAILS:])})
    return [
        person.name,
        *numbers[:columns],
        *[""] * (columns - len(numbers)),
        *addresses[:EMAILS],
        *[""] * (EMAILS - len(addresses)),
        birthday,
        "\n".join(notes),
        ";".join(dict.fromkeys(filter(None, person.tags))) if person.tags else "",
        person.company,
        person.address,
    ]


def _different(phones: list[str]) -> list[str]:
    """The numbers without those that only look different."""
    if len(phones) == 1:
        return phones if phones[0] else []
    found: dict[str, str] = {}
    for phone in filter(None, phones):
        found.setdefault(_DIGIT.sub("", phone) or phone, phone)
    return list(found.values())
