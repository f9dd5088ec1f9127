"""The tree of territories in the admin, level by level; a territory made a part of another one."""

import pytest
from django.urls import reverse

from teams import admin_tree
from teams.models import Rep, Territory
from tests import make

TREE = "/admin/teams/territory/tree/"


def move(territory):
    return reverse("admin:teams_territory_move", args=[territory.pk])


def codes(response):
    return [one.code for one in response.context["rows"]]


def test_one_level_at_a_time(staff, company):
    assert codes(staff.get(TREE)) == ["UA"]
    response = staff.get(TREE, {"of": company.region.pk})
    assert (codes(response), [one.code for one in response.context["way"]]) == (["UA-N-01", "UA-N-02"], ["UA"])


def test_a_manager_begins_at_the_own_territories(manager, company):
    assert codes(manager.get(TREE)) == ["UA-N-01"]
    assert manager.get(TREE, {"of": company.other_territory.pk}).status_code == 404
    assert codes(manager.get(TREE, {"q": "UA"})) == ["UA-N-01"]


@pytest.mark.parametrize(("typed", "found"), [("ua-n-02", ["UA-N-02"]), ("ory 0", ["UA-N-01", "UA-N-02"]), ("\0", []), ("%", [])])
def test_search(staff, company, typed, found):
    assert codes(staff.get(TREE, {"q": typed})) == found


def test_pages(staff, company, monkeypatch):
    monkeypatch.setattr(admin_tree, "PAGE", 1)
    first = staff.get(TREE, {"of": company.region.pk})
    second = staff.get(TREE, {"of": company.region.pk, "after": first.context["more_after"]})
    assert (codes(first), codes(second), second.context["more_after"]) == (["UA-N-01"], ["UA-N-02"], None)


def test_a_territory_moves_with_its_reps_and_its_manager_sees_on(staff, manager, company, rep):
    assert "2 reps are there." in staff.get(move(company.territory), {"to": company.other_territory.pk}).content.decode()
    assert staff.post(move(company.territory), {"to": company.other_territory.pk, "why": "Two became one"}).status_code == 302
    assert Territory.objects.get(pk=company.territory.pk).parent_id == company.other_territory.pk
    assert codes(staff.get(TREE, {"of": company.other_territory.pk})) == ["UA-N-01"]
    boss = make.manager(company.other_territory, name="Second Boss")
    assert Rep.objects.managed_by(boss).filter(pk=rep.rep.pk).exists()
    assert Rep.objects.managed_by(manager.user).filter(pk=rep.rep.pk).exists()


@pytest.mark.parametrize(
    ("what", "to", "sentence"),
    [
        ("region", "territory", "is below"),
        ("region", "region", "part of itself"),
        ("territory", "region", "already"),
        ("market", "region", "A market is not a part"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(staff, company, what, to, sentence):
    before = list(Territory.objects.order_by("pk").values())
    said = {"to": getattr(company, to).pk, "why": "Because"}
    assert sentence in staff.get(move(getattr(company, what)), said).content.decode()
    response = staff.post(move(getattr(company, what)), said)
    assert (response.status_code, sentence in response.content.decode()) == (422, True)
    assert list(Territory.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(("said", "status"), [({}, 422), ({"to": "x"}, 422), ({"to": "999999999999"}, 404)])
def test_a_bad_form_moves_nothing(staff, company, said, status):
    assert staff.post(move(company.territory), {"why": "Because", **said}).status_code == status


@pytest.mark.parametrize("why", ["", " ", "\u200b", "\0", "x" * 201])
def test_the_reason_is_asked_for(staff, company, why):
    assert '<input type="text" name="why"' in staff.get(move(company.territory), {"to": company.other_territory.pk}).content.decode()
    assert staff.post(move(company.territory), {"to": company.other_territory.pk, "why": why}).status_code == 422
    assert Territory.objects.get(pk=company.territory.pk).parent_id == company.region.pk


def test_the_history_says_who_from_where_and_why(staff, manager, company):
    staff.post(move(company.territory), {"to": company.other_territory.pk, "why": "[Two] became <one>"})
    told = "Made a part of Territory 02 (UA-N-02), not of North (UA-N) any more: [Two] became &lt;one&gt;"
    for person in (staff, manager):
        text = person.get(reverse("admin:teams_territory_history", args=[company.territory.pk])).content.decode()
        assert [word in text for word in (told, "stefan.staff@example.com")] == [True, True]


def test_who_may_not_move(manager, analyst, company):
    assert [person.get(move(company.territory)).status_code for person in (manager, analyst)] == [403, 403]
