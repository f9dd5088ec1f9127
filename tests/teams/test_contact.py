"""A new phone or e-mail for one's own log-in."""

import pytest
from django.test import Client
from django.urls import reverse

from notifications.models import Letter
from teams.models import User
from tests.teams.conftest import sent_code, wrong

PHONE, EMAIL, CODE, PROFILE = reverse("teams:phone"), reverse("teams:email"), reverse("teams:code"), reverse("pipeline:profile")
NEW = {PHONE: ("067 111 55 55", "+380671115555", "phone"), EMAIL: ("New@Example.com", "new@example.com", "email")}


@pytest.fixture
def rep(rep):
    User.objects.filter(pk=rep.user.pk).update(phone="+380671114444")
    rep.user.refresh_from_db()
    return rep


@pytest.mark.parametrize("address", NEW)
def test_it_counts_when_the_code_has_come_back(rep, address):
    typed, clean, field = NEW[address]
    old = getattr(rep.user, field)
    assert rep.post(address, {"to": typed})["Location"] == CODE
    code = sent_code()
    assert Letter.objects.get().to == clean
    assert rep.post(CODE, {"code": wrong(code)}).status_code == 422
    assert getattr(User.objects.get(pk=rep.user.pk), field) == old
    assert rep.post(CODE, {"code": code})["Location"] == PROFILE
    assert getattr(User.objects.get(pk=rep.user.pk), field) == clean
    assert Letter.objects.latest("pk").to == old
    assert rep.get("/").status_code == 200


def test_the_next_log_in_is_by_the_new_phone(rep, visitor):
    rep.post(PHONE, {"to": NEW[PHONE][0]})
    rep.post(CODE, {"code": sent_code()})
    visitor.come_in(NEW[PHONE][1])
    assert visitor.user_id == rep.user.pk


def test_somebody_elses_is_not_taken_and_not_told_of_before_the_code(rep, stranger):
    User.objects.filter(pk=stranger.user.pk).update(phone=NEW[PHONE][1])
    assert rep.post(PHONE, {"to": NEW[PHONE][0]})["Location"] == CODE
    assert rep.post(CODE, {"code": sent_code()})["Location"] == PHONE
    assert User.objects.get(pk=rep.user.pk).phone == "+380671114444"
    assert User.objects.get(pk=stranger.user.pk).phone == NEW[PHONE][1]


def test_a_code_of_one_person_changes_nothing_for_another(rep, stranger):
    rep.post(PHONE, {"to": NEW[PHONE][0]})
    session = stranger.client.session
    session["code"] = rep.client.session["code"]
    session.save()
    stranger.post(CODE, {"code": sent_code()})
    assert User.objects.filter(phone=NEW[PHONE][1]).count() == 0


def test_a_code_for_a_new_phone_is_no_log_in(rep):
    rep.post(PHONE, {"to": NEW[PHONE][0]})
    thief = Client()
    thief.get(reverse("account_login"))
    session = thief.session
    session["code"] = rep.client.session["code"]
    session.save()
    thief.cookies["sessionid"] = session.session_key
    thief.post(CODE, {"code": sent_code()})
    assert "_auth_user_id" not in thief.session


@pytest.mark.parametrize(
    ("address", "typed"), [(PHONE, "112"), (PHONE, ""), (EMAIL, "x"), (EMAIL, "a@b@c"), (EMAIL, "x" * 250 + "@example.com")]
)
def test_bad_input_is_422(rep, address, typed):
    assert rep.post(address, {"to": typed}).status_code == 422
    assert Letter.objects.count() == 0


def test_nothing_else_is_taken_from_the_form(rep, stranger):
    rep.post(PHONE, {"to": NEW[PHONE][0], "user": stranger.user.pk, "is_staff": "on", "email": "evil@example.com"})
    rep.post(CODE, {"code": sent_code(), "to": "+380671119999", "user": stranger.user.pk})
    changed = User.objects.get(pk=rep.user.pk)
    assert (changed.phone, changed.email, changed.is_staff) == (NEW[PHONE][1], rep.user.email, False)


def test_three_a_minute(rep):
    assert [rep.post(PHONE, {"to": f"067 111 55 0{n}"}).status_code for n in range(4)] == [302, 302, 302, 422]


@pytest.mark.parametrize("address", NEW)
def test_only_for_who_is_logged_in(client, company, address):
    assert client.get(address)["Location"].startswith(reverse("account_login"))
    assert client.post(address, {"to": NEW[address][0]}).status_code == 302
    assert Letter.objects.count() == 0
