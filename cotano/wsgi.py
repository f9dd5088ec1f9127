"""The WSGI application for a web server."""

import codecs
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cotano.settings")

Answer = Callable[..., Any]


def is_utf8(content_type: str) -> bool:
    """Whether what the header is about is read as UTF-8: also where it names no codec, or one that nobody knows."""
    try:
        named = parse_header_parameters(content_type)[1].get("charset", "utf-8")
        return codecs.lookup(named).name == "utf-8"
    except LookupError:
        return True  # Django leaves it aside
    except ValueError:
        return False


def in_utf8(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Refuse what says that it is written otherwise.

    Django would read the address and the form with any codec of Python's that the header names, among them some that are no text
    at all, before any of our code could say no.
    """

    def answer(environ: dict[str, Any], start_response: Answer) -> Iterable[bytes]:
        if is_utf8(environ.get("CONTENT_TYPE", "")):
            return application(environ, start_response)
        start_response("400 Bad Request", [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return []

    return answer


application = in_utf8(get_wsgi_application())
