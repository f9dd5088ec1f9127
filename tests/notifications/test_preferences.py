import datetime as dt

import pytest
from django.utils import timezone

from notifications import actions
from notifications.models import Notification, Preference
from tests import make

GOOD = {"quiet_from": "22:30", "quiet_to": "07:00", "cap": "3", "by_email": "on", "wanted": ["stale", "goal"]}


@pytest.fixture
def nudge(rep):
    make.nudge(rep.user, title="Grace", why="No contact for 7 days.")
    Notification.objects.update(state="done")
    return Notification.objects.get()


def test_without_a_row_the_defaults_are_shown(rep):
    page = rep.get("/inbox/preferences/").content.decode()
    assert [word in page for word in ('value="21:00"', 'value="08:00"', 'value="8"')] == [True] * 3
    assert page.count(" checked") == 10


def test_they_are_saved(rep):
    assert rep.post("/inbox/preferences/", GOOD).status_code == 302
    saved = Preference.objects.get(user=rep.user)
    assert (saved.quiet_from, saved.quiet_to, saved.cap, saved.by_email) == (dt.time(22, 30), dt.time(7), 3, True)
    assert set(saved.muted) == {"newcomer", "step", "call_by", "deadline", "birthday", "title", "no_step"}
    rep.post("/inbox/preferences/", {**GOOD, "by_email": "", "remind_by_email": "on"})
    saved.refresh_from_db()
    assert (saved.by_email, saved.remind_by_email) == (False, True)


@pytest.mark.parametrize(
    "wrong", [{"cap": "-1"}, {"cap": "21"}, {"cap": "x"}, {"quiet_from": "25:00"}, {"quiet_to": ""}, {"wanted": ["everything"]}]
)
def test_what_cannot_be_comes_back(rep, wrong):
    assert rep.post("/inbox/preferences/", {**GOOD, **wrong}).status_code == 422
    assert not Preference.objects.exists()


def test_why_it_was_told_and_no_more_of_it(rep, nudge):
    assert f"/inbox/{nudge.pk}/why/" in rep.get("/inbox/").content.decode()
    page = rep.get(f"/inbox/{nudge.pk}/why/").content.decode()
    assert [word in page for word in ("No contact for 7 days.", "An open card without a next step", "At most 8 suggestions a day")] == [
        True
    ] * 3
    make.nudge(rep.user, key="stale:2:1", subject="lead:2")
    for _ in range(2):
        assert rep.post(f"/inbox/{nudge.pk}/mute/")["Location"] == "/inbox/preferences/"
    assert Preference.objects.get().muted == ["stale"]
    assert Notification.objects.get(key="stale:2:1").state == "cancelled"
    assert "You get no more of this kind" in rep.get(f"/inbox/{nudge.pk}/why/").content.decode()


def test_of_somebody_else_or_no_nudge_it_is_not_there(rep, upline, nudge):
    assert upline.get(f"/inbox/{nudge.pk}/why/").status_code == 404
    assert upline.post(f"/inbox/{nudge.pk}/mute/").status_code == 404
    assert rep.get(f"/inbox/{nudge.pk}/mute/").status_code == 405
    notice = actions.schedule(key="a", subject="b", recipient=rep.user, kind="notice", title="T", url="/", due_at=timezone.now())
    assert rep.get(f"/inbox/{notice.pk}/why/").status_code == 404
