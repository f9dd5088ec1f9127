"""Changes of sponsor in the admin: what is planned and was done, by whom and why; a planned one withdrawn."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from teams import history
from teams.models import Rep, SponsorChange
from teams.roles import sync_roles
from tests import make
from tests.conftest import Person

LIST = reverse("admin:teams_sponsorchange_changelist")


def page(change, name="change"):
    return reverse(f"admin:teams_sponsorchange_{name}", args=[change.pk])


def of_rep(rep):
    return reverse("admin:teams_rep_change", args=[rep.pk])


@pytest.fixture
def outside(company):
    return make.rep("Z9", company.other_territory, name="Zinaida Outside", login=False)


@pytest.fixture
def planned(rep, outside, staff, company):
    numbered = (company.following.year, company.following.number)
    return history.plan_change(rep.rep, outside, by=staff.user, why="Asked by both", campaign=numbered)


def state():
    return SponsorChange.objects.values_list("state", "end", "settled_by__name").get()


def test_a_planned_change_is_withdrawn_with_a_reason(planned, staff):
    assert page(planned, "withdraw") in staff.get(page(planned)).content.decode()
    text = staff.get(page(planned, "withdraw")).content.decode()
    said = f"From Iryna Tkachenko (100) to Zinaida Outside (Z9), with campaign UA {planned.year}-{planned.number}."
    assert (said in text, "Planned by Stefan Staff: Asked by both" in text, state()[0]) == (True, True, "planned")
    response = staff.post(page(planned, "withdraw"), {"why": "She stays after all"}, follow=True)
    assert (response.status_code, state()) == (200, ("withdrawn", "She stays after all", "Stefan Staff"))
    text = response.content.decode()
    assert ("Withdrawn. The rep stays" in text, "She stays after all" in text, page(planned, "withdraw") in text) == (True, True, False)


def test_what_waits_no_more_is_not_withdrawn(planned, staff, rep, outside):
    history.apply_planned("UA", planned.year, planned.number)
    assert "does not wait for its campaign any more" in staff.get(page(planned, "withdraw")).content.decode()
    response = staff.post(page(planned, "withdraw"), {"why": "Too late"})
    assert (response.status_code, state()) == (409, ("applied", "", None))
    assert Rep.objects.get(pk=rep.rep.pk).sponsor_id == outside.pk


@pytest.mark.parametrize("said", [{}, {"why": " "}, {"why": "x" * 201}, {"why": "\0"}])
def test_without_a_reason_it_stays_planned(planned, staff, said):
    assert staff.post(page(planned, "withdraw"), said).status_code == 422
    assert state() == ("planned", "", None)


def test_a_reason_of_nothing_visible_is_none(planned, staff):
    response = staff.post(page(planned, "withdraw"), {"why": "\u200b"})
    assert (response.status_code, "Say why." in response.content.decode(), state()[0]) == (422, True, "planned")


def test_who_may_not_withdraw(planned, manager, analyst):
    for person in (manager, analyst):
        assert page(planned, "withdraw") not in person.get(page(planned)).content.decode()
        assert [person.get(page(planned, "withdraw")).status_code, person.post(page(planned, "withdraw")).status_code] == [403, 403]
    assert state() == ("planned", "", None)


def test_nobody_else_is_there_to_withdraw(staff):
    assert staff.get(reverse("admin:teams_sponsorchange_withdraw", args=[10**12])).status_code == 404


def test_what_had_become_impossible_names_nobody_outside(planned, manager, staff, outside):
    Rep.objects.filter(pk=outside.pk).update(status="removed", removed_on="2024-01-01")
    history.apply_planned("UA", planned.year, planned.number)
    texts = [person.get(page(planned)).content.decode() for person in (manager, staff)]
    assert [("Zinaida" in text, "It had become impossible." in text) for text in texts] == [(False, True), (True, False)]
    assert "Zinaida Outside (Z9) has been removed by the company" in texts[1]


def test_the_list_of_reps_leads_to_what_is_planned(planned, manager, company):
    support = Person(make.user("Sergio Support", is_staff=True))
    sync_roles()
    support.user.groups.add(Group.objects.get(name="Support"))
    way = f"{LIST}?state__exact=planned"
    texts = [person.get(reverse("admin:teams_rep_changelist")).content.decode() for person in (manager, support)]
    assert [f'href="{way}"' in text for text in texts] == [True, False]
    assert list(manager.get(way).context["cl"].result_list) == [planned]


def test_the_reps_page_lists_them(planned, manager, staff, rep, upline):
    history.withdraw_change(planned, by=staff.user, why="She stays")
    text = manager.get(of_rep(rep.rep)).content.decode()
    shown = [page(planned), "withdrawn", "Iryna Tkachenko (100)", "outside your territories", "Asked by both", f"{LIST}?q=101"]
    assert [word for word in shown if word not in text] == []
    assert "Zinaida" not in text
    assert "Changes of sponsor</h2>" not in staff.get(of_rep(upline.rep)).content.decode()


def test_the_reps_page_asks_once_for_all_of_them(planned, staff, rep, upline, outside, company):
    counts = []
    for to in (None, outside, upline.rep):
        if to:
            history.change_sponsor(rep.rep, to, by=staff.user, why="Again")
        staff.get(of_rep(rep.rep))
        with CaptureQueriesContext(connection) as queries:
            rows = len(staff.get(of_rep(rep.rep)).context["changes"])
        counts.append((rows, len([query for query in queries if "teams_sponsorchange" in query["sql"]]), len(queries)))
    assert counts == [(1, 1, counts[0][2]), (2, 1, counts[0][2]), (3, 1, counts[0][2])]
