"""The inbox, a browser's push subscription, and what makes the product installable."""

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cotano.lib import moments
from notifications import actions, push
from notifications.doors import login_to_post
from notifications.forms import EndpointForm, SubscriptionForm, posted
from notifications.inbox import read_inbox
from notifications.models import Device, Notification, Preference

KEPT = ("cotano.css", "calendar.css", "app.js", "push.js", "django_htmx/htmx-2.min.js", "sprite.svg", "icons/icon.svg")  # for the worker


@require_safe
@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """What has arrived, by day; an older page alone for htmx."""
    before = request.GET.get("before", "")
    page = read_inbox(request.user, before=before)
    template = "notifications/_inbox.html" if request.htmx and before else "notifications/inbox.html"
    return render(request, template, {"inbox": page})


@require_POST
@login_to_post
def open_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one as read and go where it leads."""
    found = get_object_or_404(Notification.objects.visible_to(request.user).for_inbox(), pk=pk)
    actions.mark_one_read(found)
    return redirect(found.url)


@require_POST
@login_to_post
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all that has arrived as read. It can be taken back at once."""
    n, at = actions.read_all(request.user)
    if n:
        words = ngettext("%(n)d read", "%(n)d read", n) % {"n": n}
        messages.success(request, words, extra_tags=reverse("notifications:unread", args=[moments.to_number(at)]))
    return redirect("notifications:inbox")


@require_POST
@login_to_post
def unread(request: HttpRequest, at: int) -> HttpResponse:
    """Take that back: `at` is the moment in microseconds."""
    try:
        actions.unread(request.user, moments.of_number(at))
    except OverflowError:
        raise Http404 from None
    return redirect("notifications:inbox")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def mail_off(request: HttpRequest, token: str) -> HttpResponse:
    """Where a mail's link ends such mails: a page with a button, and a post without any (a mail program's one click).

    The token stands for the person, for this one effect; nobody has to log in.
    """
    found = get_object_or_404(Preference, token=token)
    if request.method == "POST":
        actions.end_mails(found)
        return redirect("notifications:mail_off", token=token)
    return render(request, "notifications/mail_off.html", {"preference": found})


@require_POST
@login_to_post
def subscribe(request: HttpRequest) -> HttpResponse:
    """Push to this browser from now on."""
    form = SubscriptionForm.of(request)
    refused = JsonResponse({"sentence": _("This browser's push service is not one we can send to.")}, status=422)
    if not form.is_valid():
        return refused
    try:
        device = push.subscribe(request.user, label=_label(request.headers.get("User-Agent", "")), **form.cleaned_data)
    except push.BadSubscription:
        return refused
    request.session[push.SESSION_KEY] = device.pk
    return JsonResponse({"device": device.pk}, status=201)


@require_POST
@login_to_post
def unsubscribe(request: HttpRequest) -> HttpResponse:
    """Push to this browser no more; one that is not registered is fine."""
    form = EndpointForm(posted(request))
    if not form.is_valid():
        return JsonResponse({"sentence": _("No such device.")}, status=422)
    push.unsubscribe(request.user, endpoint=form.cleaned_data["endpoint"])
    request.session.pop(push.SESSION_KEY, None)
    return HttpResponse(status=204)


@require_POST
@login_to_post
def device_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Push to this one of the person's browsers no more."""
    found = get_object_or_404(Device, user=request.user, pk=pk)
    push.forget(request.user, found.pk)
    messages.success(request, _("Reminders do not ring there any more."))
    return redirect("teams:devices")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, from the root so that it may speak for every page; browsers ask for it anew each time.

    Another file or another language is another worker, which fetches its files anew.
    """
    files = [static(name) for name in KEPT]
    context = {
        "icon": static("icons/icon-192.png"),
        "badge": static("icons/badge-96.png"),
        "files": files,
        "offline": reverse("notifications:offline"),
        "version": hashlib.sha256("\n".join([get_language(), *files]).encode()).hexdigest()[:12],
    }
    response = render(request, "notifications/sw.js", context, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Service-Worker-Allowed"] = "/"
    return response


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker shows when the network is away; it knows nobody."""
    return render(request, "offline.html")


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone's home screen needs to know."""
    picture = [
        ("icons/icon-192.png", "192x192", "any"),
        ("icons/icon-512.png", "512x512", "any"),
        ("icons/maskable-512.png", "512x512", "maskable"),
    ]
    says = {
        "id": "/",
        "name": "Cotano",
        "short_name": "Cotano",
        "description": _("Turns your phone book into a CRM."),
        "lang": get_language(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f7f6f9",
        "theme_color": "#5637cf",
        "icons": [{"src": static(path), "sizes": sizes, "type": "image/png", "purpose": purpose} for path, sizes, purpose in picture],
    }
    response = JsonResponse(says, content_type="application/manifest+json")
    response["Cache-Control"] = "no-cache"
    return response


def _label(agent: str) -> str:
    """`Android · Chrome`: enough for a person to know which of their devices it is."""
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    return " · ".join(filter(None, (system, browser)))


_SYSTEMS = [("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux")]
_BROWSERS = [
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
]
