"""The ladder of titles and the estimate by levels, against slow and obvious ways to find the same."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.estimate import Share, estimate
from campaigns.ladder import Figures, Requirement, Step, standing

REP = Step("REP", "Representative", 1)
LEADER = Step("LEAD", "Leader", 2, (Requirement("pv", 100), Requirement("active_first_level", 3)))
DIRECTOR = Step(
    "DIR",
    "Director",
    3,
    (Requirement("pv", 150), Requirement("gv", 2000), Requirement("orders", 2), Requirement("recruits", 1),
     Requirement("legs_with_title", 2, 2)),
)  # fmt: skip
LADDER = [DIRECTOR, REP, LEADER]


def told(found):
    """(title, next, what is missing) in short."""
    missing = [(one.requirement.figure, one.has, one.requirement.at_least, one.missing) for one in found.missing]
    return found.title and found.title.code, found.next and found.next.code, missing


def test_where_figures_stand_and_what_is_missing():
    nothing = Figures()
    assert told(standing(LADDER, nothing)) == ("REP", "LEAD", [("pv", 0, 100, 100), ("active_first_level", 0, 3, 3)])
    close = Figures(pv=100, active_first_level=2)
    assert told(standing(LADDER, close)) == ("REP", "LEAD", [("active_first_level", 2, 3, 1)])
    assert [standing(LADDER, one).is_one_step_away for one in (nothing, close)] == [False, True]
    leader = Figures(pv=150, gv=1999, orders=2, recruits=1, active_first_level=3, legs=(2, 0, 3, 1))
    assert told(standing(LADDER, leader)) == ("LEAD", "DIR", [("gv", 1999, 2000, 1)])
    assert [one.has for one in standing(LADDER, leader).met] == [150, 1999, 2, 1, 2]
    top = Figures(pv=150, gv=2000, orders=2, recruits=1, legs=(2, 2))  # of its own, whatever the title below asks for
    assert (told(standing(LADDER, top)), standing(LADDER, top).is_one_step_away) == (("DIR", None, []), False)
    assert told(standing([], top)) == (None, None, [])
    assert told(standing([LEADER, DIRECTOR], nothing)) == (None, "LEAD", [("pv", 0, 100, 100), ("active_first_level", 0, 3, 3)])


@pytest.mark.parametrize("held", ["LEAD", "leader", "  Leader ", "lead"])
def test_the_title_on_the_roster_counts(held):
    assert told(standing(LADDER, Figures(), held))[:2] == ("LEAD", "DIR")


def test_a_title_that_the_ladder_does_not_know_is_as_none():
    assert told(standing(LADDER, Figures(pv=500, active_first_level=9), "Diamond"))[:2] == ("LEAD", "DIR")


def test_the_next_title_may_be_met_already():
    found = standing(LADDER, Figures(pv=100, active_first_level=3), "REP")
    assert (told(found), found.is_one_step_away) == (("REP", "LEAD", []), False)


SIMPLE = ("pv", "gv", "orders", "active_first_level", "recruits")
NUMBERS = st.integers(0, 5)


@st.composite
def ladders(draw):
    """A ladder of up to five titles, and figures."""
    steps = []
    for place in range(1, draw(st.integers(0, 5)) + 1):
        asked = [
            Requirement(figure, draw(st.integers(1, 5))) for figure in draw(st.lists(st.sampled_from(SIMPLE), unique=True, max_size=3))
        ]
        if place > 1 and draw(st.booleans()):
            asked.append(Requirement("legs_with_title", draw(st.integers(1, 3)), draw(st.integers(1, place - 1))))
        steps.append(Step(f"T{place}", f"Title {place}", place, tuple(asked)))
    return steps, Figures(*(draw(NUMBERS) for _ in SIMPLE), legs=tuple(draw(st.lists(NUMBERS, max_size=4))))


@given(ladders(), st.randoms(use_true_random=False))
def test_any_ladder_read_slowly_says_the_same(given_, chance):
    steps, figures = given_
    own = {"pv": figures.pv, "gv": figures.gv, "orders": figures.orders, "active_first_level": figures.active_first_level}
    own["recruits"] = figures.recruits

    def has(asked):
        if asked.figure != "legs_with_title":
            return own[asked.figure]
        legs = 0
        for highest in figures.legs:
            if highest >= asked.of:
                legs += 1
        return legs

    title = None
    for step in steps:
        if not [asked for asked in step.requirements if has(asked) < asked.at_least]:
            title = step
    above = [step for step in steps if title is None or step.place > title.place]
    mixed = list(steps)
    chance.shuffle(mixed)
    found = standing(mixed, figures)
    assert (found.title, found.next) == (title, above[0] if above else None)
    unmet = [(asked, asked.at_least - has(asked)) for asked in (above[0].requirements if above else ()) if has(asked) < asked.at_least]
    assert [(one.requirement, one.missing) for one in found.missing] == unmet
    assert found.is_one_step_away is (len(unmet) == 1)


# ---- the estimate
PLAN = [Share(2, Decimal(3), 150), Share(1, Decimal("5.5"), 100), Share(7, Decimal(1))]


def test_an_estimate_says_so_level_by_level():
    found = estimate(PLAN, 120, [1000, 2000, 99999, 0, 0, 0, 333])
    assert [(line.depth, line.volume, line.amount, line.lacks) for line in found.lines] == [
        (1, 1000, Decimal("55.00"), 0),
        (2, 2000, Decimal(0), 30),
        (7, 333, Decimal("3.33"), 0),
    ]
    assert (found.total, str(found.label)) == (Decimal("58.33"), "Estimate")
    assert estimate(PLAN, 0, {7: 100}).total == 1
    assert estimate([], 500, [1, 2, 3]).total == 0
    assert estimate([Share(1, Decimal(50))], 0, [-100]).total == 0  # more came back than was ordered


@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 300)), max_size=7),
    st.integers(0, 300),
    st.lists(st.integers(-1000, 10**6), min_size=7, max_size=7),
)
def test_any_estimate_computed_slowly_is_the_same(shares, pv, volumes):
    plan = [Share(level, Decimal(hundredths) / 100, least) for level, (hundredths, least) in enumerate(shares, start=1)]
    hundredths_of_cents = 0
    for share in plan:
        if pv >= share.minimum_pv and volumes[share.depth - 1] > 0:
            exact = volumes[share.depth - 1] * int(share.percent * 100)  # in hundredths of a cent
            down, rest = divmod(exact, 100)
            hundredths_of_cents += down + (rest > 50 or (rest == 50 and down % 2 == 1))
    assert estimate(plan, pv, volumes).total == Decimal(hundredths_of_cents) / 100
