"""Pages about campaigns, which stand inside the admin's frame (campaigns/admin.py puts it around them); a rep's team and invitations."""

import base64
import io

import qrcode
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from qrcode.image.svg import SvgPathImage

from campaigns import call_first, dashboards, figures, invitations, next_title, progress, rep_page, team
from campaigns.forms import ActivityForm, JoinForm, TouchForm
from cotano.jobs import audit, report
from cotano.jobs.models import Audit
from cotano.jobs.refusals import Refusal
from cotano.lib import site, text
from notifications.doors import login_to_post
from teams import codes, touches
from teams.doors import for_reps
from teams.login import Owner
from teams.login_forms import note, too_often
from teams.models import Code, Invitation, Rep

HEADINGS = ("campaign", "first_day", "last_day", "on_file", "active", "active_percent", "orders", "net_sales", "actions", "actions_per_rep")


@require_safe
def activity(request: HttpRequest, frame: dict[str, object]) -> HttpResponse:
    """Actions in the app against the share of active reps, campaign by campaign, as taken; `?format=csv` or `xlsx`: as a file."""
    if not request.user.has_perm("campaigns.see_reports"):
        raise PermissionDenied
    form = ActivityForm(request.GET.dict(), user=request.user)
    valid = form.is_valid()
    rows = form.rows if valid else []
    if valid and (wanted := report.wanted(request)):
        territory = form.cleaned_data.get("territory")
        audit.record_export(by=request.user, subject=f"territory:{territory.pk if territory else 0}")  # 0: all that the person sees
        return report.table("activity", HEADINGS, map(_cells, rows), wanted)
    context = {
        **frame,
        "title": _("Activity"),
        "form": form,
        "rows": rows,
        "r": figures.activity_r(rows),
        "fewest": figures.FEWEST,
        "files": report.addresses(request.GET) if rows else {},
    }
    return render(request, "admin/campaigns/activity.html", context, status=200 if valid else 422)


def _cells(row: dashboards.Sums) -> tuple[object, ...]:
    campaign = row.campaign
    share, per_rep = (None if value is None else round(value, 2) for value in (row.active_percent, row.actions_per_rep))
    days = campaign.starts_on, campaign.ends_on
    return str(campaign), *days, row.on_file, row.active, share, row.orders, row.net_sales, row.actions, per_rep


@require_safe
@for_reps
def my_progress(request: HttpRequest, rep: Rep) -> HttpResponse:
    """The campaign that runs, day by day, against the goal and the last campaign; the next title; what was kept up."""
    own = progress.read_progress(rep)
    following = next_title.read_next_title(rep, own.now.campaign) if own.now else None
    return render(request, "campaigns/progress.html", {"progress": own, "next": following})


# ---- my team
@require_safe
@for_reps
def my_team(request: HttpRequest, rep: Rep) -> HttpResponse:
    """My legs, one level of my downline, or whom `q` finds in all of it; fifty a page."""
    return _team(request, rep, rep, [rep.pk])


@require_safe
@for_reps
def team_of(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """The same of a rep below me, with the way back up."""
    if pk == rep.pk:
        return redirect("campaigns:team")
    way = _way_or_404(rep, pk)
    return _team(request, rep, way.reps[-1], way.ids, way=way)


def _team(request: HttpRequest, own: Rep, top: Rep, ids: list[int], **more: object) -> HttpResponse:
    """`ids` lead from `own` down to `top`; levels are counted from `own`."""
    typed, steps, running = request.GET.get("q", ""), len(ids) - 1, figures.running_campaigns()
    wished, after = (text.number(request.GET.get(name, "")) for name in ("deep", "after"))
    if wished is None or not steps < wished <= steps + team.DEEPEST:
        wished = steps + 1
    found = bool(typed.strip()) and top == own
    rows = (
        team.find(own, typed, running=running) if found else team.read_level(top, steps=steps, wished=wished, after=after, running=running)
    )
    context = {"own": own, "top": top, "wished": wished, "rows": rows, "q": typed if found else "", "is_first": wished == steps + 1}
    if request.htmx:
        return render(request, "campaigns/_team.html", context)
    if found:
        return render(request, "campaigns/team.html", context)
    context |= {
        "size": team.read_size(top, steps=steps, running=running),
        "campaign": next((campaign for campaign in running if campaign.calendar.code == top.calendar), None),
        "upline": rep_page.upline(own, Rep.objects.all()) if top == own else None,
        "calls": call_first.read_block(own, reader=request.user, running=running) if top == own else None,
        **more,
    }
    return render(request, "campaigns/team.html", context)


@require_safe
@for_reps
def rep_below(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """A rep below me: orders, activity, contact. That I looked is written down; the rep can read it."""
    way = _way_or_404(rep, pk)
    audit.record(by=request.user, whose=way.reps[-1].user_id, what=Audit.What.REP_PAGE_SEEN, subject=f"rep:{pk}")
    return _rep_page(request, way, TouchForm())


@require_POST
@login_to_post
@for_reps
def touch(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """Note that I have called, written to or met a rep below me."""
    way = _way_or_404(rep, pk)
    form = TouchForm(request.POST)
    if not form.is_valid():
        return _rep_page(request, way, form, status=422)
    try:
        noted = touches.log_touch(way.reps[-1], by=request.user, once=request.POST.get("once", ""), **form.cleaned_data)
    except Refusal as refusal:
        return _rep_page(request, way, form, status=refusal.status, refusal=refusal)
    messages.success(request, _("Noted."), extra_tags=reverse("campaigns:touch_undo", args=[pk, noted.pk]))
    return redirect("campaigns:rep", pk=pk)


@require_POST
@login_to_post
@for_reps
def touch_undo(request: HttpRequest, rep: Rep, pk: int, touch: int) -> HttpResponse:
    """Take back what I have just noted."""
    way = _way_or_404(rep, pk)
    try:
        touches.take_back(way.reps[-1], touch, by=request.user)
    except Refusal as refusal:
        return _rep_page(request, way, TouchForm(), status=refusal.status, refusal=refusal)
    messages.success(request, _("Taken back."))
    return redirect("campaigns:rep", pk=pk)


def _way_or_404(own: Rep, pk: int) -> team.Way:
    way = team.way_down(own, pk)
    if way is None:
        raise Http404
    return way


def _rep_page(request: HttpRequest, way: team.Way, form: TouchForm, status: int = 200, **more: object) -> HttpResponse:
    rep = way.reps[-1]
    context = {"rep": rep, "steps": len(way.ids) - 1, "page": rep_page.for_leader(rep, reader=request.user), "form": form, **more}
    context["people"], context["most"] = team.people_below(rep), team.COUNTED
    return render(request, "campaigns/rep.html", context, status=status)


# ---- invitations
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def invite(request: HttpRequest) -> HttpResponse:
    """A rep's invitations; POST makes one and shows its link, this once."""
    rep = request.user.own_rep
    if rep is None:
        raise PermissionDenied
    context: dict[str, object] = {}
    status = 200
    if request.method == "POST":
        try:
            _made, token = invitations.invite(rep, by=request.user)
        except Refusal as refusal:
            context["refusal"], status = refusal, refusal.status
        else:
            context["link"] = site.absolute(request, reverse("campaigns:join", args=[token]))
            context["qr"] = _qr(context["link"])
    context["rows"] = Invitation.objects.visible_to(request.user).waiting().order_by("-created_at", "-pk")
    return render(request, "campaigns/invite.html", context, status=status)


def _qr(link: str) -> str:
    """The link as a QR code, as the address of an image."""
    image = io.BytesIO()
    qrcode.make(link, image_factory=SvgPathImage, border=2).save(image)
    return "data:image/svg+xml;base64," + base64.b64encode(image.getvalue()).decode()


@require_POST
@login_required
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a link useless."""
    invitation = get_object_or_404(Invitation.objects.visible_to(request.user).waiting(), pk=pk)
    invitations.withdraw(invitation, by=request.user)
    messages.success(request, _("Withdrawn. The link opens nothing any more."))
    return redirect("campaigns:invite")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Who invites, and what to type; POST sends a code to the phone. Nothing is used up before the code is right."""
    invitation = invitations.waiting(token)
    if invitation is None:
        return render(request, "campaigns/over.html", status=410)
    if request.user.is_authenticated:
        messages.info(request, _("You are logged in already. An invitation is for somebody new."))
        return redirect("pipeline:home")
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["phone"]
        if ratelimit.consume(request, action="request_login_code", key=to):
            code = codes.send(Code.Purpose.JOIN, to, owner=Owner(), invitation=invitation, name=form.cleaned_data["name"])
            return note(request, code, start=request.path)
        form.add_error(None, too_often())
    status = 422 if request.method == "POST" else 200
    return render(request, "campaigns/join.html", {"form": form, "invitation": invitation}, status=status)
