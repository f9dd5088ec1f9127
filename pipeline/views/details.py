"""What is known about a lead, one thing at a time: a detail, the checklist, days to remember, colours of tags; and removing it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cotano.jobs.refusals import Refusal
from cotano.lib import text
from leads import asides, people
from leads.forms import DETAILS, CheckForm, DateForm, DetailForm
from leads.models import COLOURS, Check, ImportantDate, Lead, Tag
from notifications.doors import login_to_post
from pipeline import drafts, removing, selected
from pipeline.contacts import tags_of
from pipeline.forms import watch_phone
from pipeline.models import Selection
from pipeline.views import answers
from pipeline.views.doors import for_reps
from teams.models import Rep

IN_HEADER = frozenset({"name", "kind", "phones", "tags"})  # shown above what htmx shows afresh


@require_http_methods(["GET", "HEAD", "POST"])
@drafts.keeping_form
@login_required
def detail(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Change one thing that is known about a lead."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user).select_related("owner__user", "owner__territory"), pk=pk)
    if name not in DETAILS:
        raise Http404
    if request.method != "POST":
        kept = drafts.typed(request)
        form = DetailForm(kept, rep=lead.owner, detail=name) if kept else DetailForm.of(lead, lead.owner, detail=name)
        return _detail(request, lead, name, form)
    form = DetailForm(request.POST, rep=lead.owner, detail=name)
    if not form.is_valid():
        return _detail(request, lead, name, form, status=422)
    try:
        people.edit_lead(lead, by=request.user, **form.cleaned_data)
    except people.StaleLead as stale:
        form.show_afresh(stale.lead)
        return _detail(request, stale.lead, name, form, refusal=stale, status=409)
    except Refusal as refusal:
        return _detail(request, lead, name, form, refusal=refusal, status=refusal.status)
    if request.htmx and name in IN_HEADER:
        messages.success(request, _("Saved."))
        return HttpResponse(headers={"HX-Refresh": "true"})
    return answers.done(request, lead, _("Saved."))


def _detail(
    request: HttpRequest, lead: Lead, name: str, form: DetailForm, *, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:
    watch_phone(form, lead)
    context = {"lead": lead, "name": name, "form": form, "refusal": refusal, "stale": getattr(form, "now", ())}
    return render(request, "pipeline/_detail.html" if request.htmx else "pipeline/detail.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def checks(request: HttpRequest, pk: int) -> HttpResponse:
    """The checklist of a lead; add to it."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user), pk=pk)
    if request.method != "POST":
        return _checks(request, lead, CheckForm())
    form = CheckForm(request.POST)
    if form.is_valid():
        try:
            asides.add_check(lead, by=request.user, said=form.cleaned_data["text"], once=request.POST.get("once", ""))
        except Refusal as refusal:
            form.add_error("text", refusal.sentence)
    if form.errors:
        return _checks(request, lead, form, status=422)
    return answers.tell(_checks(request, lead, CheckForm()), lead) if request.htmx else redirect("pipeline:checks", pk=lead.pk)


@require_POST
@login_to_post
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick an item (`done` is "yes" or "no"), or take it off the list (`done` is "remove")."""
    found = get_object_or_404(Check.objects.visible_to(request.user).select_related("lead"), pk=pk)
    said = request.POST.get("done", "")
    try:
        if said == "remove":
            asides.remove_check(found, by=request.user)
        else:
            asides.tick_check(found, by=request.user, done=said == "yes")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    if request.htmx:
        return answers.tell(_checks(request, found.lead, CheckForm()), found.lead)
    return redirect("pipeline:checks", pk=found.lead_id)


def _checks(request: HttpRequest, lead: Lead, form: CheckForm, *, status: int = 200) -> HttpResponse:
    context = {"lead": lead, "form": form, "checks": lead.checks.order_by("place", "pk")}
    return render(request, "pipeline/_checks.html" if request.htmx else "pipeline/checks.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def dates(request: HttpRequest, pk: int) -> HttpResponse:
    """Days to remember about a lead; add one."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user), pk=pk)
    if request.method != "POST":
        return _dates(request, lead, DateForm())
    form = DateForm(request.POST)
    if form.is_valid():
        try:
            asides.add_date(lead, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
    if form.errors:
        return _dates(request, lead, form, status=422)
    return answers.tell(_dates(request, lead, DateForm()), lead) if request.htmx else redirect("pipeline:dates", pk=lead.pk)


@require_POST
@login_to_post
def date_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a day."""
    found = get_object_or_404(ImportantDate.objects.visible_to(request.user).select_related("lead"), pk=pk)
    try:
        asides.remove_date(found, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    if request.htmx:
        return answers.tell(_dates(request, found.lead, DateForm()), found.lead)
    return redirect("pipeline:dates", pk=found.lead_id)


def _dates(request: HttpRequest, lead: Lead, form: DateForm, *, status: int = 200) -> HttpResponse:
    context = {"lead": lead, "form": form, "dates": lead.dates.order_by("month", "day", "pk")}
    return render(request, "pipeline/_dates.html" if request.htmx else "pipeline/dates.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_reps
def tags(request: HttpRequest, rep: Rep) -> HttpResponse:
    """The rep's tags and their colours; choose another one (`tag`, `colour`)."""
    names = tags_of(Lead.objects.visible_to(request.user))
    if request.method == "POST":
        number = text.number(request.POST.get("colour", ""))
        if request.POST.get("tag", "") in names:
            asides.colour_tag(rep, request.POST["tag"], number)
        return redirect("pipeline:tags")
    chosen = dict(Tag.objects.visible_to(request.user).values_list("name", "colour"))
    return render(request, "pipeline/tags.html", {"names": names, "chosen": chosen, "numbers": range(1, COLOURS + 1)})


@require_POST
@login_to_post
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a lead with all about it; the toast takes it back."""
    lead = Lead.objects.visible_to(request.user).filter(pk=pk).first()
    if lead is None and not Selection.objects.visible_to(request.user).filter(what=Selection.What.REMOVE, did__leads=[pk]).exists():
        raise Http404
    if lead is None:  # a second tap
        return redirect("pipeline:contacts")
    try:
        removal = removing.remove_lead(lead, by=request.user, once=request.POST.get("once", ""))
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("pipeline:contacts")
    messages.success(request, selected.said(removal), extra_tags=reverse("pipeline:selection_undo", args=[removal.pk]))
    return redirect("pipeline:contacts")
