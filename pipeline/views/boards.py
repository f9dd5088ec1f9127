"""Boards and their columns."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Campaign
from cotano.jobs import audit
from cotano.jobs.models import Audit
from pipeline import actions
from pipeline.board import boards_shared_with, read_board, read_column, sifted, tags_on
from pipeline.forms import RankForm, SieveForm
from pipeline.models import Board
from pipeline.sifting import Sieve
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
    """One board with the first cards of each column, all or those that are looked for."""
    found = _board(request, pk)
    page = read_board(found, _sieve(request, found), request.user.zone)
    return render(request, "pipeline/board.html", {"page": page, "shared": _is_shared(request, found)})


@require_safe
@login_required
def column(request: HttpRequest, pk: int, stage: int) -> HttpResponse:
    """The next page of a column's cards, after the card with the rank `after`, as the board was sifted."""
    found = _board(request, pk)
    place = get_object_or_404(found.stages, pk=stage)
    form, sieve = RankForm(request.GET), _sieve(request, found)
    if not form.is_valid():
        raise Http404
    page = read_column(place, sifted(found, sieve, request.user.zone), after=form.cleaned_data["after"])
    template = "pipeline/_cards.html" if request.htmx else "pipeline/column.html"
    context = {"board": found, "column": page, "sieve": sieve, "shared": _is_shared(request, found)}
    return render(request, template, context)


@require_safe
@login_required
def sift(request: HttpRequest, pk: int) -> HttpResponse:
    """What to look for on one's own board."""
    found = get_object_or_404(Board.objects.owned_by(request.user).select_related("campaign"), pk=pk)
    tags = tags_on(found)
    form = SieveForm(initial={"remind": "", **SieveForm(request.GET).said}, tags=tags)
    context = {"board": found, "form": form, "tags": tags, "is_sifted": bool(SieveForm(request.GET).sieve)}
    return render(request, "pipeline/_sift.html" if request.htmx else "pipeline/sift.html", context)


def _sieve(request: HttpRequest, board: Board) -> Sieve:
    """What is looked for. A helper looks at the whole board: what is not shown to them is not to be found out by searching."""
    return Sieve() if _is_shared(request, board) else SieveForm(request.GET).sieve


def _board(request: HttpRequest, pk: int) -> Board:
    """One's own or a shared board; to see somebody else's is written down."""
    boards = Board.objects.visible_to(request.user).select_related("campaign__calendar__market", "rep")
    found = get_object_or_404(boards, pk=pk)
    if _is_shared(request, found):
        audit.record(by=request.user, whose=found.rep.user_id, what=Audit.What.BOARD_SEEN, subject=f"board:{found.pk}")
    return found


def _is_shared(request: HttpRequest, board: Board) -> bool:
    return board.rep.user_id != request.user.pk
