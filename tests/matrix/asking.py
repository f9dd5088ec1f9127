"""One request of one person, and what came back of it."""

import functools
import re
from dataclasses import dataclass
from http.cookies import SimpleCookie

from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

_WRITE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
SESSIONS = {"teams_session", "django_session"}


@dataclass
class Answer:
    """What came back: the status, everything that was said (headers too, in small letters), the tables written to."""

    status: int
    said: str
    written: set[str]


def addresses(patterns=None, space="", route=""):
    """Every address of the product: its name, or its route when it has none."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}" if pattern.name else here
        else:
            yield from addresses(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space, here)


def fill(value, ids):
    """`{lead}` becomes the id of the lead."""
    return value.format(**ids) if isinstance(value, str) else value


def address(row, ids):
    """Where the row's page of these things is."""
    if row.path:
        return fill(row.path, ids)
    return reverse(row.view, kwargs={name: fill(value, ids) for name, value in row.ids.items()})


@functools.cache
def _browser(api, csrf):
    """Made once: to load the middleware for every question is a tenth of the time."""
    return Client(headers={"Authorization": "Bearer sesame"}) if api else Client(enforce_csrf_checks=csrf)


def ask(world, viewer, method, path, data, *, files=None, htmx=False, csrf=False):
    """Send it as the viewer, from a browser that knows the viewer alone."""
    model = world.clients[viewer]
    client = _browser(viewer == "api", csrf)
    client.cookies = SimpleCookie({name: morsel.value for name, morsel in model.cookies.items()})
    cache.clear()  # limits of log-ins belong to the case
    written = set()

    def watch(execute, sql, params, many, context):
        written.update(_WRITE.findall(sql))
        return execute(sql, params, many, context)

    more = {"headers": {"HX-Request": "true"}} if htmx else {}
    with connection.execute_wrapper(watch):
        if method in ("GET", "HEAD"):
            response = client.get(path, data, **more) if method == "GET" else client.head(path, data, **more)
        elif method == "POST":
            response = client.post(path, {**data, **(files or {})}, **more)
        else:
            response = client.generic(method, path, **more)
        body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    cookies = response.cookies.output()
    return Answer(response.status_code, f"{headers}\n{cookies}\n{body.decode(errors='replace')}".lower(), written)
