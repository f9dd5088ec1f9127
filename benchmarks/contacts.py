"""A rep's contacts as people really keep them, with the truth about every line."""

import csv
import datetime as dt
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import phonenumbers

from benchmarks import numbers

HEADINGS = ("name", "phone", "email", "birthday", "tags", "note")
NEW, KNOWN, AGAIN, BAD = 0.83, 0.10, 0.05, 0.02  # of the lines; of who is known every second one has changed
FIRST = [
    "Олена",
    "Ірина",
    "Марія",
    "Андрій",
    "Сергій",
    "Айгуль",
    "Нурлан",
    "Дана",
    "Алия",
    "Ion",
    "Ana",
    "Maria",
    "Elena",
    "Piotr",
    "Agnieszka",
    "Kasia",
    "John",
    "Mary",
    "Ольга",
    "Наталья",
]
LAST = [
    "Шевченко",
    "Коваленко",
    "Бондаренко",
    "Ткаченко",
    "Назарбаева",
    "Ахметов",
    "Иванова",
    "Петрова",
    "Смирнова",
    "Popescu",
    "Kowalska",
    "Nowak",
    "Smith",
    "Wiśniewska",
]
TAGS = ("vip", "mama", "крем", "business", "event", "instagram")
NOTES = ("", "Цікавиться кремами; передзвонити після 17:00", 'запросила каталог, "новый"', "likes lipstick, call later\nsecond line")


@dataclass(frozen=True)
class Person:
    """Somebody as the rep's contacts have them once all is well."""

    name: str
    phone: str  # E.164
    region: str
    digits: str  # after the country code
    email: str
    birthday: dt.date | None
    tags: tuple[str, ...]
    note: str


@dataclass
class File:
    """`data` are the bytes; `truth` maps each line's number to its outcome (a letter of jobs' verdicts); `known` are on file before."""

    data: bytes
    rows: list[list[str]]
    truth: dict[int, str]
    known: list[Person] = field(repr=False)


def people(count: int, seed: int) -> Iterator[Person]:
    """Different people with valid phones."""
    chance, seen = random.Random(seed), set()
    while len(seen) < count:
        region = chance.choice(numbers.SHARE)
        digits = numbers.national(region, chance)
        phone = f"+{numbers.REGIONS[region][0]}{digits}"
        if phone in seen or not phonenumbers.is_valid_number(phonenumbers.parse(phone)):
            continue
        seen.add(phone)
        yield Person(
            name=f"{chance.choice(FIRST)} {chance.choice(LAST)}",
            phone=phone,
            region=region,
            digits=digits,
            email=f"user{phone[1:]}@{chance.choice(('gmail.com', 'ukr.net', 'mail.kz', 'wp.pl'))}" if chance.random() < 0.7 else "",  # noqa: PLR2004
            birthday=dt.date(1950, 1, 1) + dt.timedelta(days=chance.randrange(19000)) if chance.random() < 0.67 else None,  # noqa: PLR2004
            tags=tuple(chance.sample(TAGS, chance.randrange(4))),
            note=chance.choice(NOTES),
        )


def make(size: int, seed: int = 20260) -> File:
    """A file of `size` lines, in any order."""
    chance = random.Random(seed)
    new, known, again = int(size * NEW), int(size * KNOWN), int(size * AGAIN)
    everybody = list(people(new + known, seed))
    on_file, rows = everybody[new:], [("c", person.phone, row(person, chance)) for person in everybody[:new]]
    for number, person in enumerate(on_file):
        changed = replace(person, note=f"changed by the file {number}", tags=("vip",)) if number % 2 else person
        rows.append(("u" if number % 2 else "s", person.phone, row(changed, chance)))
    rows += [("d", person.phone, row(person, chance)) for person in chance.choices(everybody[:new] or everybody, k=again)]
    rows += [("r", "", bad(number, row(chance.choice(everybody), chance))) for number in range(size - len(rows))]
    chance.shuffle(rows)
    return _written(rows, on_file)


def _written(rows: list[tuple[str, str, list[str]]], known: list[Person]) -> File:
    """Of lines about the same person the first one is new, the others repeat it."""
    out, truth, line, first = io.StringIO(), {}, 2, set()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADINGS)
    for outcome, phone, cells in rows:
        truth[line] = ("d" if phone in first else "c") if outcome in "cd" else outcome
        first.add(phone)
        writer.writerow(cells)
        line += 1 + sum(cell.count("\n") for cell in cells)
    return File(out.getvalue().encode(), [cells for _outcome, _phone, cells in rows], truth, known)


def row(person: Person, chance: random.Random) -> list[str]:
    """The person as typed; numbers of other countries with their plus."""
    typed = numbers.typed(person.region, person.digits, chance)
    while person.region != "UA" and not typed.startswith("+"):
        typed = numbers.typed(person.region, person.digits, chance)
    born = person.birthday
    birthday = "" if born is None else born.isoformat() if chance.random() < 0.5 else f"{born:%d.%m.%Y}"  # noqa: PLR2004
    return [person.name, typed, person.email, birthday, ",".join(person.tags), person.note]


def bad(number: int, cells: list[str]) -> list[str]:
    """The line spoiled in one of five ways."""
    name, phone, email, birthday, tags, note = cells
    return [
        ["", phone, email, birthday, tags, note],
        [name, "12", "", birthday, tags, note],
        [name, "", "not-an-email@", birthday, tags, note],
        [name, phone, email, "31.02.1990", tags, note],
        [*cells, "and more"],
    ][number % 5]
