"""Whom to call first: the reasons, their order, until when, and who is done with."""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from campaigns import call_first, calling, snapshots
from campaigns.goals import set_goal
from campaigns.models import CallFirst, Campaign, Cause, Goal, GroupDeadline, SnapshotRun
from cotano.jobs.refusals import Refusal
from teams import touches
from teams.models import Rep, Touch
from tests import make
from tests.campaigns.calls import idle, order, past, snapshot, write

Reason = CallFirst.Reason


@pytest.fixture
def line(company, upline):
    """Makes a rep below the upline."""

    def grow(code, **fields):
        return make.rep(code, fields.pop("territory", company.territory), sponsor=fields.pop("sponsor", upline.rep), login=False, **fields)

    return grow


def listed(upline, **more):
    found = call_first.read(call_first.of_line(upline.rep), reader=upline.user, **more)
    return [(row.rep.code, row.reason, row.by_day) for row in found.rows]


def codes(upline, **more):
    return [code for code, _reason, _day in listed(upline, **more)]


@pytest.fixture
def everybody(company, line):
    """One rep for each reason, on the day from which newcomers are called."""
    before2, before3 = past(company, 1), past(company, 2)
    now, last = company.campaign, company.before
    new = line("new")
    snapshot(now, new, is_newcomer=True, appointed=True)
    two = line("two")
    snapshot(last, two, idle=2)
    snapshot(now, two, idle=3)
    second = line("second")
    snapshot(last, second, active=True, first_order=True)
    snapshot(now, second)
    one = line("one")
    snapshot(before2, one, active=True)
    idle(company, one)
    usual = line("usual")
    snapshot(before3, usual, active=True)
    snapshot(last, usual, active=True)
    snapshot(now, usual)
    goal = make.rep("goal", company.territory, sponsor=new)
    set_goal(goal, now, by=goal.user, target=1000)
    snapshot(now, goal, active=True, net_sales=800)
    fine = line("fine")
    snapshot(now, fine, active=True)
    gone = line("gone")
    snapshot(last, gone, idle=3)
    snapshot(now, gone, idle=4)
    Rep.objects.filter(pk=gone.pk).update(status="removed", removed_on=now.starts_on)
    third = line("third")
    snapshot(last, third, idle=3)
    snapshot(now, third, idle=4)


@pytest.fixture
def near(company):
    """A week before the deadline."""
    moment = dt.datetime.combine(company.campaign.order_deadline - dt.timedelta(7), dt.time(12), dt.UTC)
    with time_machine.travel(moment, tick=False):
        yield moment


def test_the_reasons_in_their_order_each_by_its_day(company, upline, everybody, near):
    assert write(company.campaign) == 6
    deadline, ends = company.campaign.order_deadline, company.campaign.ends_on
    assert listed(upline) == [
        ("new", Reason.NEWCOMER, deadline),
        ("two", Reason.TWO_IDLE, deadline),
        ("second", Reason.NO_SECOND, deadline),
        ("one", Reason.ONE_IDLE, deadline),
        ("usual", Reason.USUAL, deadline),
        ("goal", Reason.OWN_GOAL, ends),
    ]


def test_every_row_says_why(company, upline, everybody, near):
    write(company.campaign)
    rows = call_first.read(call_first.of_line(upline.rep), reader=upline.user).rows
    assert [(row.why, row.tone) for row in rows] == [
        ("New, no first order yet", "due"),
        ("Two campaigns without an order: one from removal", "due"),
        ("First order, no second one yet", "soon"),
        ("No order in the last campaign", "soon"),
        ("Usual orderer, not in yet", ""),
        ("₴200 to the goal", ""),
    ]


def test_a_newcomer_waits_until_the_deadline_is_near(company, upline, everybody, near):
    with time_machine.travel(near - dt.timedelta(1), tick=False):
        write(company.campaign)
        assert codes(upline)[0] == "two"


def test_a_goal_with_less_than_two_days_left_is_out_of_reach(company, upline, everybody):
    for left, found in ((1, ["goal"]), (0, [])):
        day = company.campaign.ends_on - dt.timedelta(left)
        with time_machine.travel(dt.datetime.combine(day, dt.time(12), dt.UTC), tick=False):
            write(company.campaign)
            assert codes(upline, reason=Reason.OWN_GOAL) == found


@pytest.mark.parametrize(("net", "found"), [("799.99", 0), ("800", 1), ("999.99", 1), ("1000", 0)])
def test_a_goal_is_close_from_80_percent_on(company, upline, net, found):
    rep = make.rep("201", company.territory, sponsor=upline.rep)
    set_goal(rep, company.campaign, by=rep.user, target=1000)
    snapshot(company.campaign, rep, active=True, net_sales=net)
    assert write(company.campaign) == found


@pytest.mark.parametrize(("orders", "why"), [(0, None), (1, None), (2, "2 orders to the goal"), (3, "1 order to the goal"), (4, None)])
def test_a_goal_of_orders_is_close_from_two_orders_on(company, upline, orders, why):
    rep = make.rep("201", company.territory, sponsor=upline.rep)
    set_goal(rep, company.campaign, by=rep.user, measure="orders", target=4)
    snapshot(company.campaign, rep, active=orders > 0, orders=orders)
    write(company.campaign)
    assert [row.why for row in call_first.read(call_first.of_line(upline.rep), reader=upline.user).rows] == ([why] if why else [])


def test_the_companys_goal_is_told_to_managers_the_reps_own_is_not(company, upline):
    for code, is_company in (("201", True), ("202", False)):
        rep = make.rep(code, company.territory, sponsor=upline.rep)
        Goal.objects.create(rep=rep, campaign=company.campaign, measure="net_sales", target=1000, is_company=is_company)
        snapshot(company.campaign, rep, active=True, net_sales=900)
    write(company.campaign)
    assert codes(upline) == ["201", "202"]
    told = CallFirst.objects.managed_by(make.manager(company.territory))
    assert list(told.values_list("rep__code", flat=True)) == ["201"]


def test_a_second_order_in_the_same_campaign_is_a_second_order(company, line, upline):
    rep = line("201")
    snapshot(company.before, rep, active=True, first_order=True, orders=2)
    snapshot(company.campaign, rep)
    assert write(company.campaign) == 0


def test_no_second_order_goes_before_one_campaign_without(company, line, upline):
    rep, before2 = line("201"), past(company, 1)
    snapshot(before2, rep, active=True, first_order=True)
    idle(company, rep)
    write(company.campaign)
    assert [reason for _code, reason, _day in listed(upline)] == [Reason.NO_SECOND]


@pytest.mark.parametrize(("ordered", "found"), [((1, 2), 1), ((1, 3), 1), ((2, 3), 0), ((1,), 0)])
def test_a_usual_orderer_ordered_in_two_of_three(company, line, ordered, found):
    """Who did not order in the last one has the stronger reason, told of elsewhere."""
    rep = line("201")
    three = {1: company.before, 2: past(company, 1), 3: past(company, 2)}
    past(company, 3)
    for back in ordered:
        snapshot(three[back], rep, active=True)
    if 1 not in ordered:
        snapshot(company.before, rep)
    snapshot(company.campaign, rep)
    write(company.campaign)
    assert CallFirst.objects.filter(reason=Reason.USUAL).count() == found


def test_the_deadline_of_the_nearest_territory(company, line, upline):
    for place, code in ((company.territory, "201"), (company.other_territory, "202")):
        idle(company, line(code, territory=place))
    day = company.campaign.starts_on + dt.timedelta(5)
    GroupDeadline.objects.create(campaign=company.campaign, territory=company.other_territory, order_deadline=day)
    write(company.campaign)
    assert [(code, by_day) for code, _reason, by_day in listed(upline)] == [("202", day), ("201", company.campaign.order_deadline)]


def test_only_what_differs_is_written_and_who_has_ordered_goes(company, line, upline):
    rep = line("201")
    idle(company, rep)
    assert (write(company.campaign), write(company.campaign)) == (1, 0)
    company.campaign.snapshots.update(active=True, idle=0, orders=1)
    assert (write(company.campaign), CallFirst.objects.count()) == (1, 0)


@pytest.mark.parametrize("days", [-4, 30])
def test_a_campaign_that_does_not_run_has_no_list(company, line, upline, days):
    idle(company, line("201"))
    write(company.campaign)
    with time_machine.travel(timezone.now() + dt.timedelta(days), tick=False):
        assert (write(company.campaign), codes(upline)) == (0, [])


def test_who_has_ordered_since_is_done_with_unless_it_was_sent_back(company, line, upline):
    rep = line("201")
    idle(company, rep)
    write(company.campaign)
    placed = order(rep, company.campaign)
    assert codes(upline) == []
    order(rep, company.campaign, returns=placed)
    assert codes(upline) == ["201"]


def test_who_was_reached_leaves_for_the_rest_of_the_campaign(company, line, upline):
    rep = line("201")
    idle(company, rep)
    write(company.campaign)
    calling.finish_call(rep, by=upline.user, channel="call", outcome="reached")
    write(company.campaign)
    with time_machine.travel(timezone.now() + dt.timedelta(5), tick=False):
        assert codes(upline) == []


def test_a_contact_before_the_campaign_does_not_count(company, line, upline):
    rep = line("201")
    idle(company, rep)
    write(company.campaign)
    at = timezone.now() - dt.timedelta(4)
    Touch.objects.create(rep=rep, by=upline.user, channel="call", outcome="reached", at=at)
    (row,) = call_first.read(call_first.of_line(upline.rep), reader=upline.user).rows
    assert (row.rep.pk, row.contacted) == (rep.pk, at)


def test_another_reason_brings_the_rep_back(company, line, upline):
    rep = line("201")
    snapshot(company.before, rep, active=True)
    snapshot(past(company, 1), rep, active=True)
    snapshot(company.campaign, rep)
    write(company.campaign)
    touches.log_touch(rep, by=upline.user, channel="visit", outcome="reached")
    assert codes(upline) == []
    company.before.snapshots.update(active=False, idle=1, orders=0)  # a late file of returns
    write(company.campaign)
    assert codes(upline) == ["201"]


def test_no_answer_comes_back_tomorrow_in_the_market(company, line, upline):
    rep = line("201")
    idle(company, rep)
    write(company.campaign)
    night = dt.datetime.combine(company.campaign.starts_on + dt.timedelta(4), dt.time(21, 30), dt.UTC)  # past midnight in Kyiv
    with time_machine.travel(night - dt.timedelta(hours=1), tick=False):
        calling.finish_call(rep, by=upline.user, channel="call", outcome="no_answer")
        assert codes(upline) == []
    with time_machine.travel(night + dt.timedelta(hours=1), tick=False):
        assert codes(upline) == ["201"]


def test_a_leader_sees_the_whole_downline_and_nobody_else(company, line, upline, stranger):
    low = line("202", sponsor=line("201"), territory=company.other_territory)
    for rep in (low, stranger.rep, upline.rep):
        idle(company, rep)
    write(company.campaign)
    assert CallFirst.objects.count() == 3
    assert codes(upline) == ["202"]
    assert sorted(CallFirst.objects.visible_to(upline.user).values_list("rep__code", flat=True)) == ["202"]


def test_pages_of_fifty_by_reason_day_and_rep(company, line, upline):
    reps = [line(f"2{n:02d}") for n in range(52)]
    for rep in reps:
        idle(company, rep)
    write(company.campaign)
    first = call_first.read(call_first.of_line(upline.rep), reader=upline.user)
    assert ([row.rep.code for row in first.rows], bool(first.more_after)) == ([rep.code for rep in reps[:50]], True)
    rest = call_first.read(call_first.of_line(upline.rep), reader=upline.user, after=first.more_after)
    assert ([row.rep.code for row in rest.rows], rest.more_after) == (["250", "251"], "")


@pytest.mark.parametrize("after", ["x", "1.2", "9.739000.1", "1.0.1", "1.99999999999.1", "1.739000.x", "\x00", "1.739000.1.1"])
def test_nonsense_is_no_place_in_the_list(after):
    assert call_first.parse(after) is None


def test_a_campaign_that_has_begun_has_its_list_soon(company, line, upline):
    """Nobody waits for a file or for the night."""
    order(line("201"), past(company, 1))
    snapshots.take(company.before, cause=Cause.ASKED)
    snapshots.take_due()
    assert [(run.campaign, run.cause) for run in SnapshotRun.objects.filter(campaign=company.campaign)] == [(company.campaign, "nightly")]
    assert codes(upline) == ["201"]
    assert snapshots.take_due() == 0


def test_several_calendars_side_by_side(company, line, upline):
    idle(company, line("201"))
    other = make.calendar(company.market, code="B")
    before, running, _next = make.campaigns(other, number=3)
    rep = line("202", calendar="B")
    snapshot(before, rep, idle=2)
    snapshot(running, rep, idle=3)
    write(company.campaign)
    write(running)
    assert codes(upline) == ["202", "201"]
    Campaign.objects.filter(pk=running.pk).update(ends_on=timezone.now().date() - dt.timedelta(1), order_deadline=running.starts_on)
    assert codes(upline) == ["201"]


# ---- claims
def claim_of(upline):
    (row,) = call_first.read(call_first.of_line(upline.rep), reader=upline.user).rows
    return row.claim and row.claim.name


def test_one_caller_at_a_time_for_an_hour(company, line, upline):
    low = line("202", sponsor=make.rep("201", company.territory, sponsor=upline.rep, name="Anna First"))
    idle(company, low)
    write(company.campaign)
    assert claim_of(upline) is None
    calling.claim_call(low, by=low.sponsor.user)
    assert claim_of(upline) == "Anna First"
    with pytest.raises(Refusal, match="Rep 202: Anna First is calling just now") as refused:
        calling.claim_call(low, by=upline.user)
    assert refused.value.status == 409
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=61), tick=False):
        assert claim_of(upline) is None
        calling.claim_call(low, by=upline.user)
        assert claim_of(upline) == ""


def test_the_same_caller_again_has_another_hour(company, line, upline):
    rep = line("201")
    first = calling.claim_call(rep, by=upline.user)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=30), tick=False):
        assert calling.claim_call(rep, by=upline.user).until > first.until


def test_an_outcome_and_a_release_let_go_of_ones_own_claim_alone(company, line, upline):
    rep, manager = line("201"), make.manager(company.territory)
    calling.claim_call(rep, by=manager)
    calling.release_call(rep, by=upline.user)
    calling.finish_call(rep, by=upline.user, channel="call", outcome="reached")
    with pytest.raises(Refusal, match="the company is calling"):
        calling.claim_call(rep, by=upline.user)
    calling.release_call(rep, by=manager)
    calling.claim_call(rep, by=upline.user)
    with pytest.raises(Refusal, match="a leader of the team is calling"):
        calling.claim_call(rep, by=manager, in_charge=True)


@pytest.mark.parametrize("act", [calling.claim_call, calling.release_call])
def test_nobody_else_takes_a_call(company, rep, upline, stranger, act):
    for who in (stranger, rep):
        with pytest.raises(Refusal, match="not in charge"):
            act(rep.rep, by=who.user)


def test_a_removed_rep_is_not_called(company, line, upline):
    rep = line("201", status="removed", removed_on=dt.date(2024, 1, 1))
    with pytest.raises(Refusal, match="removed by the company"):
        calling.claim_call(rep, by=upline.user)
