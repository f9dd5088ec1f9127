"""Fixtures of every test; the databases and the broker come from tests/servers.py."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from tests import servers


def pytest_sessionstart(session: pytest.Session) -> None:
    """Clear away what dead runs left; the first process of a run does so, before its test processes start."""
    if not hasattr(session.config, "workerinput"):
        servers.drop_leftovers()


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Give this test process a database and an empty broker of its own (instead of pytest-django's slow way)."""
    name = settings.DATABASES["default"]["NAME"]
    servers.make_database(name)
    servers.empty_valkey()
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    servers.drop_database(name)
