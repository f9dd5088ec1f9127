"""How far a rep has come: this campaign day by day against the goal and the last campaign, and what was kept up. One rep's own figures.

They are counted on the spot: a few rows of one rep, and nobody waits a night to see the order of today.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from django.db.models import Sum
from django.utils import timezone

from campaigns import figures
from campaigns.models import Campaign, Goal, Order
from campaigns.pace import Sales
from teams.models import ActivityCount, Rep

BACK = 60  # campaigns, and weeks, looked back at
WEEK = 7  # days
FULL = 100  # the width of a bar


@dataclass(frozen=True)
class Beside:
    """A figure up to today, and up to the same day of the last campaign. `kind` says how it is written: "count" or "money"."""

    name: str
    now: Decimal | int
    before: Decimal | int
    kind: str = "count"

    @property
    def width(self) -> int:
        """Of the bar, the longer of the two being 100."""
        return self._width(self.now)

    @property
    def old_width(self) -> int:
        """The same for the last campaign."""
        return self._width(self.before)

    def _width(self, value: Decimal | int) -> int:
        most = max(self.now, self.before)
        return int(FULL * max(value, 0) / most) if most > 0 else 0


@dataclass(frozen=True)
class Day:
    """A day of the campaign: `sales` from the first day up to it, None for those to come."""

    number: int
    date: dt.date
    sales: Decimal | None
    acted: bool
    is_today: bool


@dataclass(frozen=True)
class Now(Sales):
    """The campaign that runs, and the rep's net sales in it. `beside` is empty in the first one."""

    before: Campaign | None
    days: list[Day]
    beside: list[Beside]

    @property
    def told(self) -> list[Day]:
        """The days so far."""
        return [one for one in self.days if one.sales is not None]


@dataclass(frozen=True)
class Progress:
    """All of the page. `now` is None between campaigns. The campaign and the week that run break no row as long as they last."""

    now: Now | None
    campaigns_in_a_row: int
    weeks_in_a_row: int


def read_progress(rep: Rep) -> Progress:
    """Five queries."""
    begun = figures.begun_for(rep, BACK + 1)
    running = begun[0] if begun and begun[0].ends_on >= begun[0].calendar.today() else None
    orders = list(Order.objects.filter(rep=rep, campaign__in=begun[:2]).values_list("campaign", "kind", "placed_on", "amount"))
    kept = figures.not_sent_back(Order.objects.filter(rep=rep, campaign__in=begun))
    active = set(kept.order_by().values_list("campaign", flat=True).distinct())
    goal = Goal.objects.filter(rep=rep, campaign=running, measure=Goal.Measure.NET_SALES).values_list("target", flat=True).first()
    today = begun[0].calendar.today() if begun else timezone.localdate()
    since = today - dt.timedelta(days=BACK * WEEK)
    acted = dict(
        ActivityCount.objects.filter(rep=rep, day__range=(since, today))
        .exclude(kind=ActivityCount.Kind.EARLIER)
        .order_by()
        .values_list("day")
        .annotate(n=Sum("n"))
    )
    weeks = {_monday(day) for day in acted}
    return Progress(
        now=_now(running, begun[1] if len(begun) > 1 else None, orders, acted, goal) if running else None,
        campaigns_in_a_row=_in_a_row([one.pk in active for one in begun], lasts=running is not None),
        weeks_in_a_row=_in_a_row([_monday(today) - dt.timedelta(days=WEEK * n) in weeks for n in range(BACK)], lasts=True),
    )


def _now(campaign: Campaign, before: Campaign | None, orders: Sequence[tuple], acted: dict[dt.date, int], goal: Decimal | None) -> Now:
    day = campaign.day(campaign.calendar.today())
    dates = [campaign.starts_on + dt.timedelta(days=n) for n in range(campaign.days)]
    own = [(placed_on, amount) for pk, _kind, placed_on, amount in orders if pk == campaign.pk]
    sums = accumulate(sum((amount for placed, amount in own if _day_of(campaign, placed) == n), Decimal(0)) for n in range(1, day + 1))
    sales = [*sums, *[None] * (campaign.days - day)]
    days = [Day(n, date, sales[n - 1], date in acted, n == day) for n, date in enumerate(dates, start=1)]
    net_sales = sum((amount for _day, amount in own), Decimal(0))
    return Now(campaign, day, net_sales, goal, before, days, _beside(campaign, before, day, orders, acted))


def _beside(campaign: Campaign, before: Campaign | None, day: int, orders: Sequence[tuple], acted: dict[dt.date, int]) -> list[Beside]:
    """Both up to the same day."""
    if before is None:
        return []
    found = {"actions": [], "orders": [], "net_sales": []}
    for one in (campaign, before):
        upto = [(kind, amount) for pk, kind, placed_on, amount in orders if pk == one.pk and _day_of(one, placed_on) <= day]
        found["orders"].append(sum(kind == Order.Kind.ORDER for kind, _amount in upto))
        found["net_sales"].append(sum((amount for _kind, amount in upto), Decimal(0)))
        found["actions"].append(sum(acted.get(one.starts_on + dt.timedelta(days=n), 0) for n in range(min(day, one.days))))
    return [Beside(name, *pair, kind="money" if name == "net_sales" else "count") for name, pair in found.items()]


def _day_of(campaign: Campaign, placed_on: dt.date) -> int:
    """Which day of the campaign an order belongs to: one placed before counts on the first, a late one on the last."""
    return campaign.day(placed_on)


def _in_a_row(kept: Sequence[bool], *, lasts: bool) -> int:
    """How many at the beginning are kept, the newest first; with `lasts` the newest may still become so."""
    if lasts and kept and not kept[0]:
        kept = kept[1:]
    return next((n for n, one in enumerate(kept) if not one), len(kept))


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())
