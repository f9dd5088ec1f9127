"""The first page."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.goals import set_goal
from campaigns.models import Order
from cotano.jobs.models import Job
from leads import actions as follow_up
from leads.cadences import sync_standards
from leads.models import Cadence, Enrolment, Reminder
from pipeline.actions import move_card
from teams.models import Rep
from tests import make

HOME = reverse("pipeline:home")


def names(response):
    return re.findall(r"<b>([^<]+)</b>", response.content.decode().split("</header>")[1])


def remind(lead, *, days, hour=10):
    """An open reminder `days` from today, past or future."""
    day = timezone.localdate(timezone=dt.timezone(dt.timedelta(hours=2))) + dt.timedelta(days=days)
    due_at = timezone.now() + dt.timedelta(days=days) if days else timezone.now() - dt.timedelta(minutes=1)
    return Reminder.objects.create(
        owner=lead.owner, lead=lead, by=lead.owner.user, day=day, time=dt.time(hour), zone="Europe/Kyiv", due_at=due_at
    )


def order(rep, campaign, number, amount):
    Order.objects.create(
        number=number, kind="order", rep=rep, campaign=campaign, placed_on=campaign.starts_on, amount=amount, currency="UAH"
    )


def test_works(rep, company, lead):
    page = rep.get(HOME).content.decode()
    assert "Campaign 14" in page
    assert "Day 3 of 21" in page
    assert "Set a goal" in page
    assert "Nobody waits for a call today" in page


def test_the_goal_says_how_far_and_whether_ahead(rep, company):
    set_goal(rep.rep, company.campaign, by=rep.user, target=2100)
    order(rep.rep, company.campaign, "1", 500)
    order(rep.rep, company.before, "2", 9999)
    page = rep.get(HOME).content.decode()
    assert "₴500" in page
    assert "of ₴2,100" in page
    assert "₴200 ahead" in page
    assert "23%" in page


def test_behind_the_pace(rep, company):
    set_goal(rep.rep, company.campaign, by=rep.user, target=2100)
    assert "₴300 behind" in rep.get(HOME).content.decode()


def test_overdue_and_today_come_first_then_the_work_list_by_day(rep, board):
    today = timezone.localdate()
    late, now, later, soon, sometime, free = make.leads(rep.rep, 6)
    make.work_item(sometime)
    make.work_item(later, call_by=today + dt.timedelta(days=9), reason="Birthday")
    make.work_item(soon, call_by=today + dt.timedelta(days=2))
    remind(now, days=0)
    remind(late, days=-2)
    remind(free, days=3)
    response = rep.get(HOME)
    assert names(response) == [lead.name for lead in (late, now, soon, later, sometime)]
    page = response.content.decode()
    assert "Overdue 2 days" in page
    assert "0 of 5 done" in page
    assert f'data-attempt="{reverse("pipeline:attempt", args=[late.pk])}"' in page


def call(rep, lead, outcome):
    follow_up.give_outcome(follow_up.log_attempt(lead, by=rep.user, channel="call"), by=rep.user, outcome=outcome)


def test_who_was_called_is_done(rep, board, lead):
    other = make.lead(rep.rep, "Burl", phone="0671112234")
    for person in (lead, other):
        make.work_item(person)
    call(rep, lead, "no_answer")
    response = rep.get(HOME)
    assert names(response) == ["Burl"]
    assert "1 of 2 done" in response.content.decode()
    call(rep, other, "interested")
    assert "All done: 2 people called" in rep.get(HOME).content.decode()


def test_a_tap_by_mistake_loses_nobody(rep, board, lead):
    make.work_item(lead)
    follow_up.log_attempt(lead, by=rep.user, channel="call")
    response = rep.get(HOME)
    assert names(response) == [lead.name]
    page = response.content.decode()
    assert "0 of 1 done" in page
    assert "How did it go?" in page


def test_who_has_a_later_reminder_waits_for_it(rep, lead):
    make.work_item(lead)
    remind(lead, days=3)
    assert names(rep.get(HOME)) == []


def test_who_ordered_or_declined_is_not_called(rep, card, stages):
    make.work_item(card.lead)
    move_card(card, to=stages["ordered"], version=1, by=rep.user)
    assert names(rep.get(HOME)) == []


def test_who_was_reached_since_the_file_is_not_called_again_until_the_next_one(rep, lead, staff):
    yesterday = timezone.now() - dt.timedelta(days=1)
    job = Job.objects.create(owner=staff.user, kind="worklist", file_name="day1.csv", sha256="0" * 64, size=1, created_at=yesterday)
    item = make.work_item(lead, job=job)
    assert names(rep.get(HOME)) == [lead.name]
    lead.contacted_at = yesterday + dt.timedelta(hours=1)
    lead.save(update_fields=["contacted_at"])
    assert names(rep.get(HOME)) == []
    item.job = Job.objects.create(owner=staff.user, kind="worklist", file_name="day2.csv", sha256="1" * 64, size=1)
    item.save(update_fields=["job"])
    assert names(rep.get(HOME)) == [lead.name]


def test_a_row_that_the_company_closed_is_gone(rep, lead):
    make.work_item(lead, done_at=timezone.now())
    assert names(rep.get(HOME)) == []


def test_more_people_are_one_tap_away(rep):
    for person in make.leads(rep.rep, 9):
        make.work_item(person)
    response = rep.get(HOME)
    assert len(names(response)) == 7
    assert '?all=1">2 more<' in response.content.decode()
    assert len(names(rep.get(HOME, {"all": "1"}))) == 9


def test_without_people_it_helps_to_bring_them(rep):
    page = rep.get(HOME).content.decode()
    assert "Bring your people" in page
    assert reverse("pipeline:add") in page


def test_between_campaigns_it_says_so(rep, company):
    make.lead(rep.rep)
    company.campaign.delete()
    assert "No campaign runs today." in rep.get(HOME).content.decode()


def test_nobody_elses_people_are_shown(upline, stranger, rep, lead):
    make.work_item(lead)
    for other in (upline, stranger):
        assert lead.name not in other.get(HOME).content.decode()


def test_a_hostile_reason_is_only_text(rep, lead):
    make.work_item(lead, reason="<script>alert(1)</script>")
    assert "<script>alert" not in rep.get(HOME).content.decode()


@pytest.mark.parametrize("who", ["manager", "staff", "analyst"])
def test_managers_and_staff_go_to_the_admin(who, cast):
    response = cast[who].get(HOME)
    assert (response.status_code, response["Location"]) == (302, reverse("admin:index"))


def test_a_log_in_without_a_rep_is_told_what_to_do(rep):
    rep.rep.user = None
    rep.rep.save(update_fields=["user"])
    response = rep.get(HOME)
    assert response.status_code == 403
    assert "This log-in does not belong to a rep" in response.content.decode()


def test_post_is_refused(rep):
    assert rep.post(HOME).status_code == 405


@pytest.mark.parametrize("n", [1, 3])
def test_queries(n, rep, board, company, django_assert_num_queries):
    set_goal(rep.rep, company.campaign, by=rep.user, target=2100)
    for person in make.leads(rep.rep, n):
        make.work_item(person)
    rep.get(HOME)
    with django_assert_num_queries(9):
        rep.get(HOME)


def ways(person):
    text = person.get(HOME).content.decode()
    return [f'<a class="row" href="{reverse(f"campaigns:{name}")}">' in text for name in ("team", "invite")]


def test_who_has_recruits_on_file_finds_the_team(upline, rep):
    assert ways(upline) == [True, False]
    Rep.objects.filter(pk=rep.rep.pk).update(status="removed", removed_on="2024-01-01")
    assert ways(upline) == [False, False]


def test_who_has_people_but_no_team_can_invite(rep, lead):
    assert ways(rep) == [False, True]


# ---- tasks, what yesterday left, cadences


def test_tasks_of_today_and_before_stand_there(rep, lead):
    for days, title in ((-1, "Yesterday's"), (0, "Today's"), (1, "Tomorrow's")):
        row = remind(lead, days=days)
        Reminder.objects.filter(pk=row.pk).update(lead=None, title=title)
    page = rep.get(HOME).content.decode()
    assert re.findall(r'aria-label="Done: ([^"]+)"', page) == ["Yesterday&#x27;s", "Today&#x27;s"]
    assert "1 is left over from yesterday" in page


def test_what_yesterday_left_is_said(rep, board):
    late, asked, older, today = make.leads(rep.rep, 4)
    remind(late, days=-1)
    make.work_item(asked, call_by=timezone.localdate() - dt.timedelta(days=1))
    remind(older, days=-3)
    make.work_item(today, call_by=timezone.localdate())
    assert "2 are left over from yesterday" in rep.get(HOME).content.decode()


def test_nothing_left_is_not_mentioned(rep, lead):
    remind(lead, days=0)
    assert "left over" not in rep.get(HOME).content.decode()


def test_a_step_of_a_cadence_that_has_come_is_a_reason(rep, board):
    sync_standards()
    cadence = Cadence.objects.get(standard="222", market=None)
    due, later, waits = make.leads(rep.rep, 3)
    today = timezone.localdate(timezone=dt.timezone(dt.timedelta(hours=2)))
    for person, days in ((due, -1), (later, 1), (waits, 0)):
        Enrolment.objects.create(lead=person, cadence=cadence, started_on=today, since=today, next_day=today + dt.timedelta(days=days))
    remind(waits, days=3)
    response = rep.get(HOME)
    assert names(response) == [due.name]
    assert "2-2-2 after a delivery" in response.content.decode()
    assert "2-2-2 after a delivery" in rep.get(reverse("pipeline:queue")).content.decode()
    call(rep, due, "no_answer")
    assert names(rep.get(HOME)) == []
