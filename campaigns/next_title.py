"""What a rep still lacks for the next title, who of the team could bring it, and what the plan would pay: one rep's page.

It reads the campaign's figures as they were taken.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from campaigns.estimate import Estimate, Share, estimate
from campaigns.ladder import FIGURE, Figures, Met, Standing, Step, read_ladder, standing
from campaigns.models import CallFirst, Campaign, Plan, Snapshot, SnapshotRun
from teams.models import Rep

LARGE = 10_000  # people below, from which on nobody is looked for who is a step from the title that legs need
HELPERS = 5  # people shown
FEW = 3  # the same on Home
BY_TEAM = frozenset({FIGURE.GV, FIGURE.ACTIVE})  # what an order of one of the first level would add to
FULL = 100  # the width of a bar


@dataclass(frozen=True)
class Want:
    """A requirement of the next title: `has` of `at_least`, both whole numbers."""

    figure: str
    label: str
    of: str  # the title that is asked of legs, by name; "" for other figures
    at_least: int
    has: int

    @property
    def width(self) -> int:
        """Of the bar."""
        return min(FULL * max(self.has, 0) // self.at_least, FULL)

    @property
    def is_met(self) -> bool:
        """Whether there is enough."""
        return self.has >= self.at_least


@dataclass(frozen=True)
class NextTitle:
    """`helpers` are of the first level, on file, without an order in the campaign; who ordered in the last one comes first.

    `climbers` are anywhere below and lack one requirement of a title that legs are asked for.
    """

    standing: Standing
    wants: list[Want]
    helpers: list[Rep]
    climbers: list[Rep]
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
    def few_climbers(self) -> list[Rep]:
        """The first of those."""
        return self.climbers[:FEW]

    @property
    def asks_for_orders(self) -> bool:
        """Whether the rep's own order would bring it closer."""
        return any(want.figure in {FIGURE.PV, FIGURE.GV, FIGURE.ORDERS} for want in self.unmet)

    @property
    def asks_for_recruits(self) -> bool:
        """Whether an invitation would bring it closer."""
        return any(want.figure == FIGURE.RECRUITS for want in self.unmet)


def read_next_title(rep: Rep, campaign: Campaign) -> NextTitle | None:
    """Where the rep (with the log-in) stands on the market's ladder; None without a ladder and a plan, or before figures are taken.

    The campaign comes with its calendar. Two queries without a ladder and a plan, at most six.
    """
    market = campaign.calendar.market_id
    ladder = read_ladder(market)
    plan = [Share(*row) for row in Plan.objects.filter(market=market).order_by("depth").values_list("depth", "percent", "minimum_pv")]
    return _read(rep, campaign, ladder, plan) if ladder or plan else None


def read_block(rep: Rep, campaign: Campaign) -> NextTitle | None:
    """The same for Home: None at the top of the ladder as well, without the estimate. One query without a ladder, at most five."""
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
    figures = Figures(row.pv, row.gv, row.orders, row.level_active[0], row.recruits, leg_titles=row.leg_titles or ())
    found = standing(ladder, figures, rep.title)
    by_team = any(one.requirement.figure in BY_TEAM for one in found.missing)
    return NextTitle(
        found,
        [_want(one, ladder) for one in found.met],
        _helpers(rep, campaign) if by_team else [],
        _climbers(rep, campaign, found) if row.people <= LARGE else [],
        estimate(plan, row.pv, row.level_pv) if plan else None,
        row.taken_at,
    )


def _want(met: Met, ladder: list[Step]) -> Want:
    asked = met.requirement
    is_legs = asked.figure == FIGURE.LEGS
    of = next((step.name for step in ladder if step.place == asked.of), "") if is_legs else ""
    return Want(asked.figure, str(FIGURE(asked.figure).label), of, asked.at_least, met.has)


def _helpers(rep: Rep, campaign: Campaign) -> list[Rep]:
    rows = Snapshot.objects.line_of(rep.user).filter(campaign=campaign, sponsor=rep.pk, on_file=True, active=False)
    return [one.rep for one in rows.select_related("rep").order_by("idle", "rep__name", "rep")[:HELPERS]]


def _climbers(rep: Rep, campaign: Campaign, found: Standing) -> list[Rep]:
    """Who is one step from a title that is asked of legs: whoever is a step from a higher one has it."""
    asked = [one.requirement for one in found.missing if one.requirement.figure == FIGURE.LEGS]
    if not asked:
        return []
    titles = {"requirement__title__market": campaign.calendar.market_id, "requirement__title__place__in": [one.of for one in asked]}
    rows = CallFirst.objects.below(rep).filter(campaign=campaign, rep__status=Rep.Status.ACTIVE, **titles)
    return [one.rep for one in rows.select_related("rep").order_by("rep__name", "rep")[:HELPERS]]
