"""Whom to call first: on the phone of a leader, and inside the admin's frame for those in charge (campaigns/admin.py puts it around)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import call_first, calling
from campaigns.forms import CallsForm, TouchForm
from campaigns.models import CallFirst
from cotano.jobs import audit, report
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from notifications.doors import login_to_post
from teams.doors import for_reps
from teams.models import Rep, Touch

FILE = 20_000  # rows of a file
HEADINGS = ("rep_code", "name", "phone", "territory_code", "reason", "by", "last_contact")


# ---- on the phone
@require_safe
@for_reps
def calls(request: HttpRequest, rep: Rep) -> HttpResponse:
    """Whom of the reps below me somebody should call, fifty a page."""
    rows = call_first.read(call_first.of_line(rep), reader=request.user, after=request.GET.get("after", ""))
    return render(request, "campaigns/calls.html", {"calls": rows, "after": request.GET.get("after", "")})


@require_http_methods(["GET", "HEAD", "POST"])
@login_to_post
@for_reps
def call(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """One of them: why, how to call or write, what came of it; POST notes the outcome and lets go. htmx gets the sheet that asks."""
    if pk == rep.pk and request.method != "POST":
        return redirect("campaigns:team")
    below = _below_or_404(rep, pk)
    if request.method == "POST":
        form = TouchForm(request.POST)
        if not form.is_valid():
            return _call_page(request, rep, below, form, status=422)
        try:
            noted = calling.finish_call(below, by=request.user, once=request.POST.get("once", ""), **form.cleaned_data)
        except Refusal as refusal:
            return _call_page(request, rep, below, form, status=refusal.status, refusal=refusal)
        undo = reverse("campaigns:touch_undo", args=[pk, noted.pk])
        messages.success(request, _noted(below, form.cleaned_data["outcome"]), extra_tags=undo)
        return redirect("campaigns:calls")
    return _call_page(request, rep, below, TouchForm())


@require_POST
@login_to_post
@for_reps
def claim(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """Take the call: nobody else calls for an hour. The page's script opens the dialler, without it the next page does."""
    below = _below_or_404(rep, pk)
    speaks_json = request.headers.get("Accept") == "application/json"
    try:
        calling.claim_call(below, by=request.user)
    except Refusal as refusal:
        if speaks_json:
            return JsonResponse({"sentence": refusal.sentence}, status=refusal.status)
        return _call_page(request, rep, below, TouchForm(), status=refusal.status, refusal=refusal)
    page = reverse("campaigns:call", args=[pk])
    return JsonResponse({"outcome": page}) if speaks_json else redirect(page)


@require_POST
@login_to_post
@for_reps
def release(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """Let somebody else call."""
    calling.release_call(_below_or_404(rep, pk), by=request.user)
    return redirect("campaigns:calls")


def _below_or_404(own: Rep, pk: int) -> Rep:
    return get_object_or_404(Rep.objects.below(own.pk).select_related("territory"), pk=pk)


def _call_page(request: HttpRequest, own: Rep, below: Rep, form: TouchForm, status: int = 200, **more: object) -> HttpResponse:
    row = call_first.find(call_first.of_line(own), below.pk, reader=request.user)
    context = {"rep": below, "row": row, "form": form, **more}
    return render(request, "campaigns/_call_sheet.html" if request.htmx else "campaigns/call.html", context, status=status)


def _noted(rep: Rep, outcome: str) -> str:
    if outcome == Touch.Outcome.NO_ANSWER:
        return _("Noted. %(rep)s comes back tomorrow.") % {"rep": rep.name}
    return _("Noted: you spoke with %(rep)s.") % {"rep": rep.name}


# ---- inside the admin
@require_http_methods(["GET", "HEAD", "POST"])
def managed_calls(request: HttpRequest, frame: dict[str, object]) -> HttpResponse:
    """The same for the reps one is in charge of: by territory and reason, as a file; POST takes a call, lets go or notes an outcome."""
    if not request.user.has_perm("campaigns.call_first"):
        raise PermissionDenied
    form = CallsForm(request.GET.dict(), user=request.user)
    refusal = None
    if request.method == "POST":
        try:
            return _act(request)
        except Refusal as refused:
            refusal = refused
    valid, after = form.is_valid(), request.GET.get("after", "")
    wanted = {"reader": request.user, "reason": form.cleaned_data["reason"] if valid else None, "in_charge": True}
    rows = form.narrow(CallFirst.objects.managed_by(request.user)) if valid else CallFirst.objects.none()
    if valid and request.method != "POST" and report.wanted(request):
        return _file(request, call_first.read(rows, most=FILE, **wanted).rows, form)
    chosen = {name: value for name in ("territory", "reason") if (value := request.GET.get(name))}
    context = {
        **frame,
        "title": _("Call first"),
        "form": form,
        "calls": call_first.read(rows, after=after, **wanted),
        "after": after,
        "refusal": refusal,
        "chosen": urlencode(chosen),
        "files": report.addresses(chosen),
        "outcomes": Touch.Outcome.choices,
        "may_open": request.user.has_perm("teams.view_rep"),
    }
    status = refusal.status if refusal else 200 if valid else 422
    return render(request, "admin/campaigns/calls.html", context, status=status)


def _act(request: HttpRequest) -> HttpResponse:
    """Do what the button says, with the rep it names, and show the list again."""
    said = request.POST
    act = next((name for name in ("claim", "release", *Touch.Outcome.values) if name in said), "")
    rep = get_object_or_404(Rep.objects.managed_by(request.user), pk=text.number(said.get(act, "")))
    if act == "claim":
        calling.claim_call(rep, by=request.user, in_charge=True)
    elif act == "release":
        calling.release_call(rep, by=request.user)
    else:
        calling.finish_call(rep, by=request.user, channel=Touch.Channel.CALL, outcome=act, once=said.get("once", ""))
        messages.success(request, _noted(rep, act))
    return redirect(request.get_full_path())


def _file(request: HttpRequest, rows: list[call_first.Row], form: CallsForm) -> HttpResponse:
    """Who takes it out is written down for everybody in it."""
    territory = form.cleaned_data.get("territory")
    subject = f"territory:{territory.pk if territory else 0}"  # 0: all that the person sees
    audit.record_export(by=request.user, subject=subject, whose=[row.rep.user for row in rows if row.rep.user])
    return report.table("call-first", HEADINGS, map(_cells, rows), report.wanted(request))


def _cells(row: call_first.Row) -> tuple[object, ...]:
    rep, contacted = row.rep, row.contacted.date() if row.contacted else ""
    return rep.code, rep.name, rep.number, rep.territory_code, row.why, row.by_day, contacted
