"""Fixtures of every test; the databases and the broker come from tests/servers.py."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from campaigns.models import Campaign
from cotano.management.commands.prepare import compile_translations
from pipeline import actions
from teams.models import Rep, Territory, User
from tests import make, servers
from tests.matrix import summary


def pytest_sessionstart(session: pytest.Session) -> None:
    """Clear away what dead runs left, compile the translations; the first process of a run does so, before its test processes start."""
    if not hasattr(session.config, "workerinput"):
        servers.drop_leftovers()
        compile_translations()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how large the matrix of rights was."""
    summary.write(terminalreporter)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give this test process a database and an empty broker of its own (instead of pytest-django's slow way)."""
    name = settings.DATABASES["default"]["NAME"]
    servers.make_database(name)
    servers.empty_valkey()
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")
    DatabaseOperations.execute_sql_flush = staticmethod(servers.empty_tables)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    servers.drop_database(name)


# ---- the cast


@dataclass
class Person:
    """Somebody who is logged in. `tap` and `peek` speak as htmx does."""

    user: User
    rep: Rep | None = None
    client: Client = field(default_factory=Client)

    def __post_init__(self):
        self.client.force_login(self.user, backend="allauth.account.auth_backends.AuthenticationBackend")

    def get(self, url, data=None, **more):
        return self.client.get(url, data, **more)

    def post(self, url, data=None, **more):
        return self.client.post(url, data or {}, **more)

    def tap(self, url, data=None, **more):
        return self.client.post(url, data or {}, headers={"HX-Request": "true"}, **more)

    def peek(self, url, data=None, **more):
        return self.client.get(url, data, headers={"HX-Request": "true"}, **more)


@dataclass
class Company:
    """One market, one region, two territories; the campaign before (closed), the one that runs (day 3 of 21), the next one."""

    market: Territory
    region: Territory
    territory: Territory
    other_territory: Territory
    before: Campaign
    campaign: Campaign
    following: Campaign

    @property
    def calendar(self):
        return self.campaign.calendar


@pytest.fixture
def company(db):
    places = make.territories()
    three = make.campaigns(make.calendar(places["UA"]))
    return Company(places["UA"], places["UA-N"], places["UA-N-01"], places["UA-N-02"], *three)


@pytest.fixture
def upline(company):
    """The rep's sponsor, who uses the product."""
    rep = make.rep("100", company.territory, name="Iryna Tkachenko")
    return Person(rep.user, rep)


@pytest.fixture
def rep(company, upline):
    rep = make.rep("101", company.territory, sponsor=upline.rep, name="Olena Marchenko")
    return Person(rep.user, rep)


@pytest.fixture
def stranger(company):
    """A rep in another territory."""
    rep = make.rep("900", company.other_territory, name="Petro Stranger")
    return Person(rep.user, rep)


@pytest.fixture
def manager(company):
    """In charge of the rep's territory."""
    return Person(make.manager(company.territory))


@pytest.fixture
def staff(company):
    return Person(make.staff())


@pytest.fixture
def analyst(company):
    return Person(make.analyst())


@pytest.fixture
def cast(rep, upline, manager, staff, analyst, stranger):
    """Everybody, by name."""
    return {"rep": rep, "upline": upline, "manager": manager, "staff": staff, "analyst": analyst, "stranger": stranger}


@pytest.fixture
def board(rep, company):
    """The rep's board of the campaign that runs."""
    return actions.ensure_board(rep.rep, company.campaign)


@pytest.fixture
def stages(board):
    """The board's stages by their standard name."""
    return {stage.standard: stage for stage in board.stages.all()}


@pytest.fixture
def card(board):
    """A card in the first stage."""
    return make.card(board, phone="067 111 22 33")


@pytest.fixture
def lead(card):
    """Its lead."""
    return card.lead
