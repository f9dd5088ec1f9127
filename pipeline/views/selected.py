"""Many people of the contact list at once: choose what to do with them, do it, take it back."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.models import Campaign
from cotano.jobs import exports, report
from cotano.jobs.models import Export
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from leads.models import Cadence, Lead
from notifications.doors import login_to_post
from pipeline import actions
from pipeline import selected as acts
from pipeline.contacts import Wish, tags_of, wanted
from pipeline.exports import OwnLeads
from pipeline.models import Selection
from pipeline.views import asides
from pipeline.views.doors import for_reps
from teams.models import Rep

Act = Callable[[HttpRequest, Rep, list[int]], HttpResponse | Selection]


@require_POST
@login_to_post
@for_reps
def selected(request: HttpRequest, rep: Rep) -> HttpResponse:
    """What can be done with those ticked (`lead`), or with `all` that the search and filters mean; with an `act`: do it."""
    wish, now = Wish.of(request.POST.dict()), timezone.now()
    everybody = "all" in request.POST
    ticked = map(text.number, request.POST.getlist("lead")[: acts.MOST + 1])
    ids = None if everybody else {pk for pk in ticked if pk is not None}
    found = wanted(Lead.objects.visible_to(request.user), wish, zone=request.user.zone, now=now)
    try:
        picked = acts.chosen(found, ids)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect(f"{reverse('pipeline:contacts')}?{wish.query}select=1")
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        return _choose(request, rep, wish, picked, everybody=everybody)
    try:
        done = act(request, rep, picked)
    except Refusal as refusal:
        return _choose(request, rep, wish, picked, everybody=everybody, sentence=refusal.sentence, status=refusal.status)
    if not isinstance(done, Selection):
        return done
    is_empty = not any(done.did.values())
    undo = "" if is_empty or done.undone_at else reverse("pipeline:selection_undo", args=[done.pk])
    messages.success(request, _("There was nothing to change.") if is_empty else acts.said(done), extra_tags=undo)
    return redirect(f"{reverse('pipeline:contacts')}?{wish.query}".rstrip("?&"))


@require_POST
@login_to_post
@for_reps
def selection_undo(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """As it was before."""
    found = get_object_or_404(Selection.objects.visible_to(request.user), pk=pk)
    sentence = ""
    try:
        acts.undo(found, by=request.user)
    except Refusal as refusal:
        sentence = refusal.sentence
    if found.what == Selection.What.ASIDE:
        return asides.after_undo(request, found, sentence=sentence)
    if sentence:
        messages.error(request, sentence)
    else:
        messages.success(request, _("Undone."))
    return redirect("pipeline:contacts")


def _choose(
    request: HttpRequest, rep: Rep, wish: Wish, picked: list[int], *, everybody: bool, sentence: str = "", status: int = 200
) -> HttpResponse:
    running = Campaign.objects.running_for(rep)
    context = {
        "wish": wish,
        "picked": picked,
        "everybody": everybody,
        "can_board": running and not running.is_closed,
        "tags": tags_of(Lead.objects.visible_to(request.user)),
        "cadences": Cadence.objects.visible_to(request.user).usable().order_by("owner", "pk"),
        "sentence": sentence,
    }
    return render(request, "pipeline/selected.html", context, status=status)


def _board(request: HttpRequest, rep: Rep, picked: list[int]) -> Selection:
    running = Campaign.objects.running_for(rep)
    if running is None or running.is_closed:
        raise actions.CampaignClosed
    return acts.put_on_board(picked, actions.ensure_board(rep, running), by=request.user, once=request.POST.get("once", ""))


def _tag(request: HttpRequest, _rep: Rep, picked: list[int]) -> Selection:
    return acts.tag(picked, request.POST.get("word", ""), by=request.user, once=request.POST.get("once", ""))


def _cadence(request: HttpRequest, _rep: Rep, picked: list[int]) -> Selection:
    pk = text.number(request.POST.get("cadence", ""))
    cadence = Cadence.objects.visible_to(request.user).usable().filter(pk=pk).first()
    if cadence is None:
        raise Refusal(_("Pick one of these."))
    return acts.follow_up(picked, cadence, by=request.user, once=request.POST.get("once", ""))


def _stop(request: HttpRequest, _rep: Rep, picked: list[int]) -> Selection:
    return acts.stop_contact(picked, by=request.user, once=request.POST.get("once", ""))


def _export(request: HttpRequest, _rep: Rep, picked: list[int]) -> HttpResponse:
    params = {"leads": picked}
    export = exports.begin(OwnLeads.name, by=request.user, form=request.POST.get("format", ""), params=params)
    if export.state == Export.State.DONE:
        return report.sent(exports.blocks(export, params), export)
    messages.success(request, _("The file is being made. You can leave this page: you will be told when it is ready."))
    return redirect("pipeline:export", export.pk)


# What can be done with many people: the value of the button -> what it does. A further act is a line here and a row in selected.html.
_ACTS: dict[str, Act] = {"board": _board, "tag": _tag, "cadence": _cadence, "stop": _stop, "export": _export}
