"""The place of a card in its column: a number between its neighbours, so that a move writes one row."""

from decimal import Decimal, localcontext

from django.db import models

STEP = Decimal(1)
_EXACT = 1000  # digits: a thousand inserts at one spot stay exact


class RankField(models.DecimalField):
    """An exact number of any length (PostgreSQL `numeric`)."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{**options, "max_digits": _EXACT, "decimal_places": _EXACT - 20})

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        """As written in a migration: the sizes belong to the field, not to its uses."""
        name, path, args, options = super().deconstruct()
        del options["max_digits"], options["decimal_places"]
        return name, path, list(args), options

    def db_type(self, connection: object) -> str:
        """Unbounded, so that no digit is padded or cut."""
        return "numeric"


def between(below: Decimal | None, above: Decimal | None) -> Decimal:
    """A rank after `below` and before `above`; None is the column's end."""
    if below is None:
        return Decimal(0) if above is None else above - STEP
    if above is None:
        return below + STEP
    with localcontext() as context:
        context.prec = _EXACT
        return (below + above) / 2
