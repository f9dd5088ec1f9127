"""Territories, reps and legs of a campaign in the order of one of their figures, fifty a page, beside the campaign before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import OuterRef, Q, QuerySet, Subquery

from campaigns.dashboards import Choice, Place, Sums, change
from campaigns.models import Snapshot
from teams.models import User

PAGE = 50  # places or reps of a ranking on a page
RANKED = 10_000  # reps on file up to which they are put in order


@dataclass(frozen=True)
class PlaceRow:
    """A territory of a ranking; `before` is the last campaign's, None when it had no figures."""

    turn: int
    place: Place
    sums: Sums
    before: Sums | None

    @property
    def sales_change(self) -> float | None:
        """Net sales, %."""
        return change(self.sums.net_sales, self.before and self.before.net_sales)

    @property
    def orders_change(self) -> float | None:
        """Orders, %."""
        return change(self.sums.orders, self.before and self.before.orders)

    @property
    def active_change(self) -> float | None:
        """Share of active reps, in points."""
        pair = self.sums.active_percent, self.before and self.before.active_percent
        return None if None in pair else pair[0] - pair[1]


@dataclass(frozen=True)
class RepRow:
    """A rep of a ranking; what was before is of the last campaign, None when the rep was not in it."""

    turn: int
    row: Snapshot
    sales_before: Decimal | None
    gv_before: int | None

    @property
    def sales_change(self) -> float | None:
        """Net sales, %."""
        return change(self.row.net_sales, self.sales_before)

    @property
    def gv_change(self) -> float | None:
        """Group volume, %."""
        return change(self.row.gv, self.gv_before)


@dataclass(frozen=True)
class Ranking:
    """A page of a ranking. `more_after` is what the next page begins after, "" at the end."""

    rows: Sequence[PlaceRow] | Sequence[RepRow]
    more_after: str = ""


def rank_places(choice: Choice, sums: Mapping[tuple[int, int], Sums], *, by: str, after: int | None = None) -> Ranking:
    """The territories one level below, the highest first; `after` is the id of the last one of the page before. No query."""
    rows = [(one, sums.get((choice.campaign.pk, one.pk))) for one in choice.inner]
    ranked = sorted((pair for pair in rows if pair[1]), key=lambda pair: (-(getattr(pair[1], by) or 0), pair[0].pk))
    begin = next((n for n, (one, _sums) in enumerate(ranked, start=1) if one.pk == after), 0)
    page = ranked[begin : begin + PAGE]
    last = choice.before and choice.before.pk
    shown = [PlaceRow(begin + n, one, its, sums.get((last, one.pk))) for n, (one, its) in enumerate(page, start=1)]
    return Ranking(shown, str(page[-1][0].pk) if begin + PAGE < len(ranked) else "")


def rank_reps(user: User, choice: Choice, *, by: str, after: tuple[int, str, int] | None = None) -> Ranking:
    """Reps on file of the chosen territory with all below, the highest first. One query and what the rights take.

    `after` is the turn, the value and the id of the last one of the page before.
    """
    within = [pk for top in choice.tops for pk in choice.places.within(top)]
    rows: QuerySet[Snapshot] = Snapshot.objects.managed_by(user).filter(campaign=choice.campaign, territory__in=within, on_file=True)
    turn = 0
    if after is not None:
        turn, value, pk = after
        rows = rows.filter(Q(**{f"{by}__lt": value}) | Q(**{by: value, "rep__gt": pk}))
    earlier = Snapshot.objects.filter(campaign=choice.before, rep=OuterRef("rep"))
    told = rows.annotate(sales_before=Subquery(earlier.values("net_sales")), gv_before=Subquery(earlier.values("gv")))
    page = list(told.select_related("rep").order_by(f"-{by}", "rep")[: PAGE + 1])
    shown, more = page[:PAGE], len(page) > PAGE
    ranked = [RepRow(turn + n, one, one.sales_before, one.gv_before) for n, one in enumerate(shown, start=1)]
    return Ranking(ranked, f"{turn + PAGE}_{getattr(shown[-1], by)}_{shown[-1].rep_id}" if more else "")
