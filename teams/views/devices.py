"""Where one is logged in."""

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from notifications import push
from notifications.models import Device
from teams import sessions
from teams.models import Session


@dataclass(frozen=True)
class Row:
    """A browser; `here` is the one that asks."""

    session: Session
    here: bool


@never_cache
@require_safe
@login_required
def devices(request: HttpRequest) -> HttpResponse:
    """The person's browsers: where they are logged in, and where reminders ring."""
    rows = [Row(one, one.pk == request.session.session_key) for one in Session.objects.visible_to(request.user)[:50]]
    pushed = Device.objects.filter(user=request.user).order_by("-created_at", "-pk")
    context = {"rows": sorted(rows, key=lambda row: not row.here), "pushed": pushed, "pushed_here": request.session.get(push.SESSION_KEY)}
    return render(request, "teams/devices.html", context)


@require_POST
@login_required
def end(request: HttpRequest, number: str) -> HttpResponse:
    """Log one of them out."""
    session = get_object_or_404(Session.objects.visible_to(request.user), number=number)
    if session.pk == request.session.session_key:
        get_adapter(request).logout(request)
        return redirect("account_login")
    sessions.end(session, by=request.user)
    messages.success(request, _("Logged out there."))
    return redirect("teams:devices")


@require_POST
@login_required
def end_others(request: HttpRequest) -> HttpResponse:
    """Log all others out."""
    sessions.end_others(request.user, but=request.session.session_key)
    messages.success(request, _("Logged out everywhere else."))
    return redirect("teams:devices")
