"""A browser walks the admin: nothing inline, nothing refused by the content security policy, no script error."""

import os

import pytest
from django.urls import reverse
from playwright.sync_api import sync_playwright

from campaigns.models import Order
from tests import chromium

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tab(monkeypatch):
    """A page of a browser of its own, with what its console and its scripts complained about."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser's driver runs a loop in this thread
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium.path(), args=["--no-sandbox"] if os.geteuid() == 0 else [])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        yield page
        browser.close()


def enter(tab, live_server, person):
    tab.context.add_cookies([{"name": "sessionid", "value": person.client.cookies["sessionid"].value, "url": live_server.url}])


def walk(tab, live_server, addresses):
    for address in addresses:
        answer = tab.goto(live_server.url + address, wait_until="networkidle")
        assert (address, answer.status) == (address, 200)
        if shots := os.environ.get("SHOTS"):
            tab.screenshot(path=f"{shots}/{address.strip('/').replace('/', '_').replace('?', '_') or 'index'}.png", full_page=True)
    assert tab.complaints == []


def test_a_managers_pages(tab, live_server, manager, rep, company):
    Order.objects.create(
        number="A1", kind="order", rep=rep.rep, campaign=company.before, placed_on=company.before.starts_on, amount=10, currency="UAH"
    )
    enter(tab, live_server, manager)
    walk(
        tab,
        live_server,
        [
            "/admin/",
            "/admin/teams/rep/",
            reverse("admin:teams_rep_change", args=[rep.rep.pk]),
            "/admin/campaigns/campaign/activity/",
            "/admin/campaigns/order/",
            "/admin/campaigns/campaign/",
            "/admin/teams/territory/",
            "/admin/password_change/",
        ],
    )


def test_an_administrators_pages(tab, live_server, staff, rep, company):
    enter(tab, live_server, staff)
    walk(
        tab,
        live_server,
        [
            "/admin/",
            "/admin/teams/user/",
            "/admin/teams/user/add/",
            reverse("admin:teams_user_change", args=[rep.user.pk]),
            reverse("admin:teams_rep_change", args=[rep.rep.pk]),
            reverse("admin:campaigns_calendar_change", args=[company.calendar.pk]),
            reverse("admin:teams_territory_change", args=[company.territory.pk]),
            "/admin/auth/group/add/",
        ],
    )
