"""Pages of the admin about calendars; campaigns/admin.py puts the admin's frame around them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from campaigns import calendars
from campaigns.calendar_forms import LiveForm, YearForm
from campaigns.models import Calendar, Campaign
from cotano.jobs.refusals import Refusal
from teams.models import Rep


@require_http_methods(["GET", "HEAD", "POST"])
def year(request: HttpRequest, pk: int, frame: dict[str, object]) -> HttpResponse:
    """Say a rule, see the campaigns that follow from it, save them (`save`)."""
    calendar = get_object_or_404(Calendar.objects.select_related("market"), pk=pk)
    form = YearForm(request.POST or None, calendar=calendar)
    context = {**frame, "title": _("A year of campaigns"), "calendar": calendar, "form": form}
    template = "admin/campaigns/calendar/year.html"
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return render(request, template, context, status=422)
    if "save" not in request.POST:
        return render(request, template, {**context, "planned": form.planned, "gaps": calendars.gaps(calendar, form.planned)})
    try:
        made = calendars.generate_year(calendar, by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        form.add_error(None, refusal.sentence)
        return render(request, template, context, status=refusal.status)
    messages.success(request, ngettext("%(n)d campaign is saved.", "%(n)d campaigns are saved.", len(made)) % {"n": len(made)})
    return redirect(f"{reverse('admin:campaigns_campaign_changelist')}?calendar__id__exact={calendar.pk}")


@require_http_methods(["GET", "HEAD", "POST"])
def live(request: HttpRequest, pk: int, frame: dict[str, object]) -> HttpResponse:
    """Choose the day, read what it means, say yes (`sure`)."""
    calendar = get_object_or_404(Calendar.objects.select_related("market"), pk=pk)
    form = LiveForm(request.POST or None, initial={"live_from": calendar.live_from or calendar.today()})
    context = {**frame, "title": _("Go live"), "calendar": calendar, "form": form}
    template = "admin/campaigns/calendar/live.html"
    if request.method != "POST":
        return render(request, template, context)
    if not form.is_valid():
        return render(request, template, context, status=422)
    day = form.cleaned_data["live_from"]
    if "sure" not in request.POST:
        told = Rep.objects.filter(calendar=calendar.code, status=Rep.Status.ACTIVE, user__is_active=True).count()
        first = Campaign.objects.filter(calendar=calendar, ends_on__gte=day, closed_at=None).order_by("starts_on").first() if day else None
        return render(request, template, {**context, "is_asked": True, "day": day, "told": told, "first": first})
    calendars.go_live(calendar, by=request.user, day=day)
    messages.success(request, _("The calendar is live from that day on.") if day else _("Nothing is sent for this calendar."))
    return redirect("admin:campaigns_calendar_change", calendar.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def reopen(request: HttpRequest, pk: int, frame: dict[str, object]) -> HttpResponse:
    """Say what opening a closed campaign again means, and do so."""
    campaign = get_object_or_404(Campaign.objects.select_related("calendar__market"), pk=pk)
    context = {**frame, "title": _("Open again for late orders"), "campaign": campaign}
    template = "admin/campaigns/campaign/reopen.html"
    if request.method != "POST":
        return render(request, template, context)
    try:
        calendars.reopen(campaign, by=request.user)
    except Refusal as refusal:
        return render(request, template, {**context, "sentence": refusal.sentence}, status=refusal.status)
    messages.success(request, _("The campaign takes late orders again."))
    return redirect("admin:campaigns_campaign_change", campaign.pk)
