"""How far a goal is, in figures and in words; what to propose from the last campaigns."""

import statistics
from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from campaigns.goals import proposed
from campaigns.pace import pace, to_go


@pytest.mark.parametrize(
    ("goal", "done", "day", "measure", "said"),
    [
        (8, 3, 14, "orders", "5 orders in 8 days to go: 1 every 2 days"),
        (8, 2, 14, "orders", "6 orders in 8 days to go: 1 a day"),
        (8, 4, 14, "orders", "4 orders in 8 days to go: 1 every 2 days"),
        (8, 7, 14, "orders", "1 order in 8 days to go: 1 every 8 days"),
        (8, 7, 21, "orders", "1 order in 1 day to go: 1 a day"),
        (30, 3, 14, "orders", "27 orders in 8 days to go: 4 a day"),
        (8, 8, 14, "orders", ""),
        (8, 9, 14, "orders", ""),
        (3000, 1400, 14, "net_sales", "₴1,600 in 8 days to go: ₴200 a day"),
        (3000, Decimal("2999.50"), 20, "net_sales", "₴1 in 2 days to go: ₴1 a day"),
        (60, 55, 14, "activity", "5 points in 8 days to go"),
        (60, Decimal("59.4"), 21, "activity", "1 point in 1 day to go"),
        (2, 0, 1, "recruits", "2 recruits in 21 days to go: 1 every 11 days"),
        (100, 0, 20, "calls", "100 calls in 2 days to go: 50 a day"),
        (10, 9, 99, "follow_ups", "1 follow-up in 1 day to go: 1 a day"),
    ],
)
def test_the_pace_in_words(goal, done, day, measure, said):
    with translation.override("en"):
        assert to_go(pace(goal, done, day, 21), measure, "UAH") == said


def test_ahead_and_behind_of_an_even_pace():
    at = pace(2100, 500, 3, 21)
    assert (at.percent, at.ahead, at.behind, at.left, at.days_left, at.is_reached) == (23, 200, -200, 1600, 19, False)
    assert (pace(2100, 0, 3, 21).ahead, pace(2100, 2100, 3, 21).is_reached, pace(2100, -50, 3, 21).percent) == (-300, True, -2)
    assert [pace(10, 5, day, 21).day for day in (-5, 0, 1, 21, 22)] == [1, 1, 1, 21, 21]


@pytest.mark.parametrize(
    ("goal", "done", "day", "is_within"),
    [
        (10, 8, 20, True),
        (10, 8, 21, False),
        (10, 7, 20, False),
        (3, 1, 5, True),
        (20, 16, 5, True),
        (20, 15, 5, False),
        (20, 20, 5, False),
    ],
)
def test_within_reach_is_two_orders_or_a_fifth_short_with_two_days_left(goal, done, day, is_within):
    assert pace(goal, done, day, 21).is_within_reach is is_within


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 60), st.data())
def test_keeping_the_pace_reaches_the_goal(goal, done, days, data):
    day = data.draw(st.integers(1, days))
    at = pace(goal, done, day, days)
    days_left = len(range(day, days + 1))
    assert at.days_left == days_left
    assert float(at.ahead) == pytest.approx(float(done - Fraction(goal * day, days)))
    missing = max(goal - done, 0)
    assert at.left == missing
    if missing:
        assert at.each_day * days_left >= missing > (at.each_day - 1) * days_left  # a day less would not do
        assert at.every == max(int(Fraction(days_left, missing) + Fraction(1, 2)), 1)  # to the nearest day


@pytest.mark.parametrize(
    ("past", "measure", "goal"),
    [
        ([], "orders", None),
        ([None, None], "orders", None),
        ([0, 0, 0], "orders", None),
        ([0, 0, 3], "orders", None),
        ([5, 9, 7], "orders", 8),
        ([100, 5, 9, 7], "orders", 8),
        ([9, 10], "orders", 10),
        ([100, 100, 100], "orders", 110),
        ([987, 1203, 1100], "orders", 1200),
        ([None, 2000, None], "net_sales", 2100),
        ([Decimal("1941.17"), Decimal("2055.30"), Decimal(3010)], "net_sales", 2200),
        ([Decimal("0.10")], "net_sales", Decimal("0.11")),
        ([Decimal("55.4"), Decimal("61.2"), Decimal("66.8")], "activity", 64),
        ([98, 99, 100], "activity", 100),
        ([Decimal("0.2")], "activity", 1),
        ([1, 1, 1], "recruits", 2),
        ([10**8] * 3, "calls", 10**8),
        ([Decimal(9999999999)], "net_sales", 9_999_999_999),
    ],
)
def test_a_proposal_is_the_middle_of_three_campaigns_and_a_little_more(past, measure, goal):
    assert proposed([None if one is None else Decimal(one) for one in past], measure) == goal


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=3), st.sampled_from(["orders", "net_sales", "recruits", "calls", "follow_ups"]))
def test_a_proposal_is_never_less_nor_far_more(past, measure):
    goal = proposed(list(map(Decimal, past)), measure)
    middle = Fraction(statistics.median(past)) * Fraction(105, 100)
    assert middle <= goal < middle * Fraction(11, 10) + 1
