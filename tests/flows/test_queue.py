"""The queue on a phone: card, call, outcome, next person, with one thumb."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from leads import actions
from leads.models import Attempt, Reminder
from tests import make
from tests.flows.test_follow_up import NO_DIALLER
from tests.flows.test_pages import LONG, faults
from tests.flows.test_team import shot

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def people(rep, board):
    """Four to call: one overdue, three of the work list."""
    names = ["Burl Clemente", LONG, "Grace Fosdick", "Тимофій Павличенко"]
    made = [make.card(board, name, phone=f"067111220{n}").lead for n, name in enumerate(names)]
    at = timezone.now() - dt.timedelta(days=2)
    Reminder.objects.create(lead=made[0], owner=rep.rep, by=rep.user, day=at.date(), time=dt.time(9), zone="Europe/Kyiv", due_at=at)
    for n, lead in enumerate(made[1:]):
        make.work_item(lead, reason="Delivered two days ago, ask how it suits", call_by=timezone.localdate() + dt.timedelta(days=n))
    actions.comment_on(made[1], by=rep.user, text="Took the hand cream for her mother too. " * 8)
    return made


def test_the_queue_goes_from_person_to_person_without_the_list(phone, rep, people):
    page = phone(rep)
    page.add_init_script(NO_DIALLER)
    page.goto("/")
    page.get_by_role("link", name=re.compile("Start calling")).tap()
    turn = page.get_by_role("heading", level=1)
    expect(turn).to_have_text("Burl Clemente")
    expect(page.get_by_text("4 calls, about 10 min")).to_be_visible()
    shot(page, "queue")
    assert faults(page) == []
    page.set_viewport_size(PHONE)

    # no answer: back tomorrow, and the next person is there
    page.get_by_role("link", name="Call Burl Clemente").tap()
    expect(page.locator("dialog[open]")).to_contain_text("Comes back tomorrow")
    page.get_by_role("button", name=re.compile("^No answer")).tap()
    expect(turn).to_have_text(LONG)
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.get_by_text("2 of 4")).to_be_visible()
    shot(page, "queue-long")
    assert faults(page) == []
    page.set_viewport_size(PHONE)

    # interested: one more tap says when, over the next person already
    page.get_by_role("link", name=f"Call {LONG}").tap()
    page.locator("dialog[open]").get_by_role("button", name=re.compile("^Interested")).tap()
    expect(page.locator("dialog[open]")).to_contain_text("When next?")
    page.locator("dialog").get_by_role("button", name=re.compile("^Tomorrow")).tap()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(turn).to_have_text("Grace Fosdick")
    expect(page.locator("main")).to_be_focused()

    # somebody else did Grace on the tablet meanwhile: the tap on this phone concerns Grace alone
    rep.post(reverse("pipeline:skip", args=[people[2].pk]))
    page.get_by_role("button", name="Skip").dblclick()
    expect(turn).to_have_text("Тимофій Павличенко")
    page.get_by_role("button", name="Tomorrow 10:00").tap()
    expect(page.locator(".toast").last).to_contain_text("Тимофій Павличенко: tomorrow 10:00")
    expect(turn).to_have_text("Only 1 is left, whom you skipped")
    shot(page, "queue-end")
    assert faults(page) == []
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="Call the one you skipped").tap()
    page.get_by_role("link", name="Call Grace Fosdick").tap()
    page.locator("dialog[open]").get_by_role("button", name=re.compile("^Ordered")).tap()
    expect(turn).to_have_text("All done for today")
    shot(page, "queue-done")
    outcomes = Attempt.objects.order_by("pk").values_list("lead__name", "outcome")
    assert list(outcomes) == [("Burl Clemente", "no_answer"), (LONG, "interested"), ("Grace Fosdick", "ordered")]
    assert set(Reminder.objects.filter(state="open").values_list("lead__name", "time")) == {
        (name, dt.time(10)) for name in ("Burl Clemente", LONG, "Тимофій Павличенко")
    }


def test_the_queue_without_a_script(phone, rep, people):
    page = phone(rep, java_script_enabled=False)
    page.goto(reverse("pipeline:queue"))
    expect(page.get_by_role("link", name="Call Burl Clemente")).to_have_attribute("href", "tel:+380671112200")
    page.get_by_role("button", name="I called: how did it go?").click()
    page.get_by_role("button", name=re.compile("^No answer")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(LONG)
    page.get_by_role("button", name="Skip").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Grace Fosdick")
    page.get_by_role("link", name="Another day").click()
    page.get_by_role("button", name=re.compile("In 3 days")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Тимофій Павличенко")
