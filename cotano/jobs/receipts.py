"""A form carried out once stays carried out once: a double tap, a back button or a lost answer has no second effect."""

import re
from typing import TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

from cotano.jobs.models import Receipt
from cotano.lib import text

Row = TypeVar("Row", bound=Model)
_KEY = re.compile(r"[0-9a-zA-Z-]{1,40}")


def once(user: Model, key: str, *, made: str = "") -> Receipt | None:
    """Take the receipt of this form; call it inside the effect's transaction, before the effect.

    Returns None the first time. Otherwise the receipt of the first time, which may say in `made` where it led; a first time
    that is still under way is waited for. `key` is the form's hidden field `once`; without one, every time is the first.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a receipt belongs to the transaction of its effect")
    if not _KEY.fullmatch(key):
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO jobs_receipt (user_id, key, made, at) VALUES (%s, %s, %s, now()) ON CONFLICT (user_id, key) DO NOTHING",
            [user.pk, key, made],
        )
        first = cursor.rowcount == 1
    return None if first else Receipt.objects.get(user=user, key=key)


def first(user: Model, key: str, rows: QuerySet[Row]) -> Row | None:
    """The row of `rows` that the same form has made when it came before, as it is now; None the first time, and when it is gone.

    Takes the receipt, as `once` does; the effect notes the id of its row.
    """
    receipt = once(user, key)
    return rows.filter(pk=text.number(receipt.made)).first() if receipt else None


def note(user: Model, key: str, made: str) -> None:
    """Write down where the first time led (an address), for the ones after it."""
    if _KEY.fullmatch(key):
        Receipt.objects.filter(user=user, key=key).update(made=made)
