"""Call first on a phone and on a manager's desk: one tap takes the call, one more says what came of it; without fault."""

import os

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from campaigns import calling
from campaigns.models import CallClaim
from teams.models import Rep, Touch
from tests import make
from tests.campaigns.calls import idle, order, past, snapshot, write
from tests.flows.test_follow_up import NO_DIALLER
from tests.flows.test_pages import LONG, faults
from tests.flows.test_team import shot

pytestmark = pytest.mark.django_db(transaction=True)

ADMIN = "/admin/campaigns/campaign/calls/"


@pytest.fixture
def team(rep, company):
    """One for each of three reasons, one whom somebody else is calling, one without a phone."""
    names = [LONG, "Burl Clemente", "Grace", "Наталія Шевченко", "No Phone"]
    made = [
        make.rep(f"20{n}", company.territory, sponsor=rep.rep, name=name, phone=f"+38067111223{n}" if n < 4 else "")
        for n, name in enumerate(names)
    ]
    idle(company, made[0], 2)
    snapshot(company.before, made[1], active=True, first_order=True)
    snapshot(company.campaign, made[1])
    idle(company, made[2])
    snapshot(past(company, 1), made[3], active=True)
    snapshot(company.before, made[3], active=True)
    snapshot(company.campaign, made[3])
    idle(company, made[4])
    write(company.campaign)
    calling.claim_call(made[3], by=make.manager(company.territory, name="Another Manager"))
    return made


def test_one_tap_calls_and_one_more_says_what_came_of_it(phone, rep, team):
    page = phone(rep)
    page.add_init_script(NO_DIALLER)
    page.goto("/")
    shot(page, "calls-home")
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("link", name="All", exact=True).tap()
    expect(page.get_by_role("heading", name="Call first")).to_be_visible()
    shot(page, "calls")
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Call Burl Clemente").tap()
    expect(page.get_by_role("heading", name="How did it go?")).to_be_visible()
    assert list(CallClaim.objects.filter(by=rep.user).values_list("rep", flat=True)) == [team[1].pk]
    shot(page, "calls-sheet")
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="We spoke").click()
    expect(page.locator(".toast")).to_contain_text("Noted: you spoke with Burl Clemente.")
    expect(page.get_by_role("button", name="Call Burl Clemente")).to_have_count(0)
    assert list(Touch.objects.values_list("rep", "outcome")) == [(team[1].pk, "reached")]


def test_who_comes_second_is_told_and_does_not_dial(phone, rep, upline, team):
    page = phone(rep)
    page.goto(reverse("campaigns:calls"))
    calling.claim_call(team[2], by=upline.user)
    page.get_by_role("button", name="Call Grace").tap()
    expect(page.locator(".toast")).to_contain_text("Grace: Iryna Tkachenko is calling just now.")
    assert page.locator("dialog[open]").count() == 0


def test_the_page_of_one_without_a_script(phone, rep, team):
    page = phone(rep, java_script_enabled=False)
    page.goto(reverse("campaigns:calls"))
    page.get_by_role("button", name="Call Grace").click()
    expect(page.get_by_role("link", name="Call", exact=True)).to_have_attribute("href", "tel:+380671112232")
    page.get_by_role("button", name="No answer").click()
    expect(page.locator(".toast")).to_contain_text("Noted. Grace comes back tomorrow.")


def test_the_pages_of_one_are_without_fault(phone, rep, team):
    page = phone(rep)
    for name, one in (("free", team[0]), ("taken", team[3]), ("mine", team[2]), ("no-phone", team[4])):
        if name == "mine":
            calling.claim_call(one, by=rep.user)
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(reverse("campaigns:call", args=[one.pk]))
        shot(page, f"call-{name}")
        assert (name, faults(page)) == (name, [])


def test_nobody_to_call_is_said(phone, upline, team, company):
    for one in Rep.objects.exclude(pk=upline.rep.pk):
        order(one, company.campaign)
    page = phone(upline)
    page.goto(reverse("campaigns:calls"))
    expect(page.get_by_role("heading", name="Nobody to call now")).to_be_visible()
    shot(page, "calls-empty")
    assert faults(page) == []


def test_a_manager_at_a_desk(phone, manager, team):
    page = phone(manager, viewport={"width": 1280, "height": 900}, is_mobile=False)
    page.goto(ADMIN)
    page.get_by_role("button", name="I will call Grace").click()
    expect(page.get_by_role("button", name="We spoke: Grace")).to_be_visible()
    expect(page.get_by_text("Another Manager is calling")).to_be_visible()
    if folder := os.environ.get("SHOTS"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=f"{folder}/admin-calls-{scheme}.png")
        page.set_viewport_size({"width": 390, "height": 844})
        page.screenshot(path=f"{folder}/admin-calls-phone.png")
    page.get_by_role("button", name="No answer: Grace").click()
    expect(page.get_by_text("Noted. Grace comes back tomorrow.")).to_be_visible()
    assert page.complaints == []
