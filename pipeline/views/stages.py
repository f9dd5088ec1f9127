"""The stages of one's own board."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cotano.jobs.refusals import Refusal
from notifications.doors import login_to_post
from pipeline import layout
from pipeline.board import stages_with_counts
from pipeline.forms import EmptyForm, StageForm
from pipeline.models import STAGES, Board, Stage


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def stages(request: HttpRequest, pk: int) -> HttpResponse:
    """The stages in their order; add one."""
    board = get_object_or_404(Board.objects.owned_by(request.user).select_related("campaign"), pk=pk)
    form = StageForm(request.POST if request.method == "POST" else None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            stage = layout.add_stage(board, by=request.user, **form.cleaned_data)
        except Refusal as told:
            refusal = told
        else:
            messages.success(request, _("Added: %(name)s") % {"name": stage.name})
            return redirect("pipeline:stages", board.pk)
    counted = stages_with_counts(board)
    context = {"board": board, "stages": counted, "form": form, "refusal": refusal, "may_add": board.is_open and len(counted) < STAGES}
    return render(request, "pipeline/stages.html", context, status=_status(form, refusal))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def stage(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a stage."""
    found = _stage(request, pk)
    said = {"name": found.own_name, "end": found.end, "limit": found.limit, "days": found.days}
    form = StageForm(request.POST if request.method == "POST" else None, initial=said)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            layout.edit_stage(found, by=request.user, **form.cleaned_data)
        except Refusal as told:
            refusal = told
        else:
            messages.success(request, _("Saved."))
            return redirect("pipeline:stages", found.board_id)
    return _page(request, found, form, refusal)


@require_POST
@login_to_post
def shift(request: HttpRequest, pk: int) -> HttpResponse:
    """Let it change places with the one before or (`forward` is "yes") after it."""
    found = _stage(request, pk)
    try:
        layout.shift_stage(found, by=request.user, forward=request.POST.get("forward") == "yes")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("pipeline:stages", found.board_id)


@require_POST
@login_to_post
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it off the board."""
    found = _stage(request, pk)
    form = EmptyForm(request.POST, stage=found)
    form.is_valid()
    try:
        layout.remove_stage(found, by=request.user, to=form.cleaned_data.get("to"))
    except Refusal as refusal:
        return _page(request, found, StageForm(initial={"name": found.own_name, "end": found.end}), refusal)
    messages.success(request, _("Removed: %(name)s") % {"name": found.name})
    return redirect("pipeline:stages", found.board_id)


def _stage(request: HttpRequest, pk: int) -> Stage:
    boards = Board.objects.owned_by(request.user)
    return get_object_or_404(Stage.ever.filter(board__in=boards).select_related("board__campaign"), pk=pk)


def _page(request: HttpRequest, found: Stage, form: StageForm, refusal: Refusal | None) -> HttpResponse:
    found.refresh_from_db()
    cards = found.cards.standing().count()
    context = {"stage": found, "board": found.board, "form": form, "refusal": refusal, "cards": cards, "empty": EmptyForm(stage=found)}
    return render(request, "pipeline/stage.html", context, status=_status(form, refusal))


def _status(form: StageForm, refusal: Refusal | None) -> int:
    if refusal is not None:
        return refusal.status
    return 422 if form.is_bound and form.errors else 200
