"""Reminders that repeat, that stand beside each other, that are undone; tasks; another zone."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction

from cotano.jobs.refusals import Refusal
from leads import reminders
from leads.models import Reminder
from leads.tasks import repeat_reminders
from notifications import sweep
from notifications.models import Notification
from tests import make
from tests.together import at_once

MONDAY = dt.datetime(2026, 5, 4, 9, 0, tzinfo=dt.UTC)  # 12:00 in Kyiv
TUESDAY, TEN = dt.date(2026, 5, 5), dt.time(10, 0)
DAY = 24 * 3600


@pytest.fixture
def clock():
    with time_machine.travel(MONDAY, tick=False) as moved:
        yield moved


@pytest.fixture
def lead(clock, rep):
    return make.lead(rep.rep, phone="067 111 22 33")


@pytest.fixture
def by(rep):
    return rep.user


@pytest.fixture
def add(clock, rep):
    """Note a task; what is not named has a usual value."""
    return lambda **said: reminders.add_task(rep.rep, by=rep.user, **{"title": "Pay the order", "day": TUESDAY, "time": TEN, **said})


def rows(*states):
    return list(Reminder.objects.filter(state__in=states or ["open"]).order_by("due_at", "pk").values_list("day", "state"))


def told():
    """What has been sent, in order."""
    return list(Notification.objects.filter(state="done").order_by("due_at").values_list("title", "due_at"))


def tick(clock, seconds):
    clock.shift(seconds)
    repeat_reminders()
    sweep.send_due()


def days(*numbers):
    return [dt.date(2026, 5, number) for number in numbers]


# ---- several for one person


def test_a_reminder_beside_another_leaves_it(by, lead):
    reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    reminders.set_reminder(lead, by=by, day=dt.date(2026, 5, 9), time=TEN, beside=True)
    assert rows() == [(day, "open") for day in days(5, 9)]
    reminders.set_reminder(lead, by=by, day=dt.date(2026, 5, 7), time=TEN)  # in the place of the next one
    assert rows() == [(day, "open") for day in days(7, 9)]
    assert Notification.objects.filter(state="due").count() == 2


def test_there_is_an_end_to_them(by, lead, monkeypatch):
    monkeypatch.setattr(reminders, "MOST", 2)
    for number in (5, 6):
        reminders.set_reminder(lead, by=by, day=dt.date(2026, 5, number), time=TEN, beside=True)
    with pytest.raises(Refusal):
        reminders.set_reminder(lead, by=by, day=dt.date(2026, 5, 7), time=TEN, beside=True)
    reminders.set_reminder(lead, by=by, day=dt.date(2026, 5, 7), time=TEN)
    assert rows() == [(day, "open") for day in days(6, 7)]


# ---- what repeats


def test_done_makes_the_next_one(by, lead, clock):
    first = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN, repeat="weekly")
    tick(clock, DAY)
    reminders.finish_reminder(first, by=by)
    assert rows("open", "done") == [(dt.date(2026, 5, 5), "done"), (dt.date(2026, 5, 12), "open")]
    reminders.finish_reminder(first, by=by)  # a second tap
    assert len(rows("open", "done")) == 2
    tick(clock, 7 * DAY)
    assert [at.day for _title, at in told()] == [5, 12]


def test_what_is_not_done_comes_again_at_its_minute_all_the_same(by, lead, clock):
    reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN, repeat="daily")
    tick(clock, 22 * 3600)  # Tuesday 10:00
    assert rows("open", "missed") == [(dt.date(2026, 5, 5), "open")]
    tick(clock, DAY - 660)
    assert rows("open", "missed") == [(dt.date(2026, 5, 5), "open")]
    tick(clock, 60)  # ten minutes before
    assert rows("open", "missed") == [(dt.date(2026, 5, 5), "missed"), (dt.date(2026, 5, 6), "open")]
    assert len(told()) == 1
    tick(clock, 600)
    assert [at.day for _title, at in told()] == [5, 6]


def test_after_a_standstill_it_is_told_once(by, lead, clock):
    reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN, repeat="daily")
    tick(clock, 10 * DAY)  # Thursday the 14th, 12:00
    assert rows("open", "missed") == [(dt.date(2026, 5, 5), "missed"), (dt.date(2026, 5, 14), "open")]
    assert [at.day for _title, at in told()] == [14]


def test_on_work_days_it_begins_on_one_and_leaves_the_weekend_out(by, lead, clock):
    reminders.set_reminder(lead, by=by, day=dt.date(2026, 5, 9), time=TEN, repeat="workdays")  # a Saturday
    assert rows() == [(dt.date(2026, 5, 11), "open")]
    for _ in range(14):
        tick(clock, DAY)
    assert [at.day for _title, at in told()] == [11, 12, 13, 14, 15, 18]


def test_removing_one_that_repeats_ends_it(by, lead, clock):
    reminder = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN, repeat="daily")
    reminders.remove_reminder(reminder, by=by)
    tick(clock, 3 * DAY)
    assert (rows(), told()) == ([], [])


def test_a_snoozed_one_comes_later_and_again_as_ever(by, lead, clock):
    reminder = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN, repeat="daily")
    tick(clock, 22 * 3600)
    reminders.snooze_reminder(reminder, by=by, day=TUESDAY, time=dt.time(19))
    reminders.snooze_reminder(reminder, by=by, day=TUESDAY, time=dt.time(19))  # a second tap
    assert list(Reminder.objects.open().order_by("due_at").values_list("day", "time", "repeat")) == [
        (dt.date(2026, 5, 5), dt.time(19), ""),
        (dt.date(2026, 5, 6), TEN, "daily"),
    ]
    tick(clock, DAY)
    assert [(at.day, at.hour) for _title, at in told()] == [(5, 7), (5, 16), (6, 7)]


def test_reaching_the_person_does_what_was_due_and_it_comes_again(by, lead, clock):
    reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN, repeat="weekly")
    tick(clock, DAY)
    reminders.settle_reminders(lead, withdraw=False)
    assert rows("open", "done") == [(dt.date(2026, 5, 5), "done"), (dt.date(2026, 5, 12), "open")]


def test_who_does_not_want_to_be_called_is_not_called_again(by, lead, clock):
    reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN, repeat="weekly")
    tick(clock, DAY)
    reminders.settle_reminders(lead, withdraw=True)
    reminders.withdraw_reminders(lead)
    assert rows() == []


@pytest.mark.django_db(transaction=True)
def test_any_number_of_ticks_at_once_make_one_next_time(rep):
    lead = make.lead(rep.rep)
    with time_machine.travel(MONDAY, tick=False) as clock:
        for hour in range(6):
            reminders.set_reminder(lead, by=rep.user, day=TUESDAY, time=dt.time(hour), repeat="daily", beside=True)
        clock.shift(3 * DAY)
        _done, failed = at_once(*[reminders.repeat_reminders] * 4)
    assert failed == []
    assert sorted(Reminder.objects.values_list("state", flat=True)) == ["missed"] * 6 + ["open"] * 6


def test_one_time_has_one_next_time(by, lead):
    first = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN, repeat="daily")
    reminders.finish_reminder(first, by=by)
    second = Reminder.objects.get(after=first)
    second.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()


# ---- undone


def test_undoing_brings_it_back_and_takes_the_next_one_away(by, lead, clock):
    first = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN, repeat="daily")
    reminders.finish_reminder(first, by=by)
    assert rows("open", "done") == [(dt.date(2026, 5, 5), "done"), (dt.date(2026, 5, 6), "open")]
    reminders.reopen_reminder(first, by=by)
    reminders.reopen_reminder(first, by=by)
    assert rows("open", "done") == [(dt.date(2026, 5, 5), "open")]
    tick(clock, DAY)
    assert [at.day for _title, at in told()] == [5]
    reminders.finish_reminder(first, by=by)
    assert rows("open", "done") == [(dt.date(2026, 5, 5), "done"), (dt.date(2026, 5, 6), "open")]


def test_what_was_due_when_it_was_done_is_not_told_again(by, lead, clock):
    reminder = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    tick(clock, DAY)
    reminders.finish_reminder(reminder, by=by)
    reminders.reopen_reminder(reminder, by=by)
    tick(clock, 60)
    assert len(told()) == 1
    assert rows() == [(TUESDAY, "open")]


def test_what_cannot_be_undone(by, lead, clock):
    removed = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    reminders.remove_reminder(removed, by=by)
    first = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN, repeat="daily")
    reminders.finish_reminder(first, by=by)
    reminders.finish_reminder(Reminder.objects.get(after=first), by=by)
    for reminder in (removed, first):
        with pytest.raises(Refusal) as refused:
            reminders.reopen_reminder(reminder, by=by)
        assert refused.value.status == 409


# ---- tasks


def test_a_task_comes_at_its_minute(rep, add, clock):
    task = add(title="  Pay \n the order ")
    assert (task.title, task.lead, task.owner, task.due_at) == ("Pay the order", None, rep.rep, dt.datetime(2026, 5, 5, 7, tzinfo=dt.UTC))
    tick(clock, 22 * 3600 - 1)
    assert told() == []
    tick(clock, 1)
    assert told() == [("Pay the order", task.due_at)]
    assert Notification.objects.values_list("subject", "url").get() == (f"task:{task.pk}", "/tasks/")


def test_the_same_form_twice_is_one_task(add):
    assert add(once="a" * 32) == add(once="a" * 32)
    assert Reminder.objects.count() == 1


def test_an_empty_task_and_too_many_are_refused(add, monkeypatch):
    monkeypatch.setattr(reminders, "MOST_TASKS", 1)
    for title in ("", " \n\u200b "):
        with pytest.raises(Refusal):
            add(title=title)
    add()
    with pytest.raises(Refusal):
        add(title="One more")


def test_a_long_task_is_cut(add):
    assert len(add(title="a" * 5000).title) == 200


def test_a_task_is_done_undone_snoozed_and_repeats(by, add, clock):
    task = add(repeat="daily")
    later = reminders.snooze_reminder(task, by=by, day=dt.date(2026, 5, 9), time=TEN)
    assert (later.title, later.repeat) == ("Pay the order", "")
    assert rows() == [(day, "open") for day in days(6, 9)]
    reminders.finish_reminder(later, by=by)
    reminders.reopen_reminder(later, by=by)
    assert rows() == [(day, "open") for day in days(6, 9)]


@pytest.mark.parametrize("who", ["upline", "stranger", "manager", "staff"])
def test_nobody_else_touches_a_task(who, cast, add):
    task = add()
    for act in (reminders.finish_reminder, reminders.remove_reminder, reminders.reopen_reminder):
        with pytest.raises(Refusal):
            act(task, by=cast[who].user)
    with pytest.raises(Refusal):
        reminders.snooze_reminder(task, by=cast[who].user, day=dt.date(2026, 5, 9), time=TEN)
    assert rows() == [(TUESDAY, "open")]


def test_a_row_is_about_a_lead_or_has_a_title(rep, lead, add):
    task = add()
    for changes in ({"lead": lead}, {"title": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reminder.objects.filter(pk=task.pk).update(**changes)


# ---- another zone


def test_in_a_new_zone_everything_keeps_its_wall_clock_time(by, lead, add, clock):
    add()
    add(title="Water", repeat="daily")
    reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    reminders.set_reminder(lead, by=by, day=dt.date(2026, 5, 4), time=dt.time(13), repeat="daily", beside=True)
    clock.shift(2 * 3600)  # 14:00: the last one is overdue
    by.zone = "America/New_York"
    by.save(update_fields=["zone"])
    assert reminders.move_reminders(by) == 3
    ten_there = dt.datetime(2026, 5, 5, 14, tzinfo=dt.UTC)
    assert list(Reminder.objects.order_by("pk").values_list("due_at", "next_at")) == [
        (ten_there, None),
        (ten_there, ten_there + dt.timedelta(days=1)),
        (ten_there, None),
        (dt.datetime(2026, 5, 4, 10, tzinfo=dt.UTC), dt.datetime(2026, 5, 5, 17, tzinfo=dt.UTC)),
    ]
    tick(clock, DAY)
    assert [at for _title, at in told()] == [dt.datetime(2026, 5, 4, 10, tzinfo=dt.UTC)]


def test_a_zone_that_is_no_more_breaks_nothing(by, add, clock):
    by.zone = "US/Pacific-New"
    by.save(update_fields=["zone"])
    assert add().due_at == dt.datetime(2026, 5, 5, 10, tzinfo=dt.UTC)
    by.zone = "Europe/Kyiv"
    by.save(update_fields=["zone"])
    reminders.move_reminders(by)
    assert Reminder.objects.get().due_at == dt.datetime(2026, 5, 5, 7, tzinfo=dt.UTC)
