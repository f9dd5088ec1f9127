"""A phone's contact cards -> lines, next to vobject."""

import base64
import random
from collections.abc import Callable, Iterator

import vobject

from benchmarks.contacts import Person, people
from benchmarks.figures import Figure, smaller, versus
from benchmarks.measuring import cost, fresh, peak
from cotano.jobs import reading

BASELINE = 5_000  # cards at most
FOLDED = 75  # characters of a line
PHOTO = 1500  # bytes, in every tenth card


def run(size: int, say: Callable[[str], None]) -> list[Figure]:
    """All figures, for a file of `size` cards."""
    data, few = b"".join(cards(size)), min(size, BASELINE)
    say(f"{size:,} cards, {len(data) / 2**20:.1f} MB")
    with cost() as ours:
        lines = read(data)
    if lines != size:
        raise RuntimeError(f"{lines} lines of {size} cards")
    say(f"vobject: {few:,} cards")
    text = b"".join(cards(few)).decode()
    with cost() as other:
        found = sum(bool(card.fn.value and card.contents.get("tel")) for card in vobject.readComponents(text))
    if found != few:
        raise RuntimeError(f"vobject found {found} of {few} cards")
    say("memory")
    memory = fresh("benchmarks.vcard", size)
    a_card, baseline = ours.python / size * 1e6, other.python / few * 1e6
    return [
        versus("vs_vobject", baseline / a_card, goal=">= 10", baseline=f"vobject, {few:,} cards, us a card", baseline_value=baseline),
        smaller("card_us", a_card, "us"),
        smaller("rss_over_idle_mb", memory["over_idle_mb"], "MB", "<= 64"),
    ]


def read(data: bytes) -> int:
    """Read the cards as an upload; returns the number of lines."""
    return sum(not line.reason for line in reading.table(reading.of_bytes(data)).lines())


def main(size: str) -> dict[str, float]:
    """Read that many cards from pieces, in a process of its own; returns the memory it took."""
    read(b"".join(cards(10)))
    idle = peak()
    table = reading.table(lambda: cards(int(size)))
    lines = sum(1 for _line in table.lines())
    return {"over_idle_mb": peak() - idle, "lines": lines}


def cards(count: int) -> Iterator[bytes]:
    """Cards of version 3.0, as an iPhone writes them."""
    chance = random.Random(1)
    photo = base64.b64encode(chance.randbytes(PHOTO)).decode()
    for number, person in enumerate(people(count, 7)):
        yield _card(person, photo if number % 10 == 0 else "").encode()


def _card(person: Person, photo: str) -> str:
    first, last = person.name.split()
    lines = ["BEGIN:VCARD", "VERSION:3.0", "PRODID:-//Apple Inc.//iPhone OS 17.0//EN", f"N:{last};{first};;;", f"FN:{person.name}"]
    lines.append(f"TEL;type=CELL;type=VOICE;type=pref:{person.phone}")
    if person.email:
        lines.append(f"item1.EMAIL;type=INTERNET:{person.email}")
    if person.birthday:
        lines.append(f"BDAY:{person.birthday.isoformat()}")
    if person.note:
        lines.append("NOTE:" + person.note.replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n"))
    if photo:
        lines.append(f"PHOTO;ENCODING=b;TYPE=JPEG:{photo}")
    lines.append("END:VCARD")
    return "".join(_folded(line) + "\r\n" for line in lines)


def _folded(line: str) -> str:
    """The line in pieces of at most 75 characters."""
    return "\r\n ".join(line[start : start + FOLDED] for start in range(0, len(line), FOLDED))
