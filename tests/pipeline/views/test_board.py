"""The board's page."""

import datetime as dt
import gzip
import re
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from cotano.templatetags import look
from leads import actions as follow_up
from leads import asides
from leads.models import Comment, Lead, Reminder
from pipeline.models import Card, Stage
from tests import make


def many_cards(board, n, stage):
    """`n` cards with everything a card can show, written in bulk."""
    leads = Lead.objects.bulk_create(
        Lead(
            owner=board.rep,
            name=f"{('Олександра-Вікторія', 'Burl', 'Наталія')[k % 3]} Кузьменко-{k}",
            phone=f"+38067{stage.place}{k:06d}",
            tags=["vip", "mothers’ group"][: k % 3],
        )
        for k in range(n)
    )
    Card.objects.bulk_create(Card(board=board, lead=lead, stage=stage, rank=Decimal(k)) for k, lead in enumerate(leads))
    now = timezone.now()
    Reminder.objects.bulk_create(
        Reminder(
            owner=board.rep,
            lead=lead,
            by=board.rep.user,
            day=now.date(),
            time=dt.time(10),
            zone="UTC",
            due_at=now + dt.timedelta(days=k % 9 - 3),
        )
        for k, lead in enumerate(leads[::2])
    )
    Comment.objects.bulk_create(Comment(lead=lead, by=board.rep.user, text="said") for lead in leads[::3])
    return leads


def names(response):
    return re.findall(r"<b>([^<]+)</b>", response.content.decode().split('<main id="main"')[1])


def test_works(rep, board, card, stages):
    make.card(board, "Burl Clemente", stage=stages["offer"], tags=["vip", "gym", "third"])
    response = rep.get(board.get_absolute_url())
    assert response.status_code == 200
    assert names(response) == ["Oksana Melnyk", "Burl Clemente"]
    page = response.content.decode()
    assert "Campaign 14 · Day 3 of 21" in page
    assert page.count(">vip<") == 1
    assert page.count(">third<") == 0
    assert f'href="tel:{card.lead.phone}"' in page


def test_a_tag_has_the_colour_that_its_owner_chose(rep, upline, board, card):
    Lead.objects.filter(pk=card.lead_id).update(tags=["vip", "gym", "third"])
    asides.colour_tag(rep.rep, "vip", 2)
    asides.colour_tag(rep.rep, "third", 3)
    asides.colour_tag(upline.rep, "gym", 4)
    assert Card.objects.for_face().get().colours == {"vip": 2, "third": 3}
    faces = [f'<span class="tag {look.colour(2)}">vip</span>', f'<span class="tag {look.tint("gym")}">gym</span>']
    for page in (rep.get(board.get_absolute_url()), rep.peek(reverse("pipeline:face", args=[card.pk]))):
        assert "".join(faces) in page.content.decode()


@pytest.mark.parametrize("who", ["stranger", "upline", "manager", "staff", "analyst"])
def test_is_404_for(who, cast, board):
    assert cast[who].get(board.get_absolute_url()).status_code == 404


def test_asks_to_log_in(client, board):
    response = client.get(board.get_absolute_url())
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={board.get_absolute_url()}")


def test_cannot_be_posted_to(rep, board):
    assert rep.post(board.get_absolute_url()).status_code == 405


def test_a_card_says_when_to_come_back_and_why(rep, board, card):
    with time_machine.travel(dt.datetime(2026, 11, 10, 8, 0, tzinfo=dt.UTC), tick=False):
        Reminder.objects.create(
            owner=rep.rep,
            lead=card.lead,
            by=rep.user,
            day=dt.date(2026, 11, 8),
            time=dt.time(10),
            zone="Europe/Kyiv",
            due_at=dt.datetime(2026, 11, 8, 8, tzinfo=dt.UTC),
        )
        make.work_item(card.lead, reason="Usual orderer, not in yet", call_by=dt.date(2026, 11, 15))
        rep.client.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        page = rep.get(board.get_absolute_url()).content.decode()
    assert '<span class="chip due">Overdue 2 days</span>' in page
    assert "Usual orderer, not in yet, by 15 November" in page


def test_comments_are_counted(rep, board, card):
    for text in ("one", "two"):
        follow_up.comment_on(card.lead, by=rep.user, text=text)
    assert 'aria-label="2 comments">2<' in rep.get(board.get_absolute_url()).content.decode()


def test_a_hostile_name_is_only_text(rep, board):
    make.card(board, "<script>alert(1)</script>", tags=['"><img src=x>'])
    page = rep.get(board.get_absolute_url()).content.decode()
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_who_stands_there_for_too_long_is_marked(rep, board, stages):
    for days, stage in ((7, "prospects"), (8, "prospects"), (40, "contacted"), (40, "ordered")):
        card = make.card(board, f"{days} in {stage}", stage=stages[stage])
        Card.objects.filter(pk=card.pk).update(entered_stage_at=timezone.now() - dt.timedelta(days=days, minutes=1))
    Stage.objects.filter(pk=stages["contacted"].pk).update(days=39)
    page = rep.get(board.get_absolute_url()).content.decode()
    assert re.findall(r"<b>([^<]+)</b><span class=\"chip soon\">([^<]+)<", page) == [
        ("8 in prospects", "8 days here"),
        ("40 in contacted", "40 days here"),
    ]


def test_a_count_says_its_limit(rep, board, stages):
    Stage.objects.filter(pk=stages["offer"].pk).update(limit=1)
    for n, over in ((1, ""), (2, ' class="amber"')):
        make.card(board, f"Lead {n}", stage=stages["offer"])
        assert f'<b id="n-{stages["offer"].pk}"{over}>{n}/1</b>' in rep.get(board.get_absolute_url()).content.decode()


def test_many_stages_show_fewer_cards_of_each(rep, board, stages):
    Stage.objects.bulk_create(Stage(board=board, place=place, own_name=f"Stage {place}") for place in range(6, 13))
    for stage in board.stages.all():
        many_cards(board, 20, stage)
    body = rep.get(board.get_absolute_url()).content
    assert body.count(b'<li class="card"') == 12 * 6
    assert body.count(b'class="next"') == 12
    assert len(re.findall(rb"<[a-z]", body)) <= 800


def test_a_closed_board_is_read_only(rep, board, card, company):
    company.campaign.closed_at = timezone.now()
    company.campaign.save(update_fields=["closed_at"])
    page = rep.get(board.get_absolute_url()).content.decode()
    assert "closed, read only" in page
    assert reverse("pipeline:add") + "?stage" not in page


@pytest.mark.parametrize("n", [1, 3, 1500])
def test_takes_seven_queries_however_many_cards(n, rep, board, stages, django_assert_num_queries):
    many_cards(board, n, stages["prospects"])
    with django_assert_num_queries(7):
        rep.get(board.get_absolute_url())


def test_a_full_board_is_small(rep, board, stages):
    for stage in stages.values():
        many_cards(board, 300, stage)
    body = rep.get(board.get_absolute_url()).content
    elements = len(re.findall(rb"<[a-z]", body))
    assert body.count(b'<li class="card"') == 5 * 15
    assert elements <= 800
    assert len(gzip.compress(body, 6)) <= 8 * 1024
