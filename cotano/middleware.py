"""What every request passes: an id for the logs, the person's language and clock."""

import re
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from redis.exceptions import RedisError

from cotano.lib import clock
from teams.actions import speak

Handler = Callable[[HttpRequest], HttpResponse]
log = structlog.get_logger("cotano.request")
_GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
LANGUAGE_COOKIE = "language"


def request_log(next_handler: Handler) -> Handler:
    """Give each request an id (the proxy's own if it sends one), put it on every log line and into the answer."""

    def handle(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request.id = given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=request.id)
        response = next_handler(request)
        response["X-Request-Id"] = request.id
        route = request.resolver_match.view_name if request.resolver_match else "none"
        log.info("answered", method=request.method, view=route, status=response.status_code)
        return response

    return handle


def without_cache(next_handler: Handler) -> Handler:
    """Where the limits against guessing cannot be counted, nobody may guess: log-in waits for the cache, other pages need none."""

    def handle(request: HttpRequest) -> HttpResponse:
        return next_handler(request)

    def explain(request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, RedisError):
            return None
        log.warning("cache away", error=type(error).__name__)
        response = render(request, "503.html", status=503)
        response["Retry-After"] = "30"  # seconds
        return response

    handle.process_exception = explain
    return handle


def person(next_handler: Handler) -> Handler:
    """Speak the person's language and show their clock; before log-in the chosen or the browser's language.

    What somebody chose before the log-in becomes the person's own language at the first page after it.
    """
    known = dict(settings.LANGUAGES)

    def handle(request: HttpRequest) -> HttpResponse:
        user, chosen = request.user, request.COOKIES.get(LANGUAGE_COOKIE, "")
        if user.is_authenticated:
            if chosen in known and chosen != user.language:
                speak(user, chosen)
            language, zone = user.language, clock.known(user.zone)
        else:
            language = chosen if chosen in known else translation.get_language_from_request(request)
            zone = None
        with translation.override(language), timezone.override(zone):
            request.LANGUAGE_CODE = translation.get_language()
            response = next_handler(request)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
            if hasattr(response, "render") and not response.is_rendered:
                response.render()
        if chosen and user.is_authenticated:
            response.delete_cookie(LANGUAGE_COOKIE)
        return response

    return handle
