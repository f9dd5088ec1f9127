"""A tap on call, and how it went."""

import json
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from leads.models import Attempt, Comment, Reminder
from pipeline.models import Card, Move, Stage
from pipeline.outcomes import finish_call
from teams.models import ActivityCount
from tests import make


def attempt_url(lead):
    return reverse("pipeline:attempt", args=[lead.pk])


def url(attempt):
    return reverse("pipeline:outcome", args=[attempt.pk])


@pytest.fixture
def attempt(rep, lead):
    return Attempt.objects.create(lead=lead, by=rep.user, channel="call")


def stage_of(card):
    return Card.objects.select_related("stage").get(pk=card.pk).stage.standard


# ---- the tap


def test_a_tap_is_logged_and_leads_to_the_outcome(rep, lead):
    answer = rep.post(attempt_url(lead), {"channel": "call", "once": "a"}, headers={"Accept": "application/json"})
    attempt = Attempt.objects.get()
    assert json.loads(answer.content) == {"outcome": f"/attempts/{attempt.pk}/outcome/"}
    answer = rep.post(attempt_url(lead), {"channel": "call", "once": "b"})
    assert (answer.status_code, answer["Location"]) == (302, f"/attempts/{attempt.pk}/outcome/")
    assert Attempt.objects.count() == 1


@pytest.mark.parametrize("channel", ["", "carrier pigeon", "call\0"])
def test_an_unknown_channel_is_refused(rep, lead, channel):
    assert rep.post(attempt_url(lead), {"channel": channel}).status_code == 422
    assert Attempt.objects.count() == 0


@pytest.mark.parametrize("who", ["stranger", "upline", "manager", "staff"])
def test_a_tap_is_404_for(who, cast, lead):
    assert cast[who].post(attempt_url(lead), {"channel": "call"}).status_code == 404
    assert Attempt.objects.count() == 0


def test_a_tap_is_a_post(rep, lead):
    assert rep.get(attempt_url(lead)).status_code == 405


def test_a_tap_after_the_log_in_has_ended_leads_back_to_the_page_it_was_on(client, lead):
    answer = client.post(attempt_url(lead), {"channel": "call"}, headers={"Referer": f"http://testserver/leads/{lead.pk}/?before=1"})
    assert answer["Location"] == f"/accounts/login/?next=/leads/{lead.pk}/%3Fbefore%3D1"
    answer = client.post(attempt_url(lead), {"channel": "call"}, headers={"Referer": "https://evil.example/leads/1/"})
    assert answer["Location"] == "/accounts/login/?next=/"


# ---- the question


def offered(page):
    return re.findall(r'name="outcome" value="(\w+)".*?<b>([^<]+)</b><span class="sub">([^<]*)<', page)


def test_says_what_each_answer_will_do(rep, attempt):
    assert offered(rep.peek(url(attempt)).content.decode()) == [
        ("no_answer", "No answer", "Then one tap: again tomorrow 10:00"),
        ("call_later", "Call later", "Then you pick when"),
        ("interested", "Interested", "To Offer sent, then you pick when"),
        ("ordered", "Ordered", "To Ordered"),
        ("not_interested", "Not interested", "To Not interested, no reminder"),
    ]


def test_says_so_where_the_card_stays(rep, board, stages):
    card = make.card(board, "Burl", stage=stages["ordered"])
    attempt = Attempt.objects.create(lead=card.lead, by=rep.user, channel="call")
    assert [promise for _, _, promise in offered(rep.get(url(attempt)).content.decode())] == [
        "Then one tap: again tomorrow 10:00",
        "Then you pick when",
        "Then you pick when",
        "The card stays where it is",
        "No reminder",
    ]


def test_fragment_and_page(rep, attempt):
    assert "<html" not in rep.peek(url(attempt)).content.decode()
    assert "<html" in rep.get(url(attempt)).content.decode()


# ---- the answer


@pytest.mark.parametrize(
    ("outcome", "stage", "asks"),
    [
        ("no_answer", "prospects", True),
        ("call_later", "prospects", True),
        ("interested", "offer", True),
        ("ordered", "ordered", False),
        ("not_interested", "declined", False),
    ],
)
def test_works(rep, card, attempt, outcome, stage, asks):
    answer = rep.tap(url(attempt), {"outcome": outcome})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert Attempt.objects.get().outcome == outcome
    assert stage_of(card) == stage
    assert ("When next?" in page) == asks
    assert ("hx-swap-oob" in page) == (not asks)
    assert answer["HX-Trigger"] == f'{{"lead-changed": {{"lead": {card.lead_id}}}}}'
    assert Reminder.objects.count() == 0


@pytest.mark.parametrize(("outcome", "there"), [("no_answer", "reminder/"), ("ordered", "")])
def test_without_javascript(rep, lead, attempt, outcome, there):
    answer = rep.post(url(attempt), {"outcome": outcome})
    assert (answer.status_code, answer["Location"]) == (302, f"/leads/{lead.pk}/{there}")


def test_the_next_reminder_is_one_tap_more(rep, lead, attempt):
    page = rep.tap(url(attempt), {"outcome": "no_answer"}).content.decode()
    action, preset = re.search(r'hx-post="([^"]+)"[^>]*>.{0,200}?name="preset" value="(tomorrow)"', page, re.DOTALL).groups()
    assert rep.tap(action, {"preset": preset}).status_code == 200
    assert Reminder.objects.get().time.hour == 10


def test_a_comment_comes_along(rep, lead, attempt):
    rep.tap(url(attempt), {"outcome": "ordered", "text": "Two creams", "once": "a"})
    rep.tap(url(attempt), {"outcome": "ordered", "text": "Two creams", "once": "a"})
    assert list(Comment.objects.values_list("text", flat=True)) == ["Two creams"]


def test_a_double_tap_is_one_effect(rep, card, attempt):
    for _ in range(3):
        assert rep.tap(url(attempt), {"outcome": "ordered"}).status_code == 200
    assert Move.objects.count() == 1
    assert dict(ActivityCount.objects.exclude(kind="lead").values_list("kind", "n")) == {"move": 1}


def test_another_outcome_afterwards_is_refused_with_a_sentence(rep, card, attempt):
    rep.tap(url(attempt), {"outcome": "interested"})
    answer = rep.tap(url(attempt), {"outcome": "ordered", "text": "typed"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "How it went has been noted already: Interested." in page
    assert 'value="typed"' in page
    assert stage_of(card) == "offer"
    assert Comment.objects.count() == 0


@pytest.mark.parametrize("outcome", ["", "won", "interested\0"])
def test_bad_input_comes_back_with_a_sentence(rep, attempt, outcome):
    answer = rep.tap(url(attempt), {"outcome": outcome, "text": "typed"})
    assert answer.status_code == 422
    assert "Choose how it went." in answer.content.decode()
    assert 'value="typed"' in answer.content.decode()
    assert Attempt.objects.get().outcome == ""


@pytest.mark.parametrize(
    ("start", "outcome", "end"),
    [
        ("contacted", "interested", "offer"),
        ("ordered", "interested", "ordered"),
        ("declined", "interested", "declined"),
        ("declined", "ordered", "ordered"),
        ("ordered", "not_interested", "ordered"),
    ],
)
def test_where_an_outcome_takes_the_card(rep, board, stages, start, outcome, end):
    card = make.card(board, "Burl", stage=stages[start])
    attempt = Attempt.objects.create(lead=card.lead, by=rep.user, channel="call")
    finish_call(attempt, by=rep.user, outcome=outcome)
    assert stage_of(card) == end


RENAMED = {"offer": {"own_name": "Catalogue sent"}, "ordered": {"own_name": "Bought"}}
TURNED = {"ordered": {"own_name": "Thinking", "end": ""}, "declined": {"own_name": "Paid", "end": "won"}}
GONE = {name: {"place": None} for name in ("offer", "ordered", "declined")}


def own(name, end=""):
    return {**GONE, "contacted": {"standard": "", "own_name": name, "end": end}}


@pytest.mark.parametrize(
    ("changes", "outcome", "end"),
    [
        (RENAMED, "interested", "Catalogue sent"),
        (RENAMED, "ordered", "Bought"),
        (TURNED, "ordered", "Paid"),
        (TURNED, "not_interested", None),
        (GONE, "ordered", None),
        (own("Reached"), "interested", None),
        (own("Happy", "won"), "ordered", "Happy"),
        (own("Lost", "lost"), "not_interested", "Lost"),
    ],
)
def test_on_a_board_with_stages_of_its_own_an_outcome_goes_by_what_a_stage_is(rep, board, stages, changes, outcome, end):
    for name, values in changes.items():
        Stage.objects.filter(pk=stages[name].pk).update(**values)
    card = make.card(board, "Burl", stage=stages["prospects"], phone="0671112299")
    attempt = Attempt.objects.create(lead=card.lead, by=rep.user, channel="call")
    promises = {one: promise for one, _, promise in offered(rep.peek(url(attempt)).content.decode())}
    assert (f"To {end}" in promises[outcome]) == bool(end)
    page = rep.tap(url(attempt), {"outcome": outcome}).content.decode()
    assert Card.objects.select_related("stage").get(pk=card.pk).stage.name == (end or "Prospects")
    assert (f"Moved to {end}." in page) == bool(end)
    assert ("The card stays where it is. The board has no stage for this." in page) == (end is None)


def test_a_stage_that_asks_for_more_says_what_is_missing(rep, card, stages, attempt):
    Stage.objects.filter(pk=stages["ordered"].pk).update(needs=["email"])
    page = rep.tap(url(attempt), {"outcome": "ordered"}).content.decode()
    assert "Noted: Ordered. The card stays where it is. “Ordered” asks for more first." in page
    assert stage_of(card) == "prospects"


def test_a_closed_campaign_keeps_its_board_and_the_outcome_counts(rep, card, company, attempt):
    company.campaign.closed_at = timezone.now()
    company.campaign.save(update_fields=["closed_at"])
    finished = finish_call(attempt, by=rep.user, outcome="ordered")
    assert (finished.moved, stage_of(card)) == (None, "prospects")
    assert Attempt.objects.get().outcome == "ordered"


def test_a_lead_without_a_card_works_too(rep):
    lead = make.lead(rep.rep, "Nobody's card")
    attempt = Attempt.objects.create(lead=lead, by=rep.user, channel="call")
    assert rep.tap(url(attempt), {"outcome": "interested"}).status_code == 200


@pytest.mark.parametrize("who", ["stranger", "upline", "manager", "staff"])
def test_is_404_for(who, cast, attempt):
    assert cast[who].get(url(attempt)).status_code == 404
    assert cast[who].post(url(attempt), {"outcome": "ordered"}).status_code == 404
    assert Attempt.objects.get().outcome == ""
