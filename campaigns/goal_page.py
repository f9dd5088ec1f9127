"""The goals of a rep and of the team in a campaign, how far they are, who suggests which, what became of them. Pure reads."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils import timezone
from django.utils.text import capfirst

from campaigns import goals, measures
from campaigns.dashboards import Sums
from campaigns.models import Campaign, Goal, GoalChange, GoalSuggestion, SnapshotRun
from campaigns.pace import Pace, pace, said_figure, to_go
from teams.models import Rep, User

OWN, TEAM = "own", "team"
CHANGES = 20  # shown


@dataclass(frozen=True)
class Line:
    """A measure: the goal, or None, and how much of it there is, None before figures are taken. Texts may be ""."""

    measure: str
    label: str
    goal: Goal | None
    at: Pace | None
    told: str  # what is reached
    target: str
    to_go: str

    @property
    def width(self) -> int:
        """Of the bar."""
        return min(max(self.at.percent, 0), 100) if self.at else 0


@dataclass(frozen=True)
class GoalPage:
    """`mine` and `team` have a line for each measure; `team` is empty for who has nobody below.

    `campaign` is the one that runs, or the `following` one where that was asked for; None: there is none.
    """

    campaign: Campaign | None
    following: Campaign | None = None
    is_next: bool = False
    mine: list[Line] = field(default_factory=list)
    team: list[Line] = field(default_factory=list)
    suggestions: list[tuple[GoalSuggestion, str]] = field(default_factory=list)  # with its words; not answered yet
    changes: list[tuple[GoalChange, str, str]] = field(default_factory=list)  # with before and after in words, the newest first
    taken_at: dt.datetime | None = None


def campaigns_of(rep: Rep) -> tuple[Campaign | None, Campaign | None]:
    """The campaign that runs in the rep's calendar, and the one that comes next, with calendar and market. One query."""
    yesterday = timezone.now().date() - dt.timedelta(days=1)  # the market's date is at most a day off
    near = Campaign.objects.filter(calendar__code=rep.calendar, ends_on__gte=yesterday).select_related("calendar__market")
    left = [one for one in near.order_by("starts_on")[:3] if one.ends_on >= one.calendar.today()]
    running = left.pop(0) if left and left[0].is_running else None
    return running, left[0] if left else None


def owner_of(rep: Rep, of: str) -> Goal:
    """A goal without a figure that says whose it is: the rep's own, or that for the team (`of`)."""
    return Goal(leader=rep) if of == TEAM else Goal(rep=rep)


def read_goals(rep: Rep, *, is_next: bool = False) -> GoalPage:
    """All of the page, of the campaign that runs or of the next one. Eight queries, one when there is none."""
    running, following = campaigns_of(rep)
    campaign = following if is_next else running
    if campaign is None:
        return GoalPage(None, following, is_next)
    has_team = Rep.objects.on_file().filter(sponsor=rep.pk).exists()
    set_now = Goal.objects.filter(rep=rep, campaign=campaign) | Goal.objects.filter(leader=rep, campaign=campaign)
    by_owner = {(TEAM if one.leader_id else OWN, one.measure): one for one in set_now}
    waiting = GoalSuggestion.objects.filter(rep=rep, campaign=campaign, taken=None).select_related("by", "campaign__calendar__market")
    return GoalPage(
        campaign,
        following,
        is_next,
        read_lines(campaign, rep, OWN, by_owner),
        read_lines(campaign, rep, TEAM, by_owner) if has_team else [],
        [(one, goals.said_goal(one)) for one in waiting.order_by("-at", "-pk")],
        read_changes(campaign, GoalChange.objects.filter(rep=rep) | GoalChange.objects.filter(leader=rep)),
        SnapshotRun.objects.filter(campaign=campaign).order_by("-at").values_list("at", flat=True).first(),
    )


def read_of_rep(rep: Rep, campaign: Campaign, *, reader: User) -> tuple[list[Line], list[GoalSuggestion]]:
    """For who stands above: the goals that the rep has, and what the reader has suggested. Three queries."""
    by_owner = {(OWN, one.measure): one for one in Goal.objects.visible_to(reader).filter(rep=rep, campaign=campaign)}
    told = GoalSuggestion.objects.visible_to(reader).filter(rep=rep, campaign=campaign, by=reader)
    told = told.select_related("campaign__calendar__market").order_by("-at", "-pk")
    return read_lines(campaign, rep, OWN, by_owner), list(told)


def read_lines(campaign: Campaign, rep: Rep, of: str, by_owner: dict[tuple[str, str], Goal]) -> list[Line]:
    """A line a measure. One query."""
    (done,) = measures.reached([campaign], owner_of(rep, of))
    return [line_of(campaign, measure, done[measure], by_owner.get((of, measure))) for measure in Goal.Measure.values]


def line_of(campaign: Campaign, measure: str, done: Decimal | None, goal: Goal | None) -> Line:
    """A goal and how far it is on this day of the campaign, which comes with its calendar's market. No query."""
    currency = campaign.calendar.market.currency
    today = campaign.calendar.today()
    at = pace(goal.target, done, campaign.day(today), campaign.days) if goal and done is not None else None
    return Line(
        measure,
        capfirst(Goal.Measure(measure).label),
        goal,
        at,
        "" if done is None else said_figure(done, measure, currency),
        said_figure(goal.target, measure, currency) if goal else "",
        to_go(at, measure, currency) if at and campaign.ends_on >= today else "",
    )


def of_place(goals_of_place: Iterable[Goal], now: Sums) -> list[Line]:
    """The goals of a territory in a campaign, with how far they are by its sums. No query."""
    done = {
        Goal.Measure.ORDERS: Decimal(now.orders),
        Goal.Measure.NET_SALES: now.net_sales,
        Goal.Measure.ACTIVITY: Decimal(100 * now.active) / now.on_file if now.on_file else None,
        Goal.Measure.RECRUITS: Decimal(now.appointed),
        Goal.Measure.CALLS: Decimal(now.calls),
        Goal.Measure.FOLLOW_UPS: Decimal(now.reminders_kept),
    }
    by_measure = {one.measure: one for one in goals_of_place}
    return [line_of(now.campaign, measure, done[measure], by_measure[measure]) for measure in Goal.Measure.values if measure in by_measure]


def read_changes(campaign: Campaign, changes: Sequence[GoalChange]) -> list[tuple[GoalChange, str, str]]:
    """The newest changes of goals of one campaign. One query."""
    currency = campaign.calendar.market.currency
    newest = changes.filter(campaign=campaign).select_related("by").order_by("-at", "-pk")[:CHANGES]
    return [
        (one, *("" if figure is None else said_figure(figure, one.measure, currency) for figure in (one.before, one.after)))
        for one in newest
    ]
