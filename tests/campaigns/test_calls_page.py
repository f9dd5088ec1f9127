"""Call first on the phone: the list, taking a call, what came of it; Home and My team show the first ones."""

import pytest
from django.urls import reverse

from campaigns import calling
from campaigns.models import CallClaim
from teams.models import Rep, Touch
from tests import make
from tests.campaigns.calls import idle, write

CALLS = reverse("campaigns:calls")
JSON = {"Accept": "application/json"}


def page(rep):
    return reverse("campaigns:call", args=[rep.pk])


def claim(rep):
    return reverse("campaigns:claim", args=[rep.pk])


def release(rep):
    return reverse("campaigns:release", args=[rep.pk])


def names(response):
    return [row.rep.name for row in response.context["calls"].rows]


@pytest.fixture
def team(company, upline, rep):
    """The rep below the upline, and one below the rep, neither in since the last campaign."""
    Rep.objects.filter(pk=rep.rep.pk).update(phone="+380671112233")
    low = make.rep("201", company.other_territory, sponsor=rep.rep, name="Anna First", phone="+380671112244", login=False)
    for one, campaigns in ((rep.rep, 1), (low, 2)):
        idle(company, one, campaigns)
    write(company.campaign)
    return low


def test_the_list_says_whom_why_and_by_when_with_a_button_to_call(upline, rep, team, company):
    response = upline.get(CALLS)
    assert names(response) == ["Anna First", "Olena Marchenko"]
    text = response.content.decode()
    assert text.count(f'formaction="{claim(team)}" data-dial="tel:+380671112244"') == 1
    assert [text.count(words) for words in ("Two campaigns without an order", "No order in the last campaign")] == [1, 1]


def test_everybody_has_the_list_of_the_own_downline(rep, upline, stranger, team):
    assert names(rep.get(CALLS)) == ["Anna First"]
    assert names(stranger.get(CALLS)) == []
    assert "Nobody to call now" in stranger.get(CALLS).content.decode()


def test_without_a_script_call_takes_the_rep_and_shows_the_number(upline, rep, team):
    response = upline.post(claim(team))
    assert (response.status_code, response["Location"]) == (302, page(team))
    text = upline.get(page(team)).content.decode()
    assert [text.count(words) for words in ('href="tel:+380671112244"', 'name="outcome" value="reached"', release(team))] == [1, 1, 1]
    assert "Iryna Tkachenko is calling" in rep.get(CALLS).content.decode()
    assert f'formaction="{claim(team)}"' not in rep.get(CALLS).content.decode()
    assert "You are calling" in upline.get(CALLS).content.decode()


def test_of_two_callers_one_wins_and_the_other_is_told(upline, rep, team):
    assert rep.post(claim(team), headers=JSON).json() == {"outcome": page(team)}
    lost = upline.post(claim(team), headers=JSON)
    assert (lost.status_code, lost.json()) == (409, {"sentence": "Anna First: Olena Marchenko is calling just now."})
    lost = upline.post(claim(team))
    assert (lost.status_code, "Olena Marchenko is calling just now" in lost.content.decode()) == (409, True)
    assert list(CallClaim.objects.values_list("rep", "by")) == [(team.pk, rep.user.pk)]


def test_the_sheet_asks_how_it_went_and_one_tap_answers(upline, rep, team):
    upline.post(claim(team), headers=JSON)
    sheet = upline.peek(page(team))
    assert (sheet.status_code, "<html" in sheet.content.decode(), "How did it go?" in sheet.content.decode()) == (200, False, True)
    response = upline.post(page(team), {"channel": "call", "outcome": "reached"})
    assert (response.status_code, response["Location"]) == (302, CALLS)
    assert names(upline.get(CALLS)) == ["Olena Marchenko"]
    assert (CallClaim.objects.count(), Touch.objects.get().outcome) == (0, "reached")
    undo = reverse("campaigns:touch_undo", args=[team.pk, Touch.objects.get().pk])
    assert upline.get(page(team)).content.decode().count("Nobody needs to call now") == 1
    upline.post(undo)
    assert names(upline.get(CALLS)) == ["Anna First", "Olena Marchenko"]
    assert "Nobody needs to call now" not in upline.get(page(team)).content.decode()


def test_the_same_form_twice_is_one_contact(upline, team):
    for _time in range(2):
        upline.post(page(team), {"channel": "call", "outcome": "no_answer", "once": "abc"})
    assert Touch.objects.count() == 1


def test_released_somebody_else_may_call(upline, rep, team):
    upline.post(claim(team))
    assert upline.post(release(team))["Location"] == CALLS
    assert rep.post(claim(team)).status_code == 302


@pytest.mark.parametrize("said", [{}, {"channel": "pigeon", "outcome": "reached"}, {"channel": "call", "outcome": "x"}])
def test_a_bad_form_notes_nothing(upline, team, said):
    assert (upline.post(page(team), said).status_code, Touch.objects.count()) == (422, 0)


@pytest.mark.parametrize("address", [page, claim, release])
def test_not_there_for_who_is_not_above(stranger, rep, upline, team, address):
    assert [who.post(address(rep.rep)).status_code for who in (stranger, rep)] == [404, 404]
    assert upline.post(address(upline.rep)).status_code == 404
    assert CallClaim.objects.count() == 0


@pytest.mark.parametrize("address", [claim, release])
def test_get_takes_no_call(upline, team, address):
    assert upline.get(address(team)).status_code == 405


def test_who_was_removed_is_not_called(upline, team, company):
    Rep.objects.filter(pk=team.pk).update(status="removed", removed_on=company.campaign.starts_on)
    assert names(upline.get(CALLS)) == ["Olena Marchenko"]
    assert upline.post(claim(team)).status_code == 409
    assert "+380671112244" not in upline.get(page(team)).content.decode()


@pytest.mark.parametrize("address", [reverse("pipeline:home"), reverse("campaigns:team")])
def test_home_and_my_team_show_the_first_three(upline, rep, team, company, address, stranger):
    for n in range(3):
        idle(company, make.rep(f"30{n}", company.territory, sponsor=upline.rep, login=False, name=f"Last {n}"))
    write(company.campaign)
    text = upline.get(address).content.decode()
    assert [text.count(f"Call {name}") for name in ("Anna First", "Olena Marchenko", "Last 0", "Last 1")] == [1, 1, 0, 0]
    assert (text.count(page(Rep.objects.get(code="300"))), text.count(f'href="{CALLS}"')) == (1, 1)
    assert CALLS not in stranger.get(address).content.decode()


def test_nonsense_in_the_address_begins_at_the_top(upline, team):
    for after in ("x", "9.9.9", "\x00"):
        assert names(upline.get(CALLS, {"after": after})) == ["Anna First", "Olena Marchenko"]


@pytest.mark.parametrize("address", [CALLS, reverse("pipeline:home"), reverse("campaigns:team")])
def test_the_same_queries_for_one_and_for_three(upline, rep, company, address, django_assert_num_queries):
    reps = [make.rep(f"30{n}", company.territory, sponsor=upline.rep, phone=f"+38067111224{n}") for n in range(3)]
    low = make.rep("400", company.territory, sponsor=reps[0])
    idle(company, reps[0])
    write(company.campaign)
    calling.claim_call(reps[0], by=upline.user)
    upline.get(address)
    with django_assert_num_queries(QUERIES[address]):
        upline.get(address)
    for one in (*reps[1:], low):
        idle(company, one)
        calling.claim_call(one, by=upline.user)
    write(company.campaign)
    with django_assert_num_queries(QUERIES[address]):
        upline.get(address)


QUERIES = {CALLS: 7, reverse("pipeline:home"): 14, reverse("campaigns:team"): 14}
