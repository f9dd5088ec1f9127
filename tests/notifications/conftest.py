"""A person with a device and a push service."""

import datetime as dt

import pytest
import time_machine

from notifications import actions, push
from teams.models import User
from tests.notifications.fake_push import FakePush

NOON = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def fresh_origins(monkeypatch):
    """No push service is at rest because of an earlier test."""
    monkeypatch.setattr(push, "origins", push.Origins())


@pytest.fixture
def user(db):
    return User.objects.create_user(email="oksana@example.com", name="Oksana", language="uk", zone="Europe/Kyiv")


@pytest.fixture
def clock():
    """The clock stands at noon; `clock.shift` moves it."""
    with time_machine.travel(NOON, tick=False) as moved:
        yield moved


@pytest.fixture
def service(settings):
    with FakePush() as fake:
        settings.PUSH_HOSTS = [fake.origin]
        yield fake


@pytest.fixture
def tell(db):
    """Schedule a notification; what is not named has a usual value."""

    def schedule(user, key="reminder:1", **fields):
        usual = {"subject": "lead:1", "kind": "reminder", "title": "Olena", "url": "/leads/1/", "due_at": NOON}
        return actions.schedule(key=key, recipient=user, **{**usual, **fields})

    return schedule
