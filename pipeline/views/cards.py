"""Cards: their sheet, their moves and what is taken back."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cotano.jobs.refusals import Refusal
from cotano.lib import clock
from leads.models import Reminder
from notifications.doors import login_to_post
from pipeline import actions, needs
from pipeline.board import card_above, sifted, stages_with_counts
from pipeline.forms import MoveForm, SieveForm
from pipeline.models import Card, Move
from pipeline.sifting import Sieve
from pipeline.views import answers


@require_safe
@login_required
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """What to do with a card: remind, or move it to another stage."""
    return _sheet(request, _found(request, pk))


@require_safe
@login_required
def face(request: HttpRequest, pk: int) -> HttpResponse:
    """A card as it stands in its column, for an open board whose card has changed."""
    found = _found(request, pk)
    return render(request, "pipeline/_card.html", {"card": found}) if request.htmx else redirect("pipeline:card", pk)


@require_POST
@login_to_post
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a card to the top of a stage; the answer offers to take it back."""
    found = get_object_or_404(Card.objects.owned_by(request.user).select_related("board"), pk=pk)
    form = MoveForm(request.POST, board=found.board)
    if not form.is_valid():
        return _sheet(request, _found(request, pk), sentence=_("Choose a stage of this board."), status=422)
    try:
        actions.move_card(found, by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        return _refused(request, _found(request, pk), refusal)
    moved = _found(request, pk)
    last = Move.objects.filter(card=moved, to=moved.stage).order_by("-at", "-pk").first() if moved.version != found.version else None
    undo = reverse("pipeline:undo_move", args=[pk, last.pk]) if last else ""
    return _moved(request, moved, _to(moved), undo=undo)


@require_POST
@login_to_post
def undo_move(request: HttpRequest, pk: int, move: int) -> HttpResponse:
    """Take a move back: the card stands again where it stood."""
    found = get_object_or_404(Card.objects.owned_by(request.user).select_related("board"), pk=pk)
    try:
        actions.undo_move(found, move, by=request.user)
    except Refusal as refusal:
        return _refused(request, _found(request, pk), refusal)
    back = _found(request, pk)
    return _moved(request, back, _("%(name)s: back in %(stage)s") % {"name": back.lead.name, "stage": back.stage.name})


def _faces(request: HttpRequest) -> QuerySet[Card]:
    return Card.objects.owned_by(request.user).for_face()


def _found(request: HttpRequest, pk: int) -> Card:
    return get_object_or_404(_faces(request), pk=pk)


def _to(moved: Card) -> str:
    """Where it went, and whether more stand there than should."""
    said = {"name": moved.lead.name, "stage": moved.stage.name, "limit": moved.stage.limit}
    if moved.stage.limit and (n := moved.stage.cards.standing().count()) > moved.stage.limit:
        return _("%(name)s: moved to %(stage)s. %(n)d stand there, %(limit)d should at most.") % {**said, "n": n}
    return _("%(name)s: moved to %(stage)s") % said


def _moved(request: HttpRequest, card: Card, sentence: str, *, undo: str = "") -> HttpResponse:
    """The card in its new place, a toast or a message, and the way back."""
    if not request.htmx:
        messages.success(request, sentence, extra_tags=undo)
        return redirect(card.board)
    context = {"card": card, "sentence": sentence, "undo": undo}
    if answers.on_lead_page(request, card.lead):
        return answers.tell(render(request, "_toast.html", context), card.lead)
    return render(request, "pipeline/_move_done.html", {**context, **_place(request, card)})


def _place(request: HttpRequest, card: Card) -> dict[str, object]:
    """Where it stands now on the board behind the sheet, whose counts are of what is looked for there."""
    stages = stages_with_counts(card.board)
    page = urlsplit(request.htmx.current_url or "") if request.htmx else urlsplit("")
    sieve = SieveForm(QueryDict(page.query)).sieve if page.path == card.board.get_absolute_url() else Sieve()
    if not sieve:
        return {"stages": stages, "behind": stages, "above": card_above(card)}
    return {"stages": stages, "behind": stages_with_counts(card.board, sifted(card.board, sieve, request.user.zone)), "above": None}


def _refused(request: HttpRequest, fresh: Card, refusal: Refusal) -> HttpResponse:
    """The card as it stands now, with the sentence. A drag or an Undo has no sheet to show it in: there it is a toast."""
    fix = _where_to_fill_in(refusal)
    if request.htmx and request.htmx.target != "sheet":
        context = {"card": fresh, "sentence": refusal.sentence, "fill_in": fix, **_place(request, fresh)}
        return render(request, "pipeline/_move_done.html", context, status=refusal.status)
    return _sheet(request, fresh, fragment="pipeline/_move_refused.html", sentence=refusal.sentence, status=refusal.status, fill_in=fix)


def _where_to_fill_in(refusal: Refusal) -> str:
    """The page on which a person's missing facts are given; "" for any other refusal."""
    if not isinstance(refusal, actions.NotReady):
        return ""
    return reverse("pipeline:edit" if needs.IN_FORM.intersection(refusal.lacks) else "pipeline:lead", args=[refusal.card.lead_id])


def _sheet(
    request: HttpRequest,
    found: Card,
    *,
    fragment: str = "pipeline/_card_sheet.html",
    sentence: str = "",
    status: int = 200,
    fill_in: str = "",
) -> HttpResponse:
    context = {
        "card": found,
        "lead": found.lead,
        "presets": clock.presets(request.user.zone, timezone.now()),
        "reminder": Reminder.objects.filter(lead=found.lead, state=Reminder.State.OPEN).order_by("due_at").first(),
        "can_move": found.closed_at is None and found.board.is_open,
        "sentence": sentence,
        "fill_in": fill_in,
        **(_place(request, found) if sentence else {"stages": stages_with_counts(found.board)}),
    }
    return render(request, fragment if request.htmx else "pipeline/card.html", context, status=status)
