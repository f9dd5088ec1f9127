"""A browser walks the admin: nothing inline, nothing refused by the content security policy, no script error."""

import os
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from playwright.sync_api import sync_playwright

from campaigns.models import Order
from cotano.jobs.models import Job
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


def shot(tab, name):
    """A picture for whoever works on the look: SHOTS=folder."""
    if folder := os.environ.get("SHOTS"):
        tab.screenshot(path=f"{folder}/{name}.png", full_page=True)


def walk(tab, live_server, addresses):
    for address in addresses:
        answer = tab.goto(live_server.url + address, wait_until="networkidle")
        assert (address, answer.status) == (address, 200)
        shot(tab, re.sub(r"\W+", "_", address.strip("/")))
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
            "/admin/teams/rep/tree/",
            "/admin/teams/territory/tree/",
            reverse("admin:teams_rep_change", args=[rep.rep.pk]),
            "/admin/campaigns/campaign/activity/",
            "/admin/campaigns/campaign/dashboard/",
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
            "/admin/teams/sponsorchange/",
            "/admin/teams/statuschange/",
            "/admin/teams/user/add/",
            reverse("admin:teams_user_change", args=[rep.user.pk]),
            reverse("admin:teams_rep_change", args=[rep.rep.pk]),
            reverse("admin:teams_rep_tree", query={"of": rep.rep.sponsor_id}),
            reverse("admin:teams_rep_move", args=[rep.rep.pk], query={"q": "olena"}),
            reverse("admin:teams_rep_move", args=[rep.rep.pk], query={"to": 0}),
            reverse("admin:teams_territory_move", args=[company.territory.pk], query={"q": "UA"}),
            reverse("admin:teams_territory_move", args=[company.territory.pk], query={"to": company.market.pk}),
            reverse("admin:campaigns_calendar_change", args=[company.calendar.pk]),
            reverse("admin:campaigns_calendar_year", args=[company.calendar.pk]),
            reverse("admin:campaigns_calendar_live", args=[company.calendar.pk]),
            reverse("admin:campaigns_campaign_change", args=[company.following.pk]),
            reverse("admin:campaigns_campaign_change", args=[company.before.pk]),
            reverse("admin:campaigns_campaign_reopen", args=[company.before.pk]),
            reverse("admin:teams_territory_change", args=[company.territory.pk]),
            "/admin/auth/group/add/",
        ],
    )


def test_a_file_is_checked_and_loaded(tab, live_server, staff, company):
    enter(tab, live_server, staff)
    walk(tab, live_server, ["/admin/teams/rep/import/", "/admin/pipeline/workitem/", "/admin/jobs/job/"])
    tab.goto(f"{live_server.url}/admin/teams/rep/import/")
    roster = "code,sponsor_code,name,territory_code,joined_campaign\n1,,Anna First,UA-N-01,2020-01\n2,9,Boris Second,UA-N-01,2020-01\n"
    tab.set_input_files("input[type=file]", {"name": "roster.csv", "mimeType": "text/csv", "buffer": roster.encode()})
    tab.get_by_role("button", name="Check the file").click()
    tab.wait_for_load_state("networkidle")
    assert tab.locator("body").inner_text().count("Boris Second") == 1
    shot(tab, "preview")
    tab.get_by_role("button", name="Load this file").click()
    tab.wait_for_url("**/admin/jobs/job/**")
    tab.wait_for_load_state("load")
    shot(tab, "job")
    assert tab.complaints == []


def test_how_a_file_was_read_fits_a_phone_and_its_button_can_be_seen(tab, live_server, staff, company):
    address = reverse("admin:teams_territory_import")
    staff.post(address, {"import_file": SimpleUploadedFile("odd.csv", b"Wer;Wie\nA;B\n"), "format": "0", "resource": "0"})
    enter(tab, live_server, staff)
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{live_server.url}{address}?draft={Job.objects.get().pk}", wait_until="networkidle")
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    button = tab.get_by_role("button", name="Read it this way")
    colours = button.evaluate("(one) => [getComputedStyle(one).backgroundColor, getComputedStyle(one.closest('.own')).backgroundColor]")
    assert len(set(colours)) == 2
    button.click()
    assert tab.get_by_text("These columns are missing").is_visible()
    assert tab.complaints == []
