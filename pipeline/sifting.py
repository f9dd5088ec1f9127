"""What a person looks for on a board: by name or phone, tag, kind, reminder, hotness, and what is stale."""

import datetime as dt
from dataclasses import dataclass, fields
from urllib.parse import urlencode

from django.db.models import DurationField, Exists, ExpressionWrapper, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from cotano.lib import clock
from leads.finding import sought
from leads.models import Enrolment, Reminder
from pipeline.models import DAYS, Card, Stage

# How the next reminder of a lead stands, as the chip on its card says it.
REMINDERS = [("none", _("No reminder")), ("overdue", _("Overdue")), ("today", _("Today")), ("later", _("Later"))]


@dataclass(frozen=True)
class Sieve:
    """What is looked for; "" and None let everything through. An empty one is false."""

    q: str = ""
    tag: str = ""
    kind: str = ""
    remind: str = ""
    heat: int | None = None
    stale: bool = False

    def __bool__(self) -> bool:
        """Whether anything is looked for."""
        return any(_is_said(getattr(self, field.name)) for field in fields(self))

    @property
    def query(self) -> str:
        """As it stands in an address."""
        return urlencode({field.name: value for field in fields(self) if _is_said(value := getattr(self, field.name))})

    def sift(self, cards: QuerySet[Card], zone: str, now: dt.datetime) -> QuerySet[Card]:
        """The cards that are looked for, by a person whose days begin in `zone`."""
        if self.q:
            cards = sought(cards, self.q, prefix="lead__")
        if self.tag:
            cards = cards.filter(lead__tags__contains=[self.tag])
        if self.kind:
            cards = cards.filter(lead__kind=self.kind)
        if self.heat is not None:
            cards = cards.filter(lead__hotness=self.heat)
        if self.stale:
            cards = stale(cards, now)
        return _by_reminder(cards, self.remind, zone, now) if self.remind else cards


def _is_said(value: object) -> bool:
    return value is not None and value is not False and value != ""


def stale(cards: QuerySet[Card], now: dt.datetime) -> QuerySet[Card]:
    """Open cards without a next step, whose last contact or move is longer ago than a card may stay on their stage."""
    ahead = Reminder.objects.filter(lead=OuterRef("lead"), state=Reminder.State.OPEN, due_at__gte=now)
    stay = ExpressionWrapper(Coalesce(F("stage__days"), DAYS) * Value(dt.timedelta(days=1)), DurationField())
    return (
        cards.filter(
            ~Exists(ahead),
            ~Exists(Enrolment.objects.running().filter(lead=OuterRef("lead"))),
            stage__end=Stage.End.OPEN,
        )
        .filter(entered_stage_at__lt=now - stay)
        .exclude(lead__contacted_at__gte=now - stay)
    )


def _by_reminder(cards: QuerySet[Card], state: str, zone: str, now: dt.datetime) -> QuerySet[Card]:
    following = Reminder.objects.filter(lead=OuterRef("lead"), state=Reminder.State.OPEN).order_by("due_at")
    cards = cards.alias(due=Subquery(following.values("due_at")[:1]))
    tomorrow = clock.midnight(clock.today(zone, now) + dt.timedelta(days=1), zone)
    match state:
        case "none":
            return cards.filter(due=None)
        case "overdue":
            return cards.filter(due__lt=now)
        case "today":
            return cards.filter(due__gte=now, due__lt=tomorrow)
        case _:
            return cards.filter(due__gte=tomorrow)
