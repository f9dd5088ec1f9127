"""What a rep still lacks for the next title, who of the team could bring it, and what the plan would pay: one rep's page.

It reads the campaign's figures as they were taken. Who stands in which leg is looked up in the team of today, as long as that is
not too large to look through.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, Max, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Lower

from campaigns.estimate import Estimate, Share, estimate
from campaigns.ladder import FIGURE, Figures, Met, Standing, Step, read_ladder, standing
from campaigns.models import Campaign, Plan, Snapshot, SnapshotRun
from teams import tree
from teams.models import Rep

LARGE = 10_000  # people below, from which on nobody's legs are looked through
HELPERS = 5  # people shown
FEW = 3  # the same on Home
BY_TEAM = frozenset({FIGURE.GV, FIGURE.ACTIVE})  # what an order of one of the first level would add to
FULL = 100  # the width of a bar


@dataclass(frozen=True)
class Want:
    """A requirement of the next title: `has` of `at_least`, both whole numbers; `has` None where it is not looked up."""

    figure: str
    label: str
    of: str  # the title that is asked of legs, by name; "" for other figures
    at_least: int
    has: int | None

    @property
    def width(self) -> int:
        """Of the bar."""
        return min(FULL * max(self.has or 0, 0) // self.at_least, FULL)

    @property
    def is_met(self) -> bool:
        """Whether there is enough."""
        return self.has is not None and self.has >= self.at_least


@dataclass(frozen=True)
class NextTitle:
    """`helpers` are of the first level, on file, without an order in the campaign; who ordered in the last one comes first."""

    standing: Standing
    wants: list[Want]
    helpers: list[Rep]
    estimate: Estimate | None
    taken_at: dt.datetime

    @property
    def unmet(self) -> list[Want]:
        """What the next title still asks for."""
        return [want for want in self.wants if not want.is_met]

    @property
    def missing(self) -> int:
        """How many requirements are unmet."""
        return len(self.unmet)

    @property
    def few_helpers(self) -> list[Rep]:
        """The first of them."""
        return self.helpers[:FEW]

    @property
    def asks_for_recruits(self) -> bool:
        """Whether an invitation would bring it closer."""
        return any(want.figure == FIGURE.RECRUITS for want in self.unmet)


def read_next_title(rep: Rep, campaign: Campaign) -> NextTitle | None:
    """Where the rep (with the log-in) stands on the market's ladder; None without a ladder and a plan, or before figures are taken.

    The campaign comes with its calendar. Two queries without a ladder and a plan, at most seven.
    """
    market = campaign.calendar.market_id
    ladder = read_ladder(market)
    plan = [Share(*row) for row in Plan.objects.filter(market=market).order_by("depth").values_list("depth", "percent", "minimum_pv")]
    return _read(rep, campaign, ladder, plan) if ladder or plan else None


def read_block(rep: Rep, campaign: Campaign) -> NextTitle | None:
    """The same for Home: None at the top of the ladder as well, without the estimate. One query without a ladder, at most six."""
    ladder = read_ladder(campaign.calendar.market_id)
    found = _read(rep, campaign, ladder, []) if ladder else None
    return found if found and found.standing.next else None


def _read(rep: Rep, campaign: Campaign, ladder: list[Step], plan: list[Share]) -> NextTitle | None:
    joined = Snapshot.objects.filter(campaign=campaign, sponsor=OuterRef("rep"), appointed=True).order_by().values("sponsor")
    own = Snapshot.objects.filter(campaign=campaign, rep=rep).annotate(
        recruits=Coalesce(Subquery(joined.annotate(n=Count("pk")).values("n")), 0), taken_at=SnapshotRun.newest(campaign)
    )
    row = own.first()
    if row is None:
        return None
    asks_for_legs = any(one.figure == FIGURE.LEGS for step in ladder for one in step.requirements)
    legs = _legs(rep, ladder) if asks_for_legs and row.people <= LARGE else None
    figures = Figures(row.pv, row.gv, row.orders, row.level_active[0], row.recruits, legs or ())
    found = standing(ladder, figures, rep.title)
    by_team = any(one.requirement.figure in BY_TEAM for one in found.missing)
    return NextTitle(
        found,
        [_want(one, ladder, legs_known=legs is not None) for one in found.met],
        _helpers(rep, campaign) if by_team else [],
        estimate(plan, row.pv, row.level_pv) if plan else None,
        row.taken_at,
    )


def _want(met: Met, ladder: list[Step], *, legs_known: bool) -> Want:
    asked = met.requirement
    is_legs = asked.figure == FIGURE.LEGS
    of = next((step.name for step in ladder if step.place == asked.of), "") if is_legs else ""
    return Want(asked.figure, str(FIGURE(asked.figure).label), of, asked.at_least, met.has if legs_known or not is_legs else None)


def _legs(rep: Rep, ladder: list[Step]) -> tuple[int, ...]:
    """Of each leg the place of the highest title in it."""
    words = [When(word=word.casefold(), then=Value(step.place)) for step in reversed(ladder) for word in (step.code, step.name)]
    place = Case(*words, default=Value(0), output_field=IntegerField())
    everybody = Rep.objects.on_file().alias(word=Lower("title"))
    below = everybody.filter(tree.below_outer()).order_by().values("status").annotate(best=Max(place)).values("best")
    found = everybody.filter(sponsor=rep.pk).order_by().annotate(own=place, best=Coalesce(Subquery(below), 0)).values_list("own", "best")
    return tuple(max(pair) for pair in found)


def _helpers(rep: Rep, campaign: Campaign) -> list[Rep]:
    rows = Snapshot.objects.line_of(rep.user).filter(campaign=campaign, sponsor=rep.pk, on_file=True, active=False)
    return [one.rep for one in rows.select_related("rep").order_by("idle", "rep__name", "rep")[:HELPERS]]
