"""A lead's page: who it is, what is next, and the timeline of all that happened, newest first."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat, JSONObject
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cotano.lib import clock, moments, money, phones, when
from leads import clocks, messages, my_order
from leads.messages import Way
from leads.models import Attachment, Attempt, Channel, Check, Comment, ImportantDate, Lead, Purchase, Reminder, Tag
from notifications.models import Notification
from pipeline.models import Board, Card, Merge, Move, Share, Stage, WorkItem
from pipeline.outcomes import ICONS, standing_card
from teams import rights
from teams.models import User

PAGE = 30  # entries shown at once
TAGS_COLOURED = 200  # of a rep
ALWAYS = frozenset({"phones", "tags", "note", "consent"})
UNANSWERED = dt.timedelta(hours=24)  # so long an attempt waits for its outcome
COMMENT, ATTEMPT, MOVE, REMINDER, MERGE, PURCHASE = range(6)  # kinds of entry, in their order within one moment


@dataclass(frozen=True)
class More:
    """A further phone or e-mail of the person, as it is shown, and the ways it opens."""

    shown: str
    icon: str
    ways: list[Way]


@dataclass(frozen=True)
class Detail:
    """One thing known about the person: the word of its address, an icon, what it is, and the value ("": not known yet)."""

    name: str
    icon: str
    label: str
    value: str


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `said` is a comment's text; of everything else `line` tells it in a sentence."""

    icon: str
    at: dt.datetime
    by: str
    mine: bool
    author: int | None
    line: str
    said: str = ""
    spoke: bool = False


@dataclass(frozen=True)
class Timeline:
    """One page of entries; `more` is where the next one begins ("" on the last)."""

    entries: list[Entry]
    more: str
    unanswered: int | None  # the newest attempt of the last day that has no outcome yet


@dataclass(frozen=True)
class LeadPage:
    """What the page shows."""

    lead: Lead
    card: Card | None
    reminders: list[Reminder]  # the open ones, the next first
    presets: list[clock.Preset]
    timeline: Timeline
    ways: list[Way]
    more: list[More]
    purchases: list[Purchase]  # the first ones; none of somebody else's lead
    cadences: list[clocks.Standing]  # the same
    is_refused: bool  # the person asked the company not to be contacted
    details: list[Detail]
    done: int  # items of the checklist that are done, of all
    all: int
    colours: dict[str, int]  # of the rep's tags

    @property
    def reminder(self) -> Reminder | None:
        """The next one."""
        return self.reminders[0] if self.reminders else None


def leads_for_page(user: User) -> QuerySet[Lead]:
    """The leads whose page the person may open: the own ones, and to be read only those on boards that are shared with the person.

    With what a page about one asks of them: the company's reason, whether something about it is unread, the merge that can be undone
    (`merge_id`, `merged_name`); `through`, the shared board
    on which it stands (None: an own lead), and `may_comment` there.
    """
    waiting = WorkItem.objects.filter(lead=OuterRef("pk"), done_at=None).order_by(F("call_by").asc(nulls_last=True), "pk")
    news = Notification.objects.filter(recipient=user).unread().filter(subject=Concat(Value("lead:"), Cast(OuterRef("pk"), CharField())))
    merges = Merge.objects.holding().filter(kept=OuterRef("pk")).order_by("-at", "-pk")
    shared = Card.objects.filter(lead=OuterRef("pk"), board__in=Board.objects.shared_with(user)).order_by("-board__campaign__starts_on")
    shares = Share.objects.held_by(user).filter(owner=OuterRef("owner"), may_comment=True)
    leads = Lead.objects.filter(rights.mine(user, "owner") | Exists(shared)).select_related("owner")
    checks = Check.objects.filter(lead=OuterRef("pk")).order_by("place", "pk")
    dates = ImportantDate.objects.filter(lead=OuterRef("pk")).order_by("month", "day", "pk")
    files = Attachment.objects.filter(lead=OuterRef("pk")).order_by().values("lead")
    colours = Tag.objects.filter(owner=OuterRef("owner")).order_by("pk")[:TAGS_COLOURED]
    return leads.annotate(
        done=ArraySubquery(checks.values_list(ExpressionWrapper(Q(done_at__isnull=False), BooleanField()))),
        days=ArraySubquery(dates.values(said=JSONObject(name="name", day="day", month="month", year="year"))),
        files=Subquery(files.annotate(n=Count("pk")).values("n")),
        colours=ArraySubquery(colours.values(said=JSONObject(name="name", colour="colour"))),
        reason=Subquery(waiting.values("reason")[:1]),
        call_by=Subquery(waiting.values("call_by")[:1]),
        has_news=Exists(news),
        merge_id=Subquery(merges.values("pk")[:1]),
        merged_name=Subquery(merges.values("gone_name")[:1]),
        through=Subquery(shared.values("board")[:1]),
        may_comment=Exists(shares),
    )


def read_lead(lead: Lead, user: User, *, before: str = "") -> LeadPage:
    """The page of a lead (of `leads_for_page`), its timeline from `before` on. Four queries."""
    return LeadPage(
        lead=lead,
        card=standing_card(lead),
        reminders=list(lead.reminders.open().order_by("due_at", "pk")),
        presets=clock.presets(user.zone, timezone.now()),
        timeline=read_timeline(lead, user, before=before),
        ways=ways(lead) if lead.may_be_contacted else [],
        more=more_ways(lead) if lead.may_be_contacted else [],
        purchases=[] if lead.through else list(my_order.of_lead(lead)[: my_order.SHOWN]),
        cadences=[] if lead.through else clocks.standing(lead),
        is_refused=lead.refusal_id is not None,
        details=[] if lead.through else details(lead),
        done=sum(lead.done),
        all=len(lead.done),
        colours={one["name"]: one["colour"] for one in lead.colours},
    )


def details(lead: Lead) -> list[Detail]:
    """What is known about the person, a row each; of what is not known only what most people have."""
    rows = [
        Detail("phones", "phone", _("Phones"), ", ".join(map(phones.spoken, filter(None, (lead.phone, *lead.other_phones))))),
        Detail("emails", "mail", _("E-mail"), ", ".join(filter(None, (lead.email, *lead.other_emails)))),
        Detail("kind", "user", _("Kind"), lead.get_kind_display()),
        Detail("tags", "tag", _("Tags"), ", ".join(lead.tags)),
        Detail("birthday", "cake", _("Birthday"), date_format(lead.birthday, "j E Y") if lead.birthday else ""),
        Detail("hotness", "flame", _("Hotness"), lead.get_hotness_display() if lead.hotness else ""),
        Detail("family", "users", _("Family"), lead.family),
        Detail("likes", "star", _("Likes"), lead.likes),
        Detail("preferred", "clock", _("Best reached"), _preferred(lead)),
        Detail("note", "text", _("To remember"), lead.note),
        Detail("consent", "lock", _("Consent"), _consent(lead)),
    ]
    return [row for row in rows if row.value or row.name in ALWAYS]


def _preferred(lead: Lead) -> str:
    hour = f"{lead.hour}:00" if lead.hour is not None else ""
    return ", ".join(filter(None, (lead.get_channel_display() if lead.channel else "", hour, lead.zone)))


def _consent(lead: Lead) -> str:
    ways = [str(Channel(name).label) for name in lead.consents]
    since = date_format(lead.consented_on, "j E Y") if lead.consented_on else ""
    return ", ".join(filter(None, (lead.get_legal_basis_display() if lead.legal_basis else "", *ways, since)))


def ways(lead: Lead) -> list[Way]:
    """The ways that lead to this person by the first phone and e-mail, the call first."""
    return _ways(lead.links)


def more_ways(lead: Lead) -> list[More]:
    """The further phones and e-mails, each with its ways."""
    numbers = [More(phones.spoken(number), "phone", _ways(phones.links(number))) for number in lead.other_phones]
    return [*numbers, *(More(address, "mail", _ways({"email": f"mailto:{address}"})) for address in lead.other_emails)]


def _ways(links: dict[str, str]) -> list[Way]:
    order = ("call", "viber", "telegram", "whatsapp", "sms", "email")
    return [Way.by(name, links[name]) for name in order if name in links]


def read_timeline(lead: Lead, user: User, *, before: str = "") -> Timeline:
    """A page of the lead's timeline: the entries older than the place `before`, which an earlier page gave as `more`. One query.

    A place that was not given by a page counts as the beginning.
    """
    place = moments.read_place(before, ids=2)
    branches = [_after(rows, kind, place).order_by("-moment", "-number")[: PAGE + 1] for kind, rows in _branches(lead, user).items()]
    rows = list(branches[0].union(*branches[1:], all=True).order_by("-moment", "-kind", "-number")[: PAGE + 1])
    shown = rows[:PAGE]
    entries = [_entry(row, user) for row in shown]
    if len(rows) > PAGE:
        last = shown[-1]
        more = moments.place(last["moment"], last["kind"], last["number"])
    else:
        more = ""
        entries.append(_added(lead, user))
    recent = timezone.now() - UNANSWERED
    open_calls = [row["number"] for row in shown if row["kind"] == ATTEMPT and not row["detail"] and row["moment"] > recent]
    return Timeline(entries, more, open_calls[0] if open_calls and place is None else None)


def _branches(lead: Lead, user: User) -> dict[int, QuerySet]:
    """Kind -> its rows, all with the same columns."""

    def columns(kind: int, *, at: str = "at", words: object, code: object, detail: object) -> dict[str, object]:
        return {
            "kind": Value(kind),
            "number": F("pk"),
            "moment": F(at),
            "who": F("by_id"),
            "name": F("by__name"),
            "words": Cast(words, TextField()),
            "code": Cast(code, TextField()),
            "detail": Cast(detail, TextField()),
        }

    none = Value("", TextField())
    branches = {
        COMMENT: Comment.objects.filter(lead=lead).values(**columns(COMMENT, words=F("text"), code=F("spoke"), detail=none)),
        ATTEMPT: Attempt.objects.filter(lead=lead).values(**columns(ATTEMPT, words=F("template"), code=F("channel"), detail=F("outcome"))),
        MOVE: Move.objects.filter(card__lead=lead).values(
            **columns(
                MOVE,
                words=F("to__own_name"),
                code=F("to__standard"),
                detail=Case(When(by=None, then=F("card__board__campaign__number")), default=None),
            )
        ),
        REMINDER: Reminder.objects.filter(lead=lead).values(
            **columns(
                REMINDER,
                at="created_at",
                words=Concat(Cast("day", TextField()), Value("T", TextField()), Cast("time", TextField())),
                code=F("state"),
                detail=none,
            )
        ),
        MERGE: Merge.objects.filter(kept=lead).values(
            **columns(
                MERGE,
                words=F("gone_name"),
                code=Case(When(undone_at=None, then=none), default=Value("undone", TextField())),
                detail=F("stayed"),
            )
        ),
    }
    bar = Value("|", TextField())
    if lead.owner.user_id == user.pk:  # who helps does not see what somebody buys
        branches[PURCHASE] = (
            Purchase.objects.filter(lead=lead)
            .standing()
            .values(
                **columns(
                    PURCHASE,
                    at="wanted_at",
                    words=F("item"),
                    code=Concat(Cast("quantity", TextField()), bar, Cast("price", TextField()), bar, Cast("currency", TextField())),
                    detail=Case(
                        When(delivered_on__isnull=False, then=_state("DELIVERED")),
                        When(ordered_at__isnull=False, then=_state("ORDERED")),
                        default=_state("WANTED"),
                    ),
                )
            )
        )
    return branches


def _state(name: str) -> Value:
    return Value(Purchase.State[name].value, TextField())


def _after(rows: QuerySet, kind: int, place: tuple[dt.datetime, int, int] | None) -> QuerySet:
    """Those of one kind that come after a place in the order (moment, kind, number), newest first."""
    if place is None:
        return rows
    at, last_kind, last_number = place
    if kind == last_kind:
        return rows.filter(Q(moment__lt=at) | Q(moment=at, number__lt=last_number))
    return rows.filter(moment__lte=at) if kind < last_kind else rows.filter(moment__lt=at)


def _entry(row: dict[str, object], user: User) -> Entry:
    said = row["words"] if row["kind"] == COMMENT else ""
    icon, line = _TELL[row["kind"]](row)
    spoke = row["kind"] == COMMENT and row["code"] == "true"
    return Entry(icon, row["moment"], row["name"], row["who"] == user.pk, row["who"], line, said, spoke)


def _attempt(row: dict[str, object]) -> tuple[str, str]:
    channel = Attempt.Channel(row["code"])
    way = _("%(channel)s “%(template)s”") % {"channel": channel.label, "template": row["words"]} if row["words"] else str(channel.label)
    if not row["detail"]:
        return messages.ICONS.get(channel, channel), way
    outcome = Attempt.Outcome(row["detail"])
    return ICONS[outcome], _("%(channel)s · %(outcome)s") % {"channel": way, "outcome": outcome.label}


def _move(row: dict[str, object]) -> tuple[str, str]:
    stage = row["words"] or Stage.Standard(row["code"]).label
    if row["detail"]:
        return "board", _("Went on to campaign %(number)s · %(stage)s") % {"number": row["detail"], "stage": stage}
    return "board", _("Moved to %(stage)s") % {"stage": stage}


def _reminder(row: dict[str, object]) -> tuple[str, str]:
    meant = dt.datetime.fromisoformat(row["words"])
    sentence = {
        Reminder.State.OPEN: _("Reminder for %(when)s"),
        Reminder.State.DONE: _("Reminder for %(when)s · done"),
        Reminder.State.CANCELLED: _("Reminder for %(when)s · withdrawn"),
    }[row["code"]]
    return "bell", sentence % {"when": when.wall(meant.date(), meant.time(), timezone.localdate())}


def _merge(row: dict[str, object]) -> tuple[str, str]:
    if row["code"]:
        return "copy", _("Merged with %(name)s · undone") % {"name": row["words"]}
    if row["detail"]:
        return "copy", _("Merged with %(name)s · the card in %(stage)s stayed") % {"name": row["words"], "stage": row["detail"]}
    return "copy", _("Merged with %(name)s") % {"name": row["words"]}


def _purchase(row: dict[str, object]) -> tuple[str, str]:
    quantity, price, currency = row["code"].split("|")
    cost = money.exact(int(quantity) * Decimal(price), currency, get_language())
    words = _("%(item)s × %(quantity)s, %(cost)s · %(state)s")
    return "bag", words % {"item": row["words"], "quantity": quantity, "cost": cost, "state": Purchase.State(row["detail"]).label}


_TELL = {COMMENT: lambda _row: ("text", ""), ATTEMPT: _attempt, MOVE: _move, REMINDER: _reminder, MERGE: _merge, PURCHASE: _purchase}


def _added(lead: Lead, user: User) -> Entry:
    """How the person came here; the end of every timeline."""
    icon, line = {
        Lead.Source.TYPED: ("plus", _("Added to the contacts")),
        Lead.Source.IMPORT: ("download", _("Imported from a file")),
        Lead.Source.COMPANY: ("download", _("From the company's work list")),
    }[lead.source]
    return Entry(icon, lead.created_at, lead.owner.name, mine=lead.owner.user_id == user.pk, author=lead.owner.user_id, line=line)
