"""Setting, finishing, moving and removing a reminder."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cotano.jobs.refusals import Refusal
from cotano.lib import clock, when
from leads import learned, reminders
from leads.forms import ReminderForm
from leads.models import Lead, Reminder
from notifications.doors import by_push_button, login_to_post
from pipeline.views import answers
from pipeline.views.tasks import later_sheet
from teams.models import User


@dataclass(frozen=True)
class Offer:
    """One moment offered as a tile of the sheet."""

    label: str
    words: str
    day: dt.date
    time: dt.time
    is_set: bool


@require_http_methods(["GET", "HEAD", "POST"])
@by_push_button
def reminder(request: HttpRequest, pk: int) -> HttpResponse:
    """Pick when to be reminded of a lead, or take a preset."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user).select_related("owner__user"), pk=pk)
    if request.method != "POST":
        return reminder_sheet(request, lead)
    return _with_moment(request, lead, lambda said: reminders.set_reminder(lead, by=request.user, **said))


@require_POST
@by_push_button
def reminder_done(request: HttpRequest, pk: int) -> HttpResponse:
    """The person did it. It can be taken back at once."""
    found = _mine(request, pk)
    undo = reverse("pipeline:reminder_reopen", args=[found.pk])
    return _carry_out(request, found, reminders.finish_reminder, _("%(name)s: reminder done"), _("%(name)s: done"), undo=undo)


@require_POST
@login_to_post
def reminder_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Not done after all."""
    found = _mine(request, pk)
    return _carry_out(
        request, found, reminders.reopen_reminder, _("%(name)s: reminder not done after all"), _("%(name)s: not done after all")
    )


@require_POST
@by_push_button
def reminder_snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """Later: the same reminder at another moment."""
    found = _mine(request, pk)
    return _with_moment(request, found, lambda said: reminders.snooze_reminder(found, by=request.user, day=said["day"], time=said["time"]))


@require_POST
@login_to_post
def reminder_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """No reminder after all."""
    found = _mine(request, pk)
    return _carry_out(request, found, reminders.remove_reminder, _("%(name)s: reminder removed"), _("%(name)s: removed"))


def reminder_sheet(
    request: HttpRequest, lead: Lead, *, form: ReminderForm | None = None, sentence: str = "", noted: str = "", status: int = 200
) -> HttpResponse:
    """The sheet (for htmx) or page where a moment is picked. `noted` says what was done right before, `sentence` what went wrong."""
    found = lead.reminders.filter(state=Reminder.State.OPEN).order_by("due_at").first()
    now = timezone.now()
    tomorrow = clock.today(request.user.zone, now) + dt.timedelta(days=1)
    start = {"day": found.day, "time": found.time} if found and found.due_at > now else {"day": tomorrow, "time": clock.MORNING}
    context = {
        "lead": lead,
        "reminder": found,
        "presets": clock.presets(request.user.zone, now),
        "offers": [*_learned(request.user, lead, found), *_offers(clock.today(request.user.zone, now), found)],
        "form": form or ReminderForm(initial=start, zone=request.user.zone),
        "sentence": sentence,
        "noted": noted,
    }
    return render(request, "pipeline/_reminder.html" if request.htmx else "pipeline/reminder.html", context, status=status)


def _offers(today: dt.date, found: Reminder | None) -> list[Offer]:
    """Moments beyond the presets, in the morning: three days, a week, two weeks, two months."""
    a_day = dt.timedelta(days=1)
    days = [
        (_("In 3 days"), today + 3 * a_day),
        (_("In a week"), today + 7 * a_day),
        (_("In 2 weeks"), today + 14 * a_day),
        (_("In 2 months"), when.months_after(today, 2)),
    ]
    time = formats.time_format(clock.MORNING, "H:i")
    week = today + 7 * a_day
    words = [formats.date_format(day, "D" if day <= week else "j M") for _label, day in days]
    return [
        Offer(label, f"{said} {time}", day, clock.MORNING, is_set=bool(found and (found.day, found.time) == (day, clock.MORNING)))
        for (label, day), said in zip(days, words, strict=True)
    ]


def _learned(user: User, lead: Lead, found: Reminder | None) -> list[Offer]:
    """The hour at which the person, or people at all, often answer, as soon as it comes; nothing while too little is known."""
    best = learned.best_hour(lead, user)
    if best is None:
        return []
    now = timezone.now()
    today = clock.today(user.zone, now)
    day = today if clock.instant(today, best.time, user.zone) > now else today + dt.timedelta(days=1)
    label = _("Often answers") if best.of_lead else _("A good hour")
    words = f"{formats.date_format(day, 'D')} {formats.time_format(best.time, 'H:i')}"
    return [Offer(label, words, day, best.time, is_set=bool(found and (found.day, found.time) == (day, best.time)))]


def _mine(request: HttpRequest, pk: int) -> Reminder:
    return get_object_or_404(Reminder.objects.visible_to(request.user).select_related("lead__owner__user"), pk=pk)


def _carry_out(
    request: HttpRequest, found: Reminder, act: Callable[..., Reminder], about_lead: str, about_task: str, *, undo: str = ""
) -> HttpResponse:
    """Do it and say so, in the words for a lead's reminder or for a task; a refusal comes with the sheet."""
    try:
        act(found, by=request.user)
    except Refusal as refusal:
        return _refused(request, found, refusal)
    if found.lead:
        return answers.done(request, found.lead, about_lead % {"name": found.lead.name}, undo=undo)
    return answers.done_task(request, about_task % {"name": found.title}, undo=undo)


def _with_moment(request: HttpRequest, about: Lead | Reminder, act: Callable[[dict[str, object]], Reminder]) -> HttpResponse:
    """Read the moment from the form and act on it; what does not work comes back with the form and a sentence.

    `about` is the lead whose reminder is set, or the reminder or task that is put off.
    """
    form = ReminderForm(request.POST, zone=request.user.zone)
    if not form.is_valid():
        return _sheet(request, about, form=form, sentence=" ".join(form.non_field_errors()), status=422)
    try:
        made = act(form.cleaned_data)
    except Refusal as refusal:
        return _sheet(request, about, form=form, sentence=refusal.sentence, status=refusal.status)
    words = when.wall(made.day, made.time, clock.today(request.user.zone, timezone.now()))
    lead = about if isinstance(about, Lead) else about.lead
    if lead:
        return answers.done(request, lead, _("%(name)s: reminder for %(when)s") % {"name": lead.name, "when": words})
    return answers.done_task(request, _("%(title)s: %(when)s") % {"title": made.title, "when": words})


def _refused(request: HttpRequest, found: Reminder, refusal: Refusal) -> HttpResponse:
    return _sheet(request, found, sentence=refusal.sentence, status=refusal.status)


def _sheet(request: HttpRequest, about: Lead | Reminder, **said: object) -> HttpResponse:
    if isinstance(about, Reminder) and about.lead is None:
        return later_sheet(request, about, **said)
    return reminder_sheet(request, about if isinstance(about, Lead) else about.lead, **said)
