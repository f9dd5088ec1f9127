"""Sharing one's boards, and who saw them."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cotano.jobs.refusals import Refusal
from notifications.doors import login_to_post
from pipeline import shares
from pipeline.forms import ShareForm
from pipeline.models import Board, Share
from pipeline.seen import read_seen
from pipeline.share_sheet import just_revoked, nearest_upline, read_helpers


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def share(request: HttpRequest, pk: int) -> HttpResponse:
    """Who may see the boards of the rep; let somebody else see them from this one on."""
    boards = Board.objects.owned_by(request.user).select_related("campaign", "rep__user")
    board = get_object_or_404(boards, pk=pk)
    upline = nearest_upline(board.rep)
    if request.method != "POST":
        return _sheet(request, board, ShareForm(upline=upline))
    form = ShareForm(request.POST, upline=upline)
    if not form.is_valid():
        return _sheet(request, board, form, status=422)
    try:
        sentence = _carry_out(request, board, form)
    except Refusal as refusal:
        return _sheet(request, board, form, sentence=refusal.sentence, status=refusal.status)
    if request.htmx:
        return render(request, "_toast.html", {"sentence": sentence})
    messages.success(request, sentence)
    return redirect(request.path)


def _carry_out(request: HttpRequest, board: Board, form: ShareForm) -> str:
    """Share as the form says; what to tell."""
    said = {"may_comment": form.cleaned_data["may_comment"], "by": request.user}
    if (helper := form.upline.get(form.cleaned_data["helper"])) is None:
        shares.share_with_mentor(board, typed=form.cleaned_data["typed"], **said)
        return _("If that rep exists, they can now see your board.")
    shares.share_board(board, with_=helper.user, **said)
    return _("%(name)s can now see your board.") % {"name": helper.name}


@require_POST
@login_to_post
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """The helper sees nothing more; one tap takes it back."""
    undo = {"undo": reverse("pipeline:share_restore", args=[pk]), "fields": {}}
    return _change(request, pk, shares.revoke_share, _("Not shared with this person any more."), undo)


@require_POST
@login_to_post
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Share again what was just revoked."""
    return _change(request, pk, shares.restore_share, _("Shared again."), {})


def _change(request: HttpRequest, pk: int, act: Callable[..., Share], sentence: str, undo: dict[str, object]) -> HttpResponse:
    found = get_object_or_404(Share.objects.given_by(request.user), pk=pk)
    try:
        act(found, by=request.user)
    except Refusal as refusal:
        if request.htmx:
            return render(request, "_toast.html", {"sentence": refusal.sentence}, status=refusal.status)
        messages.warning(request, refusal.sentence)
        return _to_sheet(found)
    if request.htmx:
        return render(request, "_toast.html", {"sentence": sentence, **undo})
    if not undo:  # the page itself tells what was just revoked, with the way back
        messages.success(request, sentence)
    return _to_sheet(found)


@require_safe
@login_required
def seen(request: HttpRequest) -> HttpResponse:
    """Who saw me."""
    page = read_seen(request.user, before=request.GET.get("before", ""))
    return render(request, "pipeline/_seen.html" if request.htmx else "pipeline/seen.html", {"page": page})


def _to_sheet(found: Share) -> HttpResponse:
    """Back to the page about sharing, of the owner's newest board."""
    board = Board.objects.filter(rep=found.owner_id).order_by("-campaign__starts_on", "-pk").first()
    return redirect(reverse("pipeline:share", args=[board.pk]) if board else "pipeline:boards")


def _sheet(request: HttpRequest, board: Board, form: ShareForm, *, sentence: str = "", status: int = 200) -> HttpResponse:
    context = {
        "board": board,
        "form": form,
        "helpers": read_helpers(board.rep),
        "can_share": board.rolled_at is None and not board.campaign.is_closed,
        "sentence": sentence,
        "revoked": None if request.htmx else just_revoked(board.rep),
    }
    return render(request, "pipeline/_share.html" if request.htmx else "pipeline/share.html", context, status=status)
