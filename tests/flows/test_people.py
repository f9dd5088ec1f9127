"""A rep's people in a phone's browser: doubles, merging, files to take away."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from leads import reminders
from tests import make
from tests.flows.test_pages import faults

pytestmark = pytest.mark.django_db(transaction=True)


def test_typing_a_phone_one_has_already_says_so_at_once(phone, rep, board):
    lead = make.card(board, "Grace", phone="0671112233").lead
    page = phone(rep)
    page.goto(reverse("pipeline:add"))
    page.get_by_label("Phone", exact=True).press_sequentially("067 111 22 33")
    expect(page.locator("#known")).to_contain_text("You already have this number: Grace")
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#known a").tap()
    expect(page).to_have_url(f"{page.url.split('/leads')[0]}{lead.get_absolute_url()}")


def test_the_pages_about_doubles_and_files_are_without_fault(phone, rep, board):
    one = make.card(board, "Олександра-Вікторія Кузьменко-Чорнобривець", phone="0671112233", email="a@b.co").lead
    two = make.lead(rep.rep, "Anna", phone="0501112233", email="a@b.co", kind="customer")
    page = phone(rep)
    found = {}
    for address in (
        reverse("pipeline:duplicates"),
        reverse("pipeline:merge", args=[one.pk, two.pk]),
        reverse("pipeline:contacts_export"),
        reverse("pipeline:call_list"),
        one.get_absolute_url(),
    ):
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(address)
        if wrong := faults(page):
            found[address] = wrong
        page.complaints.clear()
    assert found == {}


def test_a_sheet_of_the_call_list_is_one_of_paper_and_of_the_calendar_the_agenda_is(phone, rep):
    for n in range(31):
        make.lead(rep.rep, f"Олександра-Вікторія Кузьменко-Чорнобривець {n}", phone=f"06711122{n:02d}")
    page = phone(rep)
    page.goto(reverse("pipeline:call_list"))
    paper = page.pdf(prefer_css_page_size=True)
    assert paper.count(b"/Type /Page\n") == 2
    reminders.add_task(rep.rep, by=rep.user, title="Deliver", day=timezone.localdate() + dt.timedelta(days=1), time=dt.time(10))
    page.goto(reverse("pipeline:calendar"))
    page.emulate_media(media="print")
    expect(page.locator(".ag li")).to_be_visible()
    expect(page.locator(":is(nav, svg, .sides a):visible")).to_have_count(0)


def test_a_file_is_one_tap(phone, rep, board):
    make.lead(rep.rep, "=Anna", phone="0671112233")
    page = phone(rep)
    page.goto(reverse("pipeline:contacts"))
    page.get_by_role("link", name="Take my contacts out").tap()
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV").tap()
    assert "'=Anna,'+380671112233" in taken.value.path().read_text(encoding="utf-8-sig")
