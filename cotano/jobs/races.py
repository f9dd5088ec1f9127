"""Two people write at the same moment: the one who loses starts again. Two workers begin the same: the one who is late leaves it."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, connection

TRIES = 5
LOST = frozenset({"40001", "40P01", "55P03"})  # not serializable, deadlock, lock not available
UNIQUE = "23505"
RANK = "card_rank_unique_in_stage"  # two cards came to one place at once; the next try finds another place

Given = ParamSpec("Given")
Made = TypeVar("Made")


def is_lost_race(error: Exception) -> bool:
    """Whether trying again can succeed."""
    cause = error.__cause__
    state = getattr(cause, "sqlstate", None)
    if state == UNIQUE:
        return getattr(getattr(cause, "diag", None), "constraint_name", None) == RANK
    return state in LOST


def retry_lost_races(act: Callable[Given, Made]) -> Callable[Given, Made]:
    """Carry out an atomic act again, up to five times in all, when it lost a race. Stands outside of `transaction.atomic`.

    Inside of somebody else's transaction there is one try: it is theirs to begin again.
    """

    @wraps(act)
    def retried(*args: Given.args, **named: Given.kwargs) -> Made:
        tries = 1 if connection.in_atomic_block else TRIES
        for left in reversed(range(tries)):
            try:
                return act(*args, **named)
            except (OperationalError, IntegrityError) as error:
                if not left or not is_lost_race(error):
                    raise
        raise AssertionError("unreachable")

    return retried


@contextmanager
def turn_at(work: str, *, at_once: int = 1) -> Iterator[bool]:
    """Whether this process may do `work` now: `at_once` processes of the whole company may. A killed one's turn ends with its session."""
    key = zlib.crc32(work.encode()) & 0x7FFFFFFF  # the first number of an advisory lock; the second one counts the turns
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM generate_series(1, %s) n WHERE pg_try_advisory_lock(%s, n) LIMIT 1", [at_once, key])
        found = cursor.fetchone()
        try:
            yield found is not None
        finally:
            if found:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [key, found[0]])
