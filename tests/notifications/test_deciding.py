import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine

from leads import reminders
from notifications import actions, deciding, sweep
from notifications.deciding import Wishes
from notifications.models import Notification, Preference
from notifications.topics import Topic
from teams.models import User
from tests import make

KYIV = ZoneInfo("Europe/Kyiv")
State = Notification.State


def kyiv(day, hour, minute=0):
    return dt.datetime(2026, 10, day, hour, minute, tzinfo=KYIV)


def offer(user, topic=Topic.STALE, n=1, *, subject="", at=None, in_digest=False):
    at = at or dt.datetime.now(dt.UTC)
    for k in range(1, n + 1):
        said = {"title": f"{topic} {k}", "subject": subject or f"lead:{k}", "at": at, "in_digest": in_digest}
        make.nudge(user, topic, f"{topic}:{k}", **said)


def states(user):
    rows = Notification.objects.filter(recipient=user, kind="nudge").order_by("pk")
    return list(rows.values_list("mute", "state"))


def digests(user):
    return list(Notification.objects.filter(recipient=user, kind="digest").order_by("pk"))


@pytest.fixture
def noon():
    with time_machine.travel(kyiv(5, 12), tick=False) as clock:
        yield clock


@pytest.fixture
def user(noon, rep):
    return rep.user


# ---- quiet hours
@pytest.mark.parametrize(
    ("hour", "minute", "quiet"), [(20, 59, False), (21, 0, True), (0, 0, True), (7, 59, True), (8, 0, False), (9, 0, False)]
)
def test_quiet_hours(hour, minute, quiet):
    assert deciding.is_quiet(Wishes("Europe/Kyiv"), kyiv(5, hour, minute)) is quiet


def test_quiet_hours_within_a_day_and_none():
    siesta, never = Wishes("UTC", dt.time(13), dt.time(15)), Wishes("UTC", dt.time(9), dt.time(9))
    at = [dt.datetime(2026, 10, 5, hour, tzinfo=dt.UTC) for hour in (12, 13, 14, 15)]
    assert [deciding.is_quiet(siesta, one) for one in at] == [False, True, True, False]
    assert not any(deciding.is_quiet(never, one) for one in at)


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("Europe/Kyiv", dt.datetime(2026, 10, 5, 20, 30, tzinfo=dt.UTC), dt.datetime(2026, 10, 6, 6, tzinfo=dt.UTC)),
        # the clocks go back in the night, and forward in spring
        ("Europe/Kyiv", dt.datetime(2026, 10, 24, 20, 0, tzinfo=dt.UTC), dt.datetime(2026, 10, 25, 7, tzinfo=dt.UTC)),
        ("Europe/Kyiv", dt.datetime(2026, 3, 28, 21, 0, tzinfo=dt.UTC), dt.datetime(2026, 3, 29, 6, tzinfo=dt.UTC)),
        ("Australia/Lord_Howe", dt.datetime(2026, 10, 3, 12, 0, tzinfo=dt.UTC), dt.datetime(2026, 10, 3, 22, tzinfo=dt.UTC)),
        ("America/New_York", dt.datetime(2026, 11, 1, 3, 0, tzinfo=dt.UTC), dt.datetime(2026, 11, 1, 14, tzinfo=dt.UTC)),
        # no such day: 30 December 2011 in Apia
        ("Pacific/Apia", dt.datetime(2011, 12, 30, 9, 0, tzinfo=dt.UTC), dt.datetime(2011, 12, 30, 19, tzinfo=dt.UTC)),
    ],
)
def test_the_digest_is_at_nine_of_the_persons_clock(zone, now, expected):
    assert deciding.next_digest(Wishes(zone), now) == expected


def test_the_digest_waits_for_the_end_of_long_quiet_hours():
    wishes = Wishes("UTC", dt.time(22), dt.time(10, 30))
    assert deciding.next_digest(wishes, dt.datetime(2026, 10, 5, 9, tzinfo=dt.UTC)) == dt.datetime(2026, 10, 5, 10, 30, tzinfo=dt.UTC)


def test_a_nudge_at_23_waits_for_the_morning_and_a_reminder_at_22_does_not(rep):
    """Scenario 4."""
    with time_machine.travel(kyiv(5, 21, 30), tick=False) as clock:
        lead = make.lead(rep.rep)
        reminders.set_reminder(lead, by=rep.user, day=dt.date(2026, 10, 5), time=dt.time(22))
        clock.move_to(kyiv(5, 22))
        sweep.send_due()
        assert list(Notification.objects.filter(kind="reminder").values_list("state", "sent_at")) == [("done", kyiv(5, 22))]
        clock.move_to(kyiv(5, 23))
        offer(rep.user, Topic.STALE, 2)
        deciding.release()
        sweep.send_due()
        assert states(rep.user) == [("stale", "held"), ("stale", "held")]
        assert rep.get("/inbox/").content.count(b"stale 1") == 0
        clock.move_to(kyiv(6, 8, 59))
        assert deciding.release() == deciding.Released()
        clock.move_to(kyiv(6, 9))
        deciding.release()
        sweep.send_due()
        [digest] = digests(rep.user)
        assert (digest.state, digest.due_at, digest.title) == ("done", kyiv(6, 9), "2 things worth doing today")
        assert states(rep.user) == [("stale", "done"), ("stale", "done")]
        assert rep.get("/inbox/").content.count(b"stale 1") == 1


# ---- by day
def test_one_nudge_by_day_is_told_at_once_and_alone(user):
    offer(user)
    assert deciding.release() == deciding.Released(sent=1)
    assert (states(user), digests(user)) == ([("stale", "due")], [])


def test_a_day_has_eight_and_the_least_important_are_left_out(user):
    for topic in (Topic.NO_STEP, Topic.STEP, Topic.NEWCOMER):
        offer(user, topic, 4)
    assert deciding.release() == deciding.Released(folded=8, digests=1, dropped=4)
    assert [topic for topic, state in states(user) if state == "dropped"] == ["no_step"] * 4
    offer(user, Topic.GOAL, 1)
    assert deciding.release() == deciding.Released(dropped=1)


def test_tomorrow_is_another_day_on_the_persons_clock(user, noon):
    offer(user, n=8)
    deciding.release()
    noon.move_to(kyiv(6, 9, 30))
    offer(user, Topic.GOAL)
    assert deciding.release() == deciding.Released(sent=1)


def test_what_is_told_no_more_after_a_restart_stays_told(user):
    offer(user, n=3)
    assert [deciding.release().folded, deciding.release().folded] == [3, 0]
    offer(user, n=3)
    assert Notification.objects.filter(kind="nudge").count() == 3


def test_a_persons_own_wishes(user):
    Preference.objects.create(user=user, cap=1, muted=["goal"], quiet_from=dt.time(3), quiet_to=dt.time(4))
    offer(user, Topic.GOAL)
    offer(user, Topic.STALE, 2)
    assert deciding.release() == deciding.Released(sent=1, dropped=1, withdrawn=1)
    assert states(user) == [("goal", "cancelled"), ("stale", "due"), ("stale", "dropped")]


def test_cap_zero_is_silence(user):
    Preference.objects.create(user=user, cap=0)
    offer(user)
    assert deciding.release() == deciding.Released(dropped=1)


def test_what_was_just_seen_waits_ten_minutes(user, noon):
    actions.mark_read(user, subject="lead:7")
    offer(user, subject="lead:7")
    assert deciding.release() == deciding.Released(later=1)
    noon.move_to(kyiv(5, 12, 9))
    assert deciding.release() == deciding.Released()
    noon.move_to(kyiv(5, 12, 10))
    assert deciding.release() == deciding.Released(sent=1)


def test_a_reason_that_is_gone_is_not_told(user):
    offer(user, n=3)
    first = Notification.objects.order_by("pk").first()
    assert deciding.release(lambda _held: {first.pk}) == deciding.Released(folded=2, digests=1, withdrawn=1)
    assert states(user)[0] == ("stale", "cancelled")


def test_nobody_is_told_without_a_log_in(user):
    offer(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert deciding.release() == deciding.Released(withdrawn=1)


def test_each_in_their_own_zone(noon, rep, upline):
    User.objects.filter(pk=upline.user.pk).update(zone="Pacific/Auckland")  # 22:00 there
    for person in (rep, upline):
        offer(person.user)
    assert deciding.release() == deciding.Released(sent=1, later=1)
    assert Notification.objects.get(state="held").due_at == dt.datetime(2026, 10, 5, 20, tzinfo=dt.UTC)  # 9:00 of the 6th


def test_a_zone_that_is_no_more_counts_as_utc(user):
    User.objects.filter(pk=user.pk).update(zone="Europe/Atlantis")
    offer(user)
    assert deciding.release() == deciding.Released(sent=1)


def test_a_full_morning_asks_no_more_than_an_empty_one(noon, company, django_assert_num_queries):
    people = [make.rep(f"2{n}", company.territory) for n in range(3)]
    offer(people[0].user, n=2)
    with django_assert_num_queries(11):
        deciding.release()
    for person in people:
        offer(person.user, Topic.GOAL, n=2)
    with django_assert_num_queries(11):
        deciding.release()


def test_a_digest_stands_not_in_the_inbox_but_what_it_tells(user, rep):
    offer(user, n=2)
    deciding.release()
    assert rep.get("/inbox/").content.count(b"things worth doing") == 0
    assert Notification.objects.visible_to(user).unread().count() == 2


def test_the_words_are_the_recipients(user):
    User.objects.filter(pk=user.pk).update(language="uk")
    offer(user, n=4)
    deciding.release()
    [digest] = digests(user)
    assert digest.text == "stale 1 · stale 2 · stale 3 …"
