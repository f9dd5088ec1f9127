"""Profile, goal, more, help, log-in, language."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns import figures, rep_page
from campaigns.admin import RepAdmin
from campaigns.models import Goal, Order
from cotano.jobs.models import Audit
from leads.models import Reminder
from leads.reminders import set_reminder
from teams.models import Rep, User
from tests import make

ROW = re.compile(r'<label>([^<]+):</label>.*?<div class="readonly">(.*?)</div>', re.DOTALL)  # of a page in the admin

PROFILE, GOAL, MORE, HELP, LOGIN = (
    reverse(name) for name in ("pipeline:profile", "pipeline:goal", "pipeline:more", "pipeline:help", "account_login")
)


def test_the_rep_is_shown_exactly_what_the_manager_sees(rep, upline, manager, company, card):
    Rep.objects.filter(pk=rep.rep.pk).update(phone="+380670000101", email="olena@example.com", title="Director")
    make.rep("102", company.territory, sponsor=rep.rep)
    make.rep("103", company.territory, sponsor=rep.rep, status="removed", removed_on=timezone.localdate())
    for n, campaign in enumerate([company.before, company.campaign], start=1):
        Order.objects.create(
            number=f"A{n}", kind="order", rep=rep.rep, campaign=campaign, placed_on=campaign.starts_on, amount=100 * n, currency="UAH"
        )
    theirs = manager.get(reverse("admin:teams_rep_change", args=[rep.rep.pk]))
    mine = rep.get(PROFILE)
    told = [
        (" ".join(name.split()), " ".join(re.sub("<[^>]+>", "", value).split())) for name, value in ROW.findall(theirs.content.decode())
    ]
    facts = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", mine.content.decode())
    assert facts == [(name, value) for name, value in told if value != "-"]
    assert [name for name, value in told if value == "-"] == ["Removed on"]
    assert len(facts) == 12
    assert mine.context["seen"] == theirs.context["figures"] == figures.of_rep_page(rep.rep)
    cells = re.findall(
        r'<tr><th class="nw" scope="row">([^<]+)</th><td class="num">(\d+)</td><td class="num">([^<]+)</td><td class="num">(\d+)</td></tr>',
        mine.content.decode(),
    )
    assert [(name, int(orders), int(re.sub(r"\D", "", net)), int(actions)) for name, orders, net, actions in cells] == [
        (str(row.campaign), row.orders, row.net_sales, row.actions) for row in theirs.context["figures"]
    ]
    assert len(cells) == 2
    assert "Oksana" not in mine.content.decode() + theirs.content.decode()


def test_every_line_of_the_managers_page_is_known_to_the_rep():
    """A field added to the page without a word to the rep would break the promise."""
    assert RepAdmin.fields == rep_page.FIELDS


def test_a_manager_who_looks_is_told_to_the_rep_once_a_day(rep, manager, staff, upline):
    url = reverse("admin:teams_rep_change", args=[rep.rep.pk])
    for person in (manager, manager, staff):
        person.get(url)
    assert list(Audit.objects.order_by("pk").values_list("by", "whose", "what", "subject")) == [
        (person.user.pk, rep.user.pk, "rep_page_seen", f"rep:{rep.rep.pk}") for person in (manager, staff)
    ]


def test_a_page_one_may_not_see_is_not_written_down(manager, stranger, rep):
    for person in (manager, rep):
        person.get(reverse("admin:teams_rep_change", args=[stranger.rep.pk]))
    assert Audit.objects.count() == 0


def test_a_rep_without_a_log_in_is_seen_by_somebody_too(manager, company):
    quiet = make.rep("104", company.territory, login=False)
    manager.get(reverse("admin:teams_rep_change", args=[quiet.pk]))
    assert list(Audit.objects.values_list("whose", "subject")) == [(None, f"rep:{quiet.pk}")]


def test_profile_changes_language_clock_and_look(rep, lead):
    tomorrow = timezone.localdate() + dt.timedelta(days=2)
    reminder = set_reminder(lead, by=rep.user, day=tomorrow, time=dt.time(10))
    response = rep.post(PROFILE, {"name": " Olena\u200b  M. ", "language": "uk", "zone": "Asia/Almaty", "theme": "dark"})
    assert (response.status_code, response["Location"]) == (302, PROFILE)
    user = User.objects.get(pk=rep.user.pk)
    assert (user.name, user.language, user.zone, user.theme) == ("Olena M.", "uk", "Asia/Almaty", "dark")
    assert Rep.objects.get(user=user).name == "Olena Marchenko"
    moved = Reminder.objects.get(pk=reminder.pk)
    assert (moved.day, moved.time, moved.zone) == (tomorrow, dt.time(10), "Asia/Almaty")
    page = rep.get(PROFILE).content.decode()
    assert '<html lang="uk" data-theme="dark">' in page


@pytest.mark.parametrize(
    "bad",
    [{"zone": "Mars/Base"}, {"language": "xx"}, {"theme": "pink"}, {"zone": ""}, {"name": ""}, {"name": "\u200b"}, {"name": "x" * 121}],
)
def test_profile_with_bad_input_is_422(bad, rep):
    response = rep.post(PROFILE, {"name": "Olena", "language": "en", "zone": "Europe/Kyiv", "theme": "", **bad})
    assert response.status_code == 422
    user = User.objects.get(pk=rep.user.pk)
    assert (user.name, user.zone) == ("Olena Marchenko", "Europe/Kyiv")


def test_the_profile_changes_nothing_else(rep, upline, company):
    more = {
        "is_staff": "on",
        "is_superuser": "on",
        "phone": "+380670000999",
        "email": "x@example.com",
        "rep": "1",
        "sponsor": "",
        "id": upline.user.pk,
    }
    before = User.objects.filter(pk=rep.user.pk).values().get()
    rep.post(PROFILE, {"name": "Olena", "language": "en", "zone": "Europe/Kyiv", "theme": "", **more})
    assert User.objects.filter(pk=rep.user.pk).values().get() == {**before, "name": "Olena"}


def test_queries_of_the_profile(rep, django_assert_max_num_queries):
    rep.get(PROFILE)  # makes the push key
    with django_assert_max_num_queries(10):
        rep.get(PROFILE)


def test_managers_have_a_profile_too(manager):
    page = manager.get(PROFILE).content.decode()
    assert "What my manager sees" not in page


def test_goal_is_set_and_changed(rep, company):
    for amount in ("8000", "9000.50"):
        assert rep.post(GOAL, {"net_sales": amount})["Location"] == reverse("pipeline:home")
    assert str(Goal.objects.get(rep=rep.rep, campaign=company.campaign).target) == "9000.50"
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
