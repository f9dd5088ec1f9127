"""The second factor: asked of everybody who may open the admin."""

import datetime as dt
import re

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from tests import make

LOGIN, INDEX, ACTIVATE, AUTHENTICATE = (reverse(name) for name in ("account_login", "mfa_index", "mfa_activate_totp", "mfa_authenticate"))
ADMIN = ("/admin/", "/admin/teams/rep/", "/admin/campaigns/campaign/activity/", "/admin/jsi18n/")


@pytest.fixture
def forced(settings):
    settings.SECOND_FACTOR = True


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(dt.datetime(2026, 5, 4, 8, tzinfo=dt.UTC), tick=False) as moved:
        yield moved


def shown(secret):
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def log_in(user):
    client = Client()
    return client, client.post(LOGIN, {"login": user.email, "password": make.PASSWORD})


@pytest.fixture
def with_app(company):
    """A manager with an authenticator app, and its secret."""
    user = make.manager(company.territory, name="Tamara Totp")
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return user, secret


@pytest.mark.parametrize("who", ["manager", "staff", "analyst"])
def test_without_one_no_page_of_the_admin_opens(request, forced, who):
    person = request.getfixturevalue(who)
    assert [person.get(address)["Location"] for address in ("/admin/", "/admin/teams/rep/")] == [INDEX] * 2
    assert person.post("/admin/teams/user/add/", {"name": "x"})["Location"] == INDEX
    assert person.get(INDEX).status_code == 200


def test_every_address_of_the_admin_is_behind_it(staff, forced):
    found = [person_sees(staff, address) for address in ADMIN]
    assert found == [INDEX] * len(ADMIN)


def person_sees(person, address):
    answer = person.get(address)
    return answer.get("Location", answer.status_code)


def test_recovery_codes_alone_are_none(manager, forced):
    RecoveryCodes.activate(manager.user)
    assert manager.get("/admin/")["Location"] == INDEX


def test_setting_it_up_opens_the_admin(manager, forced):
    page = manager.get(ACTIVATE)
    secret = page.context["form"].secret
    assert page.context["totp_svg_data_uri"].startswith("data:image/svg+xml")
    answer = manager.post(ACTIVATE, {"code": shown(secret)})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    assert manager.get("/admin/").status_code == 200
    assert sorted(Authenticator.objects.filter(user=manager.user).values_list("type", flat=True)) == ["recovery_codes", "totp"]


def test_the_secret_is_kept_encrypted(with_app):
    user, secret = with_app
    kept = Authenticator.objects.get(user=user).data["secret"]
    assert secret not in kept
    assert django_settings.SECRET_KEY not in kept


def test_with_one_the_password_alone_is_not_enough(with_app, forced):
    user, secret = with_app
    client, answer = log_in(user)
    assert answer["Location"] == AUTHENTICATE
    assert "_auth_user_id" not in client.session
    assert client.get("/admin/").status_code == 302
    assert client.post(AUTHENTICATE, {"code": f"{(int(shown(secret)) + 1) % 10**6:06d}"}).status_code == 200
    assert "_auth_user_id" not in client.session
    assert client.post(AUTHENTICATE, {"code": shown(secret)}).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_neither_is_a_code_to_the_phone(visitor, with_app):
    user, _secret = with_app
    type(user).objects.filter(pk=user.pk).update(phone="+380671112233")
    assert visitor.come_in("+380671112233")["Location"] == AUTHENTICATE
    assert visitor.user_id is None


def test_the_same_digits_do_not_work_twice(with_app):
    user, secret = with_app
    code = shown(secret)
    first, _ = log_in(user)
    first.post(AUTHENTICATE, {"code": code})
    second, _ = log_in(user)
    second.post(AUTHENTICATE, {"code": code})
    assert ("_auth_user_id" in first.session, "_auth_user_id" in second.session) == (True, False)


def test_a_recovery_code_lets_in_once(with_app):
    user, _secret = with_app
    code = RecoveryCodes.activate(user).get_unused_codes()[0]
    first, _ = log_in(user)
    first.post(AUTHENTICATE, {"code": code})
    second, _ = log_in(user)
    second.post(AUTHENTICATE, {"code": code})
    assert ("_auth_user_id" in first.session, "_auth_user_id" in second.session) == (True, False)


def test_guesses_are_limited(with_app):
    user, secret = with_app
    client, _ = log_in(user)
    for n in range(5):
        client.post(AUTHENTICATE, {"code": f"{(int(shown(secret)) + 1 + n) % 10**6:06d}"})
    client.post(AUTHENTICATE, {"code": shown(secret)})
    assert "_auth_user_id" not in client.session


def test_later_one_confirms_before_it_is_taken_off(with_app, clock):
    user, secret = with_app
    client, _ = log_in(user)
    client.post(AUTHENTICATE, {"code": shown(secret)})
    off = reverse("mfa_deactivate_totp")
    clock.shift(dt.timedelta(minutes=6))
    assert re.match(r"/accounts/(2fa/)?reauthenticate/", client.post(off)["Location"])
    assert Authenticator.objects.filter(user=user).exists()


def test_the_pages_about_it_speak_plainly(with_app):
    client = Client()
    client.force_login(with_app[0], backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Take it off" in client.get(reverse("mfa_deactivate_totp")).content.decode()
    for name in ("account_reauthenticate", "mfa_reauthenticate"):
        assert "show once more that it is you" in client.get(reverse(name)).content.decode()


def test_reps_may_have_one_and_need_none(rep, forced):
    assert rep.get("/").status_code == 200
    assert rep.get(INDEX).status_code == 200
    assert rep.get("/admin/")["Location"].startswith("/admin/login/")
    assert rep.get("/admin/login/").status_code == 403


def test_where_it_is_not_asked_for_the_admin_opens(manager, settings):
    settings.SECOND_FACTOR = False
    assert manager.get("/admin/").status_code == 200


@pytest.mark.parametrize("name", ["mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn"])
def test_set_up_is_for_who_is_logged_in(client, company, name):
    assert client.get(reverse(name)).status_code in {302, 403}


def test_a_passkey_of_nobody_lets_nobody_in(client, company):
    answer = client.post(reverse("mfa_login_webauthn"), {"credential": '{"rawId": "x", "response": {"userHandle": "MQ"}}'})
    assert answer["Location"] == LOGIN
    assert "_auth_user_id" not in client.session
