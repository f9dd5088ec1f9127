"""The contact list."""

import datetime as dt
import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads import actions as leads
from leads.models import Lead
from leads.reminders import set_reminder
from tests import make

CONTACTS = reverse("pipeline:contacts")


def names(response):
    return re.findall(r"<b>([^<]+)</b>", response.content.decode())


def test_shows_everybody_by_name(rep, card):
    make.lead(rep.rep, "Burl", phone="0671112299")
    response = rep.get(CONTACTS)
    assert names(response) == ["Burl", "Oksana Melnyk"]
    assert "2 people" in response.content.decode()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("mel", ["Oksana Melnyk"]),
        ("МЕЛЬ", ["Оксана Мельник"]),
        ("067 111 22", ["Oksana Melnyk"]),
        ("+38067 111", ["Oksana Melnyk"]),
        ("50", []),
        ("nobody", []),
        ("", ["Оксана Мельник", "Oksana Melnyk"]),
    ],
)
def test_finds_by_name_and_phone(typed, found, rep, card):
    make.lead(rep.rep, "Оксана Мельник", phone="0501112299")
    assert names(rep.get(CONTACTS, {"q": typed})) == (found or [f"Nobody found for “{typed}”"])


def test_pages_follow_one_another_even_among_namesakes(rep):
    Lead.objects.bulk_create(Lead(owner=rep.rep, name=("Anna", "Burl")[k % 2]) for k in range(120))
    seen, link = [], CONTACTS
    while link:
        page = rep.get(link).content.decode()
        seen.append(re.findall(rf'href="{CONTACTS[:1]}leads/(\d+)/"', page))
        following = re.search(r'class="more" href="([^"]+)"', page)
        link = following and following[1].replace("&amp;", "&")
    assert [len(page) for page in seen] == [50, 50, 20]
    assert len({lead for page in seen for lead in page}) == 120


def test_a_fragment_for_the_search_as_one_types(rep, card):
    page = rep.peek(CONTACTS, {"q": "mel"}).content.decode()
    assert page.startswith('<div id="found"')
    assert names(rep.peek(CONTACTS, {"q": "mel"})) == ["Oksana Melnyk"]


def test_shows_nobody_elses(upline, stranger, card):
    for other in (upline, stranger):
        assert names(other.get(CONTACTS, {"q": "Oksana"})) == ["Nobody found for “Oksana”"]


def test_hostile_words_are_only_text(rep, card):
    make.lead(rep.rep, "<script>alert(1)</script>")
    page = rep.get(CONTACTS, {"q": "<script>"}).content.decode()
    assert "<script>alert" not in page
    assert 'value="<script>' not in page


@pytest.mark.parametrize("after", ["x", "0", "9" * 30])
def test_an_address_made_up_begins_anew(after, rep, card):
    assert names(rep.get(CONTACTS, {"after": after})) == ["Oksana Melnyk"]


def test_managers_have_no_contacts(manager):
    assert manager.get(CONTACTS)["Location"] == reverse("admin:index")


def test_post_is_refused(rep):
    assert rep.post(CONTACTS).status_code == 405


def test_nonsense_in_the_address_is_the_first_page(rep, lead):
    pages = [rep.get("/contacts/", {"after": after}).status_code for after in ("-1", "x", "9" * 18, "9" * 5000)]
    pages += [rep.get("/leads/add/", {"stage": stage}).status_code for stage in ("-1", "x", "9" * 18, "9" * 5000)]
    assert pages == [200] * 8


@pytest.fixture
def crowd(rep, board):
    """Five people, each unlike the others in one way."""
    anna = make.card(board, "Анна", phone="0671110001", tags=["vip"]).lead
    halyna = make.lead(rep.rep, "Галина", phone="0671110002", kind="customer")
    gala = make.lead(rep.rep, "Ґалина", phone="0671110003")
    zoe = make.lead(rep.rep, "Zoe", phone="0671110004")
    yeva = make.lead(rep.rep, "Єва", phone="0671110005")
    Lead.objects.filter(pk=gala.pk).update(hotness=5)
    leads.stop_contact(yeva, by=rep.user)
    tomorrow = timezone.localdate() + dt.timedelta(days=2)
    set_reminder(zoe, by=rep.user, day=tomorrow, time=dt.time(10))
    return {lead.name: lead for lead in (anna, halyna, gala, yeva, zoe)}


def test_the_list_is_in_alphabetical_order_with_its_letters(rep, crowd):
    page = rep.get(CONTACTS).content.decode()
    assert names(rep.get(CONTACTS)) == ["Анна", "Галина", "Ґалина", "Єва", "Zoe"]
    assert re.findall(r'<h2 class="sub">(.)</h2>', page) == ["А", "Г", "Ґ", "Є", "Z"]


def test_the_letters_of_all_are_those_of_everybody_found(rep, crowd):
    for name in ("漢字", "😀 smile", "№", "9 lives", "zed"):
        make.lead(rep.rep, name)
    of_all = rep.get(CONTACTS).context["page"].letters
    assert of_all == ["А", "Г", "Ґ", "Є", "Z", "#"]
    assert rep.get(CONTACTS, {"kind": "prospect"}).context["page"].letters == ["А", "Ґ", "Є", "Z", "#"]


def test_of_very_many_it_is_said_that_there_are_more(rep, crowd, monkeypatch):
    for most, said in ((5, "5 people"), (4, "More than 4 people"), (3, "More than 3 people")):
        monkeypatch.setattr("pipeline.contacts.COUNTED", most)
        assert f'<p class="sub">{said}</p>' in rep.get(CONTACTS).content.decode()


def rows_read(plan):
    """How many rows of leads the scans of a plan have looked at."""
    mine = plan.get("Relation Name") == "leads_lead" and plan["Actual Loops"] * (
        plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    )
    return (mine or 0) + sum(rows_read(part) for part in plan.get("Plans", ()))


@pytest.mark.parametrize("address", ["/contacts/", "/contacts/?letter=z", "/contacts/?after="])
def test_a_page_reads_no_more_people_than_it_shows_whatever_their_number(address, rep, board, crowd, monkeypatch):
    monkeypatch.setattr("pipeline.contacts.COUNTED", 100)
    many = Lead.objects.bulk_create(Lead(owner=rep.rep, name=f"{'abcz'[n % 4]} {n:04}", phone=f"+38063{n:07}") for n in range(3000))
    address = f"{address}{many[2400].pk}" if address.endswith("after=") else address
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_lead")
    with CaptureQueriesContext(connection) as asked:
        assert rep.get(address).status_code == 200
    read = 0
    with connection.cursor() as cursor:  # nothing is known yet of a table just filled: the question is what the indexes allow
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        for query in asked:
            if "leads_lead" in query["sql"]:
                cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query["sql"])
                read += rows_read(cursor.fetchone()[0][0]["Plan"])
    assert read < 400


def test_a_letter_is_jumped_to(rep, crowd):
    assert names(rep.get(CONTACTS, {"letter": "Ґ"})) == ["Ґалина", "Єва", "Zoe"]
    assert names(rep.get(CONTACTS, {"letter": "ю"})) == ["Zoe"]
    assert names(rep.get(CONTACTS, {"letter": "\x00"})) == names(rep.get(CONTACTS))


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ({"tag": "vip"}, ["Анна"]),
        ({"kind": "customer"}, ["Галина"]),
        ({"hot": "5"}, ["Ґалина"]),
        ({"board": "on"}, ["Анна"]),
        ({"board": "off"}, ["Галина", "Ґалина", "Єва", "Zoe"]),
        ({"reminder": "later"}, ["Zoe"]),
        ({"reminder": "none", "kind": "prospect"}, ["Анна", "Ґалина", "Єва"]),
        ({"quiet": "yes"}, ["Єва"]),
        ({"quiet": "no", "q": "067 111 000"}, ["Анна", "Галина", "Ґалина", "Zoe"]),
        ({"kind": "nonsense", "hot": "99", "board": "x" * 5000}, ["Анна", "Галина", "Ґалина", "Єва", "Zoe"]),
    ],
)
def test_filters_narrow(rep, crowd, wish, found):
    assert [name for name in names(rep.get(CONTACTS, wish)) if not name.isdigit()] == found


def test_overdue_and_today_are_told_apart_in_the_reps_zone(rep, crowd):
    with time_machine.travel(crowd["Zoe"].reminders.get().due_at - dt.timedelta(hours=1), tick=False):
        assert "Zoe" in names(rep.get(CONTACTS, {"reminder": "today"}))
    with time_machine.travel(crowd["Zoe"].reminders.get().due_at, tick=False):
        assert "Zoe" in names(rep.get(CONTACTS, {"reminder": "overdue"}))


def test_the_filters_are_a_page_and_a_sheet(rep, crowd):
    address = reverse("pipeline:contacts_filter")
    assert '<option value="vip">vip</option>' in rep.get(address).content.decode()
    assert rep.peek(address, {"tag": "gone", "q": "x"}).content.decode().startswith("<section")


@pytest.mark.parametrize("query", [{}, {"q": "lead", "kind": "prospect", "board": "off", "reminder": "none"}, {"select": "1"}])
def test_the_same_few_queries_for_any_number(rep, query, django_assert_num_queries):
    for n in (1, 3, 120):
        Lead.objects.all().delete()
        make.leads(rep.rep, 1)
        Lead.objects.bulk_create(Lead(owner=rep.rep, name=f"Lead {k}") for k in range(n - 1))
        rep.get(CONTACTS, query)
        with django_assert_num_queries(6):
            rep.get(CONTACTS, query)


def test_of_more_than_are_counted_no_page_says_a_number(rep, board, monkeypatch):
    make.leads(rep.rep, 3)
    monkeypatch.setattr("pipeline.contacts.COUNTED", 2)
    said = [rep.get(CONTACTS, asked).content.decode() for asked in ({"q": "Lead"}, {"select": "1"})]
    assert ["More than 2 people</p>" in said[0], "3 found" in said[0]] == [True, False]
    assert ["More than 2 people</span>" in said[1], "3 people, on this page" in said[1]] == [True, False]
