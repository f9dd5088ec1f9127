"""Contact cards (vCard 2.1, 3.0, 4.0) as phones and programs write them, read in one pass however large the photos are.

A card begins at its BEGIN and ends at END, at the next BEGIN or with the file; the card of an assistant inside a card is passed over.
"""

import base64
import binascii
import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter

from cotano.jobs.cells import LONGEST
from cotano.jobs.reading import people
from cotano.jobs.reading.base import PIECE, How, Line, Pieces, Source, Table, beginning, checked
from cotano.jobs.reading.letters import Letters, errors
from cotano.jobs.reading.people import Person

_CUT = 2**16  # bytes of a line held at once
_KEPT = 2**17  # bytes of a property: more than a cell may hold in any encoding
_WANTED = frozenset(("FN", "N", "TEL", "EMAIL", "BDAY", "NOTE", "ORG", "CATEGORIES", "ADR", "NICKNAME", "AGENT", "BEGIN", "END"))
_PHONE_OR_BEGIN = re.compile(rb"^(?:[\w-]+\.)?(TEL|BEGIN)[;:]", re.IGNORECASE | re.MULTILINE)
_EDGE = re.compile(rb"(?:BEGIN|END):VCARD", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PARTS = re.compile(r"(?<!\\)(?:\\\\)*;")
_LISTED = re.compile(r"(?<!\\)(?:\\\\)*[;,]")
_HEAD = 1000  # bytes of a property's name and parameters


@dataclass(frozen=True)
class _Head:
    """A property's name and parameters."""

    name: str
    charset: str = ""
    coding: str = ""  # quoted-printable, base64 or ""
    rank: int = 1  # of several: 0 the preferred or mobile one, 2 a fax
    edge: bool = False  # a card begins or ends here
    soft: bool = False  # a line that ends in = goes on
    plain: bool = False  # letters in the file's own encoding


@dataclass
class _Card:
    """A card as it is being read."""

    number: int
    values: list[tuple[_Head, bytes]] = field(default_factory=list)


def table(source: Source, letters: Letters) -> Table:
    """The cards as a table of people."""
    if letters.encoding.startswith("utf-16"):
        source, letters = _narrow(source, letters), Letters("utf-8", letters.newlines, letters.whole, "utf-8-sig")
        how = How("vcard", "utf-16-le")
    else:
        how = How("vcard", letters.encoding, encodings=letters.offered)
    source = _with_line_feeds(source)
    phones = _most_phones(source)
    headings = people.headings(phones)

    def records() -> Iterator[Line]:
        for card in _cards(source):
            cells = people.cells(_person(card, letters.encoding), phones)
            if line := checked(card.number, cells, headings, whole=False, guarded=False):
                yield line
            elif card.values:
                yield Line(card.number, cells, "card")

    return Table(how, headings, records, letters.newlines)


def _narrow(source: Source, letters: Letters) -> Source:
    """The same text in UTF-8."""

    def read() -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(letters.codec)(errors(letters.encoding))
        for piece in source():
            yield decoder.decode(piece).encode("utf-8", "replace")

    return read


def _with_line_feeds(source: Source) -> Source:
    """The same file with line feeds where an old program wrote carriage returns only."""
    start = beginning(source, _CUT)
    if start.count(b"\r") <= 2 * start.count(b"\n"):
        return source
    return lambda: (bytes(piece).replace(b"\r", b"\n") for piece in source())


def _most_phones(source: Source) -> int:
    """How many phones the card with the most of them has."""
    most = count = 0
    rest = b""
    for piece in source():
        text = rest + piece
        end = text.rfind(b"\n") + 1
        for found in _PHONE_OR_BEGIN.finditer(text, 0, end):
            count = 0 if found[1][:1] in b"Bb" else count + 1
            most = max(most, count)
        rest = text[end:][:_HEAD] if end else text[:_HEAD]
    return most


def _cards(source: Source) -> Iterator[_Card]:
    """Every card with the properties that are wanted."""
    card: _Card | None = None
    agents, agent = 0, False  # cards inside this one; whether the next one will be
    for number, head, value in _properties(source):
        if not head.edge:
            if card and not agents:
                card.values.append((head, value))
            agent = False
            continue
        if head.name == "BEGIN" and agent and card:
            agents += 1
        elif head.name == "BEGIN":
            if card:
                yield card
            card, agents = _Card(number), 0
        elif head.name == "END" and agents:
            agents -= 1
        elif head.name == "END" and card:
            yield card
            card = None
        agent = head.name == "AGENT"
    if card:
        yield card


def _properties(source: Source) -> Iterator[tuple[int, _Head, bytes]]:
    """The wanted properties, in one piece each, with the numbers of their first lines."""
    stream = io.BufferedReader(Pieces(source()), PIECE)
    head: _Head | None = None  # the property that may go on in the next line; None is one that nobody wants
    value, first, number, inside = b"", 1, 1, False
    while raw := stream.readline(_CUT):
        here, goes_on, inside = number, inside, raw[-1:] != b"\n"
        if not inside:
            number += 1
        if head:
            soft = head.soft and not goes_on and value[-1:] == b"=" and not _EDGE.match(raw)
            if goes_on or soft or raw[:1] in b" \t":
                if len(value) < _KEPT:
                    line = raw.rstrip(b"\r\n")
                    value = value[:-1] + line if soft else value + line if goes_on else value + line[1:]
                continue
            yield first, head, value
            head = None
        elif goes_on:
            continue
        name, colon, rest = raw.partition(b":")
        if colon and len(name) <= _HEAD and (head := _head(name)):
            value, first = rest.rstrip(b"\r\n"), here
    if head:
        yield first, head, value


@lru_cache(1000)
def _head(raw: bytes) -> _Head | None:
    """The property, None for one that nobody wants."""
    name, *parameters = raw.removeprefix(codecs.BOM_UTF8).decode("ascii", "replace").split(";")
    name = name.rpartition(".")[2].strip().upper()
    if name not in _WANTED:
        return None
    charset = coding = ""
    types: list[str] = []
    for parameter in parameters:
        key, sign, word = parameter.strip().partition("=")
        word = (word if sign else key).strip('"').upper()
        key = key.upper() if sign else ""
        if key == "CHARSET":
            charset = word
        elif word in {"QUOTED-PRINTABLE", "Q"}:
            coding = "quoted-printable"
        elif word in {"BASE64", "B"}:
            coding = "base64"
        elif key in {"", "TYPE"}:
            types += word.split(",")
        elif key == "PREF":
            types.append("PREF")
    rank = 0 if {"PREF", "CELL"} & set(types) else 2 if {"FAX", "PAGER"} & set(types) else 1
    edge, soft = name in {"BEGIN", "END", "AGENT"}, coding == "quoted-printable"
    return _Head(name, charset, coding, rank, edge, soft, plain=not coding and not charset)


def _text(head: _Head, value: bytes, encoding: str) -> str:
    """The value in letters; what is none stays broken, and is named later."""
    if head.coding == "quoted-printable":
        value = binascii.a2b_qp(value)
    elif head.coding == "base64":
        try:
            value = base64.b64decode(value)
        except ValueError:
            value = b"\xff"
    if head.charset:
        try:
            return value.decode(head.charset)
        except (UnicodeDecodeError, LookupError):
            pass
    return value.decode(encoding, errors(encoding))


def _unescaped(text: str) -> str:
    """A value without its backslashes."""
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], text) if "\\" in text else text


def _parts(text: str, divided: re.Pattern[str] = _PARTS) -> list[str]:
    """The parts of a compound value, or of a list."""
    parts, begin = [], 0
    for found in divided.finditer(text):
        parts.append(text[begin : found.end() - 1])
        begin = found.end()
    return [_unescaped(part).strip() for part in [*parts, text[begin:]]]


def _person(card: _Card, encoding: str) -> Person:
    """The card as a person."""
    texts: dict[str, list[str]] = {}
    phones: list[tuple[int, str]] = []
    how = errors(encoding)
    for head, value in card.values:
        text = (value.decode(encoding, how) if head.plain else _text(head, value, encoding)).strip()
        if head.name == "TEL":
            phones.append((head.rank, _unescaped(text).removeprefix("tel:")))
        elif text:
            texts.setdefault(head.name, []).append(text)
    phones.sort(key=itemgetter(0))
    companies = [", ".join(filter(None, _parts(text))) for text in texts.get("ORG", ())]
    name = _unescaped(texts["FN"][0]) if "FN" in texts else _name(texts) or next(iter(companies), "")
    person = Person(name=name[: LONGEST + 1], phones=[phone for _rank, phone in phones if phone], company=next(iter(companies), ""))
    person.birthday = texts["BDAY"][0] if "BDAY" in texts else ""
    person.emails = [_unescaped(text).removeprefix("mailto:") for text in texts.get("EMAIL", ())]
    person.notes = [_unescaped(text) for text in texts.get("NOTE", ())]
    person.tags = [tag for text in texts.get("CATEGORIES", ()) for tag in _parts(text, _LISTED)]
    if "ADR" in texts:
        box, *street = _parts(texts["ADR"][0])
        person.address = ", ".join(filter(None, [*street, box]))
    return person


def _name(texts: dict[str, list[str]]) -> str:
    """The name of a card that has none in one piece."""
    for text in texts.get("N", ()):
        last, first, middle, *_more = [*_parts(text), "", ""]
        if name := " ".join(filter(None, (first, middle, last))):
            return name
    return _unescaped(texts["NICKNAME"][0]) if "NICKNAME" in texts else ""
