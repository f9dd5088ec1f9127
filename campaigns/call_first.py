"""Whom to call first: the reps below a leader, or those somebody is in charge of, best reason first, fifty a page.

The rows are written with a campaign's figures (campaigns/call_rows.py). What has happened since is looked at here: who has ordered or
was reached is done with, who did not answer comes back tomorrow, and who is being called is shown as taken.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, DateTimeField, Exists, OuterRef, Q, Subquery, Value, When
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from campaigns import figures, ladder
from campaigns.models import CallFirst, CallFirstQuerySet, Campaign, Order, TitleRequirement
from cotano.lib import clock, money, phones, text
from teams.models import Rep, Touch, User

PAGE = 50
BLOCK = 3  # on Home and My team
LARGE = 5_000  # reps below, from which on they are looked for along the list instead of the list along them
SOON = 1  # days before the deadline in which it is yellow
ORDER = ("reason", "by_day", "pk")
# What a row shows, as values: fifty reps and territories as objects take longer to make than to find.
ROW = ("pk", "reason", "by_day", "campaign", "short", "orders_short", "requirement", "missing")
STEP = ROW.index("requirement")
REP = ("rep__pk", "rep__code", "rep__name", "rep__phone", "rep__user", "rep__territory__code", "rep__territory__name")
CALLER = tuple(f"call_claim__{name}" for name in ("until", "by", "by__name", "by__rep__name", "by__is_staff"))
KEY = 3  # parts of where a page begins
Reason = CallFirst.Reason
Step = tuple[TitleRequirement, int]  # what is asked for, how much of it is missing


@dataclass(frozen=True)
class Claim:
    """Who is calling, until when; `name` is "" for the one who looks."""

    name: str
    until: dt.datetime


@dataclass(frozen=True)
class Called:
    """What a row shows of the rep; `user` is the id of the log-in, None without one."""

    pk: int
    code: str
    name: str
    number: str
    user: int | None
    territory_code: str
    territory: str


@dataclass(frozen=True)
class Row:
    """A rep to call. `tone` is the colour of the day: "due", "soon" or ""; `ways` are links, empty without a phone."""

    rep: Called
    reason: int
    why: str
    by_day: dt.date
    tone: str
    contacted: dt.datetime | None
    claim: Claim | None

    @property
    def ways(self) -> dict[str, str]:
        """To call and to write."""
        return phones.links(self.rep.number)

    @property
    def phone(self) -> str:
        """As one reads it."""
        return phones.spoken(self.rep.number)

    @property
    def is_mine(self) -> bool:
        """Whether who looks has taken the call."""
        return self.claim is not None and not self.claim.name

    @property
    def is_taken(self) -> bool:
        """Whether somebody else has."""
        return self.claim is not None and bool(self.claim.name)


@dataclass(frozen=True)
class Rows:
    """A page; `more_after` is where the next one begins, "" at the end."""

    rows: list[Row]
    more_after: str = ""


def of_line(rep: Rep) -> CallFirstQuerySet:
    """The rows of the reps below `rep`. One query."""
    people = Rep.objects.below(rep.pk).order_by().values("status")[: LARGE + 1].count()
    return CallFirst.objects.below(rep, many=people > LARGE) if people else CallFirst.objects.none()


def read(
    rows: CallFirstQuerySet,
    *,
    reader: User,
    running: Sequence[Campaign] | None = None,
    reason: int | None = None,
    after: str = "",
    most: int = PAGE,
    in_charge: bool = False,
) -> Rows:
    """A page of those of `rows` who are still to be called.

    At most three queries, one more where somebody is a step from a title; one fewer with `running`, the campaigns that run today.
    `in_charge`: the page is one of managers and staff.
    """
    if rows.query.is_empty():
        return Rows([])
    running = figures.running_campaigns() if running is None else running
    waiting = _waiting(rows, running)
    if reason is not None:
        waiting = waiting.filter(reason=reason)
    key = parse(after)
    shown = list((waiting if key is None else waiting.filter(_beyond(key))).order_by(*ORDER).values_list(*ROW, *REP)[: most + 1])
    found = _rows(shown[:most], reader, running, in_charge=in_charge)
    last = found[-1] if len(shown) > most else None
    return Rows(found, f"{last.reason}.{last.by_day.toordinal()}.{last.rep.pk}" if last else "")


def read_block(rep: Rep, *, reader: User, running: Sequence[Campaign] | None = None) -> Rows:
    """The first ones below `rep`, for Home and My team. Five queries at most, one for who has nobody below."""
    return read(of_line(rep), reader=reader, running=running, most=BLOCK)


def find(rows: CallFirstQuerySet, pk: int, *, reader: User, in_charge: bool = False) -> Row | None:
    """The row of the rep with this id, whether somebody is calling or not; None when there is nobody to call (any more)."""
    running = figures.running_campaigns()
    shown = list(_waiting(rows.filter(pk=pk), running).values_list(*ROW, *REP))
    return next(iter(_rows(shown, reader, running, in_charge=in_charge)), None)


def parse(after: str) -> tuple[int, dt.date, int] | None:
    """Where a page begins: reason, day and rep of the last row before it; None for anything else."""
    parts = [text.number(part) for part in after.split(".")]
    if len(parts) != KEY or None in parts or parts[0] not in Reason.values or not 1 <= parts[1] <= dt.date.max.toordinal():
        return None
    return parts[0], dt.date.fromordinal(parts[1]), parts[2]


def _beyond(key: tuple[int, dt.date, int]) -> Q:
    reason, day, rep = key
    return Q(reason__gte=reason) & (Q(reason__gt=reason) | Q(by_day__gt=day) | Q(by_day=day, pk__gt=rep))


def _waiting(rows: CallFirstQuerySet, running: Sequence[Campaign]) -> CallFirstQuerySet:
    """Those of the campaigns that run, without who has ordered, who was reached since, who did not answer today or has left."""
    now = timezone.now()
    began = [When(campaign=one.pk, then=Value(_began(one, now))) for one in running]
    orders = figures.not_sent_back(Order.objects.filter(rep=OuterRef("pk"), campaign=OuterRef("campaign")))
    touches = Touch.objects.filter(rep=OuterRef("pk"))
    done = touches.filter(
        Q(outcome=Touch.Outcome.REACHED, at__gte=OuterRef("since")) | Q(outcome=Touch.Outcome.NO_ANSWER, at__gte=OuterRef("day_began"))
    )
    return (
        rows.filter(campaign__in=[one.pk for one in running], rep__status=Rep.Status.ACTIVE)
        .alias(day_began=Case(*began, default=Value(now), output_field=DateTimeField()))
        .filter(Q(reason__gte=Reason.TITLE) | ~Exists(orders))
        .filter(~Exists(done))
    )


def _began(campaign: Campaign, now: dt.datetime) -> dt.datetime:
    """When today began in the campaign's market."""
    zone = campaign.calendar.zone
    return clock.midnight(clock.today(zone, now), zone)


def _rows(shown: Sequence[tuple], reader: User, running: Sequence[Campaign], *, in_charge: bool) -> list[Row]:
    """These (ROW and REP of each) with what was done about them. One query, two where somebody is a step from a title."""
    if not shown:
        return []
    campaigns = {campaign.pk: (campaign, campaign.calendar.today()) for campaign in running}
    steps = {row[STEP] for row in shown} - {None}
    asked = TitleRequirement.objects.select_related("title", "of_title").in_bulk(steps) if steps else {}
    contacted = Touch.objects.filter(rep=OuterRef("pk"), outcome=Touch.Outcome.REACHED).order_by("-at").values("at")[:1]
    known = Rep.objects.filter(pk__in=[row[0] for row in shown]).values_list("pk", Subquery(contacted), *CALLER)
    now, done = timezone.now(), {}
    for pk, at, until, by, name, rep, is_staff in known:
        claim = None
        if until is not None and until > now:
            claim = Claim("" if by == reader.pk else caller_name(name, rep, is_staff=is_staff, in_charge=in_charge), until)
        done[pk] = at, claim
    rows = []
    for pk, reason, by_day, of, short, orders_short, wanted, missing, *called in shown:
        campaign, today = campaigns[of]
        why = _why(reason, campaign, short, orders_short, (asked[wanted], missing) if wanted in asked else None)
        rows.append(Row(Called(*called), reason, why, by_day, _tone(reason, (by_day - today).days), *done[pk]))
    return rows


def _tone(reason: int, days: int) -> str:
    if reason <= Reason.TWO_IDLE or days < 0:
        return "due"
    return "soon" if days <= SOON or reason <= Reason.ONE_IDLE else ""


def _why(reason: int, campaign: Campaign, short: Decimal | None, orders_short: int | None, step: Step | None) -> str:
    if orders_short:
        return ngettext("%(n)d order to the goal", "%(n)d orders to the goal", orders_short) % {"n": orders_short}
    if reason == Reason.TITLE and step:
        return ladder.said_step(*step)
    if short:
        return _("%(amount)s to the goal") % {"amount": money.whole(short, campaign.calendar.market.currency, get_language())}
    return str(Reason(reason).label)


def caller_name(name: str, rep: str | None, *, is_staff: bool, in_charge: bool) -> str:
    """Who calls: a user's name, and as a rep (None: is none). Reps are named to reps of the line, the company's people to each other."""
    is_leader = rep is not None and not is_staff
    if in_charge:
        return _("a leader of the team") if is_leader else name
    return rep if is_leader else _("the company")
