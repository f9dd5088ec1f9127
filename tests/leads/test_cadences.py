import datetime as dt
from functools import partial

import pytest
import time_machine

from cotano.jobs.refusals import Refusal
from leads import actions, cadences, clocks, purchases, suppression
from leads.cadences import Said
from leads.models import Attempt, Cadence, Enrolment, Lead, Purchase, Step
from pipeline import actions as boards
from teams.models import User
from tests import make
from tests.together import at_once

MONDAY = dt.datetime(2026, 5, 4, 9, 0, tzinfo=dt.UTC)  # 12:00 in Kyiv
TODAY = dt.date(2026, 5, 4)
Outcome = Attempt.Outcome


def day(n):
    return TODAY + dt.timedelta(days=n)


@pytest.fixture
def clock():
    with time_machine.travel(MONDAY, tick=False) as moved:
        yield moved


@pytest.fixture
def lead(clock, rep):
    cadences.sync_standards()
    return make.lead(rep.rep, phone="067 111 22 33")


@pytest.fixture
def by(rep):
    return rep.user


def own(by, *steps, name="Mine", reach="own", repeats=False):
    return cadences.add_cadence(by=by, name=name, reach=reach, repeats=repeats, steps=[Said(*step) for step in steps])


def delivered(lead, on):
    made = make.purchase(lead)
    purchases.deliver(Purchase.objects.filter(pk=made.pk), by=lead.owner.user, on=on)
    return made


def call(lead, by, outcome=""):
    attempt = actions.log_attempt(lead, by=by, channel="call")
    return actions.give_outcome(attempt, by=by, outcome=outcome) if outcome else attempt


def standing(lead):
    return list(Enrolment.objects.filter(lead=lead).order_by("pk").values_list("cadence__standard", "place", "next_day", "ended_as"))


# ---- the clock alone
def steps(*said):
    return [Step(place=place, after=after, unit=unit) for place, (after, unit) in enumerate(said, start=1)]


TWO_TWO_TWO = steps((2, "days"), (2, "weeks"), (2, "months"))


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        (0, (1, day(2))),
        (1, (1, day(3))),
        (2, (2, day(2 + 14))),
        (13, (2, day(13 + 14))),
        (15, (3, dt.date(2026, 7, 19))),
        (100, None),
        (-1, (1, day(2))),
    ],
)
def test_a_contact_does_what_was_due_and_the_next_step_counts_from_it(contact, expected):
    now = clocks.after_contact(TWO_TWO_TWO, clocks.begin(TWO_TWO_TWO, TODAY), day(contact), repeats=False)
    assert (now and (now.place, now.next_day)) == expected


def test_one_that_repeats_begins_again():
    weekly = steps((7, "days"))
    now = clocks.after_contact(weekly, clocks.begin(weekly, TODAY), day(3), repeats=True)
    assert (now.place, now.next_day) == (1, day(10))
    assert clocks.after_contact(weekly, now, day(40), repeats=True).next_day == day(47)


@pytest.mark.parametrize(
    ("since", "after", "expected"),
    [
        (dt.date(2026, 12, 31), 2, dt.date(2027, 2, 28)),
        (dt.date(2027, 12, 31), 2, dt.date(2028, 2, 29)),
        (dt.date(2026, 1, 31), 1, dt.date(2026, 2, 28)),
    ],
)
def test_a_month_later_is_the_months_last_day_when_it_is_shorter(since, after, expected):
    assert clocks.day_of(since, Step(after=after, unit="months")) == expected


# ---- a delivery
def test_a_delivery_today_is_followed_up_after_2_days_2_weeks_2_months(lead, by):
    purchase = delivered(lead, TODAY)
    enrolment = Enrolment.objects.get()
    ahead = clocks.coming(list(enrolment.cadence.steps.all()), clocks.clock_of(enrolment))
    assert [when for _, when in ahead] == [dt.date(2026, 5, 6), dt.date(2026, 5, 18), dt.date(2026, 7, 4)]
    assert (enrolment.about, enrolment.words) == (f"purchase:{purchase.pk}", purchase.item)


def test_an_earlier_call_shifts_the_next_one_and_no_answer_does_not(lead, by, clock):
    delivered(lead, TODAY)
    clock.move_to(MONDAY + dt.timedelta(days=1))
    call(lead, by, Outcome.NO_ANSWER)
    assert standing(lead) == [("222", 1, day(2), "")]
    call(lead, by, Outcome.CALL_LATER)
    assert standing(lead) == [("222", 1, day(3), "")]


@pytest.mark.parametrize(("ago", "began"), [(7, True), (8, False)])
def test_an_old_delivery_is_history(lead, ago, began):
    delivered(lead, day(-ago))
    assert Enrolment.objects.exists() is began


def test_a_second_delivery_begins_it_anew_and_taking_it_back_ends_it(lead, by):
    delivered(lead, day(-3))
    second = delivered(lead, TODAY)
    # the second purchase was itself a contact after the first delivery
    assert [row[3] for row in standing(lead)] == ["anew", ""]
    purchases.take_back(purchases.Mark.DELIVERED, Purchase.objects.filter(pk=second.pk), by=by)
    assert [row[3] for row in standing(lead)] == ["anew", "by_hand"]


def test_the_markets_own_cadence_goes_before_the_companys_and_none_starts_when_switched_off(lead, by, company):
    own_one = Cadence.objects.create(own_name="Here", start="delivery", market=company.market)
    Step.objects.create(cadence=own_one, place=1, after=1)
    delivered(lead, TODAY)
    assert Enrolment.objects.get().cadence == own_one
    cadences.switch(own_one, is_on=False)
    assert standing(lead) == [("", 1, None, "gone")]
    cadences.switch(Cadence.objects.get(standard="222"), is_on=False)
    other = make.lead(lead.owner, "Other")
    delivered(other, TODAY)
    assert standing(other) == []


# ---- how a lead leaves
@pytest.mark.parametrize(
    ("outcome", "left"),
    [(Outcome.NOT_INTERESTED, {"222": "not_interested", "": "not_interested"}), (Outcome.ORDERED, {"222": "", "": "ordered"})],
)
def test_an_outcome_ends_it(lead, by, outcome, left):
    delivered(lead, TODAY)
    cadences.start(lead, own(by, (5,)), by=by)
    call(lead, by, outcome)
    assert dict(Enrolment.objects.values_list("cadence__standard", "ended_as")) == left


def test_do_not_contact_ends_it_and_nothing_starts_then(lead, by):
    cadence = own(by, (5,))
    cadences.start(lead, cadence, by=by)
    actions.stop_contact(lead, by=by)
    assert standing(lead) == [("", 1, None, "do_not_contact")]
    with pytest.raises(Refusal):
        cadences.start(lead, cadence, by=by)
    delivered(lead, TODAY)
    assert Enrolment.objects.running().count() == 0
    assert cadences.start_many(Lead.objects.all(), cadence, by=by) == []


def test_who_asks_the_company_leaves(lead, by):
    delivered(lead, TODAY)
    suppression.suppress("+380671112233", by=make.staff(), why="asked")
    assert standing(lead) == [("222", 1, None, "refused")]


@pytest.mark.parametrize(("stage", "left"), [("declined", ["lost", "lost"]), ("ordered", ["", "won"])])
def test_a_finished_card_ends_it(lead, by, board, stage, left):
    card = boards.put_on_board(lead, board)
    delivered(lead, TODAY)
    cadences.start(lead, own(by, (5,)), by=by)
    boards.move_card(card, to=board.stages.get(standard=stage), version=card.version, by=by)
    assert [row[3] for row in standing(lead)] == left


def test_by_hand_twice(lead, by):
    enrolment = cadences.start(lead, own(by, (5,)), by=by)
    assert cadences.start(lead, enrolment.cadence, by=by) == enrolment
    cadences.stop(enrolment, by=by)
    assert cadences.stop(enrolment, by=by).ended_as == "by_hand"
    with pytest.raises(Refusal, match="ended"):
        cadences.skip_step(enrolment, by=by, place=1)


def test_a_step_is_let_be_once_however_often_it_is_tapped(lead, by):
    enrolment = cadences.start(lead, own(by, (5,), (9,)), by=by)
    assert [cadences.skip_step(enrolment, by=by, place=1).next_day for _ in range(2)] == [day(9), day(9)]
    assert cadences.skip_step(enrolment, by=by, place=2).ended_as == "done"


def test_a_step_is_put_off(lead, by):
    enrolment = cadences.start(lead, own(by, (0,), (9,)), by=by)
    assert cadences.put_off(enrolment, by=by, day=day(1)).next_day == day(1)
    for wrong in (day(-1), day(731)):
        with pytest.raises(Refusal):
            cadences.put_off(enrolment, by=by, day=wrong)
    call(lead, by, Outcome.CALL_LATER)
    assert Enrolment.objects.get().place == 2


def test_another_reps_lead_and_cadence_are_not_theirs(lead, by, stranger):
    mine, theirs = own(by, (5,)), own(stranger.user, (5,))
    with pytest.raises(Refusal):
        cadences.start(lead, mine, by=stranger.user)
    with pytest.raises(Refusal):
        cadences.start(lead, theirs, by=by)
    enrolment = cadences.start(lead, mine, by=by)
    for act in (
        lambda: cadences.stop(enrolment, by=stranger.user),
        lambda: cadences.change_cadence(mine, by=stranger.user, name="x", reach="own", repeats=False, steps=[Said(1)]),
    ):
        with pytest.raises(Refusal):
            act()
    assert cadences.start_many(Lead.objects.all(), theirs, by=stranger.user) == []


def test_a_leaders_cadence_is_for_all_below(lead, by, upline):
    for_team, alone = own(upline.user, (5,), reach="team", name="T"), own(upline.user, (5,), name="O")
    assert set(Cadence.objects.visible_to(by).filter(standard="")) == {for_team}
    cadences.start(lead, for_team, by=by)
    cadences.change_cadence(for_team, by=upline.user, name="T", reach="own", repeats=False, steps=[Said(5)])
    assert standing(lead) == [("", 1, None, "gone")]
    with pytest.raises(Refusal):
        cadences.start(lead, alone, by=by)


def test_many_by_three_statements(lead, by, rep, django_assert_max_num_queries):
    make.leads(rep.rep, 5, first=10)
    Lead.objects.filter(name__in=["Lead 10", "Lead 11"]).update(tags=["spring"])
    cadence = own(by, (5,))
    assert len(cadences.start_many(Lead.objects.filter(tags__contains=["spring"]), cadence, by=by)) == 2
    with django_assert_max_num_queries(16):
        assert len(cadences.start_many(Lead.objects.all(), cadence, by=by)) == 4
    assert cadences.start_many(Lead.objects.all(), cadence, by=by) == []
    assert set(Enrolment.objects.values_list("next_day", flat=True)) == {day(5)}


def test_who_left_it_once_and_is_in_another_one_is_among_the_many(lead, by):
    once, other = own(by, (5,)), own(by, (9,), name="Other")
    cadences.stop(cadences.start(lead, once, by=by), by=by)
    cadences.start(lead, other, by=by)
    assert [one.lead_id for one in cadences.start_many(Lead.objects.all(), once, by=by)] == [lead.pk]


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_puts_many_in_once(rep):
    make.leads(rep.rep, 3)
    cadence = own(rep.user, (5,))
    made, failed = at_once(*[partial(cadences.start_many, Lead.objects.all(), cadence, by=rep.user)] * 2)
    assert (sorted(len(one) for one in made), failed) == ([0, 3], [])


# ---- how hot
def test_hotness_brings_them_back_since_the_last_contact(lead, by, clock):
    for hot, days in ((5, 7), (4, 14), (3, 30), (2, 60), (1, 90)):
        lead.hotness = hot
        assert cadences.follow_hotness(lead, by=by).next_day == day(days)
    assert Enrolment.objects.running().count() == 1
    lead.hotness = 0
    assert cadences.follow_hotness(lead, by=by) is None
    assert Enrolment.objects.running().count() == 0
    Lead.objects.filter(pk=lead.pk).update(contacted_at=MONDAY - dt.timedelta(days=5))
    lead = Lead.objects.select_related("owner__user").get(pk=lead.pk)
    lead.hotness = 5
    assert cadences.follow_hotness(lead, by=by).next_day == day(2)


# ---- attempts without an outcome
def test_an_attempt_without_an_outcome_counts_after_24_hours(lead, by, clock):
    delivered(lead, TODAY)
    before = Lead.objects.get().contacted_at
    clock.move_to(MONDAY + dt.timedelta(days=1))
    call(lead, by)
    later = MONDAY + dt.timedelta(days=2)
    assert clocks.count_silent(later - dt.timedelta(seconds=1)) == 0
    assert Lead.objects.get().contacted_at == before
    assert [clocks.count_silent(later), clocks.count_silent(later)] == [1, 0]
    assert Lead.objects.get().contacted_at == MONDAY + dt.timedelta(days=1)
    assert standing(lead) == [("222", 1, day(3), "")]


# ---- making and changing them
@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ([Said(n + 1) for n in range(1000)], "at most 30 steps"),
        ([], "at least one"),
        ([Said(2), Said(2)], "later than the one before"),
        ([Said(2, "weeks"), Said(10)], "later than the one before"),
        ([Said(25, "months")], "two years"),
        ([Said(-1)], "two years"),
        ([Said(1, "years")], "two years"),
        ([Said(1, "days", "pigeon")], "no such way"),
    ],
)
def test_what_is_no_cadence(lead, by, said, sentence):
    with pytest.raises(Refusal, match=sentence):
        cadences.add_cadence(by=by, name="X", reach="own", repeats=False, steps=said)
    assert not Cadence.objects.filter(owner=lead.owner).exists()


@pytest.mark.parametrize(("name", "reach"), [(" ", "own"), ("X", "company")])
def test_a_rep_makes_no_cadence_of_the_company(by, name, reach):
    with pytest.raises(Refusal):
        own(by, (1,), name=name, reach=reach)


def test_the_same_form_is_one_cadence_and_fifty_are_enough(by):
    made = {cadences.add_cadence(by=by, name="X", reach="own", repeats=False, steps=[Said(1)], once="a").pk for _ in range(3)}
    assert len(made) == 1
    Cadence.objects.bulk_create(Cadence(owner=by.rep, reach="own", own_name=f"C{n}") for n in range(49))
    with pytest.raises(Refusal, match="50"):
        own(by, (1,))


def test_whoever_is_in_one_goes_on_by_its_new_steps(lead, by):
    cadence = own(by, (5,), (9,), (12,))
    first = cadences.start(lead, cadence, by=by)
    last = cadences.start(make.lead(lead.owner, "Other"), cadence, by=by)
    for place in (1, 2):
        cadences.skip_step(last, by=by, place=place)
    cadences.change_cadence(cadence, by=by, name="New", reach="own", repeats=False, steps=[Said(1, "months"), Said(3, "months")])
    first.refresh_from_db()
    last.refresh_from_db()
    assert (first.next_day, last.ended_as) == (dt.date(2026, 6, 4), "done")
    cadences.remove_cadence(cadence, by=by)
    assert list(Enrolment.objects.filter(ended_as="gone")) == [first]


def test_the_standard_ones_are_made_once_and_stay_as_changed(db):
    Cadence.objects.all().delete()
    cadences.sync_standards()
    made = {one.standard: [(step.after, step.unit) for step in one.steps.all()] for one in Cadence.objects.all()}
    assert made == {
        "222": [(2, "days"), (2, "weeks"), (2, "months")],
        "hot5": [(7, "days")],
        "hot4": [(14, "days")],
        "hot3": [(30, "days")],
        "hot2": [(60, "days")],
        "hot1": [(90, "days")],
        "birthday": [(0, "days")],
    }
    Step.objects.filter(cadence__standard="222", place=1).update(after=3)
    cadences.sync_standards()
    assert (Cadence.objects.count(), Step.objects.get(cadence__standard="222", place=1).after) == (7, 3)


def test_a_zone_that_is_no_more_counts_as_utc(lead, by):
    User.objects.filter(pk=by.pk).update(zone="Europe/Atlantis")
    lead = Lead.objects.select_related("owner__user").get(pk=lead.pk)
    assert cadences.start(lead, own(lead.owner.user, (5,)), by=lead.owner.user).next_day == day(5)
