"""Names in the order of their alphabets."""

import random
import string

import pytest

from cotano.lib import alphabet
from leads.models import Lead

UKRAINIAN = "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯ"
RUSSIAN = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"


def ordered(names):
    return sorted(names, key=alphabet.key)


@pytest.mark.parametrize("letters", [UKRAINIAN, RUSSIAN, string.ascii_uppercase])
def test_each_alphabet_is_in_its_own_order(letters):
    assert "".join(ordered(reversed(letters))) == letters


def test_cyrillic_comes_first_then_latin_then_digits_then_the_rest():
    assert ordered(["Ωmega", "7 days", "Zoe", "Anna", "Яна", "Єва", "..."]) == ["Єва", "Яна", "Anna", "Zoe", "7 days", "...", "Ωmega"]


def test_case_accents_and_signs_count_as_nothing():
    assert alphabet.key("Мар’яна") == alphabet.key("мар'яна") == alphabet.key("МАРʼЯНА")
    assert alphabet.key("Élise O'Neill") == alphabet.key("elise oneill")
    assert alphabet.key("Анна-Марія") == alphabet.key("анна марія")
    assert alphabet.key("«Олена»") == alphabet.key("олена")


def test_a_space_comes_before_every_letter():
    assert ordered(["Аннабель", "Анна Яцко"]) == ["Анна Яцко", "Аннабель"]


LETTERS = [("ірина", "І"), ("Ґалаґан", "Ґ"), ("Ärmel", "A"), ("0-800", "#"), ("東京", "#"), ("!!!", "#")]


@pytest.mark.parametrize(("name", "letter"), LETTERS)
def test_the_letter_of_a_name(name, letter):
    assert alphabet.letter_of(alphabet.key(name)) == letter
    assert alphabet.start_of(letter) <= alphabet.key(name)


@pytest.mark.parametrize("nonsense", ["", "Ω", "'", "1", " ", "\x00"])
def test_what_is_no_letter_begins_nothing(nonsense):
    assert alphabet.start_of(nonsense) is None


def test_the_database_says_the_same(rep):
    chance = random.Random(7)
    pool = [*alphabet._TABLE, *alphabet._NOTHING, *"ßİǅΩωЂђ東一😀\u0301"]
    names = ["".join(chance.choices(pool, k=chance.randint(1, 30))) for _ in range(300)] + ["".join(pool[:120]), "'", "- Anna"]
    Lead.objects.bulk_create(Lead(owner=rep.rep, name=name) for name in names)
    found = Lead.objects.values_list("name", "sort_key")
    assert [(name, key) for name, key in found if key != alphabet.key(name)] == []
    assert len(found) == len(names)


def test_what_is_written_by_a_statement_gets_its_key_too(rep, lead):
    Lead.objects.filter(pk=lead.pk).update(name="Ґалина")
    assert Lead.objects.get().sort_key == alphabet.key("Ґалина")
