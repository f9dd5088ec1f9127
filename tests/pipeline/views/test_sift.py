"""Searching and filtering a board."""

import datetime as dt
import re

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from leads.models import Comment, Lead, Reminder
from pipeline import shares
from pipeline.models import Card, Stage
from tests import make
from tests.pipeline.views.test_board import many_cards

NOON = dt.datetime(2026, 11, 10, 10, tzinfo=dt.UTC)  # 12:00 in Kyiv


def shown(person, board, **wanted):
    page = person.get(board.get_absolute_url(), wanted).content.decode()
    return sorted(re.findall(r"<b>([^<]+)</b>", page.split('<main id="main"')[1]))


def remind(rep, card, due_at):
    Reminder.objects.create(lead=card.lead, owner=rep.rep, by=rep.user, day=due_at.date(), time=dt.time(10), zone="UTC", due_at=due_at)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("мельник", ["Оксана Мельник"]),
        ("BURL", ["Burl Clemente"]),
        ("067 111-22", ["Burl Clemente"]),
        ("+38 (067) 111 22 33", ["Burl Clemente"]),
        ("nobody", []),
        ("a\0b", ["Burl Clemente", "Оксана Мельник"]),
        ("x" * 101, ["Burl Clemente", "Оксана Мельник"]),
    ],
)
def test_finds_by_name_and_phone(typed, found, rep, board, stages):
    make.card(board, "Оксана Мельник", phone="050 333 44 55")
    make.card(board, "Burl Clemente", phone="067 111 22 33", stage=stages["offer"])
    assert shown(rep, board, q=typed) == found


def test_counts_and_pages_follow(rep, board, stages):
    many_cards(board, 40, stages["prospects"])
    make.card(board, "Somebody else")
    page = rep.get(board.get_absolute_url(), {"q": "Кузьменко"}).content.decode()
    assert f'<b id="n-{stages["prospects"].pk}">40</b>' in page
    assert "40 cards found" in page
    onward = re.search(r'hx-get="([^"]+)"', page)[1].replace("&amp;", "&")
    rest = rep.peek(onward).content.decode()
    assert rest.count('<li class="card"') == 15
    assert "Кузьменко-29<" in rest
    assert "&amp;q=" in rest


def test_a_moved_card_leaves_the_counts_of_what_is_looked_for(rep, board, stages):
    card = make.card(board, "Burl Clemente")
    make.card(board, "Grace")
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{board.get_absolute_url()}?q=burl"}
    page = rep.client.post(
        reverse("pipeline:move", args=[card.pk]), {"to": stages["offer"].pk, "version": 1}, headers=headers
    ).content.decode()
    assert f'<b id="n-{stages["prospects"].pk}" hx-swap-oob="true">0</b>' in page
    assert f'<b id="n-{stages["offer"].pk}" hx-swap-oob="true">1</b>' in page


def test_hotness(rep, board):
    for name, hotness in (("hot", 5), ("cold", 1), ("unknown", 0)):
        card = make.card(board, name)
        Lead.objects.filter(pk=card.lead_id).update(hotness=hotness)
    assert shown(rep, board, heat="5") == ["hot"]
    assert shown(rep, board, heat="0") == ["unknown"]
    assert shown(rep, board, heat="6") == ["cold", "hot", "unknown"]


def test_tag_and_kind(rep, board):
    make.card(board, "Burl", tags=["vip", "gym"])
    make.card(board, "Grace", tags=["gym"], kind=Lead.Kind.CUSTOMER)
    make.card(board, "Oksana", kind=Lead.Kind.CUSTOMER)
    assert shown(rep, board, tag="gym") == ["Burl", "Grace"]
    assert shown(rep, board, kind="customer") == ["Grace", "Oksana"]
    assert shown(rep, board, tag="gym", kind="customer") == ["Grace"]
    assert shown(rep, board, kind="nonsense", remind="x", stale="") == ["Burl", "Grace", "Oksana"]


@time_machine.travel(NOON, tick=False)
def test_the_state_of_the_reminder(rep, board):
    rep.client.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    make.card(board, "none")
    for name, hours in (("overdue", (-1, 30)), ("today", (3,)), ("last minute", (11.9,)), ("later", (12.1,))):
        card = make.card(board, name)
        for hour in hours:
            remind(rep, card, NOON + dt.timedelta(hours=hour))
    assert shown(rep, board, remind="none") == ["none"]
    assert shown(rep, board, remind="overdue") == ["overdue"]
    assert shown(rep, board, remind="today") == ["last minute", "today"]
    assert shown(rep, board, remind="later") == ["later"]


def test_stale_is_without_a_next_step_for_longer_than_the_stage_allows(rep, board, stages):
    now = timezone.now()
    Stage.objects.filter(pk=stages["contacted"].pk).update(days=30)
    for name, stage, days, contacted, due in (
        ("stale", "prospects", 8, None, None),
        ("long ago", "prospects", 20, 8, None),
        ("overdue is no next step", "prospects", 8, None, -1),
        ("fresh", "prospects", 6, None, None),
        ("spoken to", "prospects", 8, 2, None),
        ("has a next step", "prospects", 8, None, 1),
        ("may stay", "contacted", 29, None, None),
        ("may stay no longer", "contacted", 31, None, None),
        ("at rest", "ordered", 99, None, None),
    ):
        card = make.card(board, name, stage=stages[stage])
        Card.objects.filter(pk=card.pk).update(entered_stage_at=now - dt.timedelta(days=days))
        if contacted:
            Lead.objects.filter(pk=card.lead_id).update(contacted_at=now - dt.timedelta(days=contacted))
        if due:
            remind(rep, card, now + dt.timedelta(days=due))
    assert shown(rep, board, stale="1") == ["long ago", "may stay no longer", "overdue is no next step", "stale"]


def test_the_sheet_offers_the_tags_of_the_board_and_keeps_what_is_chosen(rep, board):
    make.card(board, "Burl", tags=["vip", "gym"])
    make.lead(rep.rep, "Not on the board", tags=["elsewhere"])
    url = reverse("pipeline:sift", args=[board.pk])
    assert rep.get(url).content.startswith(b"<!doctype html>")
    page = rep.peek(url, {"tag": "gym", "q": "bu", "remind": "today"}).content.decode()
    assert re.findall(r'<option value="([^"]*)"( selected)?>', page.split('name="tag"')[1].split("</select>")[0]) == [
        ("", ""),
        ("gym", " selected"),
        ("vip", ""),
    ]
    assert 'value="bu"' in page
    assert re.search(r'value="today"[^>]*checked', page)
    assert "Show all" in page


def test_a_helper_finds_out_nothing_by_searching(rep, upline, board):
    make.card(board, "Burl", phone="067 111 22 33", tags=["vip"])
    shares.share_board(board, with_=upline.user, may_comment=False, by=rep.user)
    assert shown(upline, board, tag="nobody", q="999") == ["Burl"]
    assert upline.get(reverse("pipeline:sift", args=[board.pk])).status_code == 404


@pytest.mark.parametrize("n", [1, 3, 300])
def test_queries(n, rep, board, stages, django_assert_num_queries):
    many_cards(board, n, stages["prospects"])
    everything = {"q": "Кузьменко", "tag": "vip", "kind": "prospect", "remind": "none", "stale": "1"}
    for wanted in ({"q": "Кузьменко"}, everything):
        with django_assert_num_queries(7):
            rep.get(board.get_absolute_url(), wanted)
    assert Comment.objects.exists()
