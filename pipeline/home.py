"""The first page: where the campaign and the goal stand, and which of my people to call now."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from campaigns import call_first, deadlines, next_title
from campaigns.models import Campaign, Goal, Order, Title
from campaigns.pace import Sales
from cotano.lib import clock
from leads.models import Attempt, Cadence, Enrolment, Lead, Reminder
from pipeline.models import Card, Stage, WorkItem
from teams.models import Rep

FIRST = 7  # people shown at once
PER_CALL = 3  # minutes; what a call with its note takes is no science: one figure for everybody is understood
ROUND = 5  # minutes; "about 40 min", not "42"
TASKS = 20  # tasks of today shown
ALL = 50  # people shown when more are asked for
TURNS = ("turn", "reminder_due", F("call_by").asc(nulls_last=True), "pk")  # the order in which people are called


@dataclass(frozen=True)
class CampaignNow(Sales):
    """The campaign that runs and the rep's net sales in it."""

    deadline: dt.date  # the rep's own


@dataclass(frozen=True)
class Home:
    """What the page shows. `calls` are leads with `reminder_due`, `reason` and `call_by`; `waiting` counts all of them.

    `team` are the first of the reps below whom somebody should call.
    """

    now: CampaignNow | None
    calls: list[Lead]
    waiting: int
    done: int
    has_people: bool
    has_team: bool
    team: call_first.Rows
    next: next_title.NextTitle | None = None
    tasks: list[Reminder] = field(default_factory=list)  # due by the end of today, the first of them
    left_people: int = 0  # whom a reminder or the company asked to call yesterday, and who still wait
    left_tasks: int = 0  # the same of tasks, among those shown

    @property
    def left(self) -> int:
        """How much yesterday has left over."""
        return self.left_people + self.left_tasks

    @property
    def all(self) -> int:
        """Those who wait and those who are done today."""
        return self.waiting + self.done

    @property
    def more(self) -> int:
        """How many wait below those that are shown."""
        return self.waiting - len(self.calls)


def minutes(calls: int) -> int:
    """How long so many calls take, about: three minutes each, to the nearest five; at least three."""
    return max(PER_CALL, round(calls * PER_CALL / ROUND) * ROUND)


def read_home(rep: Rep, *, everybody: bool) -> Home:
    """The first page of a rep (with a log-in), with the first seven people or, with `everybody`, the first fifty.

    Five queries, six without people, five more at most for who has a team, six more at most where there is a ladder of titles.
    """
    people = people_of_today(rep)
    zone = rep.user.zone
    today = clock.today(zone, timezone.now())
    yesterday = today - dt.timedelta(days=1)
    began, day_began = clock.midnight(yesterday, zone), clock.midnight(today, zone)
    left = Q(reminder_due__gte=began, reminder_due__lt=day_began) | Q(reminder_due=None, call_by=yesterday)
    counts = people.aggregate(
        waiting=Count("pk", filter=Q(to_call=True)),
        done=Count("pk", filter=Q(to_call=False, done_today=True)),
        left=Count("pk", filter=Q(to_call=True) & left),
    )
    calls = say_reasons(list(people.filter(to_call=True).order_by(*TURNS)[: ALL if everybody else FIRST]))
    tasks = Reminder.objects.open().filter(owner=rep, lead=None, due_at__lt=clock.midnight(today + dt.timedelta(days=1), zone))
    tasks = list(tasks.order_by("due_at", "pk")[:TASKS])
    left_tasks = sum(began <= task.due_at < day_began for task in tasks)
    has_people = bool(counts["waiting"] or counts["done"]) or Lead.objects.filter(owner=rep).exists()
    has_team = Rep.objects.on_file().filter(sponsor=rep.pk).exists()
    team = call_first.read_block(rep, reader=rep.user) if has_team else call_first.Rows([])
    running = campaign_now(rep)
    following = next_title.read_block(rep, running.campaign) if running and running.campaign.has_ladder else None
    return Home(running, calls, counts["waiting"], counts["done"], has_people, has_team, team, following, tasks, counts["left"], left_tasks)


def campaign_now(rep: Rep) -> CampaignNow | None:
    """The campaign that runs in the rep's calendar, with goal and net sales; None between campaigns.

    One query; two more where territories have order deadlines of their own.
    """
    sales = Order.objects.filter(rep=rep, campaign=OuterRef("pk")).order_by().values("campaign").annotate(net=Sum("amount")).values("net")
    goal = Goal.objects.filter(rep=rep, campaign=OuterRef("pk"), measure=Goal.Measure.NET_SALES).values("target")
    ladder = Title.objects.filter(market=OuterRef("calendar__market"))
    near = Campaign.objects.filter(calendar__code=rep.calendar).near_today().with_groups().annotate(has_ladder=Exists(ladder))
    for campaign in near.annotate(net=Coalesce(Subquery(sales), Decimal(0)), goal=Subquery(goal)):
        if campaign.is_running:
            deadline = deadlines.of_rep(rep, campaign) if campaign.has_groups else campaign.order_deadline
            return CampaignNow(campaign, campaign.day(campaign.calendar.today()), campaign.net, campaign.goal, deadline)
    return None


def people_of_today(rep: Rep) -> QuerySet[Lead]:
    """The leads that have to do with today, with why, when, whether they are still to be called and whether that was done today.

    A reminder that is due today or overdue always counts. A row of the work list counts until the person was reached (since
    that file), was tried today without success, has a reminder that lies ahead, or stands on a stage that ends in won or lost. A
    step of a cadence that has come counts until the person was tried today or has a reminder that lies ahead.
    A call of which nobody has said how it went (`unanswered`) changes nothing: a tap by mistake loses no one. Whom the rep does
    not contact, and who asked the company not to be contacted, is never among them.
    """
    zone = rep.user.zone
    today = clock.today(zone, timezone.now())
    day_began, day_ends = (clock.midnight(day, zone) for day in (today, today + dt.timedelta(days=1)))
    reminders = Reminder.objects.filter(lead=OuterRef("pk"), state=Reminder.State.OPEN).order_by("due_at")
    items = WorkItem.objects.filter(lead=OuterRef("pk"), done_at=None).order_by(F("call_by").asc(nulls_last=True), "pk")
    reached = Q(lead__contacted_at__isnull=False) & (Q(job=None) | Q(lead__contacted_at__gte=F("job__created_at")))
    finished = Card.objects.filter(lead=OuterRef("pk"), closed_at=None, board__campaign__closed_at=None).exclude(stage__end=Stage.End.OPEN)
    todays = Attempt.objects.filter(lead=OuterRef("pk"), at__gte=day_began)
    tried = todays.exclude(outcome="")
    closed = Reminder.objects.filter(lead=OuterRef("pk"), state=Reminder.State.DONE, ended_at__gte=day_began)
    steps = Enrolment.objects.running().filter(lead=OuterRef("pk"), next_day__lte=today).order_by("next_day", "pk")
    # One list of ids: joined by OR, the database would look at everybody the rep has.
    concerned = (
        Reminder.objects.filter(state=Reminder.State.OPEN, owner=rep, due_at__lt=day_ends).values("lead"),
        Enrolment.objects.running().filter(lead__owner=rep, next_day__lte=today).values("lead"),
        WorkItem.objects.filter(rep=rep, done_at=None).values("lead"),
        Attempt.objects.filter(lead__owner=rep, at__gte=day_began).values("lead"),
        Reminder.objects.filter(owner=rep, state=Reminder.State.DONE, ended_at__gte=day_began).values("lead"),
    )
    to_call = Case(
        When(reminder_due__lt=day_ends, then=Value(value=True)),
        When(Q(Exists(items.exclude(reached))) & Q(reminder_due=None) & ~Exists(tried) & ~Exists(finished), then=Value(value=True)),
        When(Q(Exists(steps)) & Q(reminder_due=None) & ~Exists(tried), then=Value(value=True)),
        default=Value(value=False),
    )
    return (
        Lead.objects.filter(pk__in=concerned[0].union(*concerned[1:], all=True), owner=rep)
        .to_contact()
        .annotate(
            reminder_due=Subquery(reminders.values("due_at")[:1]),
            reason=Subquery(items.values("reason")[:1]),
            call_by=Subquery(items.values("call_by")[:1]),
            step_standard=Subquery(steps.values("cadence__standard")[:1]),
            step_name=Subquery(steps.values("cadence__own_name")[:1]),
            unanswered=Exists(todays.filter(outcome="")),
        )
        .annotate(
            to_call=to_call,
            done_today=Q(Exists(tried)) | Q(Exists(closed)),
            turn=Case(When(reminder_due__lt=day_ends, then=0), default=1),
        )
    )


def say_reasons(people: list[Lead]) -> list[Lead]:
    """Give those whom only a cadence asks for its name as their reason."""
    for lead in people:
        if not lead.reason and lead.step_standard is not None:
            lead.reason = lead.step_name or Cadence.Standard(lead.step_standard).label
    return people
