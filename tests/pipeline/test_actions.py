"""Acts on boards, also by several hands at once."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from cotano.jobs.refusals import Refusal
from leads.models import Lead
from pipeline import actions
from pipeline.models import Board, Card, Move, Stage
from tests import make


def at_once(*acts):
    """Carry out the acts side by side; returns what each of them raised."""
    gate, errors = threading.Barrier(len(acts)), []

    def run(act):
        gate.wait()
        try:
            act()
        except Exception as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.django_db(transaction=True)
def test_many_moves_to_the_top_of_one_column_all_arrive(rep, board, stages):
    cards = make.cards(board, 8)
    errors = at_once(*[lambda card=card: actions.move_card(card, to=stages["offer"], version=1, by=rep.user) for card in cards])
    assert errors == []
    ranks = list(Card.objects.filter(stage=stages["offer"]).values_list("rank", flat=True))
    assert len(set(ranks)) == 8


@pytest.mark.django_db(transaction=True)
def test_one_card_moved_twice_at_once_goes_to_one_place(rep, board, card, stages):
    errors = at_once(*[lambda to=to: actions.move_card(card, to=stages[to], version=1, by=rep.user) for to in ("offer", "ordered")])
    assert [type(error) for error in errors] == [actions.StaleCard]
    assert Move.objects.filter(card=card).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_board_opened_twice_at_once_is_one_board(rep, company):
    assert at_once(*[lambda: actions.ensure_board(rep.rep, company.campaign)] * 4) == []
    assert (Board.objects.count(), Stage.objects.count()) == (1, 5)


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_at_once_adds_one_person(rep, board):
    errors = at_once(*[lambda: actions.add_lead_to_board(rep.rep, board, by=rep.user, once="a" * 32, name="Burl", phone="0671112233")] * 3)
    assert errors == []
    assert (Lead.objects.count(), Card.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_one_number_typed_twice_at_once_is_one_person(rep, board):
    errors = at_once(*[lambda: actions.add_lead_to_board(rep.rep, board, by=rep.user, name="Burl", phone="0671112233")] * 3)
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
