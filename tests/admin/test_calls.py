"""Call first for managers and staff: in the right order, nobody outside the territory by any door, one caller at a time."""

import csv
import io

import pytest
from django.urls import reverse

from campaigns import calling, snapshots
from campaigns.models import CallClaim, CallFirst, Cause
from cotano.jobs.models import Audit
from teams.models import Rep, Touch
from tests import make
from tests.campaigns.calls import idle, order, past, snapshot, write

PAGE = "/admin/campaigns/campaign/calls/"


@pytest.fixture
def reps(company):
    """Two of the manager's, one in the other territory; the order is two, one, away."""
    one = make.rep("one", company.territory, name="Anna One", phone="+380671112211", login=False)
    two = make.rep("two", company.territory, name="=Borys Two", phone="+380671112222")
    away = make.rep("away", company.other_territory, name="Vira Away", phone="+380671112233")
    for rep, campaigns in ((one, 1), (two, 2), (away, 1)):
        idle(company, rep, campaigns)
    write(company.campaign)
    return {"one": one, "two": two, "away": away}


def codes(response):
    return [row.rep.code for row in response.context["calls"].rows]


def test_scenario_15_from_orders_to_the_managers_list(manager, other_manager, company):
    """Four reps of the manager's territory and one outside; what they ordered says who is called first."""
    three = [past(company, 2), past(company, 1), company.before]
    ordered = {"two": [0], "one": [0, 1], "usual": [0, 1, 2], "fine": [0, 1, 2], "second": [2], "away": [0]}
    reps = {
        code: make.rep(code, company.other_territory if code == "away" else company.territory, login=False, phone="+380671112233")
        for code in ordered
    }
    for code, campaigns in ordered.items():
        for number in campaigns:
            order(reps[code], three[number])
    order(reps["fine"], company.campaign)
    make.lead(make.rep("owner", company.territory), "Private Person", phone="0671112200")
    snapshots.take(company.campaign, cause=Cause.ASKED)
    response = manager.get(PAGE)
    deadline = company.campaign.order_deadline
    assert [(row.rep.code, row.why, row.by_day) for row in response.context["calls"].rows] == [
        ("two", "Two campaigns without an order: one from removal", deadline),
        ("second", "First order, no second one yet", deadline),
        ("one", "No order in the last campaign", deadline),
        ("usual", "Usual orderer, not in yet", deadline),
    ]
    text = "".join(manager.get(PAGE, door).content.decode() for door in ({}, {"format": "csv"}, {"territory": "UA-N-02"}))
    page = manager.get(reverse("admin:teams_rep_change", args=[reps["two"].pk])).content.decode()
    assert [word in text + page for word in ("Rep away", "Private Person", "67111220", "Rep fine")] == [False] * 4
    assert codes(other_manager.get(PAGE)) == ["away"]


def test_the_first_ones_with_reason_deadline_and_phone(manager, reps, company):
    response = manager.get(PAGE)
    assert codes(response) == ["two", "one"]
    text = response.content.decode()
    assert [text.count(words) for words in ("one from removal", 'href="tel:+380671112211"', "Vira Away", "+380 67 111 2233")] == [
        2,
        1,
        0,
        0,
    ]


def test_nobody_outside_the_territory_by_any_door(manager, other_manager, reps):
    away = reps["away"]
    for query in ({"territory": "UA-N-02"}, {"territory": "UA"}, {"reason": "4"}, {"after": "4.739000.0"}, {"format": "csv"}):
        for door in ({}, {"format": "csv"}):
            response = manager.get(PAGE, {**query, **door})
            assert "Vira Away" not in response.content.decode()
    assert manager.get(PAGE, {"territory": "UA-N-02"}).status_code == 422
    for act in ("claim", "release", "reached", "no_answer"):
        assert manager.post(PAGE, {act: away.pk}).status_code == 404
    assert (CallClaim.objects.count(), Touch.objects.count()) == (0, 0)
    assert codes(other_manager.get(PAGE)) == ["away"]
    Rep.objects.filter(pk=away.pk).update(territory=reps["one"].territory)
    assert codes(other_manager.get(PAGE)) == []


def test_by_territory_and_by_reason(staff, reps):
    assert codes(staff.get(PAGE)) == ["two", "one", "away"]
    assert codes(staff.get(PAGE, {"territory": "UA-N-02"})) == ["away"]
    assert codes(staff.get(PAGE, {"territory": "UA-N"})) == ["two", "one", "away"]
    assert codes(staff.get(PAGE, {"reason": "2"})) == ["two"]
    assert codes(staff.get(PAGE, {"reason": "4", "territory": "UA-N-01"})) == ["one"]


def test_a_reps_own_goal_is_not_told(manager, company):
    rep = make.rep("one", company.territory)
    snapshot(company.campaign, rep)
    CallFirst.objects.create(
        rep=rep, campaign=company.campaign, territory=rep.territory, reason=8, by_day=company.campaign.ends_on, since="2020-01-01T00:00Z"
    )
    assert codes(manager.get(PAGE)) == []
    assert manager.get(PAGE, {"reason": "8"}).status_code == 422


def test_one_takes_a_call_the_other_reads_who(manager, staff, reps):
    one = reps["one"]
    assert manager.post(PAGE + "?reason=4", {"claim": one.pk})["Location"] == PAGE + "?reason=4"
    assert f'name="reached" value="{one.pk}"' in manager.get(PAGE).content.decode()
    assert "Maria Manager is calling" in staff.get(PAGE).content.decode()
    lost = staff.post(PAGE, {"claim": one.pk})
    assert (lost.status_code, "Anna One: Maria Manager is calling just now." in lost.content.decode()) == (409, True)
    manager.post(PAGE, {"release": one.pk})
    assert staff.post(PAGE, {"claim": one.pk}).status_code == 302


def test_a_leader_who_calls_is_not_named(manager, company):
    leader = make.rep("top", company.other_territory, name="Halyna Leader")
    low = make.rep("low", company.territory, sponsor=leader)
    idle(company, low)
    write(company.campaign)
    calling.claim_call(low, by=leader.user)
    text = manager.get(PAGE).content.decode()
    assert ("A leader of the team is calling" in text, "Halyna Leader" in text) == (True, False)


@pytest.mark.parametrize("outcome", ["reached", "no_answer"])
def test_an_outcome_takes_the_rep_off_the_list(manager, reps, outcome):
    manager.post(PAGE, {"claim": reps["one"].pk})
    response = manager.post(PAGE, {outcome: reps["one"].pk})
    assert (response.status_code, codes(manager.get(PAGE))) == (302, ["two"])
    assert list(Touch.objects.values_list("rep", "by", "channel", "outcome")) == [(reps["one"].pk, manager.user.pk, "call", outcome)]
    assert CallClaim.objects.count() == 0


@pytest.mark.parametrize("said", [{}, {"claim": "x"}, {"claim": "0"}, {"reached": "9" * 30}, {"erase": "1"}])
def test_a_bad_form_does_nothing(manager, reps, said):
    assert manager.post(PAGE, said).status_code == 404


@pytest.mark.parametrize("said", [{"reason": "x"}, {"reason": "0"}, {"territory": "\x00"}, {"after": "\x00"}, {"after": "1.1.1.1"}])
def test_nonsense_in_the_address_is_no_error_of_ours(manager, reps, said):
    assert manager.get(PAGE, said).status_code in (200, 422)


def test_the_file_guards_formulas_and_is_written_down(manager, reps):
    response = manager.get(PAGE, {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [(row["rep_code"], row["name"], row["reason"]) for row in rows] == [
        ("two", "'=Borys Two", "Two campaigns without an order: one from removal"),
        ("one", "Anna One", "No order in the last campaign"),
    ]
    assert list(Audit.objects.values_list("by", "whose", "what", "subject")) == [
        (manager.user.pk, reps["two"].user_id, "exported", "territory:0")
    ]


def test_only_who_calls_for_the_company(manager, rep, analyst, reps):
    assert [analyst.get(PAGE).status_code, analyst.post(PAGE, {"claim": reps["one"].pk}).status_code] == [403, 403]
    assert rep.client.get(PAGE, follow=True).status_code == 403
    manager.user.groups.clear()
    assert manager.get(PAGE).status_code == 403


def test_pages_of_fifty(manager, company):
    for n in range(52):
        idle(company, make.rep(f"r{n}", company.territory, login=False))
    write(company.campaign)
    first = manager.get(PAGE, {"reason": "4"})
    assert (len(codes(first)), "reason=4&amp;after=" in first.content.decode()) == (50, True)
    assert len(codes(manager.get(PAGE, {"reason": "4", "after": first.context["calls"].more_after}))) == 2
    assert len(manager.get(PAGE, {"format": "csv"}).content.decode().splitlines()) == 53


def test_the_page_takes_the_same_queries_for_one_rep_and_for_three(manager, staff, company, django_assert_num_queries):
    def grow(code):
        rep = make.rep(code, company.territory)
        idle(company, rep)
        write(company.campaign)
        calling.claim_call(rep, by=staff.user)

    grow("one")
    manager.get(PAGE)
    with django_assert_num_queries(10):
        manager.get(PAGE)
    grow("two")
    grow("three")
    with django_assert_num_queries(10):
        manager.get(PAGE)
