"""A person who must be let be, on a phone: buttons and reminders stop, and the same number in a file does not bring them back."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from cotano.jobs import actions as jobs
from leads import reminders
from leads.models import Lead, Reminder
from tests import make
from tests.flows.test_pages import faults

pytestmark = pytest.mark.django_db(transaction=True)


def test_do_not_contact_stops_everything_and_an_import_revives_nothing(phone, rep, board):
    lead = make.card(board, "Burl Clemente", phone="0671112233").lead
    reminders.set_reminder(lead, by=rep.user, day=timezone.localdate() + dt.timedelta(days=2), time=dt.time(10))
    page = phone(rep)
    page.goto(lead.get_absolute_url())
    expect(page.locator("[data-channel=call]").first).to_be_visible()

    # a thing or two on the way: a detail in a sheet, an item of the checklist
    page.locator("a[href$='/details/note/']").tap()
    page.locator("dialog[open] textarea").fill("Has moved to Lviv")
    page.get_by_role("button", name="Save").tap()
    expect(page.locator("#main")).to_contain_text("Has moved to Lviv")
    page.get_by_role("link", name="Checklist").tap()
    page.get_by_label("To do").fill("Bring the catalogue")
    slow = []  # the page behind asks for itself afresh after each of two acts; the first answer is long in coming
    page.route(f"**{lead.get_absolute_url()}", lambda route: route.continue_() if slow else slow.append(route))
    page.get_by_role("button", name="Add", exact=True).tap()
    expect(page.locator("dialog[open]")).to_contain_text("Bring the catalogue")
    page.get_by_role("button", name="Done: Bring the catalogue").tap()
    expect(page.locator("dialog[open] [aria-pressed=true]")).to_be_visible()
    slow[0].continue_()
    page.get_by_role("button", name="Remove: Bring the catalogue").tap()
    page.locator("dialog[open]").get_by_role("button", name="Undo").tap()
    expect(page.locator("dialog[open] [aria-pressed=true]")).to_be_visible()
    page.locator("dialog[open]").get_by_role("button", name="Close").tap()
    expect(page.locator("#main")).to_contain_text("1 of 1")
    page.unroute_all()

    page.get_by_role("button", name="Do not contact").tap()
    expect(page.locator("#main")).to_contain_text("Marked “do not contact”")
    expect(page.locator("[data-channel]")).to_have_count(0)
    assert Reminder.objects.get().state == "cancelled"
    assert faults(page) == []

    file = b"Name;Phone\nBurl C.;+380 67 111-22-33\n"
    jobs.load(rep.user, "leads", file, name="again.csv", options={"rep": rep.rep.pk})
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(reverse("pipeline:contacts"))
    expect(page.locator("#found")).to_contain_text("Do not contact")
    expect(page.locator("[data-channel]")).to_have_count(0)
    assert (Lead.objects.count(), Lead.objects.get().may_be_contacted) == (1, False)
    assert page.complaints == []
