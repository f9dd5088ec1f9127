"""Reps in the admin: what a manager finds, and that nobody of another territory is found by any door."""

import datetime as dt

import pytest
from django.urls import reverse

from campaigns import snapshots
from campaigns.models import Cause, Order
from teams.models import Assignment
from tests import make

LIST = "/admin/teams/rep/"


def page(rep):
    return reverse("admin:teams_rep_change", args=[rep.pk])


def order(rep, campaign, number, amount=100):
    return Order.objects.create(
        number=number, kind="order", rep=rep, campaign=campaign, placed_on=campaign.starts_on, amount=amount, currency="UAH"
    )


def names(response):
    return [rep.name for rep in response.context["cl"].result_list]


def test_a_manager_sees_the_reps_of_the_own_territory_in_tree_order(manager, rep, upline, stranger, company):
    make.rep("102", company.territory, name="Alla Second")
    make.rep("103", company.territory, sponsor=rep.rep, name="Zoya Third", login=False)
    response = manager.get(LIST)
    assert names(response) == ["Iryna Tkachenko", "Olena Marchenko", "Zoya Third", "Alla Second"]
    assert [one.indent for one in response.context["cl"].result_list] == [0, 1, 2, 0]
    assert "Petro" not in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "q=etro",
        "q=900",
        "q=%2B380",
        "territory=UA-N-02",
        "territory=UA",
        "status__exact=active",
        "territory__code__exact=UA-N-02",
        "user__email__startswith=9",
        "sponsor__name=Petro+Stranger",
        "id__gt=0",
        "o=-1",
        "e=1",
        "p=2",
        "all=",
    ],
)
def test_nobody_of_another_territory_by_search_filter_or_address(manager, rep, stranger, query):
    response = manager.client.get(f"{LIST}?{query}", follow=True)
    assert response.status_code in (200, 400)
    assert "Petro" not in response.content.decode()


def test_the_territories_offered_are_the_own_ones(manager, company, rep):
    def offered():
        specs = manager.get(LIST).context["cl"].filter_specs
        return [[name.strip() for _code, name in spec.lookup_choices] for spec in specs if spec.title == "territory"]

    assert offered() == []
    Assignment.objects.filter(user=manager.user).update(territory=company.region)
    assert offered() == [["North", "Territory 01", "Territory 02"]]


@pytest.mark.parametrize("door", ["change", "history", "delete"])
def test_the_page_of_a_foreign_rep_is_not_there(manager, stranger, door):
    assert manager.get(reverse(f"admin:teams_rep_{door}", args=[stranger.rep.pk])).status_code in (403, 404)
    assert manager.get(page(stranger.rep)).status_code == 404
    assert manager.post(page(stranger.rep), {"user": ""}).status_code in (403, 404)


def test_autocomplete_names_no_foreign_rep(manager, rep, stranger):
    asked = {"app_label": "teams", "model_name": "rep", "field_name": "sponsor", "term": ""}
    answer = manager.get("/admin/autocomplete/", asked).json()
    assert [found["text"] for found in answer["results"]] == ["Iryna Tkachenko (100)", "Olena Marchenko (101)"]
    assert manager.get("/admin/autocomplete/", asked | {"term": "Petro"}).json()["results"] == []


def test_who_has_no_assignment_sees_nobody(company, rep, other_manager):
    other_manager.user.assignments.all().delete()
    assert names(other_manager.get(LIST)) == []


@pytest.mark.parametrize("who", ["rep", "upline"])
def test_reps_do_not_enter_the_admin(cast, who):
    assert cast[who].client.get(LIST, follow=True).status_code == 403


def test_orders_of_the_recent_campaigns_stand_beside_the_rep(manager, rep, company):
    order(rep.rep, company.before, "A1")
    order(rep.rep, company.campaign, "A2")
    order(rep.rep, company.campaign, "A3")
    response = manager.get(LIST)
    assert [one.recent_orders for one in response.context["cl"].result_list] == [[None, None, 0, 0], [None, None, 1, 2]]


def test_the_list_takes_the_same_queries_for_one_rep_and_for_three(manager, company, django_assert_num_queries):
    boss = make.rep("100", company.territory)
    order(boss, company.campaign, "A1")
    manager.get(LIST)
    with django_assert_num_queries(14):
        manager.get(LIST)
    for n in (2, 3):
        order(make.rep(f"10{n}", company.territory, sponsor=boss), company.campaign, f"A{n}")
    with django_assert_num_queries(14):
        manager.get(LIST)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("olena", ["Olena Marchenko"]),
        ("marchenko ol", ["Olena Marchenko"]),
        ("101", ["Olena Marchenko"]),
        ("067 555 1", ["Olena Marchenko"]),
        ("x", []),
    ],
)
def test_search_by_name_code_and_phone(manager, company, said, found):
    make.rep("100", company.territory, name="Iryna Tkachenko")
    make.rep("101", company.territory, name="Olena Marchenko", phone="+380675551234")
    assert names(manager.get(LIST, {"q": said})) == found


def test_activity_of_the_closed_campaign_stands_above_the_list(manager, rep, upline, stranger, company):
    order(rep.rep, company.before, "A1")
    order(stranger.rep, company.before, "A2")
    assert manager.get(LIST).context["summary"] == []  # not taken yet
    snapshots.take(company.before, cause=Cause.ASKED)
    ((row,),) = manager.get(LIST).context["summary"]
    assert (row.on_file, row.active, row.active_percent) == (2, 1, 50.0)


def test_a_reps_page_is_for_reading_and_shows_no_people(manager, rep, upline, company, lead):
    order(rep.rep, company.campaign, "A1", amount=250)
    response = manager.get(page(rep.rep))
    text = response.content.decode()
    assert response.status_code == 200
    assert [(row.campaign, row.orders, row.net_sales) for row in response.context["figures"]] == [
        (company.campaign, 1, 250),
        (company.before, 0, 0),
    ]
    assert ("Iryna Tkachenko" in text, lead.name in text, lead.phone in text, 'type="submit" value="Save"' in text) == (
        True,
        False,
        False,
        False,
    )


def test_an_upline_of_another_territory_is_not_named(manager, company, stranger):
    here = make.rep("101", company.territory, sponsor=stranger.rep, name="Olena Marchenko")
    text = manager.get(page(here)).content.decode()
    assert ("Petro" in text, "outside your territories" in text) == (False, True)


def test_staff_change_the_log_in_and_nothing_else(staff, rep, upline, company):
    spare = make.user("Spare Log In")
    response = staff.post(page(rep.rep), {"user": spare.pk, "code": "XXX", "name": "Changed", "status": "removed"})
    assert response.status_code == 302
    rep.rep.refresh_from_db()
    assert (rep.rep.user_id, rep.rep.code, rep.rep.name, rep.rep.status) == (spare.pk, "101", "Olena Marchenko", "active")


def test_nobody_adds_or_deletes_reps(staff, rep):
    assert staff.get("/admin/teams/rep/add/").status_code == 403
    assert staff.get(reverse("admin:teams_rep_delete", args=[rep.rep.pk])).status_code == 403


def test_a_switched_off_log_in_sees_nothing(manager, rep):
    manager.user.is_active = False
    manager.user.save(update_fields=["is_active"])
    assert manager.get(LIST).status_code == 302


def test_removed_reps_stay_in_the_list(manager, company):
    make.rep("100", company.territory, status="removed", removed_on=dt.date(2024, 1, 1))
    assert names(manager.get(LIST)) == ["Rep 100"]
