"""What stands beside a lead: the checklist, and days to remember; added to in a sheet, removed by a tap, brought back by another."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from cotano.jobs.refusals import Refusal
from leads import asides
from leads.forms import CheckForm, DateForm
from leads.models import Check, ImportantDate, Lead
from notifications.doors import login_to_post
from pipeline import removing, selected
from pipeline.models import Selection
from pipeline.views import answers
from teams.models import User


@dataclass(frozen=True)
class Page:
    """A list beside a lead: `name` is that of its address, its templates and of the list in them."""

    name: str
    model: type[Model]
    order: tuple[str, ...]
    form: type[forms.Form]
    add: Callable[[Lead, User, dict[str, Any], str], object]  # lead, who adds, what the form says, its `once`
    field: str | None = None  # of the form, where a refusal stands


CHECKS = Page(
    "checks",
    Check,
    ("place", "pk"),
    CheckForm,
    lambda lead, by, said, once: asides.add_check(lead, by=by, said=said["text"], once=once),
    "text",
)
DATES = Page(
    "dates",
    ImportantDate,
    ("month", "day", "pk"),
    DateForm,
    lambda lead, by, said, _once: asides.add_date(lead, by=by, **said),
)
_OF = {page.model._meta.label: page for page in (CHECKS, DATES)}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def checks(request: HttpRequest, pk: int) -> HttpResponse:
    """The checklist of a lead; add to it."""
    return _page(request, CHECKS, pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def dates(request: HttpRequest, pk: int) -> HttpResponse:
    """Days to remember about a lead; add one."""
    return _page(request, DATES, pk)


@require_POST
@login_to_post
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick an item (`done` is "yes" or "no"), or take it off the list (`done` is "remove")."""
    found = get_object_or_404(Check.objects.visible_to(request.user).select_related("lead"), pk=pk)
    said = request.POST.get("done", "")
    if said == "remove":
        return _remove(request, CHECKS, found)
    try:
        asides.tick_check(found, by=request.user, done=said == "yes")
    except Refusal as refusal:
        return _changed(request, CHECKS, found.lead, sentence=refusal.sentence)
    return _changed(request, CHECKS, found.lead)


@require_POST
@login_to_post
def date_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a day."""
    return _remove(request, DATES, get_object_or_404(ImportantDate.objects.visible_to(request.user).select_related("lead"), pk=pk))


def after_undo(request: HttpRequest, removal: Selection, *, sentence: str) -> HttpResponse:
    """The list with what has come back to it; or why it has not (`sentence`)."""
    lead = Lead.objects.visible_to(request.user).filter(pk=removal.did["leads"][0]).first()
    if lead is None:
        return redirect("pipeline:contacts")
    [[label, _rows]] = removal.did["rows"]
    page = _OF.get(label)
    return _changed(request, page, lead, sentence=sentence) if page else redirect("pipeline:attachments", pk=lead.pk)


def _page(request: HttpRequest, page: Page, pk: int) -> HttpResponse:
    lead = get_object_or_404(Lead.objects.visible_to(request.user), pk=pk)
    if request.method != "POST":
        return _shown(request, page, lead)
    form = page.form(request.POST)
    if form.is_valid():
        try:
            page.add(lead, request.user, form.cleaned_data, request.POST.get("once", ""))
        except Refusal as refusal:
            form.add_error(page.field, refusal.sentence)
    return _shown(request, page, lead, form=form, status=422) if form.errors else _changed(request, page, lead)


def _remove(request: HttpRequest, page: Page, found: Check | ImportantDate) -> HttpResponse:
    try:
        removal = removing.remove_aside(found, by=request.user)
    except Refusal as refusal:
        return _changed(request, page, found.lead, sentence=refusal.sentence)
    if removal and not request.htmx:
        messages.success(request, selected.said(removal), extra_tags=reverse("pipeline:selection_undo", args=[removal.pk]))
    return _changed(request, page, found.lead, removal=removal)


def _changed(request: HttpRequest, page: Page, lead: Lead, *, removal: Selection | None = None, sentence: str = "") -> HttpResponse:
    """The list afresh: in the sheet, with the way back from a removal, which no toast could show above it; or its page."""
    if request.htmx:
        removed = selected.said(removal) if removal else ""
        return answers.tell(_shown(request, page, lead, removal=removal, removed=removed, sentence=sentence), lead)
    if sentence:
        messages.error(request, sentence)
    return redirect(f"pipeline:{page.name}", pk=lead.pk)


def _shown(
    request: HttpRequest, page: Page, lead: Lead, *, form: forms.Form | None = None, status: int = 200, **more: object
) -> HttpResponse:
    rows = page.model.objects.filter(lead=lead).order_by(*page.order)
    context = {"lead": lead, "form": form or page.form(), page.name: rows, **more}
    return render(request, f"pipeline/{'_' if request.htmx else ''}{page.name}.html", context, status=status)
