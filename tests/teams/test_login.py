"""Log-in with a password, by phone or e-mail."""

import pytest
from django.urls import reverse

from tests import make
from tests.make import PASSWORD

LOGIN = reverse("account_login")


def enter(client, login, password=PASSWORD, **more):
    return client.post(LOGIN, {"login": login, "password": password, **more})


@pytest.fixture
def olena(company):
    return make.user("Olena", phone="+380671112233")


@pytest.mark.parametrize("typed", ["olena@example.com", "Olena@Example.com", "+380671112233", "067 111 22 33", "+38 (067) 111-22-33"])
def test_a_phone_or_an_e_mail_in_any_form(client, olena, typed):
    assert enter(client, typed)["Location"] == "/"
    assert client.session["_auth_user_id"] == str(olena.pk)


def test_somebody_without_a_phone(client, company):
    enter(client, make.staff().email)
    assert client.get("/admin/").status_code == 200


def test_somebody_without_an_e_mail(client, olena):
    olena.email = None
    olena.save(update_fields=["email"])
    assert enter(client, "0671112233").status_code == 302


def test_the_answer_is_the_same_for_a_known_and_an_unknown_login(client, olena):
    known, unknown = (enter(client, login, "wrong") for login in ("olena@example.com", "nobody@example.com"))
    assert known.status_code == unknown.status_code
    assert known.context["form"].errors == unknown.context["form"].errors


def test_deactivated_people_stay_out(client, olena):
    olena.is_active = False
    olena.save(update_fields=["is_active"])
    enter(client, "olena@example.com")
    assert "_auth_user_id" not in client.session


def test_the_way_back_stays_on_this_site(client, olena):
    assert enter(client, "olena@example.com", next="//evil.example/")["Location"] == "/"


def test_nobody_signs_up_alone(client, company):
    response = client.post(reverse("account_signup"), {"phone": "+380671112234", "email": "new@example.com", "password1": PASSWORD})
    assert "_auth_user_id" not in client.session
    assert response.status_code == 200


def test_the_admin_sends_strangers_to_the_same_log_in(client, company):
    assert client.get("/admin/")["Location"].endswith("/admin/login/?next=/admin/")
    assert client.get("/admin/login/?next=/admin/")["Location"] == f"{LOGIN}?next=%2Fadmin%2F"


def test_the_language_chosen_before_the_log_in_stays(client, olena):
    client.post(reverse("language"), {"language": "uk"})
    enter(client, "olena@example.com")
    assert client.get("/more/").headers["Content-Language"] == "uk"
    olena.refresh_from_db()
    assert olena.language == "uk"
    assert not client.cookies["language"].value


def test_a_language_nobody_speaks_here_changes_nothing(client, olena):
    client.cookies["language"] = "de"
    enter(client, "olena@example.com")
    client.get("/more/")
    olena.refresh_from_db()
    assert olena.language == "en"
