"""The queue of calls: the people of Home, one at a time."""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from cotano.lib import clock
from leads.messages import Way
from leads.models import Attempt, Comment, Lead
from pipeline.home import TURNS, minutes, people_of_today, say_reasons
from pipeline.lead_page import ways
from pipeline.models import Skip
from teams.models import Rep


@dataclass(frozen=True)
class Result:
    """What came of today's calls. `people` were called; the others say how many of them had that outcome."""

    people: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    @property
    def reached(self) -> int:
        """People who were spoken with."""
        return sum(n for outcome, n in self.outcomes.items() if outcome != Attempt.Outcome.NO_ANSWER)

    @property
    def missed(self) -> int:
        """People who did not answer."""
        return self.outcomes.get(Attempt.Outcome.NO_ANSWER, 0)

    @property
    def ordered(self) -> int:
        """People who ordered."""
        return self.outcomes.get(Attempt.Outcome.ORDERED, 0)


@dataclass(frozen=True)
class Queue:
    """One person and how far the queue is. `lead` is None when nobody is left but for those who were skipped.

    The lead has `reason`, `call_by`, `reminder_due`, `unanswered` (an attempt of today without an outcome, or None) and
    `said`, `said_at` of the newest comment.
    """

    lead: Lead | None
    waiting: int
    done: int
    skipped: int
    result: Result

    @property
    def all(self) -> int:
        """Everybody of today."""
        return self.waiting + self.done

    @property
    def place(self) -> int:
        """Whose turn it is, of all."""
        return min(self.done + self.skipped + 1, self.all)

    @property
    def left(self) -> int:
        """Who waits and was not skipped; those who were skipped, when they are all that is left."""
        return self.waiting - self.skipped or self.waiting

    @property
    def hours(self) -> int:
        """How long those who are left take, about: the whole hours of it."""
        return minutes(self.left) // 60

    @property
    def minutes(self) -> int:
        """And the minutes beyond them."""
        return minutes(self.left) % 60

    @property
    def ways(self) -> list[Way]:
        """The ways to reach the person but the call."""
        return [way for way in ways(self.lead) if way.channel != Attempt.Channel.CALL]


def read_queue(rep: Rep, *, again: bool = False) -> Queue:
    """Whose turn it is, of the people on Home; those who were skipped only with `again`. Two queries, three when nobody is left."""
    zone, now = rep.user.zone, timezone.now()
    day_began = clock.midnight(clock.today(zone, now), zone)
    skips = Skip.objects.filter(lead=OuterRef("pk"), at__gte=day_began)
    people = people_of_today(rep).annotate(skipped_at=Subquery(skips.values("at")))
    counts = people.aggregate(
        waiting=Count("pk", filter=Q(to_call=True)),
        done=Count("pk", filter=Q(to_call=False, done_today=True)),
        skipped=Count("pk", filter=Q(to_call=True, skipped_at__isnull=False)),
    )
    waiting = people.filter(to_call=True) if again else people.filter(to_call=True, skipped_at=None)
    turns = _with_words(waiting, day_began).order_by(F("skipped_at").asc(nulls_first=True), *TURNS)
    lead = next(iter(say_reasons(list(turns[:1]))), None)
    return Queue(lead, **counts, result=Result() if lead else _result(rep, day_began))


def _with_words(people: QuerySet[Lead], day_began: dt.datetime) -> QuerySet[Lead]:
    said = Comment.objects.filter(lead=OuterRef("pk")).order_by("-at", "-pk")
    tapped = Attempt.objects.filter(lead=OuterRef("pk"), at__gte=day_began, outcome="").order_by("-at", "-pk")
    return people.annotate(
        said=Subquery(said.values("text")[:1]), said_at=Subquery(said.values("at")[:1]), asks=Subquery(tapped.values("pk")[:1])
    )


def _result(rep: Rep, day_began: dt.datetime) -> Result:
    """The last outcome of each person called today."""
    todays = Attempt.objects.filter(lead__owner=rep, at__gte=day_began).exclude(outcome="")
    last = todays.order_by("lead", "-at", "-pk").distinct("lead").values_list("outcome", flat=True)
    found: dict[str, int] = {}
    for outcome in last:
        found[outcome] = found.get(outcome, 0) + 1
    return Result(sum(found.values()), found)
