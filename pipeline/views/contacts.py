"""A rep's contacts: adding, changing, finding."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Campaign
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from cotano.lib.phones import LONGEST
from leads import people
from leads.forms import EditForm
from leads.models import Lead
from pipeline import actions, drafts
from pipeline.contacts import Wish, read_contacts, tags_of
from pipeline.forms import AddForm, FilterForm, watch_phone
from pipeline.models import Board
from pipeline.views.doors import for_reps
from teams.models import Rep


@require_safe
@for_reps
def contacts(request: HttpRequest, rep: Rep) -> HttpResponse:
    """All people of the rep in the order of the alphabet, from a `letter` on; `q` finds by name or phone, filters narrow (see Wish).

    `select` shows the same with a box to tick at everybody.
    """
    wish, letter = Wish.of(request.GET.dict()), request.GET.get("letter", "")[:1]
    page = read_contacts(rep, wish, now=timezone.now(), after=text.number(request.GET.get("after", "")), letter=letter)
    context = {"page": page, "wish": wish, "letter": letter, "selecting": "select" in request.GET}
    return render(request, "pipeline/_contacts.html" if request.htmx else "pipeline/contacts.html", context)


@require_safe
@for_reps
def contacts_filter(request: HttpRequest, rep: Rep) -> HttpResponse:
    """The filters, as a sheet or a page; they lead back to the contacts."""
    wish = Wish.of(request.GET.dict())
    form = FilterForm(wish, tags_of(Lead.objects.visible_to(request.user)))
    return render(request, "pipeline/_filter.html" if request.htmx else "pipeline/filter.html", {"form": form, "wish": wish})


@require_http_methods(["GET", "HEAD", "POST"])
@drafts.keeping_form
@for_reps
def add(request: HttpRequest, rep: Rep) -> HttpResponse:
    """Add a lead, on a stage of the board of the campaign that runs. The form stays for the next one."""
    running = Campaign.objects.running_for(rep)
    if request.method != "POST":
        board = Board.objects.filter(rep=rep, campaign=running, rolled_at=None).first()
        kept = drafts.typed(request)
        form = AddForm(kept, rep=rep, board=board) if kept else AddForm(rep=rep, board=board, initial=_wished(request, board))
        return render(request, "pipeline/add.html", {"form": form, "board": board, "kept": bool(kept)})
    board = actions.ensure_board(rep, running) if running and not running.is_closed else None
    form = AddForm(request.POST, rep=rep, board=board)
    context = {"form": form, "board": board}
    if not form.is_valid():
        return render(request, "pipeline/add.html", context, status=422)
    stage = form.cleaned_data.pop("stage", None)
    said = {**form.cleaned_data, "by": request.user, "once": request.POST.get("once", "")}
    try:
        lead = actions.add_lead_to_board(rep, board, stage=stage, **said).lead if board else people.add_lead(rep, **said)
    except Refusal as refusal:
        return render(request, "pipeline/add.html", {**context, "refusal": refusal}, status=refusal.status)
    messages.success(request, _("Added: %(name)s") % {"name": lead.name})
    return redirect(f"{request.path}?stage={stage.pk}" if stage else request.path)


@require_POST
@for_reps
def known(request: HttpRequest, rep: Rep) -> HttpResponse:
    """Whom of the own people the phone that is being typed belongs to; nothing while it is no whole number."""
    try:
        phone = people.clean_phone(request.POST.get("phone", "")[:LONGEST], rep)
    except Refusal:
        phone = ""
    found = people.find_by_phone(rep, phone)
    return render(request, "pipeline/_known.html", {"lead": None if found and str(found.pk) == request.POST.get("of", "") else found})


def _wished(request: HttpRequest, board: Board | None) -> dict[str, object]:
    """The stage whose "+ Add" was tapped, if it is on the board."""
    wished = text.number(request.GET.get("stage", ""))
    stage = board.stages.filter(pk=wished).first() if board and wished else None
    return {"stage": stage} if stage else {}


@require_http_methods(["GET", "HEAD", "POST"])
@drafts.keeping_form
@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is known about a lead."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user).select_related("owner__user", "owner__territory"), pk=pk)
    if request.method != "POST":
        kept = drafts.typed(request)
        form = EditForm(kept, rep=lead.owner) if kept else EditForm.of(lead, lead.owner)
        watch_phone(form, lead)
        return render(request, "pipeline/edit.html", {"lead": lead, "form": form, "kept": bool(kept)})
    form = EditForm(request.POST, rep=lead.owner)
    if not form.is_valid():
        return render(request, "pipeline/edit.html", {"lead": lead, "form": form}, status=422)
    try:
        people.edit_lead(lead, by=request.user, **form.cleaned_data)
    except people.StaleLead as stale:
        form.show_afresh(stale.lead)
        return render(request, "pipeline/edit.html", {"lead": stale.lead, "form": form, "refusal": stale, "stale": form.now}, status=409)
    except Refusal as refusal:
        return render(request, "pipeline/edit.html", {"lead": lead, "form": form, "refusal": refusal}, status=refusal.status)
    messages.success(request, _("Saved."))
    return redirect("pipeline:lead", pk=lead.pk)
