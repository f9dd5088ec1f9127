"""Tests of log-ins begin with no limit used up."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from notifications.models import Letter


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()
    yield
    cache.clear()


class Visitor:
    """Somebody before the log-in page."""

    def __init__(self):
        self.client = Client()

    def ask(self, typed, **more):
        """Ask for a code."""
        return self.client.post(reverse("account_login"), {"login": typed, **more})

    def enter(self, code):
        return self.client.post(reverse("teams:code"), {"code": code})

    def come_in(self, typed, **more):
        """The whole way: ask, read, enter."""
        self.ask(typed, **more)
        return self.enter(sent_code())

    @property
    def user_id(self):
        found = self.client.session.get("_auth_user_id")
        return found and int(found)


@pytest.fixture
def visitor():
    return Visitor()


def sent_code():
    """The digits of the letter that was written last."""
    return re.search(r"\b\d{6}\b", Letter.objects.latest("pk").text)[0]


def wrong(code):
    """Other digits."""
    return f"{(int(code) + 1) % 1_000_000:06d}"
