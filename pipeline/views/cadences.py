"""Cadences: one's own, and those for the team and of the company; leads in and out of them."""

import datetime as dt
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cotano.jobs.refusals import Refusal
from cotano.lib import clock
from leads import cadences, clocks
from leads import messages as lead_messages
from leads.cadence_forms import CadenceForm, LaterForm, ManyForm, StartForm, StepForm, choices, read_rows, rows_of
from leads.models import Cadence, CadenceQuerySet, Enrolment, Lead
from notifications.doors import login_to_post
from pipeline.views import answers
from teams.doors import for_reps
from teams.models import Rep


@require_safe
@for_reps
def index(request: HttpRequest, rep: Rep) -> HttpResponse:
    """All that may be used, the own ones first."""
    return render(request, "pipeline/cadences.html", {"rep": rep, "cadences": _usable(request)})


@require_http_methods(["GET", "HEAD", "POST"])
@for_reps
def add(request: HttpRequest, _rep: Rep) -> HttpResponse:
    """A new one of one's own."""
    if request.method != "POST":
        return _form(request, None, CadenceForm(), rows_of([]))
    return _saved(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def cadence(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them: its steps, to be changed if it is one's own."""
    found = get_object_or_404(Cadence.objects.visible_to(request.user).filter(is_on=True), pk=pk)
    if not Cadence.objects.owned_by(request.user).filter(pk=pk).exists():
        if request.method == "POST":
            raise Http404
        return render(request, "pipeline/cadence.html", {"cadence": found, "steps": found.steps.order_by("place")})
    if request.method == "POST":
        return _saved(request, found)
    form = CadenceForm(initial={"name": found.own_name, "reach": found.reach, "repeats": found.repeats})
    return _form(request, found, form, rows_of(list(found.steps.order_by("place"))))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def people(request: HttpRequest, pk: int) -> HttpResponse:
    """Put all of one's people with a tag, or as hot, into a cadence."""
    found = get_object_or_404(_usable(request), pk=pk)
    form = ManyForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "pipeline/cadence_people.html", {"cadence": found, "form": form}, status=422 if form.is_bound else 200)
    try:
        n = len(cadences.start_many(form.chosen(), found, by=request.user))
    except Refusal as refusal:
        context = {"cadence": found, "form": form, "sentence": refusal.sentence}
        return render(request, "pipeline/cadence_people.html", context, status=refusal.status)
    messages.success(request, cadences.said_many(n, found.name))
    return redirect("pipeline:cadences")


@require_POST
@login_to_post
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Out of use; whoever is in it leaves."""
    found = get_object_or_404(Cadence.objects.owned_by(request.user), pk=pk)
    try:
        cadences.remove_cadence(found, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("pipeline:cadences")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a lead into one, seeing the days first."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user).select_related("owner__user"), pk=pk)
    if request.method != "POST":
        return _start_sheet(request, lead)
    form = StartForm(request.POST)
    chosen = _usable(request).filter(pk=form.cleaned_data["cadence"]).first() if form.is_valid() else None
    if chosen is None:
        return _start_sheet(request, lead, sentence=_("Pick one of these."), status=422)
    try:
        made = cadences.start(lead, chosen, by=request.user)
    except Refusal as refusal:
        return _start_sheet(request, lead, sentence=refusal.sentence, status=refusal.status)
    return answers.done(request, lead, _words(made))


@require_POST
@login_to_post
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the lead out."""
    return _act(request, pk, lambda found: cadences.stop(found, by=request.user))


@require_POST
@login_to_post
def skip(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the next step be."""
    form = StepForm(request.POST)
    place = form.cleaned_data["place"] if form.is_valid() else 0
    return _act(request, pk, lambda found: cadences.skip_step(found, by=request.user, place=place))


@require_POST
@login_to_post
def later(request: HttpRequest, pk: int) -> HttpResponse:
    """The next step on another day."""
    form = LaterForm(request.POST)
    tomorrow = clock.today(request.user.zone, timezone.now()) + dt.timedelta(days=1)
    day = form.cleaned_data["day"] if form.is_valid() else tomorrow
    return _act(request, pk, lambda found: cadences.put_off(found, by=request.user, day=day))


def _act(request: HttpRequest, pk: int, act: Callable[[Enrolment], Enrolment]) -> HttpResponse:
    mine = Enrolment.objects.visible_to(request.user).select_related("lead__owner__user", "cadence")
    found = get_object_or_404(mine, pk=pk)
    try:
        words = _words(act(found))
    except Refusal as refusal:
        return _start_sheet(request, found.lead, sentence=refusal.sentence, status=refusal.status)
    return answers.done(request, found.lead, words)


def _words(found: Enrolment) -> str:
    """`2-2-2 after a delivery: next on 4 May`."""
    if found.next_day is None:
        return _("%(cadence)s: ended") % {"cadence": found.cadence.name}
    return _("%(cadence)s: next on %(day)s") % {"cadence": found.cadence.name, "day": formats.date_format(found.next_day, "j E")}


def _usable(request: HttpRequest) -> CadenceQuerySet:
    return Cadence.objects.visible_to(request.user).usable().prefetch_related("steps").order_by("owner", "pk")


def _start_sheet(request: HttpRequest, lead: Lead, *, sentence: str = "", status: int = 200) -> HttpResponse:
    """What the lead is in, and what it may be put into, each with its days."""
    today = clock.today(request.user.zone, timezone.now())
    running = {one.cadence_id for one in lead.enrolments.running()}
    offered = [(one, clocks.preview(one, today)) for one in _usable(request) if one.pk not in running]
    context = {"lead": lead, "offered": offered, "sentence": sentence}
    return render(request, "pipeline/_cadence_start.html" if request.htmx else "pipeline/cadence_start.html", context, status=status)


def _form(
    request: HttpRequest, found: Cadence | None, form: CadenceForm, rows: list[cadences.Said], *, sentence: str = "", status: int = 200
) -> HttpResponse:
    names = lead_messages.names(request.user.own_rep, request.user.language)
    known = list(dict.fromkeys([*names, *(row.template for row in rows if row.template)]))  # one that is no more stays until it is changed
    context = {"cadence": found, "form": form, "rows": rows, "sentence": sentence, "templates": known, **choices()}
    return render(request, "pipeline/cadence_edit.html", context, status=status)


def _saved(request: HttpRequest, found: Cadence | None) -> HttpResponse:
    """Save what was typed, or show it again with what is wrong."""
    form, rows = CadenceForm(request.POST), rows_of([])
    try:
        said, rows = read_rows(request.POST)
        if not form.is_valid():
            return _form(request, found, form, rows, status=422)
        if found is None:
            cadences.add_cadence(by=request.user, steps=said, once=request.POST.get("once", ""), **form.cleaned_data)
        else:
            cadences.change_cadence(found, by=request.user, steps=said, **form.cleaned_data)
    except Refusal as refusal:
        return _form(request, found, form, rows, sentence=refusal.sentence, status=refusal.status)
    messages.success(request, _("Saved."))
    return redirect("pipeline:cadences")
