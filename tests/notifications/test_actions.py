"""Schedule, replace, withdraw, read."""

import datetime as dt
from functools import partial

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from notifications import actions
from notifications.models import Notification
from teams.models import User
from tests.notifications.conftest import NOON
from tests.together import at_once

State = Notification.State


def test_schedule_keeps_what_it_was_given(user, tell):
    notification = tell(user, text="Call after six")
    columns = ("key", "subject", "recipient", "kind", "title", "text", "url", "due_at", "state")
    row = Notification.objects.values(*columns).get(pk=notification.pk)
    assert row == {
        "key": "reminder:1",
        "subject": "lead:1",
        "recipient": user.pk,
        "kind": "reminder",
        "title": "Olena",
        "text": "Call after six",
        "url": "/leads/1/",
        "due_at": NOON,
        "state": "due",
    }


def test_a_second_one_of_a_key_replaces_the_one_that_waits(user, tell):
    tell(user)
    tell(user, title="Olena Bondar", due_at=NOON + dt.timedelta(hours=1))
    assert [(n.title, n.due_at) for n in Notification.objects.all()] == [("Olena Bondar", NOON + dt.timedelta(hours=1))]


def test_many_are_told_by_one_statement_and_replace_what_waits(user, tell, django_assert_num_queries):
    other = User.objects.create_user(email="other@example.com", name="Other")
    tell(user)
    common = {"subject": "board:1", "kind": "summary", "text": "x" * 600, "url": "/b/", "due_at": NOON}
    said = [actions.Said(key="reminder:1", recipient=who.pk, title=f"To {who.name}", **common) for who in (user, other)]
    with django_assert_num_queries(1):
        assert actions.schedule_many(said) == 2
    rows = Notification.objects.order_by("pk").values_list("recipient", "title", "subject", "url", "kind", "state", "acts", "due_at")
    assert list(rows) == [(who.pk, f"To {who.name}", "board:1", "/b/", "summary", "due", {}, NOON) for who in (user, other)]
    assert {len(row.text) for row in Notification.objects.all()} == {500}
    with django_assert_num_queries(0):
        assert actions.schedule_many([]) == 0


def test_one_that_is_being_sent_is_superseded(user, tell):
    first = tell(user)
    Notification.objects.filter(pk=first.pk).update(state=State.LEASED, lease_until=NOON, attempts=2, pushed_to=[7])
    second = tell(user)
    assert (second.pk, second.state, second.lease_until, second.attempts, second.pushed_to) == (first.pk, State.DUE, None, 0, [])


def test_what_has_been_sent_stays_in_the_inbox(user, tell):
    first = tell(user)
    Notification.objects.filter(pk=first.pk).update(state=State.DONE)
    second = tell(user)
    assert sorted(Notification.objects.values_list("pk", "state")) == [(first.pk, "done"), (second.pk, "due")]


def test_new_words_reach_what_waits_and_not_what_was_sent(user, tell):
    sent, waiting = tell(user), tell(user, key="reminder:2")
    Notification.objects.filter(pk=sent.pk).update(state=State.DONE)
    assert actions.reword(key="reminder:1", title="Olena B.", text="new") == 0
    assert actions.reword(key="reminder:2", title="Olena B.", text="new") == 1
    assert dict(Notification.objects.values_list("pk", "text")) == {sent.pk: "", waiting.pk: "new"}


def test_withdrawn_ones_offer_nothing_to_do(user, tell):
    sent = tell(user, acts={"done": "/reminders/1/done/"})
    Notification.objects.filter(pk=sent.pk).update(state=State.DONE)
    actions.cancel(key="reminder:1")
    assert [(n.state, n.acts) for n in Notification.objects.all()] == [("done", {})]


def test_the_same_key_of_another_person_is_left_alone(user, tell):
    other = User.objects.create_user(email="iryna@example.com", name="Iryna")
    tell(user)
    tell(other)
    assert Notification.objects.count() == 2


def test_long_words_are_cut(user, tell):
    notification = tell(user, title="О" * 300, text="п" * 3000)
    assert (len(notification.title), len(notification.text), notification.text[-1]) == (200, 500, "…")


def test_cancel_withdraws_all_that_wait_under_the_key(user, tell):
    waiting = tell(user)
    leased = tell(User.objects.create_user(email="iryna@example.com", name="Iryna"))
    other = tell(user, key="reminder:2")
    Notification.objects.filter(pk=leased.pk).update(state=State.LEASED, lease_until=NOON)
    assert actions.cancel(key="reminder:1") == 2
    assert actions.cancel(key="reminder:1") == 0
    assert dict(Notification.objects.values_list("pk", "state")) == {waiting.pk: "cancelled", leased.pk: "cancelled", other.pk: "due"}


def test_a_transaction_that_ends_in_nothing_schedules_nothing(user, tell):
    with transaction.atomic():
        tell(user)
        transaction.set_rollback(True)
    assert Notification.objects.count() == 0


@time_machine.travel(NOON, tick=False)
def test_reading_a_subject_leaves_others_and_the_future_unread(user, tell):
    seen, other = tell(user), tell(user, key="reminder:2", subject="lead:2")
    later = tell(user, key="reminder:3", due_at=NOON + dt.timedelta(minutes=1))
    assert actions.mark_read(user, subject="lead:1") == 1
    assert actions.mark_read(user, subject="lead:1") == 0
    assert dict(Notification.objects.values_list("pk", "read_at")) == {seen.pk: NOON, other.pk: None, later.pk: None}


@time_machine.travel(NOON, tick=False)
def test_read_all_is_for_one_person(user, tell):
    other = User.objects.create_user(email="iryna@example.com", name="Iryna")
    tell(user)
    tell(user, key="reminder:2")
    tell(other)
    assert actions.read_all(user)[0] == 2
    assert Notification.objects.visible_to(other).unread().count() == 1


@pytest.mark.django_db(transaction=True)
def test_callers_at_the_same_moment_leave_one(tell):
    user = User.objects.create_user(email="oksana@example.com", name="Oksana")
    _told, failed = at_once(*(partial(tell, user, title=str(number), due_at=timezone.now()) for number in range(6)))
    assert failed == []
    assert Notification.objects.filter(state=State.DUE).count() == 1
    assert Notification.objects.count() == 1
