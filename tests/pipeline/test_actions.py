"""Acts on boards, also by several hands at once."""

from contextlib import nullcontext

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from cotano.jobs.refusals import Refusal
from leads.models import Lead
from pipeline import actions
from pipeline.models import Board, Card, Move, Stage
from teams.models import Rep
from tests import make, servers
from tests.together import at_once


@pytest.mark.django_db(transaction=True)
def test_many_moves_to_the_top_of_one_column_all_arrive(rep, board, stages):
    cards = make.cards(board, 8)
    _done, errors = at_once(*[lambda card=card: actions.move_card(card, to=stages["offer"], version=1, by=rep.user) for card in cards])
    assert errors == []
    ranks = list(Card.objects.filter(stage=stages["offer"]).values_list("rank", flat=True))
    assert len(set(ranks)) == 8


@pytest.mark.django_db(transaction=True)
def test_one_card_moved_twice_at_once_goes_to_one_place(rep, board, card, stages):
    _done, errors = at_once(*[lambda to=to: actions.move_card(card, to=stages[to], version=1, by=rep.user) for to in ("offer", "ordered")])
    assert [type(error) for error in errors] == [actions.StaleCard]
    assert Move.objects.filter(card=card).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("lock", "moved"), [("SHARE", True), ("NO KEY UPDATE", False)])
def test_a_move_shares_its_board_with_others_and_waits_for_who_has_it_alone(lock, moved, rep, board, card, stages):
    with servers.as_owner(settings.DATABASES["default"]["NAME"]) as wire, wire.transaction():
        wire.execute(f"SELECT FROM pipeline_board WHERE id = {board.pk} FOR {lock}")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '20ms'")
        try:
            with nullcontext() if moved else pytest.raises(OperationalError, match="lock timeout"):
                actions.move_card(card, to=stages["offer"], version=1, by=rep.user)
        finally:
            connection.close()  # the next one has the setting it should have
    assert Card.objects.get().stage == stages["offer" if moved else "prospects"]


def test_a_move_takes_two_round_trips_on_a_board_of_any_size(rep, board, stages, django_assert_num_queries):
    for n in (1, 3):
        [card, *_] = make.cards(board, n, first=n)
        with django_assert_num_queries(2 + 2):  # held, written; a savepoint because this is a test
            actions.move_card(card, to=stages["offer"], version=1, by=rep.user)


def test_a_moved_card_is_as_it_stands(rep, board, card, stages):
    moved = actions.move_card(card, to=stages["offer"], version=1, by=rep.user)
    stands = Card.objects.get()
    assert {field.attname: getattr(moved, field.attname) for field in Card._meta.fields} == Card.objects.values().get()
    assert (moved.stage, moved.board, moved.lead) == (stands.stage, board, card.lead)


def test_a_stage_that_was_removed_meanwhile_takes_no_card(rep, board, card, stages):
    Stage.objects.filter(pk=stages["offer"].pk).update(place=None)
    with pytest.raises(actions.WrongPlace):
        actions.move_card(card, to=stages["offer"], version=1, by=rep.user)
    assert Card.objects.get().stage == stages["prospects"]


def test_a_card_whose_person_was_removed_meanwhile_is_refused(rep, card, stages):
    seen = Card.objects.select_related("board").get(pk=card.pk)
    moved = actions.move_card(card, to=stages["offer"], version=1, by=rep.user)
    move = moved.moves.get()
    Lead.objects.filter(pk=card.lead_id).delete()
    with pytest.raises(actions.NotYours):
        actions.move_card(seen, to=stages["offer"], version=1, by=rep.user)
    with pytest.raises(actions.NotYours):
        actions.undo_move(seen, move.pk, by=rep.user)


def test_a_rep_who_was_removed_or_somebody_else_moves_nothing(rep, upline, card, stages):
    with pytest.raises(actions.NotYours):
        actions.move_card(card, to=stages["offer"], version=1, by=upline.user)
    Rep.objects.filter(pk=rep.rep.pk).update(status="removed", removed_on="2026-01-01")
    with pytest.raises(actions.NotYours):
        actions.move_card(card, to=stages["offer"], version=1, by=rep.user)
    assert Card.objects.get().stage == stages["prospects"]


@pytest.mark.django_db(transaction=True)
def test_a_board_opened_twice_at_once_is_one_board(rep, company):
    assert at_once(*[lambda: actions.ensure_board(rep.rep, company.campaign)] * 4)[1] == []
    assert (Board.objects.count(), Stage.objects.count()) == (1, 5)


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_at_once_adds_one_person(rep, board):
    _done, errors = at_once(
        *[lambda: actions.add_lead_to_board(rep.rep, board, by=rep.user, once="a" * 32, name="Burl", phone="0671112233")] * 3
    )
    assert errors == []
    assert (Lead.objects.count(), Card.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_one_number_typed_twice_at_once_is_one_person(rep, board):
    _done, errors = at_once(*[lambda: actions.add_lead_to_board(rep.rep, board, by=rep.user, name="Burl", phone="0671112233")] * 3)
    assert [error.sentence for error in errors] == ["You already have this number: Burl"] * 2
    assert (Lead.objects.count(), Card.objects.count()) == (1, 1)


def test_a_lead_is_put_on_a_board_once(rep, board, card, stages):
    assert actions.put_on_board(card.lead, board, stage=stages["offer"]) == card
    assert Card.objects.get().stage == stages["prospects"]


def test_a_card_closed_by_the_company_can_be_put_back(rep, board, card, stages):
    Card.objects.filter(pk=card.pk).update(closed_at=timezone.now(), closed_as="by_company")
    actions.put_on_board(card.lead, board, stage=stages["offer"])
    again = Card.objects.get(pk=card.pk)
    assert (again.stage, again.closed_at, again.version) == (stages["offer"], None, 2)


def test_a_strangers_lead_is_not_put_on_the_board(stranger, board):
    with pytest.raises(Refusal):
        actions.put_on_board(make.lead(stranger.rep), board)


def test_a_closed_campaign_takes_no_cards(rep, board, company):
    company.campaign.closed_at = timezone.now()
    company.campaign.save(update_fields=["closed_at"])
    with pytest.raises(actions.CampaignClosed):
        actions.add_lead_to_board(rep.rep, board, by=rep.user, name="Burl")
    assert Lead.objects.count() == 0
    with pytest.raises(actions.CampaignClosed):
        actions.ensure_board(rep.rep, company.before)
