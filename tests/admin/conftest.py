"""The manager with the rights of the role, and of a second territory."""

import pytest
from django.contrib.auth.models import Permission

from tests import make
from tests.conftest import Person

MAY = ["view_rep", "view_territory", "view_campaign", "view_calendar", "view_order", "see_reports"]


@pytest.fixture
def manager(company):
    who = make.manager(company.territory)
    who.user_permissions.add(*Permission.objects.filter(codename__in=MAY))
    return Person(who)


@pytest.fixture
def other_manager(company):
    who = make.manager(company.other_territory, name="Other Manager")
    who.user_permissions.add(*Permission.objects.filter(codename__in=MAY))
    return Person(who)
