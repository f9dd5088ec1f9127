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
from cotano.lib import text
from notifications.doors import login_to_post
from pipeline import actions, marks
from pipeline.board import find_cards, read_board, read_boards, read_column, sifted, tags_on
from pipeline.forms import RankForm, SieveForm
from pipeline.funnel import read_funnel
from pipeline.models import Board, BoardMark
from pipeline.sifting import Sieve
from pipeline.views.doors import for_reps
from teams.models import Rep


@require_safe
@for_reps
def boards(request: HttpRequest, rep: Rep) -> HttpResponse:
    """All boards the rep may open; `q` finds people on the own ones, those of the past too."""
    if typed := request.GET.get("q", "").strip():
        found = find_cards(request.user, typed, after=text.number(request.GET.get("after", "")))
        return render(request, "pipeline/boards_found.html", {"found": found, "q": typed})
    listed = read_boards(request.user)
    running = Campaign.objects.running_for(rep)
    mine = [board for board in (*listed.favourites, *listed.recent, *listed.mine) if board.is_mine]
    missing = running and not any(board.campaign_id == running.pk for board in mine)
    return render(request, "pipeline/boards.html", {"listed": listed, "running": running, "missing": missing})


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
    marks.note_opened(found, by=request.user)
    page = read_board(found, _sieve(request, found), request.user.zone)
    return render(request, "pipeline/board.html", {"page": page, "shared": _is_shared(request, found)})


@require_safe
@login_required
def funnel(request: HttpRequest, pk: int) -> HttpResponse:
    """How many cards came to each stage of an own board, and went on."""
    found = get_object_or_404(Board.objects.owned_by(request.user).select_related("campaign"), pk=pk)
    return render(request, "pipeline/funnel.html", {"board": found, "funnel": read_funnel(found)})


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


@require_safe
@login_required
def menu(request: HttpRequest, pk: int) -> HttpResponse:
    """What can be done with a board beside moving its cards."""
    found = _board(request, pk)
    starred = BoardMark.objects.filter(user=request.user, board=found, starred_at__isnull=False).exists()
    context = {"board": found, "shared": _is_shared(request, found), "is_starred": starred}
    return render(request, "pipeline/_board_menu.html" if request.htmx else "pipeline/board_menu.html", context)


@require_POST
@login_to_post
def star(request: HttpRequest, pk: int) -> HttpResponse:
    """Make it a favourite (`on` is "yes") or no longer one; back to the page the button stood on."""
    found = get_object_or_404(Board.objects.visible_to(request.user), pk=pk)
    on = request.POST.get("on") == "yes"
    marks.star_board(found, by=request.user, on=on)
    sentence = _("Among your favourites.") if on else _("No longer among your favourites.")
    if request.htmx:
        return render(request, "_toast.html", {"sentence": sentence})
    messages.success(request, sentence)
    return redirect(found if request.POST.get("next") == "board" else "pipeline:boards")


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
