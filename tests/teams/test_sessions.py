"""Log-ins of browsers: how long they last, what ends them."""

import datetime as dt

import pytest
import time_machine
from django.contrib.sessions.models import Session as DjangoSession
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from notifications.models import Device, Letter
from teams import sessions
from teams.models import Session, User
from tests import make
from tests.conftest import Person
from tests.loading import load

START = dt.datetime(2026, 5, 4, 8, tzinfo=dt.UTC)
HOUR, MINUTE, DAY = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(days=1)
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as moved:
        yield moved


@pytest.fixture
def at(clock, company):
    """The same people, logged in at START."""
    rep = make.rep("501", company.territory)
    return {"rep": Person(rep.user, rep), "manager": Person(make.manager(company.territory)), "staff": Person(make.staff())}


def inside(person):
    """Whether the person is still logged in."""
    return person.get(reverse("pipeline:more")).status_code == 200


def device(person, endpoint="https://push.example/1"):
    """The person's browser takes pushes."""
    made = Device.objects.create(user=person.user, endpoint=endpoint, p256dh="p", auth="a")
    session = person.client.session
    session["push_device"] = made.pk
    session.save()
    return made


@pytest.mark.parametrize("who", ["manager", "staff"])
def test_managers_and_staff_are_out_after_three_idle_hours(at, clock, who):
    clock.shift(3 * HOUR - MINUTE)
    assert inside(at[who])
    clock.shift(3 * HOUR)
    assert not inside(at[who])
    assert Session.objects.filter(user=at[who].user).count() == 0


@pytest.mark.parametrize("who", ["manager", "staff"])
def test_managers_and_staff_are_out_after_twelve_hours_however_busy(at, clock, who):
    for _ in range(11):
        clock.shift(HOUR)
        assert inside(at[who])
    clock.shift(HOUR)
    assert not inside(at[who])


def test_a_rep_stays_for_thirty_idle_days(at, clock):
    for _ in range(3):
        clock.shift(30 * DAY - MINUTE)
        assert inside(at["rep"])
    clock.shift(30 * DAY)
    assert not inside(at["rep"])


def test_a_rep_who_becomes_staff_is_held_to_staffs_hours_from_the_next_request_on(at, clock):
    clock.shift(13 * HOUR)
    assert inside(at["rep"])
    User.objects.filter(pk=at["rep"].user.pk).update(is_staff=True)
    assert not inside(at["rep"])


def test_use_is_noted_every_five_minutes(at, clock, django_assert_num_queries):
    row = Session.objects.filter(user=at["rep"].user)
    for seconds, seen in ((299, 0), (1, 300), (299, 300), (301, 900)):
        clock.shift(dt.timedelta(seconds=seconds))
        inside(at["rep"])
        assert row.get().seen_at == START + dt.timedelta(seconds=seen)
    assert row.get().since == START


def test_sessions_are_in_the_database_with_their_person(at):
    assert DjangoSession.objects.count() == 0
    row = Session.objects.get(user=at["rep"].user)
    assert row.pk == at["rep"].client.session.session_key


def test_nobodys_session_has_no_person(client, company):
    client.post(reverse("account_login"), {"login": "nobody@example.com"})
    assert list(Session.objects.values_list("user", "since", "seen_at", "browser")) == [(None, None, None, "")]


def test_logging_out_leaves_no_row(at):
    at["rep"].post(reverse("account_logout"))
    assert not Session.objects.filter(user=at["rep"].user).exists()


def test_switching_a_log_in_off_ends_everything_at_once(at, admin_at_work):
    rep = at["rep"]
    second = Person(rep.user)
    device(rep), device(second, "https://push.example/2")
    admin_at_work.switch_off(rep.user)
    assert (Session.objects.filter(user=rep.user).count(), Device.objects.filter(user=rep.user).count()) == (0, 0)
    assert not inside(rep)
    assert not inside(second)


def test_even_without_the_admin_the_next_request_ends_everything(at):
    phone, desk = at["rep"], Person(at["rep"].user)
    device(desk)
    User.objects.filter(pk=phone.user.pk).update(is_active=False)
    assert not inside(phone)
    assert (Session.objects.filter(user=phone.user).count(), Device.objects.filter(user=phone.user).count()) == (0, 0)
    User.objects.filter(pk=phone.user.pk).update(is_active=True)
    assert not inside(desk)
    assert inside(at["manager"])


ROSTER = ["code", "sponsor_code", "name", "territory_code", "joined_campaign", "calendar", "status"]


def say(status, *codes):
    """The company's next roster says this of these reps."""
    load("roster", [ROSTER, *([code, "", "Somebody", "UA-N-01", "2020-01", "UA", status] for code in codes)])


def test_a_rep_removed_by_the_roster_is_out_of_every_browser(at, company):
    rep, other = at["rep"], make.rep("502", company.territory)
    second, stays = Person(rep.user), Person(other.user)
    device(second), device(stays, "https://push.example/2")
    say("removed", "501")
    assert list(Session.objects.filter(user__in=[rep.user, other.user]).values_list("user", flat=True)) == [other.user_id]
    assert list(Device.objects.values_list("user", flat=True)) == [other.user_id]
    assert (inside(rep), inside(second), inside(stays)) == (False, False, True)


def test_a_manager_who_is_removed_as_a_rep_stays_logged_in(at):
    User.objects.filter(pk=at["rep"].user.pk).update(is_staff=True)
    say("removed", "501")
    assert inside(at["rep"])


@pytest.mark.parametrize("way", ["password", "code"])
def test_a_removed_rep_comes_in_by_no_way_and_again_when_back(at, way, client):
    def comes_in():
        if way == "password":
            client.post(reverse("account_login"), {"login": "501@example.com", "password": make.PASSWORD})
        else:
            cache.clear()  # limits of asking
            client.post(reverse("account_login"), {"login": "501@example.com"})
            sent = Letter.objects.order_by("-pk").first()
            client.post(reverse("teams:code"), {"code": "".join(filter(str.isdigit, sent.text))[:6]})
        return "_auth_user_id" in client.session

    say("removed", "501")
    assert comes_in() is False
    assert Letter.objects.exclude(to="").count() == 0
    say("active", "501")
    assert comes_in() is True


def test_a_new_password_ends_the_other_browsers(at):
    other = Person(at["rep"].user)
    at["rep"].post(
        reverse("account_change_password"), {"oldpassword": make.PASSWORD, "password1": "another good one", "password2": "another good one"}
    )
    assert (inside(at["rep"]), inside(other)) == (True, False)


@pytest.fixture
def admin_at_work(at):
    class Admin:
        def switch_off(self, user):
            address = reverse("admin:teams_user_change", args=[user.pk])
            fields = {"name": user.name, "email": user.email, "language": user.language, "zone": user.zone}
            inline = {f"assignments-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}
            assert at["staff"].post(address, {**fields, **inline}).status_code == 302
            assert not User.objects.get(pk=user.pk).is_active

    return Admin()


# ---- the list of devices
DEVICES, OTHERS = reverse("teams:devices"), reverse("teams:end_others")


@pytest.fixture
def phone_and_desk(at, clock):
    phone, desk = at["rep"], Person(at["rep"].user)
    session = phone.client.session
    session["browser"] = sessions.label(ANDROID)
    session.save()
    clock.shift(10 * MINUTE)
    desk.get("/more/")
    return phone, desk


def test_the_list_shows_ones_own_browsers_and_marks_this_one(phone_and_desk, at, django_assert_num_queries):
    phone, desk = phone_and_desk
    rows = phone.get(DEVICES).context["rows"]
    keys = [person.client.session.session_key for person in (phone, desk)]
    assert {row.session.pk for row in rows} == set(keys)
    assert [(row.here, row.session.browser) for row in rows if row.here] == [(True, "Chrome · Android")]
    assert at["staff"].user.name not in phone.get(DEVICES).content.decode()


def test_the_list_costs_the_same_for_one_and_for_three(at, django_assert_num_queries):
    rep = at["rep"]
    rep.get(DEVICES)
    with django_assert_num_queries(4):
        rep.get(DEVICES)
    Person(rep.user), Person(rep.user)
    with django_assert_num_queries(4):
        assert len(rep.get(DEVICES).context["rows"]) == 3


def test_one_browser_is_logged_out_with_its_pushes(phone_and_desk):
    phone, desk = phone_and_desk
    kept, gone = device(phone), device(desk, "https://push.example/2")
    number = Session.objects.get(pk=desk.client.session.session_key).number
    assert phone.post(reverse("teams:end", args=[number]))["Location"] == DEVICES
    assert (inside(phone), inside(desk)) == (True, False)
    assert list(Device.objects.values_list("pk", flat=True)) == [kept.pk]
    assert gone.pk != kept.pk


def test_logging_out_this_one_leads_to_the_log_in(phone_and_desk):
    phone, _desk = phone_and_desk
    number = Session.objects.get(pk=phone.client.session.session_key).number
    assert phone.post(reverse("teams:end", args=[number]))["Location"] == reverse("account_login")
    assert not inside(phone)


def test_everywhere_else(phone_and_desk):
    phone, desk = phone_and_desk
    third = Person(phone.user)
    kept = device(phone)
    device(desk, "https://push.example/2"), device(third, "https://push.example/3")
    phone.post(OTHERS)
    assert [inside(person) for person in (phone, desk, third)] == [True, False, False]
    assert list(Device.objects.values_list("pk", flat=True)) == [kept.pk]


def test_another_persons_browser_is_not_there(at):
    theirs = Session.objects.get(user=at["manager"].user).number
    assert at["rep"].post(reverse("teams:end", args=[theirs])).status_code == 404
    assert inside(at["manager"])


def test_only_by_post_and_only_logged_in(at, client):
    number = Session.objects.get(user=at["rep"].user).number
    assert [at["rep"].get(address).status_code for address in (OTHERS, reverse("teams:end", args=[number]))] == [405, 405]
    assert client.get(DEVICES)["Location"].startswith(reverse("account_login"))
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = at["rep"].client.cookies
    assert strict.post(OTHERS).status_code == 403


def test_ended_log_ins_are_not_listed(at, clock):
    manager = at["manager"]
    clock.shift(2 * HOUR)
    manager.get("/more/")
    other = Person(manager.user)
    clock.shift(2 * HOUR)
    manager.get("/more/")
    clock.shift(2 * HOUR)
    assert [row.here for row in manager.get(DEVICES).context["rows"]] == [True]
    assert not inside(other)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (ANDROID, "Chrome · Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Edge · Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox · Linux"),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_what_a_browser_is_called(agent, words):
    assert sessions.label(agent) == words


def test_the_browser_is_noted_at_log_in(company):
    make.user("Olena", email="olena@example.com")
    client = Client(headers={"user-agent": ANDROID})
    client.post(reverse("account_login"), {"login": "olena@example.com", "password": make.PASSWORD})
    assert Session.objects.exclude(user=None).get().browser == "Chrome · Android"
