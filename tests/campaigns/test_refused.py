"""What makes no sense in a company's files is refused with its line and a sentence that a person understands."""

import datetime as dt

import pytest
import time_machine

from campaigns.models import Campaign, Goal, Order, Title
from cotano.jobs import report
from teams.models import Rep, Territory
from tests import make
from tests.loading import load

CAMPAIGNS = ["calendar", "year", "number", "starts_on", "ends_on", "order_deadline"]
ORDERS = ["order_no", "kind", "returns_order_no", "rep_code", "year", "campaign", "placed_on", "amount", "currency"]
RUNS = ["UA", 2026, 4, "2026-03-02", "2026-03-22", "2026-03-20"]


@pytest.fixture
def company(db):
    """A market with campaign 4 of 2026, which runs, and a rep with one order."""
    make.territories()
    with time_machine.travel("2026-03-10 12:00Z"):
        load("campaigns", [CAMPAIGNS, RUNS])
        make.rep("1", Territory.objects.get(code="UA-N-01"), joined=(2026, 1), login=False)
        load("orders", [ORDERS, order("A")])
        yield


def order(number, amount="100", kind="order", of="", day="2026-03-05", currency="UAH"):
    return [number, kind, of, "1", 2026, 4, day, amount, currency]


def sentences(kind, headings, *rows):
    """(line, what the job's page says) of the lines that were not taken."""
    return [(line.line, line.sentence) for line in report.rejected(load(kind, [headings, *rows])).lines]


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (("2026-03-23", "2026-03-22", "2026-03-22"), "A campaign lasts from 1 to 60 days."),  # of no day
        (("2026-03-23", "2026-02-22", "2026-02-22"), "A campaign lasts from 1 to 60 days."),  # its end before its start
        (
            ("2026-03-23", "2026-04-12", "2026-05-20"),
            "The order deadline 2026-05-20 is not inside the campaign.",
        ),  # after the days of grace
        (("2026-03-16", "2026-04-05", "2026-04-03"), "It overlaps with campaign UA 2026-04."),
    ],
)
def test_a_campaign_that_cannot_be(company, days, sentence):
    assert sentences("campaigns", CAMPAIGNS, ["UA", 2026, 5, *days]) == [(2, sentence)]
    assert Campaign.objects.count() == 1


def test_the_53rd_campaign_of_a_year(company):
    first = dt.date(2027, 1, 4)
    rows = [["UA", 2027, n + 1, *[(first + dt.timedelta(7 * n + days)).isoformat() for days in (0, 6, 5)]] for n in range(53)]
    assert sentences("campaigns", CAMPAIGNS, *rows) == [(54, "A calendar has at most 52 campaigns in a year.")]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (order("B", day="2026-03-01"), "The date is outside the campaign, which is 2026-03-02 – 2026-03-22."),
        (order("B", day="2025-01-01"), "The date is outside the campaign, which is 2026-03-02 – 2026-03-22."),
        (order("B", "-1"), "An order cannot be negative; a return is its own line."),
        (order("B", "-100.01", "return", "A"), "More would be returned of the order A than was ordered."),
        (order("B", currency="EUR"), "The market's currency is UAH."),
    ],
)
def test_an_order_that_cannot_be(company, row, sentence):
    assert sentences("orders", ORDERS, row) == [(2, sentence)]
    assert list(Order.objects.values_list("number", flat=True)) == ["A"]


def test_an_order_of_a_removed_rep(company):
    Rep.objects.filter(code="1").update(status="removed", removed_on=dt.date(2026, 3, 4))
    rows = [order("B"), order("C", day="2026-03-04"), order("D", "-100", "return", "A", day="2026-03-06")]
    assert sentences("orders", ORDERS, *rows) == [(2, "The company removed the rep on 2026-03-04; the order is from after that.")]
    assert list(Order.objects.order_by("number").values_list("number", flat=True)) == [
        "A",
        "C",
        "D",
    ]  # what was ordered before may come back


def test_a_goal_of_a_million_millions(company):
    headings = ["territory_code", "calendar", "year", "campaign", "measure", "goal"]
    row = ["UA", "UA", 2026, 4, "net_sales", 10**12]
    assert sentences("goals", headings, row) == [(2, "The goal 1000000000000 is larger than any can be.")]
    assert not Goal.objects.exists()


def test_a_title_that_requires_itself(company):
    headings = ["market", "title", "name", "place", "figure", "at_least", "of_title"]
    rows = [["UA", "S", "Silver", 1, "legs_with_title", 2, "S"], ["UA", "G", "Gold", 2, "pv", 10, ""]]
    assert sentences("titles", headings, *rows) == [(2, "A title cannot require itself or a higher one: S.")]
    assert list(Title.objects.values_list("name", flat=True)) == ["Gold"]
