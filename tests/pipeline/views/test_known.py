"""The warning while a phone is being typed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads import people
from tests import make

KNOWN = reverse("pipeline:known")


@pytest.mark.parametrize("typed", ["0671112233", "+380 67 111-22-33", "0501112233"])
def test_names_the_own_lead_with_this_phone_however_it_is_written(typed, rep):
    lead = make.lead(rep.rep, "Oksana <b>", phone="0671112233", other_phones=["0501112233"])
    said = rep.tap(KNOWN, {"phone": typed}).content.decode()
    assert "You already have this number: Oksana &lt;b&gt;" in said
    assert f'href="{lead.get_absolute_url()}"' in said


@pytest.mark.parametrize("typed", ["", "067111", "nobody", "0671112234", "0" * 5000, "\0"])
def test_says_nothing_of_other_numbers(typed, rep, lead):
    response = rep.tap(KNOWN, {"phone": typed})
    assert (response.status_code, response.content.strip()) == (200, b"")


def test_a_phone_that_somebody_else_has_is_nothing(rep, stranger, lead):
    assert stranger.tap(KNOWN, {"phone": lead.phone}).content.strip() == b""


def test_the_form_asks_while_one_types_and_refuses_without_it(rep, lead):
    page = rep.get(reverse("pipeline:add")).content.decode()
    assert f'hx-post="{KNOWN}"' in page
    response = rep.post(reverse("pipeline:add"), {"name": "Other", "phone": "067 111 22 33"})
    assert response.status_code == 422
    assert "You already have this number: Oksana Melnyk" in response.content.decode()


def test_get_is_refused(rep):
    assert rep.get(KNOWN).status_code == 405


def test_the_lookup_is_two_queries_by_an_index_whatever_the_number_of_leads(rep):
    make.leads(rep.rep, 3)
    with CaptureQueriesContext(connection) as asked:
        assert people.find_by_phone(rep.rep, "+380671112233") is None
    assert len(asked) == 2
