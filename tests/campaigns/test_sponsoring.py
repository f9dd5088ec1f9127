"""From which campaign on: the running one at once, a coming one by plan, a closed one never."""

import datetime as dt

import pytest
import time_machine

from campaigns import sponsoring, tasks
from cotano.jobs.refusals import Refusal
from teams.models import Rep, SponsorChange
from tests import make
from tests.together import at_once


@pytest.fixture
def pair(company):
    return make.rep("A", company.territory), make.rep("B", company.territory)


def change(rep, to, staff, campaign=None):
    return sponsoring.change_sponsor(rep, to, by=staff.user, why="Asked by both", campaign=campaign)


def sponsor_of(code):
    return Rep.objects.values_list("sponsor__code", flat=True).get(code=code)


@pytest.mark.parametrize("named", [True, False])
def test_into_the_running_campaign_at_once(named, pair, staff, company):
    change(*pair, staff, company.campaign if named else None)
    assert sponsor_of("A") == "B"
    assert SponsorChange.objects.values_list("year", "number", "state").get() == (company.campaign.year, 14, "applied")


def test_between_campaigns_without_a_number(pair, staff, company):
    with time_machine.travel(company.following.ends_on + dt.timedelta(days=5)):
        change(*pair, staff)
    assert SponsorChange.objects.values_list("year", "number", "state").get() == (None, None, "applied")


def test_into_a_closed_campaign_never(pair, staff, company):
    with pytest.raises(Refusal, match=r"^Campaign UA \d{4}-13 has ended: what it showed does not change\.$"):
        change(*pair, staff, company.before)
    assert sponsor_of("A") is None


def test_only_into_the_reps_own_calendar(pair, staff, company):
    other = make.campaigns(make.calendar(company.market, "MAIL"))[2]
    with pytest.raises(Refusal, match=r"is not of the calendar UA"):
        change(*pair, staff, other)


def test_a_coming_campaign_brings_what_was_planned(pair, staff, company):
    change(*pair, staff, company.following)
    tasks.apply_started()
    assert (sponsor_of("A"), SponsorChange.objects.get().state) == (None, "planned")
    eve = dt.datetime.combine(company.following.starts_on, dt.time(), dt.UTC) - dt.timedelta(hours=4)
    with time_machine.travel(eve, tick=False):  # not yet midnight in Kyiv
        assert sponsoring.apply_started() == 0
    with time_machine.travel(eve + dt.timedelta(hours=3), tick=False):
        assert (sponsoring.apply_started(), sponsoring.apply_started()) == (1, 0)
    assert (sponsor_of("A"), SponsorChange.objects.get().state) == ("B", "applied")


def test_a_campaign_slept_through_is_made_up_for_in_order(pair, staff, company):
    other = make.rep("C", company.territory)
    last = make.campaigns(company.calendar, today=company.following.ends_on + dt.timedelta(days=50), day=1, number=18)[1]
    change(pair[0], other, staff, last)
    change(*pair, staff, company.following)
    with time_machine.travel(last.ends_on + dt.timedelta(days=30)):
        assert sponsoring.apply_started() == 2
    assert sponsor_of("A") == "C"


def test_an_unknown_campaign_is_waited_for(pair, staff, company):
    change(*pair, staff, company.following)
    company.following.delete()
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=60)):
        assert sponsoring.apply_started() == 0
    assert SponsorChange.objects.get().state == "planned"


def test_what_may_be_chosen(pair, company):
    assert sponsoring.coming(pair[0]) == [company.campaign, company.following]
    with time_machine.travel(company.following.ends_on + dt.timedelta(days=1)):
        assert sponsoring.coming(pair[0]) == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_apply_each_plan_once(company, staff):
    top = make.rep("TOP", company.territory, login=False)
    for n in range(8):
        change(make.rep(f"R{n}", company.territory, login=False), top, staff, company.following)
    with time_machine.travel(company.following.starts_on + dt.timedelta(days=1)):
        applied, _failed = at_once(*[sponsoring.apply_started] * 2)
    assert (len(applied), sum(applied)) == (2, 8)
    assert set(SponsorChange.objects.values_list("state", flat=True)) == {"applied"}
    assert Rep.objects.below(top.pk).count() == 8
