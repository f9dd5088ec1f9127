"""Many devices on one board: each move is carried out or refused with the card as it stands; nothing vanishes silently."""

import datetime as dt
import itertools
import random
import threading
from collections import defaultdict

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pipeline.models import Card, Move
from teams.models import ActivityCount
from tests import make, sizes

CARDS = 12


def let_devices_move(user, cards, places):
    """Let them all move any cards anywhere; returns (status, whether the card was shown, card, stage, begun, ended) of each move."""
    answers, errors, gate = [], [], threading.Barrier(sizes.DEVICES)

    def device(number):
        client, chance = Client(), random.Random(number)
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        seen = dict.fromkeys(cards, 1)  # what this device last saw of each card
        gate.wait()
        try:
            for _ in range(sizes.MOVES):
                card, to, begun = chance.choice(cards), chance.choice(places), timezone.now()
                answer = client.post(
                    reverse("pipeline:move", args=[card]), {"to": to, "version": seen[card]}, headers={"HX-Request": "true"}
                )
                answers.append((answer.status_code, f'id="card-{card}"'.encode() in answer.content, card, to, begun, timezone.now()))
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
    return answers


@pytest.mark.django_db(transaction=True)
def test_every_move_is_answered_200_or_409_and_the_board_is_the_replay_of_the_accepted_ones(rep, board, stages):
    cards = make.cards(board, CARDS)
    places = [stage.pk for stage in stages.values()]
    was = {card.pk: card.stage_id for card in cards}
    answers = let_devices_move(rep.user, list(was), places)
    assert len(answers) == sizes.DEVICES * sizes.MOVES
    assert {status for status, *_ in answers} == {200, 409}
    assert all(shown for _status, shown, *_ in answers)
    accepted = defaultdict(list)
    for status, _shown, card, to, begun, ended in answers:
        if status == 200:
            accepted[card, to].append((begun, ended))
    start = timezone.now() - dt.timedelta(days=1)
    arrived = {card.pk: (start + dt.timedelta(seconds=n),) * 2 for n, card in enumerate(cards)}  # between which two moments
    moved = dict.fromkeys(was, 1)
    for move in Move.objects.order_by("pk"):
        assert was[move.card_id] == move.was_id
        ended = [ended for begun, ended in accepted[move.card_id, move.to_id] if begun <= move.at <= ended]
        was[move.card_id], arrived[move.card_id] = move.to_id, (move.at, max(ended))
        moved[move.card_id] += 1
    assert dict(Card.objects.values_list("pk", "stage")) == was
    assert dict(Card.objects.values_list("pk", "version")) == moved
    assert ActivityCount.objects.get(rep=rep.rep, kind="move").n == Move.objects.count()
    for place in places:
        column = list(Card.objects.filter(stage=place).order_by("rank").values_list("pk", flat=True))
        for above, below in itertools.combinations(column, 2):  # who set out when another was there stands above
            assert arrived[below][0] <= arrived[above][1]
