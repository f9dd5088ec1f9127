"""Until when an order is in time, when it is late, when it comes too late."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from campaigns import deadlines
from campaigns.models import Calendar, Campaign, GroupDeadline, Order
from pipeline import home
from teams.models import Rep, Territory
from tests import make
from tests.loading import counts, load, rejected

CAMPAIGNS = ["calendar", "year", "number", "starts_on", "ends_on", "order_deadline", "grace_days"]
ORDERS = ["order_no", "kind", "returns_order_no", "rep_code", "year", "campaign", "placed_on", "amount"]
MARCH = [("UA", 2026, 4, "2026-03-02", "2026-03-22", "2026-03-20"), ("UA", 2026, 5, "2026-03-23", "2026-04-12", "2026-04-10")]


@pytest.fixture
def places(db):
    """A market with two territories, campaigns 4 and 5, a rep in each territory."""
    places = make.territories()
    with time_machine.travel("2026-03-03 08:00Z"):
        load("campaigns", [CAMPAIGNS, *([*row, ""] for row in MARCH)])
    make.rep("1", places["UA-N-01"], login=False)
    make.rep("2", places["UA-N-02"], login=False)
    return places


def own_deadline(place, day, number=4):
    GroupDeadline.objects.create(campaign=Campaign.objects.get(number=number), territory=place, order_deadline=day)


def orders(*rows):
    return load("orders", [ORDERS, *rows])


def order(number, day, rep="1", campaign=4):
    return [number, "order", "", rep, 2026, campaign, day, "100"]


def late():
    return dict(Order.objects.order_by("number").values_list("number", "is_late"))


def test_the_nearest_territory_with_a_deadline_of_its_own_decides(places):
    first, second = (Campaign.objects.get(number=number) for number in (4, 5))
    one, two = (place.reps.get() for place in (places["UA-N-01"], places["UA-N-02"]))
    own_deadline(places["UA"], dt.date(2026, 3, 19))
    own_deadline(places["UA-N-02"], dt.date(2026, 3, 10))
    assert [deadlines.of_rep(rep, first) for rep in (one, two)] == [dt.date(2026, 3, 19), dt.date(2026, 3, 10)]
    assert deadlines.of_rep(two, second) == dt.date(2026, 4, 10)
    with connection.cursor() as cursor:
        cursor.execute(deadlines.NEAREST, {"campaigns": [first.pk, second.pk]})
        days = {(campaign, places_code(place)): day.day for campaign, place, day in cursor.fetchall()}
    assert days == {(first.pk, "UA"): 19, (first.pk, "UA-N"): 19, (first.pk, "UA-N-01"): 19, (first.pk, "UA-N-02"): 10}


def places_code(pk):
    return Territory.objects.get(pk=pk).code


def test_an_order_is_late_by_the_deadline_of_its_rep(places):
    own_deadline(places["UA-N-02"], dt.date(2026, 3, 10))
    orders(
        order("A", "2026-03-20"),
        order("B", "2026-03-21"),
        order("C", "2026-03-10", rep="2"),
        order("D", "2026-03-11", rep="2"),
    )
    assert late() == {"A": False, "B": True, "C": False, "D": True}


def test_orders_are_marked_again_when_a_deadline_moves(places):
    orders(order("A", "2026-03-18"), order("B", "2026-03-21"), order("C", "2026-03-18", rep="2"))
    own_deadline(places["UA-N-02"], dt.date(2026, 3, 10))
    campaign = Campaign.objects.get(number=4)
    assert (deadlines.mark_late(campaign), late()) == (1, {"A": False, "B": True, "C": True})
    Campaign.objects.filter(pk=campaign.pk).update(order_deadline=dt.date(2026, 3, 22))
    assert (deadlines.mark_late(campaign), late()) == (1, {"A": False, "B": False, "C": True})
    assert deadlines.mark_late(campaign) == 0


def test_a_file_that_moves_a_deadline_marks_the_orders_again(places):
    orders(order("A", "2026-03-18"), order("B", "2026-03-21"))
    with time_machine.travel("2026-03-05 08:00Z"):
        load("campaigns", [CAMPAIGNS, [*MARCH[0][:5], "2026-03-17", ""]])
    assert late() == {"A": True, "B": True}


@time_machine.travel("2026-03-05 08:00Z")
def test_a_running_campaign_keeps_its_first_day_and_ends_today_or_later(places):
    _calendar, _year, _number, starts, ends, deadline = MARCH[0]
    for days in (("2026-03-03", ends, deadline), (starts, "2026-03-04", "2026-03-04")):
        assert rejected(load("campaigns", [CAMPAIGNS, ["UA", 2026, 4, *days, ""]])) == [(2, "campaign_begun", "")]
    assert counts(load("campaigns", [CAMPAIGNS, ["UA", 2026, 4, starts, "2026-03-05", "2026-03-05", ""]])) == (0, 1, 0, 0)


def test_an_order_in_the_days_after_the_end_counts_and_is_late_and_then_it_is_refused(places):
    Calendar.objects.update(grace_days=3)
    rows = [order("A", "2026-03-22"), order("B", "2026-03-25"), order("C", "2026-03-26"), order("D", "2026-03-01")]
    assert rejected(orders(*rows)) == [
        (4, "order_too_late", "2026-03-25"),
        (5, "outside_campaign", "2026-03-02 – 2026-03-22"),
    ]
    assert late() == {"A": True, "B": True}
    assert Order.objects.get(number="B").campaign.number == 4


def test_a_campaign_may_have_days_for_late_orders_of_its_own(places):
    Calendar.objects.update(grace_days=3)
    with time_machine.travel("2026-03-03 08:00Z"):
        assert counts(load("campaigns", [CAMPAIGNS, [*MARCH[0], "0"], [*MARCH[1], ""]])) == (0, 1, 1, 0)
        assert counts(load("campaigns", [CAMPAIGNS, [*MARCH[0], ""], [*MARCH[1], "31"], [*MARCH[1], "30"]])) == (0, 1, 1, 1)
    assert dict(Campaign.objects.values_list("number", "own_grace_days")) == {4: 0, 5: 30}
    job = orders(order("A", "2026-03-23"), order("B", "2026-05-12", campaign=5), order("C", "2026-05-13", campaign=5))
    assert rejected(job) == [(2, "outside_campaign", "2026-03-02 – 2026-03-22"), (4, "order_too_late", "2026-05-12")]


def test_an_order_placed_after_the_company_removed_the_rep_is_refused(places):
    rep = places["UA-N-01"].reps.get()
    Rep.objects.filter(pk=rep.pk).update(status="removed", removed_on=dt.date(2026, 3, 10))
    job = orders(order("A", "2026-03-10"), order("B", "2026-03-11"), ["R", "return", "A", "1", 2026, 4, "2026-03-12", "-5"])
    assert rejected(job) == [(3, "rep_left", "2026-03-10")]
    assert list(Order.objects.order_by("number").values_list("number", flat=True)) == ["A", "R"]


@time_machine.travel("2026-03-03 08:00Z")
def test_a_year_has_at_most_52_campaigns(places):
    days = [dt.date(2027, 1, 4) + dt.timedelta(7 * n) for n in range(53)]
    rows = [["UA", 2027, n + 1, day, day + dt.timedelta(6), day + dt.timedelta(5), ""] for n, day in enumerate(days)]
    assert rejected(load("campaigns", [CAMPAIGNS, *rows])) == [(54, "campaigns_too_many", "52")]
    assert rejected(load("campaigns", [CAMPAIGNS, rows[-1], ["UA", 2026, 27, "2028-02-01", "2028-02-10", "2028-02-05", "1"]])) == [
        (2, "campaigns_too_many", "52")
    ]
    assert Campaign.objects.filter(year=2026, number=27).exists()  # an extra number


@time_machine.travel("2026-03-03 08:00Z")
def test_days_without_a_campaign_are_named(places):
    rows = [["UA", 2026, 6, "2026-04-15", "2026-04-30", "2026-04-30", ""], ["UA", 2026, 7, "2026-05-02", "2026-05-12", "2026-05-12", ""]]
    job = load("campaigns", [CAMPAIGNS, *rows])
    assert (job.counts["gaps"], job.lists["gaps"]) == (3, ["UA 2026-05 – 2026-06: 2", "UA 2026-06 – 2026-07: 1"])
    again = load("campaigns", [CAMPAIGNS, *rows])
    assert ("gaps" in again.counts, again.lists) == (False, {})


def test_the_database_holds_no_two_campaigns_on_one_day(places):
    calendar = Campaign.objects.get(number=4).calendar
    same = {"calendar": calendar, "year": 2027, "ends_on": dt.date(2026, 4, 20), "order_deadline": dt.date(2026, 4, 20)}
    with pytest.raises(IntegrityError, match="campaign_no_overlap"), transaction.atomic():
        Campaign.objects.create(number=1, starts_on=dt.date(2026, 4, 12), **same)
    Campaign.objects.create(number=2, starts_on=dt.date(2026, 4, 13), **same)


@time_machine.travel("2026-03-05 08:00Z")
def test_home_says_the_deadline_of_the_rep(places, django_assert_num_queries):
    one, two = (place.reps.get() for place in (places["UA-N-01"], places["UA-N-02"]))
    with django_assert_num_queries(1):
        assert home.campaign_now(one).deadline == dt.date(2026, 3, 20)
    own_deadline(places["UA-N-02"], dt.date(2026, 3, 10))
    with django_assert_num_queries(3):
        assert home.campaign_now(two).deadline == dt.date(2026, 3, 10)
    assert home.campaign_now(one).deadline == dt.date(2026, 3, 20)
