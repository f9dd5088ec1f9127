"""How far a goal is, and what each of the days left has to bring. Pure arithmetic, and the words for it."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Goal
from cotano.lib import money

WHOLE = 100  # %
WITHIN = 20  # percent of the goal: so short of it one may still get there
FEW = 2  # orders; days


@dataclass(frozen=True)
class Pace:
    """Where a goal stands. `done` of `goal` on `day` of `days` (1 is the first); all figures in the goal's own unit."""

    goal: Decimal
    done: Decimal
    day: int
    days: int

    @property
    def percent(self) -> int:
        """Of the goal, rounded down; above 100 when it is passed."""
        return int(WHOLE * self.done / self.goal)

    @property
    def is_reached(self) -> bool:
        """Nothing is missing."""
        return self.done >= self.goal

    @property
    def ahead(self) -> Decimal:
        """Above (or, negative, below) an even pace: the share of the goal that the days so far, today among them, make up."""
        return self.done - self.goal * self.day / self.days

    @property
    def behind(self) -> Decimal:
        """The same from the other side."""
        return -self.ahead

    @property
    def left(self) -> Decimal:
        """What is missing, 0 at least."""
        return max(self.goal - self.done, Decimal(0))

    @property
    def days_left(self) -> int:
        """Days to go, today among them: 1 on the last day."""
        return self.days - self.day + 1

    @property
    def each_day(self) -> int:
        """What every day left has to bring, rounded up."""
        return int((self.left / self.days_left).to_integral_value(ROUND_CEILING))

    @property
    def every(self) -> int:
        """One every so many days, to the nearest; 1 where one a day or more is needed."""
        return max(int((self.days_left / self.left).to_integral_value(ROUND_HALF_UP)), 1) if self.left else self.days_left

    @property
    def is_within_reach(self) -> bool:
        """For orders: two at most are missing, or a fifth of the goal, with two days or more to go."""
        return not self.is_reached and self.days_left >= FEW and (self.left <= FEW or self.left * WHOLE <= self.goal * WITHIN)


@dataclass(frozen=True)
class Sales:
    """A rep's net sales on a day of the campaign that runs, in the market's currency; `goal` may be None."""

    campaign: Campaign
    day: int
    net_sales: Decimal
    goal: Decimal | None

    @property
    def currency(self) -> str:
        """Of the market."""
        return self.campaign.calendar.market.currency

    @property
    def pace(self) -> Pace | None:
        """How far the goal is; None without one."""
        return pace(self.goal, self.net_sales, self.day, self.campaign.days) if self.goal else None

    @property
    def to_go(self) -> str:
        """What is missing and what each day left has to bring; "" without a goal or when it is reached."""
        return to_go(self.pace, Goal.Measure.NET_SALES, self.currency) if self.pace else ""


def pace(goal: Decimal, done: Decimal, day: int, days: int) -> Pace:
    """Where a goal stands on a day of the campaign. A day outside of it is its first or its last."""
    return Pace(Decimal(goal), Decimal(done), min(max(day, 1), days), days)


def to_go(at: Pace, measure: str, currency: str = "") -> str:
    """`5 orders in 8 days to go: 1 every 2 days`; "" when the goal is reached. `currency` is for net sales. A share has no daily part."""
    if at.is_reached:
        return ""
    time = ngettext("%(n)d day", "%(n)d days", at.days_left) % {"n": at.days_left}
    said = {"left": _left(at, measure, currency), "days": time}
    if measure == Goal.Measure.ACTIVITY:
        return _("%(left)s in %(days)s to go") % said
    return _("%(left)s in %(days)s to go: %(rate)s") % {**said, "rate": _rate(at, measure, currency)}


def said_figure(value: Decimal, measure: str, currency: str) -> str:
    """A figure of a goal in the reader's way: an amount, a share, or a count."""
    if measure == Goal.Measure.NET_SALES:
        return money.whole(value, currency, get_language())
    told = number_format(value, decimal_pos=1 if value % 1 else 0, force_grouping=True)
    return _("%(share)s %%") % {"share": told} if measure == Goal.Measure.ACTIVITY else told


def _rate(at: Pace, measure: str, currency: str) -> str:
    if measure == Goal.Measure.NET_SALES:
        return _("%(amount)s a day") % {"amount": money.whole(Decimal(at.each_day), currency, get_language())}
    if at.every > 1:
        return ngettext("1 every %(n)d day", "1 every %(n)d days", at.every) % {"n": at.every}
    return _("%(amount)s a day") % {"amount": at.each_day}


def _left(at: Pace, measure: str, currency: str) -> str:
    n = int(at.left.to_integral_value(ROUND_CEILING))
    said = {"n": n}
    match measure:
        case Goal.Measure.NET_SALES:
            return money.whole(Decimal(n), currency, get_language())
        case Goal.Measure.ACTIVITY:
            return ngettext("%(n)d point", "%(n)d points", n) % said
        case Goal.Measure.ORDERS:
            return ngettext("%(n)d order", "%(n)d orders", n) % said
        case Goal.Measure.RECRUITS:
            return ngettext("%(n)d recruit", "%(n)d recruits", n) % said
        case Goal.Measure.CALLS:
            return ngettext("%(n)d call", "%(n)d calls", n) % said
        case _:
            return ngettext("%(n)d follow-up", "%(n)d follow-ups", n) % said
