"""What the pages about a rep tell a manager and those above; the rep is told that it is this, and nothing else."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import figures
from campaigns.models import Goal
from cotano.lib import phones
from teams import tree
from teams.models import Rep, Touch, User
from teams.touches import may_take_back

OWN = ("code", "name", "title", "territory", "status", "removed_on")  # fields of the rep
REACHED = ("phone", "email", "language")
FIELDS = (*OWN, "joined", *REACHED, "log_in", "upline", "recruited")  # in the page's order
LABELS = {
    "joined": gettext_lazy("joined"),
    "log_in": gettext_lazy("log-in"),
    "upline": gettext_lazy("upline"),
    "recruited": gettext_lazy("reps recruited, on file"),
}
UPLINE = 20  # reps of an upline shown by name
TOUCHES = 10  # shown
WEEK = 7  # days


@dataclass(frozen=True)
class Fact:
    """One line of the page. `value` is a string, or a date."""

    name: str
    label: str
    value: object


def facts(rep: Rep) -> list[Fact]:
    """What the page tells about the rep (with territory and user), without the empty lines. Three queries."""
    values = {name: getattr(rep, f"get_{name}_display", lambda name=name: getattr(rep, name))() for name in (*OWN, *REACHED)}
    values |= {"joined": joined(rep), "log_in": log_in(rep), "upline": upline_names(rep), "recruited": recruited(rep)}
    told = ((name, values[name]) for name in FIELDS if values[name] not in {None, ""})
    return [Fact(name, capfirst(LABELS.get(name) or Rep._meta.get_field(name).verbose_name), value) for name, value in told]


def joined(rep: Rep) -> str:
    """The campaign of joining."""
    return f"{rep.calendar} {rep.joined_year}-{rep.joined_number:02d}"


def log_in(rep: Rep) -> str:
    """Whether there is one that works."""
    return _("yes") if rep.user is not None and rep.user.is_active else _("none")


def recruited(rep: Rep) -> int:
    """The first level, on file."""
    return rep.recruits.on_file().count()


def upline(rep: Rep, seen: QuerySet[Rep]) -> tuple[list[Rep | None], bool]:
    """From the sponsor up, None for one who is not among `seen`; and whether it goes on after the last."""
    chain = tree.chain(rep)
    named = {one.pk: one for one in seen.filter(pk__in=chain[:UPLINE])}
    return [named.get(pk) for pk in chain[:UPLINE]], len(chain) > UPLINE


def upline_names(rep: Rep) -> str:
    """The same in words, to the rep."""
    above, more = upline(rep, Rep.objects.all())
    return " › ".join(map(str, above)) + (" › …" if more else "") or _("none")


@dataclass(frozen=True)
class Contact:
    """A touch as those above the rep read it; `by` is "" for the reader's own, which may be `fresh` enough to be taken back."""

    touch: Touch
    by: str
    fresh: bool = False


@dataclass(frozen=True)
class LeaderPage:
    """What a rep above is told: nothing of the rep's people. `figures` are of the campaigns, the newest first."""

    ways: dict[str, str]
    phone: str
    figures: Sequence[figures.RepFigures]
    now: figures.RepFigures | None
    goal: Decimal | None
    week: int
    last_day: dt.date | None
    contacts: list[Contact]
    contacted: dt.datetime | None
    days: int | None

    @property
    def percent(self) -> int:
        """Net sales of the goal."""
        return int(100 * self.now.net_sales / self.goal) if self.goal and self.now else 0


def for_leader(rep: Rep, *, reader: User) -> LeaderPage:
    """The page about a rep below the reader. Seven queries. The phone is the company's; who was removed is not called any more."""
    on_file = rep.status == Rep.Status.ACTIVE
    rows = figures.of_rep_page(rep)
    now = rows[0] if rows and rows[0].campaign.ends_on >= rows[0].campaign.calendar.today() else None
    goal = Goal.objects.visible_to(reader).filter(rep=rep, campaign=now.campaign, measure=Goal.Measure.NET_SALES).first() if now else None
    today = timezone.localdate()
    done = rep.activity.aggregate(last=Max("day"), week=Sum("n", filter=Q(day__gt=today - dt.timedelta(days=WEEK)), default=0))
    touches = Touch.objects.filter(rep=rep)
    contacted = touches.filter(outcome=Touch.Outcome.REACHED).aggregate(last=Max("at"))["last"]
    return LeaderPage(
        ways=phones.links(rep.phone) if on_file else {},
        phone=phones.spoken(rep.phone) if on_file else "",
        figures=rows,
        now=now,
        goal=goal and goal.target,
        week=done["week"],
        last_day=done["last"],
        contacts=[
            Contact(one, _named(one, reader), may_take_back(one, reader))
            for one in touches.select_related("by__rep").newest_first()[:TOUCHES]
        ],
        contacted=contacted,
        days=(today - timezone.localdate(contacted)).days if contacted else None,
    )


def _named(touch: Touch, reader: User) -> str:
    """Who called: a rep of the same line by name, anybody else as the company."""
    if touch.by_id == reader.pk:
        return ""
    rep = getattr(touch.by, "rep", None)
    return rep.name if rep is not None else _("the company")
