"""Sending, for staff: the queue, its figures, what was given up and is tried again. No words of what is told."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications import sweep
from notifications.backlog import read_backlog
from notifications.models import Notification
from teams.models import User
from teams.roles import sync_roles
from tests import make
from tests.notifications.conftest import NOON

URL = "/admin/notifications/notification/"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def staff(db, settings):
    settings.SECOND_FACTOR = False
    sync_roles()
    who = make.user("Stefan Staff", is_staff=True)
    who.groups.add(Group.objects.get(name="Staff"))
    client = Client()
    client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_how_the_queue_stands(user, tell, clock):
    for key, minutes in (("a", 3), ("b", 1), ("c", -1)):
        tell(user, key=key, due_at=NOON - minutes * MINUTE)
    tell(user, key="n", kind="notice", due_at=NOON - 5 * MINUTE)
    for state in ("leased", "later", "dead"):
        Notification.objects.filter(pk=tell(user, key=state).pk).update(state=state, lease_until=NOON + MINUTE)
    stands = read_backlog()
    assert (stands.waiting, stands.depth, stands.oldest) == ({"reminder": 2, "notice": 1}, 3, 300)
    assert (stands.sending, stands.later, stands.dead, stands.hour) == (1, 1, 1, [])
    sweep.send_due()
    stands = read_backlog()
    assert (stands.waiting, stands.oldest) == ({}, 0)
    assert [(row.kind, row.told, row.late_99) for row in stands.hour] == [("notice", 1, 300), ("reminder", 2, 300)]


def test_staff_see_it_without_a_word_of_what_is_told(staff, user, tell, clock):
    tell(user, title="Secret Name", text="Secret words")
    Notification.objects.update(state="dead", attempts=5)
    page = staff.get(URL).content.decode()
    assert [words in page for words in ("The queue now", "Given up", "Try again")] == [True] * 3
    assert "Secret" not in page
    assert "Oksana" not in page


def test_kinds_are_named_in_words(staff, user, tell, clock):
    tell(user, key="told", kind="job", due_at=NOON - MINUTE)
    sweep.send_due()
    tell(user, key="waits", kind="summary", due_at=NOON - MINUTE)
    page = staff.get(URL).content.decode()
    assert '<th scope="row">result of an import</th>' in page
    assert "<td>summary of a closed campaign 1</td>" in page


def test_staff_have_it_tried_again(staff, user, tell, clock, service):
    service.device(user)
    row = tell(user)
    Notification.objects.update(state="dead", attempts=5)
    answer = staff.post(URL, {"action": "replay", "_selected_action": [row.pk]}, follow=True)
    assert "1 message is tried again." in answer.content.decode()
    assert sweep.send_due().done == 1
    assert service.asked == ["/phone"]


def test_only_what_was_given_up_is_listed_and_replayed(staff, user, tell, clock):
    row = tell(user)
    staff.post(URL, {"action": "replay", "_selected_action": [row.pk]})
    sweep.send_due()
    staff.post(URL, {"action": "replay", "_selected_action": [row.pk]})
    assert Notification.objects.get().state == "done"
    assert staff.get(f"{URL}{row.pk}/change/").status_code == 404


def test_the_list_asks_as_much_for_one_as_for_three(staff, user, tell, clock):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(URL).status_code == 200
        return len(queries)

    Notification.objects.filter(pk=tell(user, key="a").pk).update(state="dead")
    one = asked()
    for key in "bc":
        Notification.objects.filter(pk=tell(user, key=key).pk).update(state="dead")
    assert asked() == one


@pytest.mark.parametrize("role", ["Manager", "Analyst", "Support"])
def test_nobody_else(role, db, settings):
    settings.SECOND_FACTOR = False
    sync_roles()
    who = User.objects.create_user(email="who@example.com", name="Who", is_staff=True)
    who.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(URL).status_code == 403
