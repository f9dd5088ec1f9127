"""People found by what somebody types."""

import pytest

from leads.finding import sought
from leads.models import Lead
from pipeline.models import Card
from tests import make


@pytest.fixture
def people(rep, stranger):
    said = {
        "Ґалина Мар’яненко": {"phone": "067 111 22 33", "other_phones": ["050 444 55 66"]},
        "Оксана Мельник": {"phone": "+380 50 777 88 99", "email": "oksana.m@example.com"},
        "Élise O'Neill": {"phone": "+33 6 12 34 56 78"},
        "Flat 123": {"phone": "+7 912 345-67-89"},
    }
    for name, more in said.items():
        make.lead(rep.rep, name, **more)
    make.lead(stranger.rep, "Оксана Чужа", phone="067 111 22 34")
    return rep


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("ґАЛИНА", ["Ґалина Мар’яненко"]),
        ("мар'ян", ["Ґалина Мар’яненко"]),
        ("мельник окс", ["Оксана Мельник"]),
        ("окс галина", []),
        ("elise oneill", ["Élise O'Neill"]),
        ("067 111-22", ["Ґалина Мар’яненко"]),
        ("+380 (67) 111 22 33", ["Ґалина Мар’яненко"]),
        ("0671112233", ["Ґалина Мар’яненко"]),
        ("4445566", ["Ґалина Мар’яненко"]),
        ("оксана 777", ["Оксана Мельник"]),
        ("8 912 345", ["Flat 123"]),
        ("flat 123", ["Flat 123"]),
        ("OKSANA.M@", ["Оксана Мельник"]),
        ("12", ["Flat 123"]),
        ("%", []),
        ("_", []),
        ("\\", []),
        ("\x00\ud800", ["Flat 123", "Élise O'Neill", "Ґалина Мар’яненко", "Оксана Мельник"]),
    ],
)
def test_words_and_digits_find(people, typed, names):
    assert sorted(sought(Lead.objects.visible_to(people.user), typed).values_list("name", flat=True)) == sorted(names)


def test_nothing_typed_finds_everybody(people):
    assert sought(Lead.objects.visible_to(people.user), "  ").count() == 4


def test_a_very_long_search_is_bounded(people, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert list(sought(Lead.objects.visible_to(people.user), "12345 а " * 10_000)) == []


def test_cards_are_found_by_their_people(rep, board):
    card = make.card(board, "Ірина", phone="067 111 22 33", other_phones=["050 444 55 66"])
    make.card(board, "Other")
    for typed in ("ІРИ", "111 22", "444"):
        assert list(sought(Card.objects.filter(board=board), typed, prefix="lead__")) == [card]
