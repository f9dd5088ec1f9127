"""Calendar files (RFC 5545), as phones and desktop calendars subscribe to them: events only, times in UTC, no time zones to get wrong."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

LINE = 75  # octets of a line; longer ones are folded
LASTS = dt.timedelta(minutes=15)  # what a call takes in the calendar
_BREAKS = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f\ud800-\udfff]")
_SPECIAL = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\t": " "})


@dataclass(frozen=True)
class Event:
    """One entry. `key` tells it apart for ever; `at` is an aware moment, or a date for the whole day; `changed` an aware moment."""

    key: str
    at: dt.datetime | dt.date
    title: str
    changed: dt.datetime
    url: str = ""


def text(said: str) -> str:
    """What a person wrote, as one value: nothing in it can end the line or begin another property."""
    return _CONTROL.sub("", _BREAKS.sub("\n", said)).translate(_SPECIAL)


def fold(line: str) -> str:
    """The line in pieces of at most 75 octets, cut between characters, each further one behind a space."""
    pieces, piece, room = [], bytearray(), LINE
    for character in line:
        coded = character.encode()
        if len(piece) + len(coded) > room:
            pieces.append(piece.decode())
            piece, room = bytearray(), LINE - 1
        piece += coded
    return "\r\n ".join([*pieces, piece.decode()]) + "\r\n"


def write(name: str, events: Iterable[Event]) -> str:
    """The whole file: a calendar called `name`."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Cotano//Calendar//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += [f"X-WR-CALNAME:{text(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"]
    for event in events:
        lines += ["BEGIN:VEVENT", f"UID:{text(event.key)}", f"DTSTAMP:{_moment(event.changed)}", *_when(event.at)]
        lines += [f"SUMMARY:{text(event.title)}"]
        lines += [f"URL:{event.url}"] if event.url else []
        lines += ["END:VEVENT"]
    return "".join(map(fold, [*lines, "END:VCALENDAR"]))


def _when(at: dt.datetime | dt.date) -> list[str]:
    if isinstance(at, dt.datetime):
        return [f"DTSTART:{_moment(at)}", f"DTEND:{_moment(at + LASTS)}"]
    return [f"DTSTART;VALUE=DATE:{at:%Y%m%d}", f"DTEND;VALUE=DATE:{at + dt.timedelta(days=1):%Y%m%d}", "TRANSP:TRANSPARENT"]


def _moment(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
