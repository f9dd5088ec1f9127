"""Who may press a button: a person who is logged in, or a push's button with the token that came with it."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from notifications import push

View = Callable[..., HttpResponse]


def login_to_post(view: View) -> View:
    """When the log-in has ended, log-in leads back to the page asked for, after a POST to the page the form stood on."""

    @wraps(view)
    def door(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **named)
        if request.method != "POST":
            return redirect_to_login(request.get_full_path())
        came_from = request.headers.get("Referer", "")
        ours = url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure())
        page = urlsplit(came_from)
        path = f"{page.path}?{page.query}".rstrip("?")
        return redirect_to_login(path if ours and path else resolve_url(settings.LOGIN_REDIRECT_URL))

    return door


def by_push_button(view: View) -> View:
    """Let a push's button in by its token; everybody else needs a log-in and the CSRF token, as for every other form.

    `request.by_push` tells which. The token came encrypted to one browser, is good for this address and person alone, and ends
    after three days, so a foreign page cannot have it.
    """
    for_people = csrf_protect(login_to_post(view))

    @csrf_exempt
    @wraps(view)
    def door(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        token = request.POST.get("token", "")
        user = push.act_user(token, request.path) if token else None
        request.by_push = user is not None
        if user is None:
            return for_people(request, *args, **named)
        request.user = user
        return view(request, *args, **named)

    return door
