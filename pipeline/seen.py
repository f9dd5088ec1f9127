"""Who saw me: what others did with a rep's boards, people and figures, newest first."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from cotano.jobs.models import Audit
from cotano.lib import moments
from leads.models import Lead
from pipeline.models import Board
from teams.models import Assignment, Rep, Territory, User
from teams.rights import Role

PAGE = 30  # rows shown at once
_AS_REP = frozenset({Audit.What.BOARD_SEEN, Audit.What.COMMENTED})


@dataclass(frozen=True)
class Look:
    """Somebody did something: who, in which role, what in a sentence, when; `url` leads to what it was about ("": nowhere)."""

    by: int
    name: str
    role: str
    line: str
    url: str
    at: dt.datetime


@dataclass(frozen=True)
class SeenPage:
    """One page; `more` is where the next one begins ("" on the last)."""

    looks: list[Look]
    more: str


def read_seen(user: User, *, before: str = "") -> SeenPage:
    """The rows older than the place `before`, which an earlier page gave as `more`. At most five queries.

    A place that was not given by a page counts as the beginning.
    """
    rows = Audit.objects.visible_to(user).newest_first().select_related("by__rep")
    if place := moments.read_place(before):
        at, number = place
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=number), at__lte=at)
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    managers = _managers(row.by_id for row in shown)
    boards = Board.objects.owned_by(user).select_related("campaign").in_bulk(_numbers(shown, "board"))
    leads = Lead.objects.visible_to(user).in_bulk(_numbers(shown, "lead"))
    own = user.own_rep
    looks = [Look(row.by_id, row.by.name, _role(row, own, managers), *_told(row, boards, leads), row.at) for row in shown]
    last = shown[-1] if len(found) > PAGE else None
    return SeenPage(looks, moments.place(last.at, last.pk) if last else "")


def _numbers(rows: Iterable[Audit], kind: str) -> list[int]:
    subjects = (row.subject.split(":") for row in rows)
    return [int(number) for name, number in subjects if name == kind]


def _managers(users: Iterable[int]) -> dict[int, Role]:
    """Who of them is in charge of what kind of place."""
    found: dict[int, Role] = {}
    for user, kind in Assignment.objects.filter(user__in=set(users)).values_list("user", "territory__kind"):
        regional = kind != Territory.Kind.TERRITORY
        found[user] = Role.REGIONAL_MANAGER if regional or found.get(user) == Role.REGIONAL_MANAGER else Role.TERRITORY_MANAGER
    return found


def _role(row: Audit, own: Rep | None, managers: dict[int, Role]) -> str:
    """The one in which the person did it: a manager may be a rep as well."""
    rep = getattr(row.by, "rep", None)
    if row.by_id in managers and row.what not in _AS_REP:
        return str(managers[row.by_id].label)
    if rep is not None:
        return _("sponsor") if own and rep.pk == own.sponsor_id else _("rep %(code)s") % {"code": rep.code}
    return _("company")


def _told(row: Audit, boards: dict[int, Board], leads: dict[int, Lead]) -> tuple[str, str]:
    number = int(row.subject.split(":")[1])
    if row.what == Audit.What.BOARD_SEEN and number in boards:
        board = boards[number]
        return _("saw the board of campaign %(number)d") % {"number": board.campaign.number}, board.get_absolute_url()
    if row.what == Audit.What.COMMENTED and number in leads:
        lead = leads[number]
        return _("wrote a comment about %(name)s") % {"name": lead.name}, lead.get_absolute_url()
    if row.what == Audit.What.REP_PAGE_SEEN:
        return _("saw the page with my figures"), ""
    if row.what == Audit.What.EXPORTED and row.subject.startswith("job:"):
        return _("took lines of my file out as a file"), ""
    if row.what == Audit.What.EXPORTED:
        return _("took my figures out as a file"), ""
    return str(row.get_what_display()), ""
