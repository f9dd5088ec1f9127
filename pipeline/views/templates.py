"""A rep's own message templates, and the company's to be read."""

from collections.abc import Callable

from django.contrib import messages as told
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cotano.jobs.refusals import Refusal
from leads import messages
from leads import templates as actions
from leads.models import Lead, MessageTemplate
from leads.template_forms import TemplateForm
from pipeline.views.doors import for_reps
from teams.models import Rep


@require_safe
@for_reps
def templates(request: HttpRequest, rep: Rep) -> HttpResponse:
    """All that the rep may send: the own ones in their order, then the company's."""
    offered = messages.offered(rep, request.user.language)
    mine = sorted((one for one in offered if one.owner_id), key=lambda one: (one.place, one.pk))
    return render(request, "pipeline/templates.html", {"mine": mine, "company": [one for one in offered if not one.owner_id]})


@require_http_methods(["GET", "HEAD", "POST"])
@for_reps
def add(request: HttpRequest, rep: Rep) -> HttpResponse:
    """Write one; `preview` shows what it would say to somebody first."""
    if request.method != "POST":
        return _page(request, rep, TemplateForm(initial={"language": request.user.language}))
    return _write(request, rep, None, lambda said: actions.add_template(rep, by=request.user, once=request.POST.get("once", ""), **said))


@require_http_methods(["GET", "HEAD", "POST"])
@for_reps
def template(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """Change one."""
    found = get_object_or_404(MessageTemplate.objects.owned_by(request.user).standing(), pk=pk)
    if request.method != "POST":
        known = {name: getattr(found, name) for name in ("name", "text", "language")}
        return _page(request, rep, TemplateForm(initial=known), found, preview=found)
    return _write(request, rep, found, lambda said: actions.edit_template(found, by=request.user, **said))


@require_POST
@for_reps
def up(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """One place up."""
    return _act(request, pk, actions.raise_template)


@require_POST
@for_reps
def remove(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """Offer it no more; one tap takes that back."""
    return _act(request, pk, actions.remove_template, _("%(name)s is removed"), undo=reverse("pipeline:template_restore", args=[pk]))


@require_POST
@for_reps
def restore(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """It was removed by mistake."""
    return _act(request, pk, actions.restore_template, _("%(name)s is back"))


def _act(request: HttpRequest, pk: int, act: Callable[..., object], words: str = "", *, undo: str = "") -> HttpResponse:
    found = get_object_or_404(MessageTemplate.objects.owned_by(request.user), pk=pk)
    try:
        act(found, by=request.user)
    except Refusal as refusal:
        told.error(request, refusal.sentence)
    else:
        if words:
            told.success(request, words % {"name": found.name}, extra_tags=undo)
    return redirect("pipeline:templates")


def _write(request: HttpRequest, rep: Rep, found: MessageTemplate | None, act: Callable[[dict[str, str]], object]) -> HttpResponse:
    form = TemplateForm(request.POST)
    if not form.is_valid():
        return _page(request, rep, form, found, status=422)
    if "preview" in request.POST:
        return _page(request, rep, form, found, preview=MessageTemplate(**form.cleaned_data))
    try:
        act(form.cleaned_data)
    except Refusal as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, rep, form, found, status=refusal.status)
    told.success(request, _("Saved."))
    return redirect("pipeline:templates")


def _page(
    request: HttpRequest,
    rep: Rep,
    form: TemplateForm,
    found: MessageTemplate | None = None,
    *,
    preview: MessageTemplate | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form, with what the text would say to the person the rep was last in contact with."""
    lead = Lead.objects.visible_to(request.user).order_by(F("contacted_at").desc(nulls_last=True), "-pk").first() if preview else None
    said = messages.fill(preview.text, messages.facts(lead, rep).values(preview.language)) if preview and lead else None
    context = {"form": form, "template": found, "fields": messages.help_on_fields(), "preview": said, "lead": lead}
    return render(request, "pipeline/template.html", context, status=status)
