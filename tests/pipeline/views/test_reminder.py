"""Setting, finishing, moving and removing a reminder."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from leads import reminders
from leads.models import Reminder
from notifications import push
from notifications.models import Notification
from tests import make

KYIV = ZoneInfo("Europe/Kyiv")
NOON = dt.datetime(2026, 5, 4, 12, 0, tzinfo=KYIV)


@pytest.fixture(autouse=True)
def clock(lead, rep):
    with time_machine.travel(NOON, tick=False) as moved:
        rep.client.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        yield moved


@pytest.fixture
def reminder(rep, lead):
    return reminders.set_reminder(lead, by=rep.user, day=dt.date(2026, 5, 5), time=dt.time(10))


def url(lead):
    return reverse("pipeline:reminder", args=[lead.pk])


def act_url(reminder, act):
    return reverse(f"pipeline:reminder_{act}", args=[reminder.pk])


def open_ones():
    return list(Reminder.objects.filter(state="open").values_list("day", "time"))


@pytest.mark.parametrize(
    ("preset", "day", "time"), [("today", dt.date(2026, 5, 4), dt.time(17)), ("tomorrow", dt.date(2026, 5, 5), dt.time(10))]
)
def test_a_preset_is_one_tap(rep, lead, preset, day, time):
    answer = rep.tap(url(lead), {"preset": preset})
    assert answer.status_code == 200
    assert open_ones() == [(day, time)]
    assert answer["HX-Trigger"] == f'{{"lead-changed": {{"lead": {lead.pk}}}}}'
    assert "reminder for" in answer.content.decode()


def test_without_javascript_returns_to_the_lead(rep, lead):
    answer = rep.post(url(lead), {"preset": "tomorrow"})
    assert (answer.status_code, answer["Location"]) == (302, f"/leads/{lead.pk}/")


def test_a_day_and_a_time(rep, lead):
    rep.tap(url(lead), {"day": "2026-06-01", "time": "08:15"})
    assert open_ones() == [(dt.date(2026, 6, 1), dt.time(8, 15))]


def test_a_double_tap_is_one_reminder(rep, lead):
    for _ in range(3):
        assert rep.tap(url(lead), {"preset": "tomorrow"}).status_code == 200
    assert Reminder.objects.count() == 1


def test_tomorrow_at_ten_on_the_day_the_clocks_change(rep, lead, clock):
    clock.move_to(dt.datetime(2026, 3, 28, 20, 0, tzinfo=KYIV))
    rep.client.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    rep.tap(url(lead), {"preset": "tomorrow"})
    assert Reminder.objects.get().due_at == dt.datetime(2026, 3, 29, 7, 0, tzinfo=dt.UTC)


def test_today_is_refused_from_five_on(rep, lead, clock):
    clock.move_to(dt.datetime(2026, 5, 4, 16, 59, tzinfo=KYIV))
    assert rep.tap(url(lead), {"preset": "today"}).status_code == 200
    Reminder.objects.all().delete()
    clock.move_to(dt.datetime(2026, 5, 4, 17, 1, tzinfo=KYIV))
    answer = rep.tap(url(lead), {"preset": "today"})
    assert answer.status_code == 422
    assert "This time has already passed. Pick a later one." in answer.content.decode()
    assert open_ones() == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Enter a date."),
        ({"day": "2026-05-05"}, "Enter a time."),
        ({"day": "31.02.2026", "time": "10:00"}, "Enter a valid date."),
        ({"day": "2026-05-05", "time": "25:00"}, "Enter a valid time."),
        ({"day": "2026-05-04", "time": "11:59"}, "This time has already passed. Pick a later one."),
        ({"day": "2020-01-01", "time": "10:00"}, "This time has already passed. Pick a later one."),
        ({"day": "0001-01-01", "time": "00:00"}, "This time has already passed. Pick a later one."),
        ({"day": "9999-12-31", "time": "23:59"}, "A reminder can be at most five years ahead."),
        ({"preset": "yesterday"}, "This time has already passed. Pick a later one."),
    ],
)
def test_what_does_not_work_comes_back_with_a_sentence(rep, lead, typed, sentence):
    for send in (rep.tap, rep.post):
        answer = send(url(lead), typed)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        for name in ("day", "time"):
            assert typed.get(name, "") in answer.content.decode()
    assert Reminder.objects.count() == 0


def test_the_sheet_and_the_page(rep, lead, reminder):
    sheet, page = (show(url(lead)).content.decode() for show in (rep.peek, rep.get))
    assert ("<html" in sheet, "<html" in page) == (False, True)
    for shown in (sheet, page):
        assert re.findall(r"<b>([^<]+)</b><span class=\"tiny\">([^<]+)<", shown) == [
            ("Today", "17:00"),
            ("Tomorrow", "10:00"),
            ("In 3 days", "Thu 10:00"),
            ("In a week", "Mon 10:00"),
            ("In 2 weeks", "18 May 10:00"),
            ("In 2 months", "4 Jul 10:00"),
        ]
        assert 'value="2026-05-05"' in shown
        assert "Remove the reminder" in shown


def test_done(rep, lead, reminder):
    answer = rep.post(act_url(reminder, "done"))
    assert (answer.status_code, answer["Location"]) == (302, f"/leads/{lead.pk}/")
    assert rep.tap(act_url(reminder, "done")).status_code == 200
    assert Reminder.objects.get().state == "done"
    assert Notification.objects.get().state == "cancelled"


def test_done_is_taken_back_from_the_toast(rep, lead, reminder):
    undo = act_url(reminder, "reopen")
    assert f'hx-post="{undo}"' in rep.tap(act_url(reminder, "done")).content.decode()
    answer = rep.tap(undo)
    assert (answer.status_code, answer["HX-Trigger"]) == (200, f'{{"lead-changed": {{"lead": {lead.pk}}}}}')
    assert Reminder.objects.get().state == "open"
    assert list(Notification.objects.order_by("pk").values_list("state", flat=True)) == ["cancelled", "due"]


def test_goes_back_to_the_page_of_ours_it_came_from(rep, reminder):
    assert rep.post(act_url(reminder, "done"), {"next": "/inbox/"})["Location"] == "/inbox/"
    assert rep.post(act_url(reminder, "done"), {"next": "inbox"})["Location"] == "inbox"
    assert rep.post(act_url(reminder, "done"), {"next": "//evil.example/"})["Location"] == f"/leads/{reminder.lead_id}/"


def test_snooze(rep, reminder):
    assert rep.tap(act_url(reminder, "snooze"), {"day": "2026-05-06", "time": "10:00"}).status_code == 200
    assert open_ones() == [(dt.date(2026, 5, 6), dt.time(10))]
    assert rep.tap(act_url(reminder, "snooze"), {"day": "2026-05-06", "time": "10:00"}).status_code == 200
    assert rep.tap(act_url(reminder, "snooze"), {"day": "2020-05-06", "time": "10:00"}).status_code == 409
    assert rep.tap(act_url(reminder, "done")).status_code == 409
    assert Reminder.objects.count() == 2


def test_remove(rep, reminder):
    assert rep.tap(act_url(reminder, "remove")).status_code == 200
    assert (Reminder.objects.get().state, Notification.objects.get().state) == ("cancelled", "cancelled")


@pytest.mark.parametrize("who", ["stranger", "upline", "manager", "staff"])
def test_is_404_for(who, cast, lead, reminder):
    person = cast[who]
    person.client.force_login(person.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert person.get(url(lead)).status_code == 404
    assert person.post(url(lead), {"preset": "tomorrow"}).status_code == 404
    for act in ("done", "snooze", "remove"):
        assert person.post(act_url(reminder, act), {"preset": "tomorrow"}).status_code == 404
    assert Reminder.objects.get().state == "open"


def test_get_is_refused(rep, reminder):
    for act in ("done", "snooze", "remove"):
        assert rep.get(act_url(reminder, act)).status_code == 405


# ---- a push's buttons


@pytest.fixture
def phone():
    """A browser without a log-in, where the forms' token is asked for."""
    return Client(enforce_csrf_checks=True)


def test_a_pushs_buttons_work_by_their_token_alone(phone, rep, reminder):
    token = push.act_token(rep.user, act_url(reminder, "snooze"))
    assert phone.post(act_url(reminder, "snooze"), {"token": token, "preset": "today"}).status_code == 204
    new = Reminder.objects.get(state="open")
    assert new.time == dt.time(17)
    assert phone.post(act_url(new, "done"), {"token": push.act_token(rep.user, act_url(new, "done"))}).status_code == 204
    assert open_ones() == []


def test_a_suggestions_button_sets_a_reminder_by_its_token(phone, rep):
    where = reverse("pipeline:reminder", args=[make.lead(rep.rep).pk])
    assert phone.post(where, {"token": push.act_token(rep.user, where), "preset": "tomorrow"}).status_code == 204
    assert Reminder.objects.get().time == dt.time(10)
    assert phone.post(where, {"preset": "tomorrow"}).status_code == 403
    assert phone.get(where).url == f"{reverse('account_login')}?next={where}"


def test_a_token_opens_nothing_else(phone, rep, stranger, reminder):
    done, snooze = act_url(reminder, "done"), act_url(reminder, "snooze")
    for token in ("", "x", push.act_token(rep.user, snooze), push.act_token(rep.user, done)[:-1]):
        assert phone.post(done, {"token": token}).status_code == 403
    assert phone.post(done, {"token": push.act_token(stranger.user, done)}).status_code == 404
    assert phone.post(act_url(reminder, "remove"), {"token": push.act_token(rep.user, act_url(reminder, "remove"))}).status_code == 403
    assert Reminder.objects.get().state == "open"


def test_without_a_token_the_forms_token_is_asked_for(rep, reminder):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert strict.post(act_url(reminder, "done")).status_code == 403


def test_a_token_of_an_ended_log_in_opens_nothing(phone, rep, reminder):
    token = push.act_token(rep.user, act_url(reminder, "done"))
    type(rep.user).objects.filter(pk=rep.user.pk).update(is_active=False)
    assert phone.post(act_url(reminder, "done"), {"token": token}).status_code == 403
    assert Reminder.objects.get().state == "open"
