"""Campaigns, orders and the activity of an earlier app."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from campaigns import figures, snapshots
from campaigns.models import Calendar, Campaign, Order, Snapshot, SnapshotMark, Total
from teams.models import ActivityCount, Rep, Territory
from tests import make
from tests.loading import COMPANY, counts, load, rejected, versions

CAMPAIGNS = ["calendar", "year", "number", "starts_on", "ends_on", "order_deadline", "market"]
ORDERS = ["order_no", "kind", "returns_order_no", "rep_code", "year", "campaign", "placed_on", "amount", "currency", "points"]
SAMPLE = (
    ("territories", "territories"),
    ("campaigns", "campaigns"),
    ("roster", "roster"),
    ("orders", "orders"),
    ("activity", "app_activity"),
)


def test_the_sample_company_comes_in_whole_and_again_changes_nothing(db):
    files = {kind: (COMPANY / f"{name}.csv").read_bytes() for kind, name in SAMPLE}
    with time_machine.travel("2018-10-31 08:00Z"):
        assert {kind: counts(load(kind, data)) for kind, data in files.items()} == {
            "territories": (7, 0, 0, 0),
            "campaigns": (51, 0, 0, 0),
            "roster": (2000, 0, 0, 0),
            "orders": (15795, 0, 0, 0),
            "activity": (5799, 0, 0, 0),
        }
        before = versions(Calendar, Campaign, Order, ActivityCount)
        again = {kind: counts(load(kind, data)) for kind, data in files.items()}
    assert {kind: (created, updated, bad) for kind, (created, updated, _same, bad) in again.items()} == dict.fromkeys(files, (0, 0, 0))
    assert versions(Calendar, Campaign, Order, ActivityCount) == before
    assert (Order.objects.filter(kind="order").count(), Order.objects.filter(kind="return").count()) == (15537, 258)
    assert not Order.objects.filter(is_late=True).exists()
    assert Campaign.objects.filter(closed_at=None).count() == 3  # 15, 16, 17 of 2018
    assert set(ActivityCount.objects.values_list("kind", flat=True)) == {"earlier"}
    assert ActivityCount.objects.order_by("day").first().day == dt.date(2018, 6, 25)


# ---- campaigns


@pytest.fixture
def market(db):
    return make.territories()["UA"]


def campaigns(*rows):
    return load("campaigns", [CAMPAIGNS, *(list(row) + [""] * (7 - len(row)) for row in rows)])


def days():
    return {
        f"{c.calendar.code} {c.year}-{c.number}": (str(c.starts_on), str(c.ends_on)) for c in Campaign.objects.select_related("calendar")
    }


@time_machine.travel("2018-03-01 08:00Z")
def test_each_bad_campaign_is_named_and_the_others_come_in(market):
    job = campaigns(
        ("UA", 2018, 1, "2018-01-08", "2018-01-28", "2018-01-26"),
        ("UA", 2018, 2, "2018-01-28", "2018-02-18", "2018-02-16"),
        ("UA", 2018, 3, "2018-03-01", "2018-02-18", "2018-02-16"),
        ("UA", 2018, 4, "2018-03-01", "2018-04-30", "2018-03-05"),
        ("UA", 2018, 5, "2018-03-01", "2018-03-20", "2018-03-21"),
        ("UA", 2018, 6, "31.02.2018", "2018-03-20", "2018-03-21"),
        ("UA", 2018, 100, "2018-03-01", "2018-03-20", "2018-03-19"),
        ("UA", 18, 7, "2018-03-01", "2018-03-20", "2018-03-19"),
        ("UA", 2018, 1, "2018-05-01", "2018-05-20", "2018-05-19"),
        ("XX", 2018, 1, "2018-05-01", "2018-05-20", "2018-05-19", "UA-N"),
        ("UA", 2018, 8, "2018-03-01", "2018-03-20", "2018-03-19"),
        ("mail", 2018, 1, "2018-01-08", "2018-01-28", "2018-01-26"),
    )
    assert rejected(job) == [
        (3, "campaign_overlap", "UA 2018-01"),
        (4, "campaign_length", "60"),
        (5, "campaign_length", "60"),
        (6, "deadline_outside", "2018-03-21"),
        (7, "date", "31.02.2018"),
        (8, "number", "number: 100"),
        (9, "number", "year: 18"),
        (10, "repeated", "2"),
        (11, "no_market", "XX"),
    ]
    assert days() == {
        "UA 2018-1": ("2018-01-08", "2018-01-28"),
        "UA 2018-8": ("2018-03-01", "2018-03-20"),
        "mail 2018-1": ("2018-01-08", "2018-01-28"),
    }
    assert {c.number: c.is_closed for c in Campaign.objects.filter(calendar__code="UA")} == {1: True, 8: False}
    assert dict(Calendar.objects.values_list("code", "market__code")) == {"UA": "UA", "mail": "UA"}


@time_machine.travel("2018-01-01 08:00Z")
def test_campaigns_may_change_places(market):
    campaigns(("UA", 2018, 1, "2018-01-08", "2018-01-28", "2018-01-26"), ("UA", 2018, 2, "2018-01-29", "2018-02-18", "2018-02-16"))
    job = campaigns(("UA", 2018, 2, "2018-01-08", "2018-01-28", "2018-01-26"), ("UA", 2018, 1, "2018-01-29", "2018-02-18", "2018-02-16"))
    assert (counts(job), days()["UA 2018-1"]) == ((0, 2, 0, 0), ("2018-01-29", "2018-02-18"))


@time_machine.travel("2018-01-01 08:00Z")
def test_a_rejected_change_leaves_its_days_taken(market):
    campaigns(
        ("UA", 2018, 1, "2018-01-08", "2018-01-28", "2018-01-26"),
        ("UA", 2018, 2, "2018-02-08", "2018-02-18", "2018-02-16"),
        ("UA", 2018, 3, "2018-03-08", "2018-03-18", "2018-03-16"),
    )
    job = campaigns(("UA", 2018, 1, "2018-02-01", "2018-02-10", "2018-02-09"), ("UA", 2018, 3, "2018-01-20", "2018-01-25", "2018-01-24"))
    assert rejected(job) == [(2, "campaign_overlap", "UA 2018-02"), (3, "campaign_overlap", "UA 2018-01")]


@time_machine.travel("2018-01-27 23:00Z")
@pytest.mark.parametrize(("zone", "kept"), [("Asia/Almaty", False), ("Mars/Base", True)])
def test_a_market_whose_zone_is_no_more_counts_as_utc(market, zone, kept):
    Territory.objects.filter(pk=market.pk).update(time_zone=zone)
    row = ["UA", 2018, 1, "2018-01-08", "2018-01-28", "2018-01-26"]
    campaigns(row)
    assert (rejected(campaigns([*row[:4], "2018-01-27", "2018-01-26"])) == []) is kept


@time_machine.travel("2018-03-01 08:00Z")
def test_a_closed_campaign_keeps_its_days(market):
    row = ["UA", 2018, 1, "2018-01-08", "2018-01-28", "2018-01-26"]
    campaigns(row)
    assert rejected(campaigns([*row[:5], "2018-01-27"])) == [(2, "campaign_closed", "")]
    assert counts(campaigns(row)) == (0, 0, 1, 0)


def test_two_markets_must_be_named(market):
    Territory.objects.create(code="RO", name="RO", kind="market", time_zone="UTC", currency="RON", language="en")
    job = campaigns(
        ("mail", 2018, 1, "2018-01-08", "2018-01-28", "2018-01-26"),
        ("RO", 2018, 1, "2018-01-08", "2018-01-28", "2018-01-26"),
        ("fly", 2018, 1, "2018-01-08", "2018-01-28", "2018-01-26", "RO"),
        ("RO", 2018, 2, "2018-01-29", "2018-02-02", "2018-02-01", "UA"),
    )
    assert rejected(job) == [(2, "no_market", "mail"), (5, "market_other", "RO")]
    assert dict(Calendar.objects.values_list("code", "market__code")) == {"RO": "RO", "fly": "RO"}


# ---- orders


@pytest.fixture
def orders(market):
    """Two reps in campaigns 3 and 4 of 2018; load orders with `orders(row, ...)`."""
    place = Territory.objects.get(code="UA-N-01")
    campaigns(("UA", 2018, 3, "2018-02-19", "2018-03-11", "2018-03-09"), ("UA", 2018, 4, "2018-03-12", "2018-04-01", "2018-03-30"))
    make.rep("1", place, joined=(2018, 3), login=False)
    make.rep("2", place, joined=(2018, 4), login=False)
    return lambda *rows: load("orders", [ORDERS, *rows])


def order(number, amount="100", rep="1", campaign=3, day="2018-02-20", currency="UAH", year=2018):
    return [number, "order", "", rep, year, campaign, day, amount, currency, ""]


def back(number, of, amount="-10", rep="1", campaign=3, day="2018-02-21"):
    return [number, "return", of, rep, 2018, campaign, day, amount, "", "-1"]


def test_each_bad_order_is_named_and_the_others_come_in(orders):
    job = orders(
        order("A", "1 234,56"),
        order("B", rep="9"),
        order("C", campaign=5),
        order("D", rep="2"),
        order("A", "5"),
        order("E", currency="EUR"),
        order("F", day="2018-02-18"),
        order("G", day="2018-03-12"),
        order("H", "-1"),
        order("I", "NaN"),
        order("J", "1e309"),
        order("K", day="31.02.2018"),
        order("", "1"),
        ["L", "gift", "", "1", 2018, 3, "2018-02-20", "1", "", ""],
        ["M", "order", "A", "1", 2018, 3, "2018-02-20", "1", "", ""],
        [*order("N")[:9], "1.5"],
        order("O" * 41),
        order("late", day="2018-03-10"),
    )
    assert rejected(job) == [
        (3, "rep_unknown", "9"),
        (4, "campaign_unknown", "UA 2018-05"),
        (5, "before_joined", "2018-04"),
        (6, "repeated", "2"),
        (7, "currency_other", "UAH"),
        (8, "outside_campaign", "2018-02-19 – 2018-03-11"),
        (9, "outside_campaign", "2018-02-19 – 2018-03-11"),
        (10, "order_negative", ""),
        (11, "amount", "NaN"),
        (12, "amount", "1e309"),
        (13, "date", "31.02.2018"),
        (14, "empty", "order_no"),
        (15, "choice", "kind: gift"),
        (16, "order_names_order", ""),
        (17, "number", "points: 1.5"),
        (18, "too_long", "order_no"),
    ]
    assert list(Order.objects.order_by("number").values_list("number", "amount", "is_late")) == [
        ("A", Decimal("1234.56"), False),
        ("late", 100, True),
    ]


def test_each_bad_return_is_named_and_the_others_come_in(orders):
    orders(order("A"), order("B", rep="1"), back("A1", "A", "-60"))
    job = orders(
        back("R1", "A", "-41"),
        back("R2", "A", "-30"),
        back("R3", "A", "-11"),
        back("R4", "none"),
        back("R5", "A", rep="2", campaign=4, day="2018-03-13"),
        back("R6", "A", "10"),
        back("R7", "", "-10"),
        back("R8", "A1", "-1"),
        back("R9", "C", "-100", day="2018-05-10"),
        back("R10", "B", day="2018-05-11"),
        order("C"),
        back("R11", "bad"),
        order("bad", "x"),
    )
    assert rejected(job) == [
        (2, "return_too_large", "A"),
        (4, "return_too_large", "A"),
        (5, "return_unknown", "none"),
        (6, "return_other_rep", "A"),
        (7, "return_positive", ""),
        (8, "return_nameless", ""),
        (9, "return_unknown", "A1"),
        (11, "outside_campaign", "2018-02-19 – 2018-03-11"),
        (13, "return_unknown", "bad"),
        (14, "amount", "x"),
    ]
    assert dict(Order.objects.filter(kind="return").values_list("number", "returns__number")) == {"A1": "A", "R2": "A", "R9": "C"}


def test_a_number_on_file_with_other_figures_is_refused_and_with_the_same_unchanged(orders):
    orders(order("A"), back("B", "A"))
    before = versions(Order)
    job = orders(order("A", "100,00"), back("B", "A"))
    assert (counts(job), versions(Order)) == ((0, 0, 2, 0), before)
    assert rejected(orders(order("A", "101"), back("B", "A", "-11"))) == [(2, "order_differs", ""), (3, "order_differs", "")]
    assert versions(Order) == before


def test_an_unknown_rep_and_a_repeated_number_are_reported_and_nothing_counts_twice(orders):
    file = (order("A"), order("B", "50"), order("C", rep="nobody"), order("A"), order("D", "30", rep="1"), back("E", "B", "-50"))
    again = (order("A"), order("F", "20", rep="2", campaign=4, day="2018-03-12"), order("B", "51"))
    assert rejected(orders(*file)) == [(4, "rep_unknown", "nobody"), (5, "repeated", "2")]
    assert rejected(orders(*again)) == [(4, "order_differs", "")]
    both = list(Campaign.objects.select_related("calendar__market").order_by("number"))
    found = figures.of_campaigns(both, Rep.objects.all())
    assert [(row.on_file, row.active, row.orders, row.net_sales) for row in found] == [(1, 1, 3, 130), (2, 1, 1, 20)]


# ---- volumes


VOLUMES = ["rep_code", "year", "campaign", "pv"]


def test_a_volume_without_orders_is_in_the_figures_and_counts_instead_of_points(orders):
    job = load(
        "volumes",
        [VOLUMES, ["1", 2018, 3, 400], ["9", 2018, 3, 1], ["1", 2018, 9, 1], ["1", 2018, 4, "1e9"], ["1", 2018, 3, 8], ["2", 2018, 3, 1]],
    )
    assert rejected(job) == [
        (3, "rep_unknown", "9"),
        (4, "campaign_unknown", "UA 2018-09"),
        (5, "number", "pv: 1e9"),
        (6, "repeated", "2"),
        (7, "before_joined", "2018-04"),
    ]
    third = Campaign.objects.select_related("calendar__market").get(number=3)
    assert list(SnapshotMark.objects.values_list("campaign", flat=True)) in ([], [third.pk])  # a worker may have been quicker
    snapshots.take(third, cause="orders")
    assert list(Snapshot.objects.values_list("rep__code", "pv", "gv", "orders", "active")) == [("1", 400, 400, 0, False)]
    assert Total.objects.get(territory__code="UA", campaign=third).pv == 400
    orders([*order("A")[:-1], "7"])
    assert counts(load("volumes", [VOLUMES, ["1", 2018, 3, -5]])) == (0, 1, 0, 0)
    assert counts(load("volumes", [VOLUMES, ["1", 2018, 3, -5]])) == (0, 0, 1, 0)
    snapshots.take(third, cause="orders")
    assert list(Snapshot.objects.filter(campaign=third).values_list("pv", "orders", "active")) == [(-5, 1, True)]


def test_a_volume_after_the_rep_was_removed_is_refused(orders):
    Rep.objects.filter(code="1").update(status="removed", removed_on=dt.date(2018, 3, 1))
    job = load("volumes", [VOLUMES, ["1", 2018, 3, 10**9], ["1", 2018, 4, 1], ["2", 2018, 4, 10**12]])
    assert rejected(job) == [(3, "rep_left", "2018-03-01"), (4, "number", "pv: 1000000000000")]


# ---- activity of an earlier app


def test_activity_is_kept_on_the_campaigns_first_day(orders):
    head = ["rep_code", "year", "campaign", "actions"]
    job = load("activity", [head, ["1", 2018, 3, 7], ["9", 2018, 3, 1], ["1", 2018, 9, 1], ["1", 2018, 4, "many"], ["1", 2018, 3, 8]])
    assert rejected(job) == [
        (3, "rep_unknown", "9"),
        (4, "campaign_unknown", "UA 2018-09"),
        (5, "number", "actions: many"),
        (6, "repeated", "2"),
    ]
    assert list(ActivityCount.objects.values_list("rep__code", "day", "kind", "n")) == [("1", dt.date(2018, 2, 19), "earlier", 7)]
    assert counts(load("activity", [head, ["1", 2018, 3, 9]])) == (0, 1, 0, 0)
    assert ActivityCount.objects.get().n == 9
