"""My team on a phone: legs, levels, search and back up; the pages are without fault."""

import os

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from campaigns import snapshots
from campaigns.models import Order, Title, TitleRequirement
from teams.models import Rep
from tests import make
from tests.flows.test_pages import LONG, faults

pytestmark = pytest.mark.django_db(transaction=True)


def shot(page, name):
    """Pictures for whoever works on the look: SHOTS=folder."""
    if folder := os.environ.get("SHOTS"):
        page.set_viewport_size({"width": 390, "height": 844})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.screenshot(path=f"{folder}/{name}-{scheme}.png")


@pytest.fixture
def legs(rep, company):
    """Three legs of the rep; the first has a team of its own."""
    made = [
        make.rep(f"20{n}", company.territory, sponsor=rep.rep, name=name, phone=f"+38067111223{n}", title="Silver", login=False)
        for n, name in enumerate([LONG, "Burl Clemente", "Grace"])
    ]
    below = [make.rep(f"21{n}", company.territory, sponsor=made[0], name=f"Below {n}", login=False) for n in range(3)]
    make.rep("220", company.territory, sponsor=below[0], name="Віра Третя", login=False)
    for n, one in enumerate([made[0], below[0], below[1]]):
        Order.objects.create(
            number=f"A{n}",
            kind="order",
            rep=one,
            campaign=company.campaign,
            placed_on=company.campaign.starts_on,
            amount=500,
            currency="UAH",
        )
    return made


def test_down_a_leg_and_back_up(phone, rep, legs):
    page = phone(rep)
    page.goto("/more/")
    page.get_by_role("link", name="My team").first.tap()
    expect(page.get_by_role("heading", name="My team")).to_be_visible()
    shot(page, "team")
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("link", name="Level 2").tap()
    expect(page.locator("#found b")).to_have_text(["Below 0", "Below 1", "Below 2"])
    page.goto(reverse("campaigns:team_of", args=[legs[0].pk]))
    shot(page, "team-of")
    assert faults(page) == []
    page.get_by_role("navigation", name="Way up").get_by_role("link", name="My team").click()
    expect(page.locator("#found b")).to_have_text(["Burl Clemente", "Grace", LONG])


def test_goals_of_the_team_a_suggestion_and_the_next_title(phone, rep, legs, company):
    low, high = (Title.objects.create(market=company.market, code=f"T{n}", name=f"Title {n}", place=n) for n in (1, 2))
    for figure, at_least, of in (("pv", 100, None), ("active_first_level", 3, None), ("recruits", 1, None), ("legs_with_title", 1, low)):
        TitleRequirement.objects.create(title=high, figure=figure, at_least=at_least, of_title=of)
    Rep.objects.filter(pk=rep.rep.pk).update(title="Title 1")
    snapshots.take(company.campaign, cause="orders")
    page = phone(rep)
    page.goto("/team/")
    page.get_by_role("link", name="Goals of my team").tap()
    page.locator(f'a[href="{reverse("campaigns:goal", args=["team", "orders"])}"]').tap()
    page.get_by_label("Goal").fill("8")
    page.get_by_role("button", name="Save").tap()
    expect(page.get_by_text("3 of 8")).to_be_visible()
    shot(page, "goals")
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(reverse("campaigns:rep_goals", args=[legs[1].pk]))
    page.get_by_label("What is counted").select_option("calls")
    page.get_by_label("Goal", exact=True).fill("20")
    page.get_by_role("button", name="Suggest").tap()
    expect(page.get_by_text("Calls: 20")).to_be_visible()
    shot(page, "suggested")
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    expect(page.get_by_role("heading", name="Next title: Title 2")).to_be_visible()
    shot(page, "home-title")
    assert faults(page) == []


def test_search_while_typing(phone, rep, legs):
    page = phone(rep)
    page.goto(reverse("campaigns:team"))
    page.get_by_label("Search my team by name, code or phone").fill("067 111 22 31")
    expect(page.locator("#found b")).to_have_text(["Burl Clemente"])
    page.get_by_label("Search my team by name, code or phone").fill("віра")
    expect(page.locator("#found b")).to_have_text(["Віра Третя"])
    assert faults(page) == []


def test_search_without_javascript(phone, rep, legs):
    page = phone(rep, java_script_enabled=False)
    page.goto(reverse("campaigns:team"))
    page.get_by_label("Search my team by name, code or phone").fill("grace")
    page.keyboard.press("Enter")
    expect(page.locator("#found b")).to_have_text(["Grace"])
    shot(page, "team-search")


def test_without_recruits(phone, stranger):
    page = phone(stranger)
    page.goto(reverse("campaigns:team"))
    expect(page.get_by_text("No recruits yet")).to_be_visible()
    shot(page, "team-empty")
    assert faults(page) == []


def test_a_call_is_noted_on_the_reps_page(phone, rep, legs):
    page = phone(rep)
    page.goto(reverse("campaigns:team"))
    page.get_by_role("link", name="Team of").tap()
    page.get_by_role("link", name="Below 0", exact=False).first.tap()
    expect(page.get_by_role("heading", name="Below 0")).to_be_visible()
    page.goto(reverse("campaigns:rep", args=[legs[0].pk]))
    shot(page, "rep")
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_text("Visit").tap()
    page.get_by_role("button", name="We spoke").tap()
    expect(page.get_by_role("heading", name="Last contact: today")).to_be_visible()
    expect(page.locator(".toast span")).to_have_text("Noted.")
    assert faults(page) == []
    shot(page, "rep-noted")
    page.locator(".toast").get_by_role("button", name="Undo", exact=True).tap()
    expect(page.get_by_role("heading", name="Nobody has noted a contact yet")).to_be_visible()
    expect(page.locator(".toast")).to_have_text("Taken back.")
