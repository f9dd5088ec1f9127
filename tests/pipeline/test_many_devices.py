"""Many devices on one board: each move is carried out or refused with the card as it stands; nothing vanishes silently."""

import random
import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from pipeline.models import Card, Move
from tests import make, sizes

CARDS = 12


@pytest.mark.django_db(transaction=True)
def test_every_move_is_answered_200_or_409_and_the_board_is_the_replay_of_the_accepted_ones(rep, board, stages):
    cards = make.cards(board, CARDS)
    places = [stage.pk for stage in stages.values()]
    was = {card.pk: card.stage_id for card in cards}
    answers, errors, gate = [], [], threading.Barrier(sizes.DEVICES)

    def device(number):
        client, chance = Client(), random.Random(number)
        client.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        seen = dict.fromkeys(was, 1)  # what this device last saw of each card
        gate.wait()
        try:
            for _ in range(sizes.MOVES):
                card, to = chance.choice(list(was)), chance.choice(places)
                answer = client.post(
                    reverse("pipeline:move", args=[card]), {"to": to, "version": seen[card]}, headers={"HX-Request": "true"}
                )
                answers.append((answer.status_code, f'id="card-{card}"'.encode() in answer.content))
                if answer.status_code == 409 or chance.random() < 0.5:
                    seen[card] = Card.objects.values_list("version", flat=True).get(pk=card)
        except Exception as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=device, args=[number]) for number in range(sizes.DEVICES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(answers) == sizes.DEVICES * sizes.MOVES
    assert {status for status, _shown in answers} == {200, 409}
    assert all(shown for _status, shown in answers)
    columns = {place: [] for place in places}
    for card in reversed(cards):
        columns[card.stage_id].append(card.pk)
    for move in Move.objects.order_by("pk"):
        assert was[move.card_id] == move.was_id
        columns[move.was_id].remove(move.card_id)
        columns[move.to_id].insert(0, move.card_id)
        was[move.card_id] = move.to_id
    standing = {place: list(Card.objects.filter(stage=place).order_by("rank").values_list("pk", flat=True)) for place in places}
    assert standing == columns
    moved = dict.fromkeys(was, 1)
    for card in Move.objects.values_list("card", flat=True):
        moved[card] += 1
    assert dict(Card.objects.values_list("pk", "version")) == moved
