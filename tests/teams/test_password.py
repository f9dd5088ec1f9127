"""A password forgotten, or never had: a code to the phone or e-mail, then a new one without the old."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from notifications.models import Device, Letter
from teams.models import Session, User
from tests import make
from tests.conftest import Person

SET, CODE, LOGIN = "/accounts/password/set/", "/accounts/code/", "/accounts/login/"
NEW = {"new_password1": "another good one", "new_password2": "another good one"}


@pytest.fixture
def olena(company):
    """A rep who has a phone and nothing else."""
    rep = make.rep("501", company.territory)
    rep.user.set_unusable_password()
    User.objects.filter(pk=rep.user_id).update(phone="+380671112233", email=None, password=rep.user.password)
    return User.objects.get(pk=rep.user_id)


def digits():
    return re.search(r"\b\d{6}\b", Letter.objects.order_by("-pk").first().text)[0]


def knows(user, password):
    return User.objects.get(pk=user.pk).check_password(password)


def test_who_has_only_a_phone_comes_in_by_a_code_and_sets_one(client, olena):
    page = client.get(LOGIN).content.decode()
    way = re.search(r'href="([^"]+)">Forgot the password', page)[1]
    assert way == f"{LOGIN}?next={SET}"
    client.post(way, {"login": "067 111 22 33", "next": SET})
    assert client.post(CODE, {"code": digits()})["Location"] == SET
    assert 'name="old' not in client.get(SET).content.decode()
    assert client.post(SET, NEW)["Location"] == reverse("pipeline:profile")
    assert knows(olena, "another good one")
    assert client.get(reverse("pipeline:profile")).status_code == 200
    told = Letter.objects.order_by("-pk").first()
    assert (told.to, "password" in told.text, "another" in told.text) == ("+380671112233", True, False)


def test_who_is_logged_in_is_asked_for_a_fresh_code_first(olena):
    phone = Person(olena)
    assert phone.post(SET, NEW)["Location"] == CODE
    assert not knows(olena, "another good one")
    assert Letter.objects.get().to == "+380671112233"
    assert phone.post(CODE, {"code": digits()})["Location"] == SET
    assert phone.post(SET, NEW).status_code == 302
    assert knows(olena, "another good one")
    assert phone.post(SET, {"new_password1": "a third good one", "new_password2": "a third good one"})["Location"] == CODE  # good once


def test_the_code_is_fresh_for_five_minutes(olena, time_machine):
    time_machine.move_to("2026-05-04 08:00", tick=False)
    phone = Person(olena)
    phone.post(SET)
    phone.post(CODE, {"code": digits()})
    time_machine.shift(299)
    assert 'name="new_password1"' in phone.get(SET).content.decode()
    time_machine.shift(1)
    assert 'name="new_password1"' not in phone.get(SET).content.decode()
    assert phone.post(SET, NEW)["Location"] == CODE


def test_a_log_in_by_password_is_no_fresh_code(rep, client):
    client.post(LOGIN, {"login": "101@example.com", "password": make.PASSWORD})
    assert client.post(SET, NEW)["Location"] == CODE


def test_the_code_of_somebody_else_proves_nothing(olena, rep):
    phone, other = Person(olena), rep
    phone.post(SET)
    session = other.client.session
    session["code"] = phone.client.session["code"]
    session.save()
    assert other.post(CODE, {"code": digits()})["Location"] == SET  # over
    assert other.post(SET, NEW)["Location"] == CODE
    assert knows(rep.user, make.PASSWORD)


def test_such_a_code_is_no_log_in(olena, client):
    phone = Person(olena)
    phone.post(SET)
    client.get(LOGIN)
    session = client.session
    session["code"] = phone.client.session["code"]
    session.save()
    client.post(CODE, {"code": digits()})
    assert "_auth_user_id" not in client.session


def test_all_other_browsers_are_logged_out(olena):
    phone, desk = Person(olena), Person(olena)
    Device.objects.create(user=olena, endpoint="https://push.example/1", p256dh="p", auth="a")
    phone.post(SET)
    phone.post(CODE, {"code": digits()})
    phone.post(SET, NEW)
    assert (Session.objects.filter(user=olena).count(), Device.objects.count()) == (1, 0)
    assert phone.get(reverse("pipeline:more")).status_code == 200
    assert desk.get(reverse("pipeline:more")).status_code == 302


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"new_password1": "short", "new_password2": "short"},
        {"new_password1": "password123", "new_password2": "password123"},
        {**NEW, "new_password2": "not the same one"},
    ],
)
def test_bad_input_is_422(olena, typed):
    phone = Person(olena)
    phone.post(SET)
    phone.post(CODE, {"code": digits()})
    answer = phone.post(SET, typed)
    assert (answer.status_code, User.objects.get(pk=olena.pk).has_usable_password()) == (422, False)


def test_three_codes_a_minute(olena):
    cache.clear()
    phone = Person(olena)
    assert [phone.post(SET).status_code for _ in range(4)] == [302, 302, 302, 422]


def test_nobody_logged_in_is_led_to_the_log_in(client, company):
    assert client.get(SET)["Location"] == client.post(SET, NEW)["Location"] == f"{LOGIN}?next={SET}"
