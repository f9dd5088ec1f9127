"""The dashboard of the sample company: the figures of the pilot as everybody knows them."""

import pytest

from campaigns import dashboards, figures, snapshots
from campaigns.models import Campaign, Cause
from teams.models import Assignment, Territory
from tests import make
from tests.campaigns import company

pytestmark = pytest.mark.django_db


def test_the_pilot_of_the_sample_company_has_its_known_figures(client):
    company.load()
    truth = company.truth()
    last = Campaign.objects.select_related("calendar__market").get(year=2018, number=14)
    snapshots.take(last, cause=Cause.ASKED)
    first, *others = Territory.objects.filter(group="pilot")
    manager = make.manager(first)
    Assignment.objects.bulk_create(Assignment(user=manager, territory=place) for place in others)
    choice = dashboards.read_choice(manager, campaign=last.pk)
    page = dashboards.read_dashboard(choice, last=6)
    assert [round(row.active_percent, 1) for row in page.rows] == truth["pilot_active_percent"] == [55.4, 55.5, 62.1, 63.6, 65.1, 66.8]
    assert [round(row.actions_per_rep, 1) for row in page.rows] == truth["pilot_actions_per_rep"]
    assert round(figures.activity_r(page.rows), 3) == truth["pearson_r"] == 0.967
    client.force_login(manager, backend="allauth.account.auth_backends.AuthenticationBackend")
    text = client.get("/admin/campaigns/campaign/dashboard/", {"campaign": last.pk}).content.decode()
    assert ("Pearson r = 0.97" in text, "66.8 %" in text, "55.4" in text) == (True, True, True)
