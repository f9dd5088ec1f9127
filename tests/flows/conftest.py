"""A phone's browser against the running product."""

import os

import pytest
from django.conf import settings
from playwright.sync_api import expect, sync_playwright

from tests import chromium

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright's loop runs in the thread that also makes the fixtures

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000  # milliseconds; a busy machine may stall, a missing element is found out all the same
expect.set_options(timeout=PATIENCE / 2)
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=chromium.path(), args=FLAGS)
        yield opened
        opened.close()


def _complains(message):
    return message.type in {"error", "warning"} and "blocked by Playwright" not in message.text


@pytest.fixture
def phone(browser, live_server):
    """`page = phone(rep)`: a phone of a person of the cast (or of nobody). What its browser complains of is in `page.complaints`."""
    contexts = []

    def open_for(person=None, **options):
        # Only what is about the service worker has one: elsewhere it would ask for its files behind the test's back.
        context = browser.new_context(base_url=live_server.url, **{**PHONE, "service_workers": "block", **options})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        if person is not None:
            session = person.client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text) if _complains(message) else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        return page

    yield open_for
    for context in contexts:
        context.close()
