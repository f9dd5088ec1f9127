"""What is known about a lead, one thing at a time; colours of tags; and removing a lead."""

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
from leads.forms import DETAILS, DetailForm
from leads.models import COLOURS, Lead, Tag
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
