"""The queue of calls: one person after the other, until nobody is left."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cotano.jobs.refusals import Refusal
from leads.models import Lead
from notifications.doors import login_to_post
from pipeline import calling
from pipeline.queue import read_queue
from pipeline.views.doors import for_reps
from teams.models import Rep

Act = Callable[..., object]


@require_safe
@for_reps
def queue(request: HttpRequest, rep: Rep) -> HttpResponse:
    """Whose turn it is; `?again=1` goes through those who were skipped today. Every act leads here: so the next person opens."""
    return _page(request, rep, again=request.GET.get("again") == "1")


@require_POST
@login_to_post
def skip(request: HttpRequest, pk: int) -> HttpResponse:
    """The person comes after the others today."""
    return _carry_out(request, pk, calling.skip_lead, "")


@require_POST
@login_to_post
def tomorrow(request: HttpRequest, pk: int) -> HttpResponse:
    """The person comes back tomorrow at ten."""
    return _carry_out(request, pk, calling.call_tomorrow, _("%(name)s: tomorrow 10:00"))


def _carry_out(request: HttpRequest, pk: int, act: Act, sentence: str) -> HttpResponse:
    """Do it to the person whom the form names, whoever is first by now; then the next one."""
    found = get_object_or_404(Lead.objects.visible_to(request.user), pk=pk)
    status = 200
    try:
        act(found, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        status = refusal.status
    else:
        if sentence:
            messages.success(request, sentence % {"name": found.name})
    again = request.POST.get("again") == "1"
    if request.htmx:
        return _page(request, request.user.own_rep, again=again, status=status)
    response = redirect("pipeline:queue")
    if again:
        response["Location"] += "?again=1"
    return response


def _page(request: HttpRequest, rep: Rep, *, again: bool, status: int = 200) -> HttpResponse:
    page = read_queue(rep, again=again)
    template = "pipeline/_queue.html" if request.htmx else "pipeline/queue.html"
    return render(request, template, {"page": page, "lead": page.lead, "again": again}, status=status)
