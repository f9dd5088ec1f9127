"""The dashboard of a campaign; campaigns/admin.py puts the admin's frame around it."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns import dashboards, figures, goal_page, rankings, taken
from campaigns.dashboards import Change, Choice, Dashboard
from campaigns.exports import CampaignTotals
from campaigns.models import Goal
from campaigns.templatetags.charts import signed
from cotano.jobs import exports, report
from cotano.jobs.forms import ExportForm
from cotano.lib import money, text

SEE = "campaigns.see_reports"
LASTS = (6, 13, 26)  # campaigns to look back at
AFTER = re.compile(r"(\d{1,6})_(-?\d{1,12}(?:\.\d\d)?)_(\d{1,18})", re.ASCII)
COUNT, SHARE, MONEY = "count", "share", "money"
UP, DOWN, EVEN = 1, -1, 0  # which way is good
LABELS: dict[str, tuple[Promise, str, int]] = {
    "on_file": (gettext_lazy("Reps on file"), COUNT, UP),
    "active": (gettext_lazy("Active reps"), COUNT, UP),
    "active_percent": (gettext_lazy("Active, %"), SHARE, UP),
    "orders": (gettext_lazy("Orders"), COUNT, UP),
    "average_order": (gettext_lazy("Average order"), MONEY, UP),
    "net_sales": (gettext_lazy("Net sales"), MONEY, UP),
    "pv": (gettext_lazy("Volume"), COUNT, UP),
    "actions": (gettext_lazy("Actions in the app"), COUNT, UP),
    "weekly": (gettext_lazy("Weekly users"), COUNT, UP),
    "appointed": (gettext_lazy("Appointments"), COUNT, UP),
    "removed": (gettext_lazy("Removals"), COUNT, DOWN),
    "reinstated": (gettext_lazy("Reinstatements"), COUNT, EVEN),
    "idle1": (gettext_lazy("I1: 1 campaign without an order"), COUNT, DOWN),
    "idle2": (gettext_lazy("I2: 2 campaigns without an order"), COUNT, DOWN),
    "idle3": (gettext_lazy("I3: 3 and more without an order"), COUNT, DOWN),
    "late_orders": (gettext_lazy("Late orders"), COUNT, DOWN),
    "kept_percent": (gettext_lazy("Reminders kept, %"), SHARE, UP),
    "answered_percent": (gettext_lazy("Newcomers contacted within 24 h, %"), SHARE, UP),
}
GROUPS = {"@pilot": gettext_lazy("Pilot territories"), "@control": gettext_lazy("Control territories")}
IDLE = ("idle1", "idle2", "idle3")
CHARTS = ("active_percent", "orders", "net_sales")
PLACE_ORDERS = {
    "net_sales": gettext_lazy("Net sales"),
    "orders": gettext_lazy("Orders"),
    "active_percent": gettext_lazy("Active, %"),
    "actions_per_rep": gettext_lazy("Actions per rep"),
    "on_file": gettext_lazy("Reps on file"),
}
REP_ORDERS = {"net_sales": gettext_lazy("Net sales"), "orders": gettext_lazy("Orders"), "actions": gettext_lazy("Actions")}
LEG_ORDERS = {"gv": gettext_lazy("Group volume"), "people": gettext_lazy("People")}
RANKS = {"places": PLACE_ORDERS, "reps": REP_ORDERS, "legs": LEG_ORDERS}
TITLES = {"places": gettext_lazy("Territories"), "reps": gettext_lazy("Reps"), "legs": gettext_lazy("Legs")}


@dataclass(frozen=True)
class Tile:
    """A figure in words; `tone` is "up" for good news, "down" for bad, "" else."""

    label: str
    value: str
    change: str
    tone: str
    before: str
    year_ago: str
    note: str = ""


@require_safe
def dashboard(request: HttpRequest, frame: dict[str, object]) -> HttpResponse:
    """The figures of a campaign in the territories one is in charge of (`territory`, `campaign`), beside those of others."""
    choice = _choice_or_404(request)
    context = {**frame, "title": _("Campaign dashboard"), "choice": choice, "may_take": request.user.has_perm(taken.ASK)}
    context["groups"] = [(code, GROUPS[code]) for code in choice.places.groups]
    context |= {"offered": choice.places.offered(choice.place), "way": choice.places.way(choice.place) if choice.place else []}
    if choice.campaign is None:
        return render(request, "admin/campaigns/dashboard.html", context)
    last = text.number(request.GET.get("last", ""))
    last = last if last in LASTS else LASTS[0]
    page = dashboards.read_dashboard(choice, last=last)
    chosen = [pk for raw in request.GET.getlist("line") if (pk := text.number(raw))]
    context |= {
        "page": page,
        "as_of": _as_of(choice.campaign.taken_at),
        "tiles": _tiles(choice, page.tiles),
        "charts": [(name, LABELS[name][0], _cells(choice, name, page)) for name in CHARTS],
        "last": last,
        "lasts": LASTS,
        "r": figures.activity_r(page.rows),
        "fewest": figures.FEWEST,
        "currency": choice.campaign.calendar.market.currency,
        "goals": _goals(request, choice, page),
        "days": dashboards.read_days(choice, page.sums, typed=request.GET.get("q", ""), chosen=chosen),
        "most_lines": dashboards.LINES,
        "q": request.GET.get("q", ""),
        "formats": CampaignTotals.formats,
        **_ranking(request, choice, page),
    }
    return render(request, "admin/campaigns/dashboard.html", context)


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The sums of the chosen territories and those one level below, of all campaigns of the calendar, as a file."""
    choice = _choice_or_404(request)
    form = ExportForm(request.POST, formats=CampaignTotals.formats)
    if choice.campaign is None or not form.is_valid():
        return HttpResponse(_("There is nothing to take out."), status=422, content_type="text/plain; charset=utf-8")
    params = {"calendar": choice.campaign.calendar.code, **({"territory": choice.code} if choice.code else {})}
    made = exports.begin(CampaignTotals.name, by=request.user, form=form.cleaned_data["format"], params=params)
    if made.state == made.State.DONE:
        return report.sent(exports.blocks(made, params), made)
    messages.success(request, _("The file is being made. You can leave this page: you will be told when it is ready."))
    return redirect(exports.page(made))


@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Have the figures taken now, by a worker."""
    if not request.user.has_perm(taken.ASK):
        raise PermissionDenied
    taken.ask(by=request.user)
    messages.success(request, _("The figures are being taken. Open this page again in a minute."))
    return redirect("admin:campaigns_dashboard")


def _goals(request: HttpRequest, choice: Choice, page: Dashboard) -> list[goal_page.Line]:
    """Those of the chosen territory, for who sees goals."""
    if choice.place is None or not request.user.has_perm("campaigns.view_goal"):
        return []
    found = [Goal(pk=one["pk"], measure=one["measure"], target=Decimal(one["target"])) for one in choice.campaign.set_goals]
    return goal_page.of_place(found, page.now)


def _choice_or_404(request: HttpRequest) -> Choice:
    """What the address (or the form) asks for, with the person's rights."""
    if not request.user.has_perm(SEE):
        raise PermissionDenied
    said = request.POST if request.method == "POST" else request.GET
    campaign = text.number(said.get("campaign", ""))
    choice = dashboards.read_choice(request.user, code=said.get("territory", ""), calendar=said.get("calendar", ""), campaign=campaign)
    if choice is None:
        raise Http404
    return choice


def _as_of(at: dt.datetime) -> str:
    """`03:10`, or with the day when it is not today's."""
    here = timezone.localtime(at)
    return date_format(here, "H:i" if here.date() == timezone.localdate() else "j E Y H:i")


def _ranking(request: HttpRequest, choice: Choice, page: Dashboard) -> dict[str, object]:
    """Territories, reps or legs, by one of their figures; reps where they are few enough to be put in order."""
    kinds = [*(["places"] if choice.inner else []), *(["reps", "legs"] if page.now.on_file <= rankings.RANKED else [])]
    if not kinds:
        return {}
    rank = request.GET.get("rank")
    rank = rank if rank in kinds else kinds[0]
    orders = RANKS[rank]
    by = request.GET.get("by")
    by = by if by in orders else next(iter(orders))
    if rank == "places":
        after = text.number(request.GET.get("after", ""))
        found = rankings.rank_places(choice, page.sums, by=by, after=after)
    else:
        found = rankings.rank_reps(request.user, choice, by=by, after=_after(request.GET.get("after", ""), by))
    return {
        "rank": rank,
        "by": by,
        "kinds": [(kind, TITLES[kind]) for kind in kinds],
        "orders": list(orders.items()),
        "ranking": found,
    }


def _after(raw: str, by: str) -> tuple[int, str, int] | None:
    """The end of the page before; None for anything else."""
    match = AFTER.fullmatch(raw)
    if match is None or ("." in match[2] and by != "net_sales"):
        return None
    return int(match[1]), match[2], int(match[3])


def _tiles(choice: Choice, changes: Sequence[Change]) -> list[Tile]:
    """The figures in words."""
    return [_tile(choice, one) for one in changes]


def _tile(choice: Choice, one: Change) -> Tile:
    label, kind, good = LABELS[one.name]
    moved = one.points if kind == SHARE else one.percent
    said, tone = "", ""
    if moved is not None:
        said = signed(moved) if kind == SHARE else _("%(change)s %%") % {"change": signed(moved)}
        way = UP if round(moved, 1) > 0 else DOWN if round(moved, 1) < 0 else EVEN
        tone = "" if choice.is_running or not way * good else "up" if way == good else "down"
    unsaid = choice.is_running and one.name in IDLE  # whoever has not ordered yet is counted: no change can be told
    told = [value if value is None else said_as(value, kind, choice) for value in (one.value, one.before, one.year_ago)]
    note = _("if nothing more is ordered") if unsaid else ""
    return Tile(str(label), told[0] or "–", "" if unsaid else said, tone, told[1] or "", told[2] or "", note)


def said_as(value: Decimal | float, kind: str, choice: Choice) -> str:
    """A figure in the reader's way."""
    if kind == MONEY:
        return money.whole(Decimal(value), choice.campaign.calendar.market.currency, get_language())
    if kind == SHARE:
        return _("%(share)s %%") % {"share": floatformat(value, 1)}
    return number_format(value, force_grouping=True)


def _cells(choice: Choice, name: str, page: Dashboard) -> list[tuple[object, float | None, str]]:
    """For a small chart and the table beside it: (campaign, value, value in words), the oldest first."""
    kind = LABELS[name][1]
    values = [(row.campaign, getattr(row, name)) for row in page.rows]
    return [(campaign, value, "–" if value is None else said_as(value, kind, choice)) for campaign, value in values]
