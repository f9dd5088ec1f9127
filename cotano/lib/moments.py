"""Moments in whole microseconds, and places in lists that are paged by a moment and ids behind it: `1795000000000000-17`."""

import datetime as dt

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
_DIGITS = 17  # of a part, at most: the year 5138


def to_number(at: dt.datetime) -> int:
    """The moment in microseconds."""
    return (at - _EPOCH) // _MICROSECOND


def of_number(micros: int) -> dt.datetime:
    """The moment. Raises OverflowError for one that no calendar has."""
    return _EPOCH + micros * _MICROSECOND


def place(at: dt.datetime, *ids: int) -> str:
    """Where a page ends, as an address says it."""
    return "-".join(map(str, (to_number(at), *ids)))


def read_place(said: str, *, ids: int = 1) -> tuple[dt.datetime, *tuple[int, ...]] | None:
    """The moment and the ids; None for anything that `place` has not made."""
    parts = said.split("-")
    if len(parts) != 1 + ids or not all(part.isascii() and part.isdecimal() and len(part) <= _DIGITS for part in parts):
        return None
    micros, *rest = map(int, parts)
    return of_number(micros), *rest
