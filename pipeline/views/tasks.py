"""Tasks: reminders about nobody in particular. And the sheet in which any reminder is put off or removed."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cotano.jobs.refusals import Refusal
from cotano.lib import clock, when
from leads import reminders
from leads.forms import ReminderForm, TaskForm
from leads.models import Reminder
from pipeline.views.doors import for_reps
from teams.models import Rep

PAGE = 50
DONE = 20  # tasks that were done today, the newest


@dataclass(frozen=True)
class TasksPage:
    """Open tasks in the order of their time; `more` tells where the next page begins ("" on the last); what was done today."""

    open: list[Reminder]
    more: str
    done: list[Reminder]


@require_http_methods(["GET", "HEAD", "POST"])
@for_reps
def tasks(request: HttpRequest, rep: Rep) -> HttpResponse:
    """What there is to do; a new one is words and one tap."""
    if request.method != "POST":
        return _page(request, rep, TaskForm(zone=request.user.zone, initial=_tomorrow(request)))
    form = TaskForm(request.POST, zone=request.user.zone)
    if not form.is_valid():
        return _page(request, rep, form, status=422)
    said = form.cleaned_data
    try:
        made = reminders.add_task(
            rep,
            by=request.user,
            title=said["title"],
            day=said["day"],
            time=said["time"],
            repeat=said["repeat"],
            once=request.POST.get("once", ""),
        )
    except Refusal as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, rep, form, status=refusal.status)
    words = when.wall(made.day, made.time, clock.today(request.user.zone, timezone.now()))
    messages.success(request, _("%(title)s: %(when)s") % {"title": made.title, "when": words})
    return redirect("pipeline:tasks")


@require_safe
@login_required
def later(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet (for htmx) or page of one reminder or task: when instead, or not at all."""
    found = get_object_or_404(Reminder.objects.visible_to(request.user).open().select_related("lead"), pk=pk)
    return later_sheet(request, found)


def later_sheet(
    request: HttpRequest, found: Reminder, *, form: ReminderForm | None = None, sentence: str = "", status: int = 200
) -> HttpResponse:
    """The same after something that did not work."""
    now = timezone.now()
    context = {
        "reminder": found,
        "snoozes": clock.snoozes(request.user.zone, now),
        "form": form or ReminderForm(initial=_tomorrow(request), zone=request.user.zone),
        "sentence": sentence,
    }
    return render(request, "pipeline/_later.html" if request.htmx else "pipeline/later.html", context, status=status)


def _page(request: HttpRequest, rep: Rep, form: TaskForm, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    day_began = clock.midnight(clock.today(request.user.zone, now), request.user.zone)
    rows = reminders.open_tasks(rep)
    if place := _place(request.GET.get("after", "")):
        rows = reminders.after_task(rows, *place)
    found = list(rows[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    page = TasksPage(
        open=found[:PAGE],
        more=f"{last.due_at.timestamp():.6f}-{last.pk}" if last else "",
        done=list(reminders.done_tasks(rep, day_began)[:DONE]),
    )
    context = {"page": page, "form": form, "presets": clock.presets(request.user.zone, now)}
    return render(request, "pipeline/tasks.html", context, status=status)


def _place(after: str) -> tuple[dt.datetime, int] | None:
    """Where a page begins; what no page gave counts as the beginning."""
    at, _dash, number = after.partition("-")
    try:
        if len(after) < 40 and number.isascii() and number.isdecimal():  # noqa: PLR2004
            return dt.datetime.fromtimestamp(float(at), dt.UTC), int(number)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _tomorrow(request: HttpRequest) -> dict[str, object]:
    return {"day": clock.today(request.user.zone, timezone.now()) + dt.timedelta(days=1), "time": clock.MORNING}
