"""The page of tasks, and the sheet in which a reminder is put off."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads import reminders
from leads.models import Reminder

NOON = dt.datetime(2026, 5, 4, 12, 0, tzinfo=ZoneInfo("Europe/Kyiv"))
TUESDAY, TEN = dt.date(2026, 5, 5), dt.time(10)


@pytest.fixture(autouse=True)
def clock(rep):
    with time_machine.travel(NOON, tick=False) as moved:
        rep.client.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        yield moved


@pytest.fixture
def add(rep):
    return lambda title="Pay the order", **said: reminders.add_task(
        rep.rep, by=rep.user, **{"title": title, "day": TUESDAY, "time": TEN, **said}
    )


def page(rep, query=""):
    answer = rep.get(f"/tasks/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def open_ones():
    return list(Reminder.objects.open().values_list("title", "day", "time", "repeat"))


def test_words_and_one_tap(rep):
    assert "Nothing to do" in page(rep)
    answer = rep.post("/tasks/", {"title": "Pay the order", "preset": "today", "once": "a" * 32})
    assert (answer.status_code, answer["Location"]) == (302, "/tasks/")
    rep.post("/tasks/", {"title": "Pay the order", "preset": "today", "once": "a" * 32})  # a double tap
    assert open_ones() == [("Pay the order", NOON.date(), dt.time(17), "")]
    shown = page(rep)
    assert "Pay the order: 4 May 17:00" in shown
    assert "Today 17:00" in shown


def test_another_time_again_and_again(rep):
    rep.post("/tasks/", {"title": "Water", "day": "2026-05-09", "time": "08:30", "repeat": "weekly"})
    assert open_ones() == [("Water", dt.date(2026, 5, 9), dt.time(8, 30), "weekly")]
    assert "Every week" in page(rep)


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"title": "", "preset": "tomorrow"}, 422, "This field is required."),
        ({"title": " \u200b", "preset": "tomorrow"}, 422, "Write what to do."),
        ({"title": "a" * 201, "preset": "tomorrow"}, 422, "at most 200"),
        ({"title": "Pay", "preset": "yesterday"}, 422, "already passed"),
        ({"title": "Pay", "day": "2026-05-03", "time": "10:00"}, 422, "already passed"),
        ({"title": "Pay", "day": "31.02.2026", "time": "25:00"}, 422, "Enter a valid date."),
        ({"title": "Pay", "day": "9999-12-31", "time": "10:00"}, 422, "five years"),
        ({"title": "Pay", "preset": "tomorrow", "repeat": "hourly"}, 422, "Select a valid choice"),
        ({"title": "Pay\x00", "preset": "tomorrow"}, 422, "Null characters"),
    ],
)
def test_what_does_not_work_comes_back_filled_in(rep, typed, status, sentence):
    answer = rep.post("/tasks/", typed)
    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert open_ones() == []


def test_done_and_undone(rep, add):
    task = add()
    answer = rep.post(f"/reminders/{task.pk}/done/")
    assert (answer.status_code, answer["Location"]) == (302, "/tasks/")
    shown = page(rep)
    assert "Pay the order: done" in shown
    assert shown.count(f'action="/reminders/{task.pk}/reopen/"') == 2  # beside the words, and in the list of what is done
    assert open_ones() == []
    rep.post(f"/reminders/{task.pk}/reopen/")
    assert open_ones() == [("Pay the order", TUESDAY, TEN, "")]


def test_later(rep, add, lead):
    task = add()
    sheet = rep.get(f"/reminders/{task.pk}/")
    assert [words in sheet.content.decode() for words in ("In an hour", "Tonight", "Tomorrow")] == [True] * 3
    answer = rep.post(f"/reminders/{task.pk}/snooze/", {"preset": "hour"})
    assert answer["Location"] == "/tasks/"
    assert open_ones() == [("Pay the order", NOON.date(), dt.time(13), "")]
    assert rep.get(f"/reminders/{task.pk}/").status_code == 404  # it has ended
    answer = rep.post(f"/reminders/{Reminder.objects.open().get().pk}/snooze/", {"preset": "today"})
    assert open_ones() == [("Pay the order", NOON.date(), dt.time(17), "")]
    answer = rep.post(f"/reminders/{Reminder.objects.open().get().pk}/snooze/", {"preset": "never"})
    assert answer.status_code == 422
    assert "already passed" in answer.content.decode()


def test_a_leads_reminder_is_put_off_in_the_same_sheet(rep, lead):
    reminder = reminders.set_reminder(lead, by=rep.user, day=TUESDAY, time=TEN, repeat="daily")
    shown = rep.get(f"/reminders/{reminder.pk}/").content.decode()
    assert lead.name in shown
    assert "Remove it, also for later times" in shown
    assert f'href="/reminders/{reminder.pk}/"' in rep.get(lead.get_absolute_url()).content.decode()


def test_a_reminder_beside_another_and_one_that_repeats(rep, lead):
    url = f"/leads/{lead.pk}/reminder/"
    rep.post(url, {"preset": "tomorrow"})
    assert "Keep the other reminders too" in rep.get(url).content.decode()
    rep.post(url, {"day": "2026-05-09", "time": "09:00", "repeat": "workdays", "beside": "on"})
    assert [row[1:] for row in open_ones()] == [(TUESDAY, TEN, ""), (dt.date(2026, 5, 11), dt.time(9), "workdays")]
    assert rep.get(lead.get_absolute_url()).content.decode().count("/done/") >= 2


def test_remove(rep, add):
    task = add()
    assert rep.post(f"/reminders/{task.pk}/remove/")["Location"] == "/tasks/"
    assert open_ones() == []


def test_fifty_to_a_page(rep, add):
    for number in range(52):
        add(f"Task {number:02}", time=dt.time(10 + number // 30, number % 30))
    first = page(rep)
    [more] = [part.split('"')[0] for part in first.split('class="more" href="')[1:]]
    assert ["Task 49" in first, "Task 50" in first] == [True, False]
    second = page(rep, more)
    assert ["Task 49" in second, "Task 50" in second, "Task 51" in second] == [False, True, True]
    for odd in ("x", "1-", "-1", "9" * 30 + "-1", "nan-1", "inf-1", "1-" + "9" * 30):
        assert rep.get(f"/tasks/?after={odd}").status_code == 200


def test_as_many_questions_for_one_as_for_three(rep, add):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            page(rep)
        return len(queries)

    add("One")
    one = asked()
    add("Two")
    add("Three")
    assert asked() == one


@pytest.mark.parametrize("who", ["upline", "stranger", "manager", "staff"])
def test_nobody_else(who, cast, add):
    task = add()
    assert cast[who].client.get(f"/reminders/{task.pk}/").status_code == 404
    assert cast[who].client.post(f"/reminders/{task.pk}/reopen/").status_code == 404
