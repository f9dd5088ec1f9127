"""The calendar, a day of it, and the link for calendar programs."""

import datetime as dt
from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cotano.lib import clock, ics, site, when
from pipeline import feeds
from pipeline.agenda import A_WEEK, Agenda, read_agenda, read_day, read_feed
from pipeline.models import Feed
from pipeline.views.doors import for_reps
from teams.models import Rep

YEARS = range(1900, 2200)  # that have pages


@require_safe
@for_reps
def calendar(request: HttpRequest, rep: Rep) -> HttpResponse:
    """The week of `?day=` as a list; from a tablet on beside its month, or with `?view=week` beside its week."""
    day = _date(request.GET.get("day", "")) or clock.today(rep.user.zone, timezone.now())
    is_week = request.GET.get("view") == "week"
    page = read_agenda(rep, day)
    context = {"page": page, "is_week": is_week, "grid": [page.week] if is_week else page.weeks, **_steps(page)}
    return render(request, "pipeline/calendar.html", context)


def _steps(page: Agenda) -> dict[str, dt.date]:
    first = page.day.replace(day=1)
    return {
        "week_before": page.day - A_WEEK,
        "week_after": page.day + A_WEEK,
        "month_before": (first - dt.timedelta(days=1)).replace(day=1),
        "month_after": when.months_after(first, 1),
    }


@require_safe
@for_reps
def day(request: HttpRequest, rep: Rep, date: str) -> HttpResponse:
    """Everything of one day, fifty reminders at a time."""
    wanted = _date(date)
    if wanted is None:
        raise Http404
    page = read_day(rep, wanted, after=request.GET.get("after", ""))
    return render(request, "pipeline/_day.html" if request.htmx else "pipeline/day.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@for_reps
def link(request: HttpRequest, rep: Rep) -> HttpResponse:
    """The private link; POST makes one, which ends the one before, and shows it, this once."""
    context: dict[str, object] = {}
    if request.method == "POST":
        token = feeds.renew_feed(rep, by=request.user)
        context["link"] = site.absolute(request, reverse("pipeline:feed", args=[token]))
    context["feed"] = Feed.objects.filter(rep=rep).first()
    response = render(request, "pipeline/calendar_link.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@for_reps
def link_end(request: HttpRequest, rep: Rep) -> HttpResponse:
    """The link opens nothing any more."""
    feeds.end_feed(rep, by=request.user)
    messages.success(request, _("Switched off. The link opens nothing any more."))
    return redirect("pipeline:calendar_link")


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """What a calendar program reads: whoever knows the link, no log-in. Asked for too often it says so and computes nothing."""
    found = feeds.feed_of(token)
    if found is None:
        raise Http404
    if not feeds.may_ask(found):
        return HttpResponse(_("Asked for too often. Try again in an hour."), status=429, content_type="text/plain; charset=utf-8")
    user = found.rep.user
    with translation.override(user.language), timezone.override(user.zone):
        events = [replace(event, url=event.url and site.absolute(request, event.url)) for event in read_feed(found.rep)]
        file = ics.write("Cotano", events)
    response = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="cotano.ics"'
    response["Cache-Control"] = "private, max-age=900"  # seconds
    response["X-Robots-Tag"] = "noindex"
    return response


def _date(said: str) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(said)
    except ValueError:
        return None
    return found if found.year in YEARS else None
