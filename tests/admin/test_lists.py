"""Orders, campaigns, calendars, territories and users in the admin."""

import pytest
from django.urls import reverse

from campaigns.models import Order
from teams.models import Assignment, User
from tests import make


def order(rep, campaign, number):
    return Order.objects.create(
        number=number, kind="order", rep=rep, campaign=campaign, placed_on=campaign.starts_on, amount=10, currency="UAH"
    )


def listed(response):
    return [str(row) for row in response.context["cl"].result_list]


def test_orders_of_the_own_territory_by_number_and_by_rep(manager, rep, stranger, company):
    order(rep.rep, company.campaign, "A1")
    foreign = order(stranger.rep, company.campaign, "B1")
    page = "/admin/campaigns/order/"
    assert listed(manager.get(page)) == ["A1"]
    assert [listed(manager.get(page, {"q": word})) for word in ("A1", "101", "B1", "900", "A")] == [["A1"], ["A1"], [], [], []]
    assert manager.get(reverse("admin:campaigns_order_change", args=[foreign.pk])).status_code == 404
    assert manager.get(f"{page}?rep__code=900", follow=True).status_code in (200, 400)
    assert listed(manager.get(f"{page}?rep={stranger.rep.pk}")) == []


def test_orders_take_the_same_queries_for_one_and_for_three(manager, rep, company, django_assert_num_queries):
    order(rep.rep, company.campaign, "A1")
    manager.get("/admin/campaigns/order/")
    with django_assert_num_queries(8):
        manager.get("/admin/campaigns/order/")
    for n in (2, 3):
        order(make.rep(f"R{n}", company.territory), company.campaign, f"A{n}")
    with django_assert_num_queries(8):
        manager.get("/admin/campaigns/order/")


@pytest.mark.parametrize("page", ["teams/rep", "teams/territory", "campaigns/order", "campaigns/campaign", "campaigns/calendar"])
def test_a_manager_reads_every_list_and_adds_nothing(manager, rep, company, page):
    assert manager.get(f"/admin/{page}/").status_code == 200
    assert manager.get(f"/admin/{page}/add/").status_code == 403


def test_a_manager_sees_the_own_territory_only(manager, company):
    page = manager.get("/admin/teams/territory/")
    assert listed(page) == [str(company.territory)]
    assert manager.get(reverse("admin:teams_territory_change", args=[company.other_territory.pk])).status_code == 404


def test_a_region_holds_its_territories(company):
    boss = make.manager(company.region)
    assert [row.code for row in type(company.region).objects.visible_to(boss).in_tree_order()] == ["UA-N", "UA-N-01", "UA-N-02"]


@pytest.mark.parametrize("who", ["manager", "analyst"])
def test_users_are_for_administrators(cast, manager, who):
    assert {**cast, "manager": manager}[who].get("/admin/teams/user/").status_code == 403


def test_an_administrator_makes_a_manager(staff, company):
    said = {"name": " Nina\u200b  New ", "phone": "067 111 22 33", "email": "", "language": "uk", "zone": "Europe/Kyiv"}
    said |= {"password1": "long enough 77", "password2": "long enough 77"}
    rows = {"assignments-TOTAL_FORMS": 0, "assignments-INITIAL_FORMS": 0}
    assert staff.post("/admin/teams/user/add/", said | rows).status_code == 302
    made = User.objects.get(phone="+380671112233")
    assert (made.name, made.email, made.is_staff, made.check_password("long enough 77")) == ("Nina New", None, False, True)
    page = reverse("admin:teams_user_change", args=[made.pk])
    rows = {"assignments-TOTAL_FORMS": 1, "assignments-INITIAL_FORMS": 0, "assignments-0-territory": company.territory.pk}
    said = {
        "name": "Nina New",
        "phone": "+380671112233",
        "email": "Nina@Example.com",
        "language": "uk",
        "zone": "Europe/Kyiv",
        "is_staff": "on",
        "is_active": "on",
    }
    response = staff.post(page, said | rows)
    assert (response.status_code, response.context and response.context["errors"]) == (302, None)
    made.refresh_from_db()
    assert (made.email, made.is_staff, list(made.assignments.values_list("territory__code", flat=True))) == (
        "nina@example.com",
        True,
        ["UA-N-01"],
    )
    assert made.check_password("long enough 77")


def test_a_user_has_a_phone_or_an_email(staff, company):
    said = {
        "name": "Nobody",
        "phone": "",
        "email": "",
        "language": "en",
        "zone": "UTC",
        "password1": "long enough 77",
        "password2": "long enough 77",
    }
    rows = {"assignments-TOTAL_FORMS": 0, "assignments-INITIAL_FORMS": 0}
    response = staff.post("/admin/teams/user/add/", said | rows)
    assert (response.status_code, "Give a phone or an e-mail" in response.content.decode()) == (200, True)


def test_a_log_in_is_switched_off_not_deleted(staff, rep):
    assert staff.get(reverse("admin:teams_user_delete", args=[rep.user.pk])).status_code == 403


def test_the_overview_of_a_manager_is_a_few_links(manager, rep):
    text = manager.get("/admin/").content.decode()
    assert [link in text for link in ("/admin/teams/rep/", "/admin/campaigns/campaign/activity/", "/admin/auth/group/", 'class="app-')] == [
        True,
        True,
        False,
        False,
    ]


def test_a_manager_who_is_a_rep_finds_the_way_back(manager, company):
    assert "Back to my pages" not in manager.get("/admin/").content.decode()
    who = make.rep("500", company.territory)
    who.user.delete()
    type(who).objects.filter(pk=who.pk).update(user=manager.user)
    assert "Back to my pages" in manager.get("/admin/").content.decode()


def test_an_assignment_ends_and_so_does_the_sight(manager, rep):
    assert len(listed(manager.get("/admin/teams/rep/"))) == 2
    Assignment.objects.all().delete()
    assert listed(manager.get("/admin/teams/rep/")) == []


def test_nobody_guesses_passwords_at_the_admins_own_door(rep, client):
    said = {"username": "stefan.staff@example.com", "password": make.PASSWORD}
    assert rep.post("/admin/login/", said).status_code == 403
    response = client.post("/admin/login/", said)
    assert (response.status_code, response.url.split("?")[0]) == (302, reverse("account_login"))


def test_a_list_of_millions_is_neither_counted_nor_skipped_through(manager, company, monkeypatch):
    for n in range(5):
        make.rep(f"R{n}", company.territory, login=False)
    monkeypatch.setattr("cotano.lib.admin.MOST", 3)
    monkeypatch.setattr("campaigns.admin.RepAdmin.list_per_page", 2)
    response = manager.get("/admin/teams/rep/")
    assert (response.context["cl"].result_count, response.context["cl"].paginator.num_pages) == (3, 2)
    assert "These are the first ones." in response.content.decode()
    assert manager.get("/admin/teams/rep/?p=3", follow=True).status_code == 200


@pytest.mark.parametrize("language", ["en", "ru", "uk"])
def test_the_admin_speaks_the_persons_language(manager, rep, language):
    User.objects.filter(pk=manager.user.pk).update(language=language, theme="dark")
    text = manager.get("/admin/").content.decode()
    assert (f'lang="{language}"' in text, 'class="theme-dark dashboard"' in text) == (True, True)


@pytest.mark.parametrize("page", ["teams/rep/?status__exact", "teams/territory/?kind__exact", "campaigns/order/?kind__exact"])
def test_a_filter_with_a_nul_is_no_filter(staff, company, page):
    assert staff.get(f"/admin/{page}=%00").status_code == 400


def test_nobody_is_found_by_a_nul(staff):
    asked = {"app_label": "teams", "model_name": "assignment", "field_name": "territory", "term": "a\0"}
    assert staff.get(reverse("admin:autocomplete"), asked).status_code == 400


def test_an_address_that_names_no_field_is_refused(staff, rep):
    for page, row in (("teams_rep", rep.rep), ("teams_user", rep.user)):
        assert staff.get(reverse(f"admin:{page}_change", args=[row.pk]) + "?_to_field=").status_code == 400


@pytest.mark.parametrize("chosen", ["x", "\0", "9" * 5000, "1e3", " ", "-1", "99999999999"])
def test_what_is_no_row_is_an_error_of_the_form(staff, rep, company, chosen):
    assert staff.post(reverse("admin:teams_rep_change", args=[rep.rep.pk]), {"user": chosen}).status_code == 200
    page = reverse("admin:teams_user_change", args=[rep.user.pk])
    form = {"assignments-TOTAL_FORMS": "1", "assignments-INITIAL_FORMS": "0", "assignments-0-territory": chosen}
    assert staff.post(page, form).status_code == 200
    assert (rep.rep.user_id, Assignment.objects.count()) == (rep.user.pk, 0)


def test_a_number_no_row_can_have_is_not_there(staff):
    assert staff.get(f"/admin/jobs/job/{'9' * 5000}/change/").status_code == 404
