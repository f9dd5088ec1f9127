"""Why a nudge was told, muting its kind, and how a person wants to be told at all."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from notifications import actions
from notifications.doors import login_to_post
from notifications.forms import SAID, PreferenceForm
from notifications.models import Notification, Preference
from notifications.topics import EXPLAINED, Topic


@require_safe
@login_required
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """Why this was told, and the way to hear no more of its kind."""
    found = _mine(request, pk)
    preference = Preference.of(request.user)
    topic = Topic(found.mute)
    context = {
        "one": found,
        "topic": topic.label,
        "explained": EXPLAINED[topic],
        "preference": preference,
        "is_muted": topic in preference.muted,
    }
    return render(request, "notifications/why.html", context)


@require_POST
@login_to_post
def mute(request: HttpRequest, pk: int) -> HttpResponse:
    """No more of this kind."""
    found = _mine(request, pk)
    actions.mute(request.user, found.mute)
    messages.success(request, _("No more of this: %(topic)s. You can have it again here.") % {"topic": found.get_mute_display()})
    return redirect("notifications:preferences")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    """Quiet hours, how many a day, which kinds, e-mail."""
    if request.method != "POST":
        return render(request, "notifications/preferences.html", {"form": PreferenceForm.of(Preference.of(request.user))})
    form = PreferenceForm(request.POST)
    if not form.is_valid():
        return render(request, "notifications/preferences.html", {"form": form}, status=422)
    said = {name: form.cleaned_data[name] for name in SAID}
    actions.change_preference(request.user, **said, muted=form.muted)
    messages.success(request, _("Saved."))
    return redirect("notifications:preferences")


def _mine(request: HttpRequest, pk: int) -> Notification:
    arrived = Notification.objects.visible_to(request.user).for_inbox()
    return get_object_or_404(arrived, pk=pk, kind=Notification.Kind.NUDGE)
