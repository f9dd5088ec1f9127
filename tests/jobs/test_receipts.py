"""A form sent twice has one effect."""

import pytest
from django.db import transaction
from django.template import Context, Template

from cotano.jobs import receipts
from cotano.jobs.models import Receipt
from teams.models import User
from tests.together import at_once

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def user(db):
    return User.objects.create_user(email="a@example.com", name="A")


def test_first_time_is_free_and_the_second_gets_the_receipt(user):
    assert receipts.once(user, KEY) is None
    receipts.note(user, KEY, "/leads/7/")
    assert receipts.once(user, KEY).made == "/leads/7/"
    assert Receipt.objects.count() == 1


def test_another_person_or_form_is_a_first_time(user):
    other = User.objects.create_user(email="b@example.com", name="B")
    assert [receipts.once(user, KEY), receipts.once(other, KEY), receipts.once(user, "f" * 32)] == [None, None, None]


@pytest.mark.parametrize("key", ["", "\0", "é", "x" * 41])
def test_no_usable_key_is_always_a_first_time(user, key):
    assert [receipts.once(user, key), receipts.once(user, key)] == [None, None]
    assert Receipt.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_at_the_same_moment_one_is_first():
    user = User.objects.create_user(email="a@example.com", name="A")

    def send():
        with transaction.atomic():
            return receipts.once(user, KEY) is None

    first, failed = at_once(*[send] * 5)
    assert (sorted(first), failed) == ([False, False, False, False, True], [])


def test_without_a_transaction_it_is_a_fault(transactional_db):
    user = User.objects.create_user(email="a@example.com", name="A")
    with pytest.raises(RuntimeError):
        receipts.once(user, KEY)


def test_the_form_carries_a_fresh_key_each_time():
    shown = {Template("{% once %}").render(Context()) for _ in range(3)}
    assert len(shown) == 3
    assert all(field.startswith('<input type="hidden" name="once" value="') for field in shown)
