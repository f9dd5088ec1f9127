"""Profile, goal, more, help, log-in, language."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Goal
from leads.actions import set_reminder
from leads.models import Reminder
from teams.models import User

PROFILE, GOAL, MORE, HELP, LOGIN = (
    reverse(name) for name in ("pipeline:profile", "pipeline:goal", "pipeline:more", "pipeline:help", "account_login")
)


def test_profile_shows_what_the_manager_sees(rep, card):
    page = rep.get(PROFILE).content.decode()
    assert "What my manager sees" in page
    assert "Rep 101" in page
    assert "Oksana" not in page


def test_profile_changes_language_clock_and_look(rep, lead):
    tomorrow = timezone.localdate() + dt.timedelta(days=2)
    reminder = set_reminder(lead, by=rep.user, day=tomorrow, time=dt.time(10))
    response = rep.post(PROFILE, {"language": "uk", "zone": "Asia/Almaty", "theme": "dark"})
    assert (response.status_code, response["Location"]) == (302, PROFILE)
    user = User.objects.get(pk=rep.user.pk)
    assert (user.language, user.zone, user.theme) == ("uk", "Asia/Almaty", "dark")
    moved = Reminder.objects.get(pk=reminder.pk)
    assert (moved.day, moved.time, moved.zone) == (tomorrow, dt.time(10), "Asia/Almaty")
    page = rep.get(PROFILE).content.decode()
    assert '<html lang="uk" data-theme="dark">' in page


@pytest.mark.parametrize("bad", [{"zone": "Mars/Base"}, {"language": "xx"}, {"theme": "pink"}, {"zone": ""}])
def test_profile_with_bad_input_is_422(bad, rep):
    response = rep.post(PROFILE, {"language": "en", "zone": "Europe/Kyiv", "theme": "", **bad})
    assert response.status_code == 422
    assert User.objects.get(pk=rep.user.pk).zone == "Europe/Kyiv"


def test_managers_have_a_profile_too(manager):
    page = manager.get(PROFILE).content.decode()
    assert "What my manager sees" not in page


def test_goal_is_set_and_changed(rep, company):
    for amount in ("8000", "9000.50"):
        assert rep.post(GOAL, {"net_sales": amount})["Location"] == reverse("pipeline:home")
    assert str(Goal.objects.get(rep=rep.rep, campaign=company.campaign).net_sales) == "9000.50"
    assert 'value="9000.50"' in rep.get(GOAL).content.decode()


@pytest.mark.parametrize("amount", ["", "0", "-5", "x", "1e20", "NaN"])
def test_a_bad_goal_is_422(amount, rep):
    assert rep.post(GOAL, {"net_sales": amount}).status_code == 422
    assert Goal.objects.count() == 0


def test_without_a_campaign_there_is_no_goal(rep, company):
    company.campaign.delete()
    assert "No campaign runs today." in rep.post(GOAL, {"net_sales": "5"}).content.decode()


def test_more_and_help(rep):
    for url in (MORE, HELP):
        assert rep.get(url).status_code == 200
        assert rep.post(url).status_code == 405


def test_staff_find_the_admin_under_more(rep, staff):
    assert reverse("admin:index") in staff.get(MORE).content.decode()
    assert reverse("admin:index") not in rep.get(MORE).content.decode()


def test_help_needs_no_log_in(client, db):
    assert client.get(HELP).status_code == 200


def test_log_in_by_phone_in_any_writing_and_by_e_mail(client, rep):
    rep.user.phone = "+380670001234"
    rep.user.save(update_fields=["phone"])
    for login in ("067 000 12 34", "+380670001234", "101@example.com", "101@EXAMPLE.com"):
        response = client.post(LOGIN, {"login": login, "password": "correct horse battery"})
        assert (response.status_code, response["Location"]) == (302, reverse("pipeline:home"))
        client.logout()


def test_a_failed_log_in_keeps_the_login(client, rep):
    page = client.post(LOGIN, {"login": "101@example.com", "password": "wrong"}).content.decode()
    assert 'value="101@example.com"' in page
    assert 'role="alert"' in page


def test_the_language_is_chosen_before_log_in(client, db):
    response = client.post(reverse("language"), {"language": "uk", "next": LOGIN})
    assert (response.status_code, response["Location"]) == (302, LOGIN)
    assert '<html lang="uk">' in client.get(LOGIN).content.decode()


@pytest.mark.parametrize(
    ("data", "there"),
    [
        ({"language": "xx", "next": HELP}, HELP),
        ({"language": "uk", "next": "//evil.example"}, LOGIN),
        ({"next": "help"}, "help"),
        ({}, LOGIN),
    ],
)
def test_a_language_made_up_changes_nothing_and_leads_nowhere_else(data, there, client, db):
    response = client.post(reverse("language"), data)
    assert response["Location"] == there


def test_a_page_that_is_not_there(rep, client):
    response = rep.get("/nowhere/")
    assert response.status_code == 404
    assert "This page is not yours, or not there any more" in response.content.decode()


def test_pages_travel_compressed(rep):
    assert rep.get(MORE, headers={"Accept-Encoding": "gzip"})["Content-Encoding"] == "gzip"
