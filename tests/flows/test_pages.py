"""Every page on a phone and on a desk: readable for everybody, nothing refused by the content security policy, no sideways scroll."""

import datetime as dt
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from campaigns.goals import set_goal
from leads import reminders
from leads.actions import comment_on
from leads.models import Attempt, Reminder
from pipeline.models import Card, Move
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "Олександра-Вікторія Кузьменко-Чорнобривець"
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
  .filter((e) => e.checkVisibility() && !e.closest(".skip, .vh, p a") && !["hidden", "radio"].includes(e.type))
  .map((e) => e.closest("label") ?? e)
  .filter((e) => { const r = e.getBoundingClientRect(); return r.width && r.height && (r.width < 43.5 || r.height < 43.5); })
  .map((e) => e.outerHTML.slice(0, 120))"""


@pytest.fixture
def full_board(rep, board, stages, company):
    """Cards with everything a card shows, a goal, calls to make."""
    set_goal(rep.rep, company.campaign, by=rep.user, target=8000)
    cards = [
        make.card(board, name, phone=f"067{k:07d}", tags=["vip", "mothers’ group"])
        for k, name in enumerate([LONG, "Burl Clemente", "Grace"])
    ]
    cards += make.cards(board, 15, stage=stages["offer"], first=100)
    make.purchase(cards[0].lead, item=f"{LONG} {LONG}", quantity=9999)  # a contact: it ends what has come due
    now = timezone.now()
    for days, card in zip((-2, 0, 1, 9), cards, strict=False):
        due_at = now + dt.timedelta(days=days, minutes=1)
        Reminder.objects.create(
            owner=rep.rep, lead=card.lead, by=rep.user, day=due_at.date(), time=dt.time(10), zone="Europe/Kyiv", due_at=due_at
        )
    reminders.add_task(
        rep.rep, by=rep.user, title=f"Deliver to {LONG}", day=now.date() + dt.timedelta(days=1), time=dt.time(10), repeat="weekly"
    )
    make.work_item(cards[4].lead, reason="Ordered last campaign, delivery on the way, ask how it suits", call_by=now.date())
    comment_on(cards[0].lead, by=rep.user, text="Asked for the price list")
    make.template(rep.rep, name="Order has arrived, when shall I bring it")
    return cards


def addresses(board, card):
    return {
        "log-in": reverse("account_login"),
        "new password": reverse("account_set_password"),
        "home": reverse("pipeline:home"),
        "queue": reverse("pipeline:queue"),
        "calendar": reverse("pipeline:calendar"),
        "week": reverse("pipeline:calendar", query={"view": "week"}),
        "day": reverse("pipeline:day", args=[f"{timezone.localdate():%Y-%m-%d}"]),
        "calendar link": reverse("pipeline:calendar_link"),
        "tasks": reverse("pipeline:tasks"),
        "later": reverse("pipeline:reminder_later", args=[card.lead.reminders.get().pk]),
        "devices": reverse("teams:devices"),
        "boards": reverse("pipeline:boards"),
        "board": board.get_absolute_url(),
        "column": reverse("pipeline:column", args=[board.pk, card.stage_id]),
        "card": reverse("pipeline:card", args=[card.pk]),
        "add": reverse("pipeline:add"),
        "edit": reverse("pipeline:edit", args=[card.lead_id]),
        "contacts": reverse("pipeline:contacts"),
        "cadences": reverse("pipeline:cadences"),
        "cadence": reverse("pipeline:cadence_add"),
        "series": reverse("pipeline:cadence_start", args=[card.lead_id]),
        "what I am told": reverse("notifications:preferences"),
        "nobody found": reverse("pipeline:contacts", query={"q": "zzz"}),
        "more": reverse("pipeline:more"),
        "purchase": reverse("pipeline:purchase", args=[card.lead.purchases.get().pk]),
        "add a purchase": reverse("pipeline:purchase_add", args=[card.lead_id]),
        "my order": reverse("pipeline:order"),
        "my order on paper": reverse("pipeline:order_print", args=[board.campaign_id]),
        "templates": reverse("pipeline:templates"),
        "template": reverse("pipeline:template", args=[board.rep.message_templates.get().pk]),
        "message": reverse("pipeline:message", args=[card.lead_id]),
        "message from a template": reverse(
            "pipeline:message", args=[card.lead_id], query={"template": board.rep.message_templates.get().pk}
        ),
        "funnel": reverse("pipeline:funnel", args=[board.pk]),
        "profile": reverse("pipeline:profile"),
        "goal": reverse("pipeline:goal"),
        "progress": reverse("campaigns:progress"),
        "goals": reverse("campaigns:goals"),
        "one goal": reverse("campaigns:goal", args=["own", "calls"]),
        "help": reverse("pipeline:help"),
        "password": reverse("account_change_password"),
        "log-out": reverse("account_logout"),
    }


def faults(page, *, schemes=("light", "dark"), thorough=False):
    """What a person would stumble over, at 390 px in light and dark, at 320 px and on a desk.

    `thorough` looks at more widths, and at letters twice as large.
    """
    axe, found = Axe(), []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        violations = axe.run(page).response["violations"]
        found += [(scheme, violation["id"], [node["target"] for node in violation["nodes"]]) for violation in violations]
    found += page.evaluate(SMALL_TARGETS)
    if thorough:
        page.set_viewport_size({"width": 390, "height": 800})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        if page.evaluate("document.documentElement.scrollWidth") > 390:
            found.append("sideways scroll with letters of 200 %")
        page.evaluate("document.documentElement.style.fontSize = ''")
    for width in (320, 360, 390, 412, 768, 1280) if thorough else (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"sideways scroll at {width} px")
    return found + page.complaints


def test_every_page_is_without_fault(phone, rep, board, full_board):
    visitor, user = phone(), phone(rep)
    found = {}
    for name, address in addresses(board, full_board[0]).items():
        page = visitor if name in {"log-in", "forgotten password"} else user
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(address)
        if wrong := faults(page):
            found[name] = wrong
        page.complaints.clear()
    assert found == {}


def test_the_first_day_is_without_fault(phone, upline):
    page = phone(upline)
    page.goto("/")
    expect(page.get_by_role("heading", name="Bring your people")).to_be_visible()
    assert faults(page) == []


def test_two_taps_move_a_card_and_one_undoes_it(phone, rep, board, full_board, stages):
    page = phone(rep)
    page.goto(board.get_absolute_url())
    page.get_by_role("link", name="Move or remind: Burl Clemente").tap()
    expect(page.get_by_role("heading", name="Burl Clemente")).to_be_visible()
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name=re.compile("Contacted")).tap()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(f"#s-{stages['contacted'].pk} .card b")).to_have_text(["Burl Clemente"])
    expect(page.locator(f".tabs a[href='#s-{stages['contacted'].pk}']")).to_have_text("Contacted 1")
    expect(page.locator(".toast")).to_contain_text("Burl Clemente: moved to Contacted")
    page.get_by_role("button", name="Undo", exact=True).tap()
    expect(page.locator(f"#s-{stages['prospects'].pk} .card b")).to_have_text(["Grace", "Burl Clemente", LONG])  # where it was
    expect(page.locator(f"#s-{stages['contacted'].pk} .card")).to_have_count(0)
    assert Move.objects.count() == 0
    assert page.complaints == []


def test_a_card_moved_elsewhere_meanwhile_is_shown_as_it_stands(phone, rep, board, full_board, stages):
    page = phone(rep)
    page.goto(board.get_absolute_url())
    page.get_by_role("link", name="Move or remind: Burl Clemente").tap()
    expect(page.get_by_role("button", name=re.compile("Contacted"))).to_be_visible()
    rep.post(reverse("pipeline:move", args=[full_board[1].pk]), {"to": stages["ordered"].pk, "version": 1})
    page.get_by_role("button", name=re.compile("Contacted")).tap()
    expect(page.locator("dialog[open]")).to_contain_text("Burl Clemente was changed meanwhile.")
    expect(page.locator(f"#s-{stages['ordered'].pk} .card b")).to_have_text(["Burl Clemente"])


def test_a_reminder_is_two_taps_and_the_card_shows_it(phone, rep, board, full_board):
    page = phone(rep)
    page.goto(board.get_absolute_url())
    page.get_by_role("link", name="Move or remind: Lead 100").tap()
    page.get_by_role("button", name=re.compile("Tomorrow")).tap()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".card", has_text="Lead 100").locator(".chip")).to_have_text("Tomorrow 10:00")


def test_a_call_is_one_tap_and_asks_how_it_went(phone, rep, full_board):
    page = phone(rep)
    page.goto("/")
    page.get_by_role("link", name="Call Burl Clemente").tap()
    expect(page.locator("dialog[open]")).to_contain_text("Burl Clemente", timeout=6000)
    assert [(attempt.channel, attempt.outcome) for attempt in Attempt.objects.all()] == [("call", "")]


def test_the_rest_of_a_column_comes_by_itself(phone, rep, board, stages):
    make.cards(board, 40)
    page = phone(rep)
    page.goto(board.get_absolute_url())
    column = page.locator(f"#s-{stages['prospects'].pk} .cards")
    for n in (15, 30, 40):
        expect(column.locator(".card")).to_have_count(n)
        column.evaluate("list => list.scrollTo(0, list.scrollHeight)")
    page.set_viewport_size({"width": 768, "height": 1024})  # two columns and more
    expect(page.locator(".tabs [aria-current]")).to_have_text("Prospects 40")
    page.wait_for_timeout(300)
    expect(page.locator(".tabs [aria-current]")).to_have_text("Prospects 40")


def test_a_lead_is_two_taps_and_a_name(phone, rep, board, stages):
    page = phone(rep)
    page.goto("/")
    page.get_by_role("link", name="Add a lead").tap()
    expect(page.get_by_label("Name")).to_be_focused()
    for name in ("Burl Clemente", "Grace"):
        page.get_by_label("Name").fill(name)
        page.keyboard.press("Enter")
        expect(page.locator(".toast")).to_have_text(f"Added: {name}")
        expect(page.get_by_label("Name")).to_be_focused()
    assert [card.lead.name for card in Card.objects.order_by("rank")] == ["Grace", "Burl Clemente"]
    assert page.complaints == []


def test_everything_works_without_javascript(phone, rep, board, full_board, stages):
    page = phone(rep, java_script_enabled=False)
    page.goto(board.get_absolute_url())
    page.get_by_role("link", name="Move or remind: Burl Clemente").click()
    page.get_by_role("button", name=re.compile("Contacted")).click()
    expect(page.locator(f"#s-{stages['contacted'].pk} .card b")).to_have_text(["Burl Clemente"])
    page.goto(reverse("pipeline:contacts"))
    page.get_by_label("Search by name or phone").fill("grace")
    page.keyboard.press("Enter")
    expect(page.locator("#found b")).to_have_text(["Grace"])
