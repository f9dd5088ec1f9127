"""Comments, calls and reminders."""

import datetime as dt
from functools import partial

import pytest
import time_machine

from cotano.jobs.refusals import Refusal
from leads import actions, people, reminders
from leads.models import Attempt, Comment, Lead, Reminder
from notifications.models import Notification
from teams.models import ActivityCount
from tests import make
from tests.together import at_once

MONDAY = dt.datetime(2026, 5, 4, 9, 0, tzinfo=dt.UTC)  # 12:00 in Kyiv
TUESDAY = dt.date(2026, 5, 5)
TEN = dt.time(10, 0)
Outcome = Attempt.Outcome


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


def counted(rep):
    return dict(ActivityCount.objects.filter(rep=rep.rep).exclude(kind="lead").values_list("kind", "n"))


def waiting():
    return list(Notification.objects.filter(state="due").values_list("key", "due_at"))


# ---- comments


def test_a_comment_is_kept_and_counted(rep, by, lead):
    actions.comment_on(lead, by=by, text="  Likes the cream \r\n Two kids  ")
    assert list(Comment.objects.values_list("lead", "by", "text", "at")) == [(lead.pk, by.pk, "Likes the cream\nTwo kids", MONDAY)]
    assert counted(rep) == {"comment": 1}


def test_the_same_form_twice_is_one_comment(rep, by, lead):
    first = actions.comment_on(lead, by=by, text="Once", once="f1")
    assert actions.comment_on(lead, by=by, text="Once", once="f1") == first
    assert actions.comment_on(lead, by=by, text="Once", once="f2") != first
    assert counted(rep) == {"comment": 2}


@pytest.mark.parametrize("nothing", ["", "  ", "\n\n", "\u200b", "\u0000"])
def test_an_empty_comment_is_refused(by, lead, nothing):
    with pytest.raises(Refusal):
        actions.comment_on(lead, by=by, text=nothing)
    assert Comment.objects.count() == 0


def test_nobody_else_can_do_anything_with_the_lead(rep, upline, stranger, manager, staff, by, lead):
    attempt = actions.log_attempt(lead, by=by, channel="call")
    reminder = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    for other in (upline, stranger, manager, staff):
        for act in (
            lambda user: actions.comment_on(lead, by=user, text="x"),
            lambda user: actions.log_attempt(lead, by=user, channel="call"),
            lambda user: actions.give_outcome(attempt, by=user, outcome="ordered"),
            lambda user: reminders.set_reminder(lead, by=user, day=TUESDAY, time=TEN),
            lambda user: reminders.finish_reminder(reminder, by=user),
            lambda user: reminders.snooze_reminder(reminder, by=user, day=TUESDAY, time=TEN),
            lambda user: reminders.remove_reminder(reminder, by=user),
        ):
            with pytest.raises(Refusal) as refused:
                act(other.user)
            assert refused.value.status == 409
    assert counted(rep) == {"call": 1, "reminder": 1}


# ---- attempts


def test_an_attempt_is_logged_and_counted(rep, by, lead):
    actions.log_attempt(lead, by=by, channel="viber")
    assert list(Attempt.objects.values_list("lead", "by", "channel", "at", "outcome")) == [(lead.pk, by.pk, "viber", MONDAY, "")]
    assert counted(rep) == {"call": 1}


def test_the_same_tap_twice_is_one_attempt(rep, by, lead, clock):
    first = actions.log_attempt(lead, by=by, channel="call", once="t1")
    clock.shift(300)
    assert actions.log_attempt(lead, by=by, channel="call", once="t1") == first
    assert counted(rep) == {"call": 1}


def test_two_taps_within_a_minute_are_one_attempt_until_it_has_an_outcome(rep, by, lead, clock):
    first = actions.log_attempt(lead, by=by, channel="call", once="t1")
    clock.shift(20)
    assert actions.log_attempt(lead, by=by, channel="call", once="t2") == first
    assert actions.log_attempt(lead, by=by, channel="sms", once="t3") != first
    actions.give_outcome(first, by=by, outcome="no_answer")
    assert actions.log_attempt(lead, by=by, channel="call", once="t4") != first
    clock.shift(61)
    actions.log_attempt(lead, by=by, channel="call", once="t5")
    assert counted(rep) == {"call": 4}


@pytest.mark.parametrize("outcome", Outcome.values)
def test_an_outcome_is_noted_and_only_no_answer_is_no_contact(rep, by, lead, clock, outcome):
    attempt = actions.log_attempt(lead, by=by, channel="call")
    clock.shift(60)
    actions.give_outcome(attempt, by=by, outcome=outcome)
    attempt.refresh_from_db()
    lead.refresh_from_db()
    assert (attempt.outcome, attempt.outcome_at) == (outcome, MONDAY + dt.timedelta(minutes=1))
    assert lead.contacted_at == (None if outcome == "no_answer" else MONDAY)
    assert counted(rep) == {"call": 1}


def test_an_outcome_is_given_once(by, lead):
    attempt = actions.log_attempt(lead, by=by, channel="call")
    actions.give_outcome(attempt, by=by, outcome="interested")
    actions.give_outcome(attempt, by=by, outcome="interested")
    with pytest.raises(Refusal) as refused:
        actions.give_outcome(attempt, by=by, outcome="ordered")
    assert (refused.value.status, refused.value.sentence) == (409, "How it went has been noted already: Interested.")
    assert Attempt.objects.get().outcome == "interested"


def test_a_late_outcome_of_an_older_call_does_not_turn_the_clock_back(by, lead, clock):
    older = actions.log_attempt(lead, by=by, channel="call")
    clock.shift(3600)
    newer = actions.log_attempt(lead, by=by, channel="call")
    actions.give_outcome(newer, by=by, outcome="interested")
    actions.give_outcome(older, by=by, outcome="interested")
    assert Lead.objects.get().contacted_at == MONDAY + dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("outcome", "overdue", "ahead"),
    [
        ("no_answer", "open", "open"),
        ("call_later", "done", "open"),
        ("interested", "done", "open"),
        ("ordered", "done", "open"),
        ("not_interested", "done", "cancelled"),
    ],
)
def test_what_an_outcome_does_to_the_reminder(by, lead, clock, outcome, overdue, ahead):
    for after, expected in ((dt.timedelta(days=2), overdue), (dt.timedelta(0), ahead)):
        clock.move_to(MONDAY)
        reminder = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
        clock.move_to(MONDAY + after)
        attempt = Attempt.objects.create(lead=lead, by=by, channel="call")
        actions.give_outcome(attempt, by=by, outcome=outcome)
        reminder.refresh_from_db()
        assert reminder.state == expected
        assert Notification.objects.get(key=f"reminder:{reminder.pk}").state == ("due" if expected == "open" else "cancelled")
        Reminder.objects.all().delete()


# ---- reminders


def test_a_reminder_is_kept_scheduled_and_counted(rep, by, lead):
    actions.comment_on(lead, by=by, text="Back from vacation")
    reminder = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    at = dt.datetime(2026, 5, 5, 7, 0, tzinfo=dt.UTC)
    row = Reminder.objects.values("lead", "by", "day", "time", "zone", "due_at", "state").get()
    assert row == {"lead": lead.pk, "by": by.pk, "day": TUESDAY, "time": TEN, "zone": "Europe/Kyiv", "due_at": at, "state": "open"}
    told = Notification.objects.values("recipient", "key", "subject", "kind", "title", "text", "url", "due_at", "acts", "state").get()
    assert told == {
        "recipient": by.pk,
        "key": f"reminder:{reminder.pk}",
        "subject": f"lead:{lead.pk}",
        "kind": "reminder",
        "title": "Oksana Melnyk",
        "text": "Back from vacation",
        "url": f"/leads/{lead.pk}/",
        "due_at": at,
        "acts": {"done": f"/reminders/{reminder.pk}/done/", "snooze": f"/reminders/{reminder.pk}/snooze/"},
        "state": "due",
    }
    assert counted(rep) == {"comment": 1, "reminder": 1}


def test_a_new_reminder_takes_the_place_of_the_open_one(by, lead):
    first = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    second = reminders.set_reminder(lead, by=by, day=TUESDAY, time=dt.time(11, 30))
    first.refresh_from_db()
    assert (first.state, first.ended_at) == ("cancelled", MONDAY)
    assert waiting() == [(f"reminder:{second.pk}", dt.datetime(2026, 5, 5, 8, 30, tzinfo=dt.UTC))]


def test_the_same_moment_twice_is_one_reminder(rep, by, lead):
    first = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    assert reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN) == first
    assert counted(rep) == {"reminder": 1}


@pytest.mark.parametrize(
    ("day", "time"),
    [
        (dt.date(2026, 5, 4), dt.time(11, 59)),
        (dt.date(2026, 5, 4), dt.time(12, 0)),
        (dt.date(2026, 5, 3), dt.time(23, 59)),
        (dt.date(2031, 5, 9), TEN),
        (dt.date.min, dt.time.min),
        (dt.date.max, dt.time.max),
    ],
)
def test_a_moment_that_is_past_or_too_far_is_refused(by, lead, day, time):
    with pytest.raises(Refusal) as refused:
        reminders.set_reminder(lead, by=by, day=day, time=time)
    assert refused.value.status == 422
    assert (Reminder.objects.count(), Notification.objects.count()) == (0, 0)


def test_a_refused_moment_leaves_the_open_reminder(by, lead):
    reminder = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    with pytest.raises(Refusal):
        reminders.set_reminder(lead, by=by, day=dt.date(2020, 1, 1), time=TEN)
    assert Reminder.objects.get(state="open") == reminder


@pytest.mark.parametrize(
    ("now", "day", "utc_hour"),
    [
        (dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC), dt.date(2026, 3, 29), 7),  # clocks go forward in the night: 23 hours
        (dt.datetime(2026, 10, 24, 12, tzinfo=dt.UTC), dt.date(2026, 10, 25), 8),  # and back: 25 hours
        (dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC), dt.date(2026, 6, 2), 7),
        (dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC), dt.date(2026, 12, 2), 8),
    ],
)
def test_tomorrow_at_ten_is_ten_on_the_wall(by, lead, clock, now, day, utc_hour):
    clock.move_to(now)
    assert reminders.set_reminder(lead, by=by, day=day, time=TEN).due_at == dt.datetime.combine(day, dt.time(utc_hour), dt.UTC)


def test_a_finished_reminder_never_comes_again(rep, by, lead, clock):
    reminder = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    reminders.finish_reminder(reminder, by=by)
    reminders.finish_reminder(reminder, by=by)
    reminder.refresh_from_db()
    assert (reminder.state, reminder.ended_at, waiting()) == ("done", MONDAY, [])
    with pytest.raises(Refusal):
        reminders.snooze_reminder(reminder, by=by, day=TUESDAY, time=TEN)
    actions.comment_on(lead, by=by, text="said more")
    assert waiting() == []
    assert counted(rep) == {"reminder": 2, "comment": 1}


def test_a_snoozed_reminder_comes_once_at_the_new_time(rep, by, lead, clock):
    old = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    clock.move_to(MONDAY + dt.timedelta(days=1))
    new = reminders.snooze_reminder(old, by=by, day=dt.date(2026, 5, 6), time=TEN)
    assert reminders.snooze_reminder(old, by=by, day=dt.date(2026, 5, 6), time=TEN) == new
    old.refresh_from_db()
    assert old.state == "cancelled"
    assert waiting() == [(f"reminder:{new.pk}", dt.datetime(2026, 5, 6, 7, tzinfo=dt.UTC))]
    with pytest.raises(Refusal):
        reminders.finish_reminder(old, by=by)
    assert list(ActivityCount.objects.filter(kind="reminder").order_by("day").values_list("n", flat=True)) == [1, 1]


def test_a_removed_reminder_never_comes(by, lead):
    reminder = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    reminders.remove_reminder(reminder, by=by)
    reminders.remove_reminder(reminder, by=by)
    assert (Reminder.objects.get().state, waiting()) == ("cancelled", [])


def test_finishing_marks_what_was_told_as_read_and_takes_its_buttons_off(by, lead, clock):
    reminder = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    clock.move_to(MONDAY + dt.timedelta(days=1))
    Notification.objects.update(state="done")
    reminders.finish_reminder(reminder, by=by)
    told = Notification.objects.get()
    assert (told.state, told.read_at, told.acts) == ("done", MONDAY + dt.timedelta(days=1), {})


def test_a_waiting_reminder_tells_the_newest_comment_and_name(by, lead):
    reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    actions.comment_on(lead, by=by, text="Call after six")
    people.edit_lead(lead, by=by, name="Oksana Bondar", phone="067 111 22 33")
    assert list(Notification.objects.values_list("title", "text")) == [("Oksana Bondar", "Call after six")]


def test_a_new_zone_keeps_the_wall_clock_time(by, lead):
    reminder = reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    by.zone = "Asia/Almaty"
    by.save(update_fields=["zone"])
    assert reminders.move_reminders(by) == 1
    assert reminders.move_reminders(by) == 0
    at = dt.datetime(2026, 5, 5, 5, 0, tzinfo=dt.UTC)
    assert Reminder.objects.values_list("zone", "due_at").get() == ("Asia/Almaty", at)
    assert waiting() == [(f"reminder:{reminder.pk}", at)]


@pytest.mark.django_db(transaction=True)
def test_taps_at_the_same_moment_leave_one_open_reminder(rep):
    lead = make.lead(rep.rep)
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    hours = (8, 8, 9, 9, 10, 10)
    _set, failed = at_once(*(partial(reminders.set_reminder, lead, by=rep.user, day=day, time=dt.time(hour)) for hour in hours))
    assert failed == []
    [reminder] = Reminder.objects.filter(state="open")
    assert waiting() == [(f"reminder:{reminder.pk}", reminder.due_at)]


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_by_many_hands_is_one_comment(rep):
    lead = make.lead(rep.rep)

    def send():
        actions.comment_on(lead, by=rep.user, text="Once", once="f1")
        actions.log_attempt(lead, by=rep.user, channel="call", once="f2")

    _sent, failed = at_once(*[send] * 6)
    assert failed == []
    assert (Comment.objects.count(), Attempt.objects.count()) == (1, 1)
    assert counted(rep) == {"comment": 1, "call": 1}


def test_a_form_key_of_another_lead_hides_nothing(rep, by, lead):
    other = make.lead(rep.rep, "Taras")
    actions.comment_on(lead, by=by, text="About Oksana", once="k1")
    assert [actions.comment_on(other, by=by, text="About Taras", once="k1").lead for _ in range(2)] == [other, other]
    assert [actions.log_attempt(lead, by=by, channel="call", once="k1").lead for _ in range(2)] == [lead, lead]
    assert (lead.comments.count(), other.comments.count(), lead.attempts.count()) == (1, 1, 1)


# ---- do not contact


def test_letting_a_person_be_withdraws_the_reminder_and_what_it_would_tell(rep, by, lead):
    reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN)
    lead = actions.stop_contact(lead, by=by)
    assert (lead.do_not_contact_at, lead.reminders.get().state, waiting()) == (MONDAY, "cancelled", [])
    for act in (
        lambda: reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN),
        lambda: reminders.snooze_reminder(lead.reminders.get(), by=by, day=TUESDAY, time=TEN),
        lambda: actions.log_attempt(lead, by=by, channel="call"),
    ):
        with pytest.raises(Refusal) as refusal:
            act()
        assert refusal.value.status == 409
    assert (waiting(), Attempt.objects.count()) == ([], 0)


def test_letting_a_person_be_is_counted_once_and_taken_back(rep, by, lead):
    counted_before = ActivityCount.objects.get(rep=rep.rep, kind="lead").n
    actions.stop_contact(lead, by=by)
    actions.stop_contact(lead, by=by)
    assert ActivityCount.objects.get(rep=rep.rep, kind="lead").n == counted_before + 1
    actions.allow_contact(lead, by=by)
    assert actions.allow_contact(lead, by=by).do_not_contact_at is None
    assert reminders.set_reminder(lead, by=by, day=TUESDAY, time=TEN).state == "open"


def test_nobody_lets_anothers_lead_be(lead, upline):
    with pytest.raises(Refusal):
        actions.stop_contact(lead, by=upline.user)
    assert Lead.objects.get().do_not_contact_at is None
