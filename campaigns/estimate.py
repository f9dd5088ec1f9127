"""What a plan by levels would pay for a campaign's volumes. An estimate: it says so wherever it is shown, and promises nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LABEL: Promise = _("Estimate")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Share:
    """What a level pays: `percent` of its volume, from a personal volume of `minimum_pv` on."""

    depth: int
    percent: Decimal
    minimum_pv: int = 0


@dataclass(frozen=True)
class Line:
    """A level of the estimate. `amount` is in the unit of the volumes; `lacks` personal volume until the level pays."""

    depth: int
    volume: int
    percent: Decimal
    amount: Decimal
    lacks: int


@dataclass(frozen=True)
class Estimate:
    """The lines by level, and their sum."""

    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        """All levels."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def label(self) -> Promise:
        """How it must be called."""
        return LABEL


def estimate(plan: Iterable[Share], pv: int, volumes: Sequence[int] | Mapping[int, int]) -> Estimate:
    """What the plan would pay who has the personal volume `pv`, on the volumes of levels 1, 2, ... (a list, or by level).

    A level whose volume is below 0 (more came back than was ordered) pays nothing and takes nothing away.
    """
    by_level = volumes if isinstance(volumes, Mapping) else dict(enumerate(volumes, start=1))
    lines = []
    for share in sorted(plan, key=lambda one: one.depth):
        volume, lacks = by_level.get(share.depth, 0), max(share.minimum_pv - pv, 0)
        amount = Decimal(0) if lacks else (max(volume, 0) * share.percent / 100).quantize(CENT, ROUND_HALF_EVEN)
        lines.append(Line(share.depth, volume, share.percent, amount, lacks))
    return Estimate(tuple(lines))
