"""The company's list of people who asked not to be contacted."""

import pytest
from django.db import connection
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext

from cotano.jobs.refusals import Refusal
from leads import people, suppression
from leads.models import Lead, Suppression
from tests import make

WHY = "Asked by letter"
PHONE = "+380671112233"


def test_a_phone_is_refused_however_it_was_typed(staff, company):
    suppression.suppress("067 111 22 33", by=staff.user, why=WHY)
    suppression.suppress(" Anna@Example.com ", by=staff.user, why=WHY)
    assert suppression.refused([PHONE, "+380671112234", "", "anna@example.com", "anna@example.org"]) == {PHONE, "anna@example.com"}


def test_the_list_tells_nobody_who_is_on_it(staff, company, settings):
    row = suppression.suppress(PHONE, by=staff.user, why=WHY)
    stored = " ".join(map(str, Suppression.objects.values_list().get()))
    assert "671112233" not in stored
    assert len(row.key) == 32
    settings.SUPPRESSION_KEY = "another key"
    assert suppression.refused([PHONE]) == set()


def test_the_same_again_is_one_row(staff, company):
    first = suppression.suppress(PHONE, by=staff.user, why=WHY)
    assert suppression.suppress("0671112233", by=staff.user, why="Once more") == first
    assert Suppression.objects.get().why == WHY


def test_lifting_keeps_the_row_and_its_reason(staff, company):
    row = suppression.suppress(PHONE, by=staff.user, why=WHY)
    suppression.lift(row, by=staff.user, why="Changed their mind")
    suppression.lift(row, by=staff.user, why="Again")
    row.refresh_from_db()
    assert (row.lifted_by, row.lifted_why) == (staff.user, "Changed their mind")
    assert suppression.refused([PHONE]) == set()
    assert suppression.suppress(PHONE, by=staff.user, why=WHY) != row
    assert suppression.refused([PHONE]) == {PHONE}


@pytest.mark.parametrize(
    ("contact", "why"),
    [
        ("", WHY),
        ("anna", WHY),
        ("12", WHY),
        ("a@b@c", WHY),
        (PHONE, "  "),
        (PHONE, "x" * 201),
        (PHONE, "Owner of 067 111-22-33"),
        ("anna@example.com", "Anna@example.com wrote"),
    ],
)
def test_what_cannot_be_kept_is_refused(contact, why, staff, company):
    with pytest.raises(Refusal):
        suppression.suppress(contact, by=staff.user, why=why)
    assert Suppression.objects.count() == 0


def test_any_number_of_contacts_is_a_query_for_ten_thousand(staff, company):
    suppression.suppress(PHONE, by=staff.user, why=WHY)
    contacts = [f"+38050{n:07d}" for n in range(20_000)]
    with CaptureQueriesContext(connection) as asked:
        assert suppression.refused([*contacts, PHONE]) == {PHONE}
    assert len(asked) == 3
    with CaptureQueriesContext(connection) as asked:
        assert suppression.refused([]) == set()
    assert len(asked) == 0


@pytest.mark.parametrize("said", [{"phone": PHONE}, {"phone": "0501112233", "other_phones": [PHONE]}, {"email": "Anna@example.com"}])
def test_nobody_adds_who_asked_not_to_be_contacted(said, rep, staff):
    suppression.suppress(PHONE, by=staff.user, why=WHY)
    suppression.suppress("anna@example.com", by=staff.user, why=WHY)
    with pytest.raises(people.AskedNotTo):
        make.lead(rep.rep, "Anna", **said)
    assert Lead.objects.count() == 0


def test_a_lead_the_rep_has_already_can_be_edited_but_not_given_such_a_phone(rep, staff):
    lead = make.lead(rep.rep, "Anna", phone="0501112233")
    suppression.suppress("0501112233", by=staff.user, why=WHY)
    suppression.suppress(PHONE, by=staff.user, why=WHY)
    assert people.edit_lead(lead, by=rep.user, name="Hanna", phone="0501112233").name == "Hanna"
    with pytest.raises(people.AskedNotTo):
        people.edit_lead(lead, by=rep.user, name="Hanna", phone=PHONE)


def test_the_database_holds_one_open_row_per_key_and_reasons(staff):
    Suppression.objects.create(key=b"k" * 32, kind="phone", by=staff.user, why=WHY)
    with pytest.raises(IntegrityError, match="suppression_once"):
        Suppression.objects.create(key=b"k" * 32, kind="phone", by=staff.user, why=WHY)
