"""My order: what the rep's people buy in a campaign."""

import csv
import datetime as dt
import io
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Calendar, Campaign, Product
from cotano.lib import clock
from leads import my_order, purchases
from leads.models import Purchase
from tests import make

URL = "/order/"


def mark_url(campaign):
    return reverse("pipeline:order_mark", args=[campaign.pk])


def sums(page):
    """The words of the page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def bought(board, company):
    """Two customers: Anna buys two things, Bohdan one."""
    anna, bohdan = make.card(board, "Anna", phone="0671112233").lead, make.card(board, "Bohdan").lead
    first = make.purchase(anna, company.campaign, item="Cream", quantity=2, price=Decimal("120.50"))
    second = make.purchase(anna, company.campaign, item="Soap", quantity=1, price=Decimal(40))
    return [first, second, make.purchase(bohdan, company.campaign, item="Cream", quantity=1, price=Decimal("120.50"))]


def states():
    return [purchase.state.value for purchase in Purchase.objects.order_by("pk")]


def test_it_is_found_from_more_and_from_home(rep, company):
    assert 'href="/order/"' in rep.get("/more/").content.decode()
    assert 'href="/order/"' in rep.get("/").content.decode()


def test_customers_with_what_they_buy_and_owe(rep, bought):
    page = rep.get(URL).content.decode()
    words = sums(page)
    assert "₴401.50 2 customers · 3 purchases" in words
    assert "Placed: all 3 for ₴401.50" in words
    assert re.findall(r'<h2><a class="plain hit" href="/leads/\d+/">(\w+)</a>', page) == ["Anna", "Bohdan"]
    assert re.findall(r"owes (₴[\d.,]+)", words) == ["₴281", "₴120.50"]


def test_nobody_has_bought_yet(rep, company):
    page = rep.get(URL).content.decode()
    assert "Nobody has bought yet" in page
    Campaign.objects.all().delete()
    assert "No campaign runs today" in rep.get(URL).content.decode()


def test_placed_marks_all_and_is_taken_back(rep, bought, company):
    answer = rep.tap(mark_url(company.campaign), {"mark": "ordered"})
    assert "3 marked as ordered" in answer.content.decode()
    assert answer["HX-Trigger"] == '{"order-changed": true}'
    assert states() == ["ordered"] * 3
    assert "There was nothing left to mark." in rep.tap(mark_url(company.campaign), {"mark": "ordered"}).content.decode()
    undo = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', answer.content.decode()))
    for _ in range(2):
        assert rep.tap(mark_url(company.campaign), undo).status_code == 200
    assert states() == ["wanted"] * 3


def test_without_javascript_undo_is_an_address(rep, bought, company):
    answer = rep.post(mark_url(company.campaign), {"mark": "paid", "lead": bought[0].lead_id})
    assert answer["Location"] == f"/order/{company.campaign.pk}/"
    page = rep.get(answer["Location"]).content.decode()
    undo = re.search(rf'action="({mark_url(company.campaign)}\?[^"]+)"', page)[1].replace("&amp;", "&")
    assert Purchase.objects.filter(paid_at=None).count() == 1
    rep.post(undo)
    assert Purchase.objects.filter(paid_at=None).count() == 3


def test_a_customer_gets_and_pays_all_of_it(rep, bought, company):
    anna = {"lead": bought[0].lead_id}
    rep.tap(mark_url(company.campaign), {"mark": "delivered", **anna})
    assert states() == ["delivered", "delivered", "wanted"]
    assert {p.delivered_on for p in Purchase.objects.all()} == {clock.today(rep.user.zone, timezone.now()), None}
    rep.tap(mark_url(company.campaign), {"mark": "paid", **anna})
    words = sums(rep.get(URL).content.decode())
    assert "₴120.50 not paid yet" in words
    assert "Placed: 1 for ₴120.50" in words


def test_delivered_to_all_means_what_was_ordered(rep, bought, company):
    purchases.order(Purchase.objects.filter(pk=bought[0].pk), by=rep.user)
    assert "Delivered today: 1" in sums(rep.get(URL).content.decode())
    rep.tap(mark_url(company.campaign), {"mark": "delivered", "only": "ordered"})
    assert states() == ["delivered", "wanted", "wanted"]


def test_a_past_campaign_is_read_and_nothing_new_is_ordered_in_it(rep, bought, company):
    Purchase.objects.filter(pk=bought[2].pk).update(campaign=company.before)
    page = rep.get(URL).content.decode()
    there = f"/order/{company.before.pk}/"
    assert f'href="{there}"' in page
    past = rep.get(there).content.decode()
    assert "closed" in past
    assert 'value="ordered"' not in past
    rep.tap(mark_url(company.before), {"mark": "ordered"})
    assert states() == ["wanted"] * 3


def test_the_smallest_order(rep, bought, company):
    Calendar.objects.update(minimum_order=1000)
    assert "₴598.50 short of the smallest order, ₴1,000" in sums(rep.get(URL).content.decode())
    Calendar.objects.update(minimum_order=400)
    assert "The smallest order of ₴400 is reached" in sums(rep.get(URL).content.decode())


def test_as_text(rep, bought, company):
    Product.objects.create(market=company.market, code="A1", name="Cream", price=90)
    Purchase.objects.filter(item="Cream").update(product=Product.objects.get())
    assert my_order.as_text(rep.rep, company.campaign) == "Campaign 14\nA1 Cream × 3\nSoap × 1\nTotal: ₴401.50"
    purchases.order(Purchase.objects.filter(item="Soap"), by=rep.user)
    assert "Soap" not in my_order.as_text(rep.rep, company.campaign)


def test_as_a_file(rep, bought, company):
    Purchase.objects.filter(pk=bought[2].pk).update(item="=HYPERLINK(1)", ordered_at=timezone.now())
    answer = rep.get(reverse("pipeline:order_file", args=[company.campaign.pk]))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[1][:8] == ["Anna", "'+380671112233", "", "Cream", "2", "120.50", "241", "UAH"]
    assert (rows[3][0], rows[3][3]) == ("Bohdan", "'=HYPERLINK(1)")
    assert rows[3][8] == timezone.localdate().isoformat()


def test_on_paper(rep, bought, company):
    page = rep.get(reverse("pipeline:order_print", args=[company.campaign.pk])).content.decode()
    assert page.count("Anna") == 1
    assert page.count("☐") == 6
    assert "₴401.50" in page


@pytest.mark.parametrize(
    "said",
    [{}, {"mark": "x"}, {"mark": "paid", "off": "x"}],
)
def test_what_makes_no_sense_is_said(said, rep, bought, company):
    assert rep.tap(mark_url(company.campaign), said).status_code == 422
    assert rep.post(mark_url(company.campaign), said).status_code == 302


@pytest.mark.parametrize("at", ["", "x", "2026-13-99T00:00", "2026-01-01T00:00:00", "9" * 400])
def test_an_undo_needs_its_moment(at, rep, bought, company):
    rep.tap(mark_url(company.campaign), {"mark": "ordered"})
    rep.tap(mark_url(company.campaign), {"mark": "ordered", "off": "yes", "at": at})
    assert states() == ["ordered"] * 3


def test_others_and_other_calendars_are_not_there(rep, stranger, bought, company):
    assert stranger.tap(mark_url(company.campaign), {"mark": "paid", "lead": bought[0].lead_id}).status_code == 404
    assert rep.tap(mark_url(company.campaign), {"mark": "paid", "lead": "x"}).status_code == 404
    foreign = make.campaigns(make.calendar(company.market, "UB"))[1]
    for name in ("order_of", "order_file", "order_print"):
        assert rep.get(reverse(f"pipeline:{name}", args=[foreign.pk])).status_code == 404
    assert rep.get(mark_url(company.campaign)).status_code == 405
    assert "Nobody has bought yet" in stranger.get(URL).content.decode()
    assert Purchase.objects.filter(paid_at=None).count() == 3


def test_long_lists_come_in_pages_at_the_same_cost(rep, board, bought, company, monkeypatch):
    def queries(address=URL):
        with CaptureQueriesContext(connection) as captured:
            page = rep.get(address).content.decode()
        return len(captured), page

    rep.get(URL)
    few, _page = queries()
    for card in make.cards(board, 5):
        make.purchase(card.lead, company.campaign)
    many, page = queries()
    assert few == many == 11
    monkeypatch.setattr(my_order, "PAGE", 4)
    seen = []
    address = URL
    while address:
        _n, page = queries(address)
        seen += re.findall(r'<h2><a class="plain hit" href="/leads/\d+/">([^<]+)</a>', page)
        found = re.search(r'class="more" href="([^"]+)"', page)
        address = found and found[1]
    assert seen == ["Anna", "Bohdan", "Lead 1", "Lead 2", "Lead 3", "Lead 4", "Lead 5"]


def test_when_the_deadline_of_the_own_territory_is(rep, bought, company):
    day = company.campaign.order_deadline
    assert f"order by {day.day} {day:%B}" in rep.get(URL).content.decode()
    assert day > timezone.localdate() - dt.timedelta(days=1)
