"""What a lead buys, on the pages."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Product
from cotano.lib import clock
from leads import purchases
from leads.models import Purchase
from pipeline import shares
from tests import make

SAID = {"item": "Cream", "quantity": "2", "price": "120,50"}
HOSTILE = '<script>alert(1)</script> {{ 7|add:"7" }} \u202e"><img src=x onerror=alert(1)>'


def add_url(lead):
    return reverse("pipeline:purchase_add", args=[lead.pk])


def url(purchase, what="purchase"):
    return reverse(f"pipeline:{what}", args=[purchase.pk])


@pytest.fixture
def purchase(lead, company):
    return make.purchase(lead, company.campaign)


def test_a_purchase_is_added_from_the_lead(rep, lead, company):
    page = rep.get(lead.get_absolute_url()).content.decode()
    assert f'href="{add_url(lead)}" data-sheet' in page
    assert rep.peek(add_url(lead)).content.decode().lstrip().startswith("{#") is False
    answer = rep.post(add_url(lead), {**SAID, "once": "a1"})
    assert (answer.status_code, answer["Location"]) == (302, lead.get_absolute_url())
    made = Purchase.objects.get()
    assert (made.item, made.quantity, made.price, made.campaign) == ("Cream", 2, Decimal("120.50"), company.campaign)
    page = rep.get(lead.get_absolute_url()).content.decode()
    assert 'Cream <span class="nw">× 2</span>' in page
    assert "₴241 · wanted" in page
    assert "Cream × 2, ₴241 · wanted" in page  # on the timeline


def test_the_sheet_closes_with_a_way_back(rep, lead):
    answer = rep.tap(add_url(lead), SAID)
    made = Purchase.objects.get()
    assert answer["HX-Trigger"] == f'{{"lead-changed": {{"lead": {lead.pk}}}}}'
    assert f'action="{url(made, "purchase_remove")}"' in answer.content.decode()
    back = rep.tap(url(made, "purchase_remove")).content.decode()
    assert f'action="{url(made, "purchase_restore")}"' in back
    assert not Purchase.objects.standing().exists()
    rep.tap(url(made, "purchase_restore"))
    assert Purchase.objects.standing().get() == made


def test_twenty_taps_are_one_purchase(rep, lead):
    assert {rep.tap(add_url(lead), {**SAID, "once": "b2"}).status_code for _ in range(20)} == {200}
    assert Purchase.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "price"),
    [("1 234,56", "1234.56"), ("1\u00a0234,5", "1234.50"), ("1,234.56", "1234.56"), ("0", "0.00"), ("\u2212" + "0", "0.00")],
)
def test_amounts_as_people_write_them(typed, price, rep, lead):
    assert rep.post(add_url(lead), {**SAID, "price": typed}).status_code == 302
    assert Purchase.objects.get().price == Decimal(price)


@pytest.mark.parametrize(
    ("field", "typed"),
    [("price", bad) for bad in ("", "NaN", "1e309", "-1", "1000000000000", "Infinity", "1,234", "0.001", "9" * 30, "\u0000", "<b>")]
    + [("quantity", bad) for bad in ("", "0", "-3", "10000", "1e3", "2.5", "9" * 5000, "\u0000")]
    + [("item", bad) for bad in ("", " \u200b ", "x" * 121)],
)
def test_bad_input_comes_back_with_a_sentence(field, typed, rep, lead):
    answer = rep.tap(add_url(lead), {**SAID, field: typed})
    assert answer.status_code == 422
    assert 'class="err"' in answer.content.decode()
    assert not Purchase.objects.exists()


def test_a_campaign_that_has_ended_meanwhile_is_said(rep, lead, company):
    answer = rep.tap(add_url(lead), {**SAID, "campaign": company.before.pk})
    assert answer.status_code == 409
    assert "this would be in campaign 14" in answer.content.decode()
    assert f'name="campaign" value="{company.campaign.pk}"' in answer.content.decode()
    Campaign.objects.filter(pk=company.campaign.pk).update(closed_at=timezone.now())
    answer = rep.tap(add_url(lead), SAID)
    assert answer.status_code == 409
    assert "No campaign runs today" in answer.content.decode()
    assert not Purchase.objects.exists()


def test_the_product_list_is_searched_and_taken_from(rep, lead, company):
    cream = Product.objects.create(market=company.market, code="A1", name="Крем для рук", price=Decimal("89.90"))
    Product.objects.create(market=company.market, code="B1", name="Soap", price=10)
    other = make.territories("PL", currency="PLN", language="pl", zone="Europe/Warsaw")["PL"]
    foreign = Product.objects.create(market=other, code="A2", name="Крем", price=5)
    for typed in ("крем", "РУК крем", "a1"):
        found = re.findall(r'href="([^"]+\?product=\d+)" data-sheet', rep.peek(add_url(lead), {"item": typed}).content.decode())
        assert found == [f"{add_url(lead)}?product={cream.pk}"]
    filled = rep.peek(add_url(lead), {"product": cream.pk}).content.decode()
    assert 'value="Крем для рук"' in filled
    assert 'value="89.90"' in filled
    rep.post(add_url(lead), {**SAID, "item": "Крем для рук", "product": cream.pk})
    rep.post(add_url(lead), {**SAID, "item": "Крем", "product": foreign.pk})
    rep.post(add_url(lead), {**SAID, "item": "Something else", "product": cream.pk})
    assert list(Purchase.objects.order_by("pk").values_list("product", flat=True)) == [cream.pk, None, None]
    for strange in ("x", "9" * 40, "-1"):
        assert rep.peek(add_url(lead), {"product": strange, "item": "%_\\"}).status_code == 200


def test_marks_are_put_and_taken_back(rep, purchase):
    today = clock.today(rep.user.zone, timezone.now())
    for mark in ("ordered", "delivered", "paid"):
        answer = rep.tap(url(purchase, "purchase_mark"), {"mark": mark})
        assert f'name="mark" value="{mark}"' in answer.content.decode()  # Undo
    purchase.refresh_from_db()
    assert (purchase.state, purchase.delivered_on, bool(purchase.paid_at)) == ("delivered", today, True)
    sheet = rep.peek(url(purchase)).content.decode()
    assert sheet.count("Take back") == 3
    for mark in ("ordered", "delivered", "paid"):
        assert rep.post(url(purchase, "purchase_mark"), {"mark": mark, "off": "yes"}).status_code == 302
    purchase.refresh_from_db()
    assert (purchase.state, purchase.paid_at) == ("wanted", None)


def test_a_delivery_on_another_day(rep, purchase):
    today = clock.today(rep.user.zone, timezone.now())
    for day, status in ((today - dt.timedelta(days=2), 200), (today + dt.timedelta(days=1), 422), (dt.date(1, 1, 1), 422)):
        Purchase.objects.update(delivered_on=None, delivery_noted_at=None)
        assert rep.tap(url(purchase, "purchase_mark"), {"mark": "delivered", "on": day.isoformat()}).status_code == status
    for strange in ({"mark": "x"}, {}, {"mark": "delivered", "on": "31.02.2026"}, {"mark": "paid", "off": "maybe"}):
        assert rep.tap(url(purchase, "purchase_mark"), strange).status_code == 422
    assert Purchase.objects.get().state == "wanted"


def test_of_a_closed_campaign_only_delivery_and_payment_are_offered(rep, purchase, company):
    Campaign.objects.filter(pk=company.campaign.pk).update(closed_at=timezone.now())
    sheet = rep.peek(url(purchase)).content.decode()
    assert re.findall(r'name="mark" value="(\w+)"', sheet) == ["delivered", "paid", "delivered"]
    assert url(purchase, "purchase_remove") not in sheet
    for answer in (
        rep.tap(url(purchase), SAID),
        rep.tap(url(purchase, "purchase_remove")),
        rep.tap(url(purchase, "purchase_mark"), {"mark": "ordered"}),
    ):
        assert answer.status_code == 409
    assert rep.tap(url(purchase, "purchase_mark"), {"mark": "delivered"}).status_code == 200


def test_editing(rep, purchase):
    assert rep.tap(url(purchase), {**SAID, "quantity": "3"}).status_code == 200
    purchase.refresh_from_db()
    assert purchase.cost == Decimal("361.50")
    assert rep.tap(url(purchase), {**SAID, "quantity": "0"}).status_code == 422


def test_a_name_is_only_a_name(rep, lead):
    rep.post(add_url(lead), {**SAID, "item": HOSTILE})
    made = Purchase.objects.get()
    for page in (rep.get(lead.get_absolute_url()), rep.get(url(made)), rep.peek(url(made))):
        shown = page.content.decode()
        assert "<script>alert" not in shown
        assert "<img" not in shown
        assert "{{ 7|add" in shown


def test_who_helps_does_not_see_what_somebody_buys(rep, upline, board, purchase):
    shares.share_board(board, with_=upline.user, by=rep.user, may_comment=True)
    page = upline.get(purchase.lead.get_absolute_url()).content.decode()
    assert "Oksana Melnyk" in page
    assert "Cream" not in page


def test_the_lead_shows_the_unfinished_first(rep, lead, company):
    def opened():
        with CaptureQueriesContext(connection) as captured:
            page = rep.get(lead.get_absolute_url()).content.decode()
        return len(captured), re.findall(r'href="/purchases/(\d+)/"', page)

    def finish(n):
        these = Purchase.objects.filter(pk=make.purchase(lead, company.campaign, item=f"New {n}").pk)
        purchases.deliver(these, by=rep.user, on=clock.today(rep.user.zone, timezone.now()))
        purchases.settle(these, by=rep.user)

    first = make.purchase(lead, company.campaign, item="Old")
    finish(0)
    opened()
    few, shown = opened()
    assert (len(shown), shown[0]) == (2, str(first.pk))
    for n in range(1, 7):
        finish(n)
    many, shown = opened()
    assert (many, len(shown), shown[0]) == (few, 6, str(first.pk))
