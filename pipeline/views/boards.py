"""Boards, their columns, cards and moves."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Campaign
from cotano.jobs import audit
from cotano.jobs.models import Audit
from cotano.jobs.refusals import Refusal
from cotano.lib import clock
from leads.models import Reminder
from pipeline import actions
from pipeline.board import boards_shared_with, read_board, read_column, stages_with_counts
from pipeline.forms import MoveForm, RankForm
from pipeline.models import Board, Card
from pipeline.views import answers
from pipeline.views.doors import for_reps
from teams.models import Rep


@require_safe
@for_reps
def boards(request: HttpRequest, rep: Rep) -> HttpResponse:
    """All boards of the rep, the newest campaign first; then those that others share with the rep."""
    mine = list(Board.objects.owned_by(request.user).for_list())
    running = Campaign.objects.running_for(rep)
    context = {
        "boards": mine,
        "shared": boards_shared_with(request.user),
        "running": running,
        "missing": running and not _has(mine, running),
    }
    return render(request, "pipeline/boards.html", context)


def _has(mine: list[Board], campaign: Campaign) -> bool:
    return any(board.campaign_id == campaign.pk for board in mine)


@require_POST
@for_reps
def open_board(request: HttpRequest, rep: Rep) -> HttpResponse:
    """Make the board of the campaign that runs, and go there."""
    running = Campaign.objects.running_for(rep)
    if running is None:
        messages.warning(request, _("No campaign runs today. A board opens with the next one."))
        return redirect("pipeline:boards")
    return redirect(actions.ensure_board(rep, running))


@require_safe
@login_required
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """One board with the first cards of each column."""
    found = _board(request, pk)
    return render(request, "pipeline/board.html", {"page": read_board(found), "shared": _is_shared(request, found)})


@require_safe
@login_required
def column(request: HttpRequest, pk: int, stage: int) -> HttpResponse:
    """The next page of a column's cards, after the card with the rank `after`."""
    found = _board(request, pk)
    place = get_object_or_404(found.stages, pk=stage)
    form = RankForm(request.GET)
    if not form.is_valid():
        raise Http404
    page = read_column(place, Card.objects.visible_to(request.user), after=form.cleaned_data["after"])
    template = "pipeline/_cards.html" if request.htmx else "pipeline/column.html"
    context = {"board": found, "column": page, "is_first": form.cleaned_data["after"] is None, "shared": _is_shared(request, found)}
    return render(request, template, context)


def _board(request: HttpRequest, pk: int) -> Board:
    """One's own or a shared board; to see somebody else's is written down."""
    boards = Board.objects.visible_to(request.user).select_related("campaign__calendar__market", "rep")
    found = get_object_or_404(boards, pk=pk)
    if _is_shared(request, found):
        audit.record(by=request.user, whose=found.rep.user_id, what=Audit.What.BOARD_SEEN, subject=f"board:{found.pk}")
    return found


def _is_shared(request: HttpRequest, board: Board) -> bool:
    return board.rep.user_id != request.user.pk


@require_safe
@login_required
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """What to do with a card: remind, or move it to another stage."""
    return _sheet(request, get_object_or_404(_faces(request), pk=pk))


@require_safe
@login_required
def face(request: HttpRequest, pk: int) -> HttpResponse:
    """A card as it stands in its column, for an open board whose card has changed."""
    found = get_object_or_404(_faces(request), pk=pk)
    return render(request, "pipeline/_card.html", {"card": found}) if request.htmx else redirect("pipeline:card", pk)


@require_POST
@login_required
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a card to the top of a stage."""
    found = get_object_or_404(_faces(request), pk=pk)
    was = found.stage
    form = MoveForm(request.POST, board=found.board)
    if not form.is_valid():
        return _sheet(request, found, sentence=_("Choose a stage of this board."), status=422)
    try:
        actions.move_card(found, by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        return _refused(request, get_object_or_404(_faces(request), pk=pk), refusal)
    moved = get_object_or_404(_faces(request), pk=pk)
    sentence = _("%(name)s: moved to %(stage)s") % {"name": moved.lead.name, "stage": moved.stage.name}
    if not request.htmx:
        messages.success(request, sentence)
        return redirect(moved.board)
    undo = {"undo": request.path, "fields": {"to": was.pk, "version": moved.version}} if was.pk != moved.stage_id else {}
    if answers.on_lead_page(request, moved.lead):
        return answers.tell(render(request, "_toast.html", {"sentence": sentence, **undo}), moved.lead)
    return render(
        request, "pipeline/_move_done.html", {"card": moved, "stages": stages_with_counts(moved.board), "sentence": sentence, **undo}
    )


def _faces(request: HttpRequest) -> QuerySet[Card]:
    return Card.objects.owned_by(request.user).for_face()


def _refused(request: HttpRequest, fresh: Card, refusal: Refusal) -> HttpResponse:
    """The card as it stands now, with the sentence. An Undo has no sheet to show it in: there it is a toast."""
    if request.htmx and request.htmx.target != "sheet":
        context = {"card": fresh, "stages": stages_with_counts(fresh.board), "sentence": refusal.sentence}
        return render(request, "pipeline/_move_done.html", context, status=refusal.status)
    return _sheet(request, fresh, fragment="pipeline/_move_refused.html", sentence=refusal.sentence, status=refusal.status)


def _sheet(
    request: HttpRequest, found: Card, *, fragment: str = "pipeline/_card_sheet.html", sentence: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "card": found,
        "lead": found.lead,
        "stages": stages_with_counts(found.board),
        "presets": clock.presets(request.user.zone, timezone.now()),
        "reminder": Reminder.objects.filter(lead=found.lead, state=Reminder.State.OPEN).order_by("due_at").first(),
        "days_here": (timezone.now() - found.entered_stage_at).days,
        "can_move": found.closed_at is None and found.board.rolled_at is None and not found.board.campaign.is_closed,
        "sentence": sentence,
    }
    return render(request, fragment if request.htmx else "pipeline/card.html", context, status=status)
