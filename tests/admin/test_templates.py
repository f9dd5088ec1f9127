"""The company's message templates."""

import pytest
from django.urls import reverse

from leads.models import MessageTemplate
from tests import make

LIST = reverse("admin:leads_messagetemplate_changelist")
ADD = reverse("admin:leads_messagetemplate_add")
WORDS = {"name": "Arrived", "text": "Hi {first_name}", "language": "uk", "market": "", "place": "1"}


def test_staff_write_change_and_delete_one(staff, company, rep):
    assert staff.post(ADD, {**WORDS, "market": company.market.pk}).status_code == 302
    made = MessageTemplate.objects.get()
    assert (made.owner, made.market, made.text) == (None, company.market, "Hi {first_name}")
    assert "Arrived" in rep.get(reverse("pipeline:templates")).content.decode()
    page = reverse("admin:leads_messagetemplate_change", args=[made.pk])
    assert staff.post(page, {**WORDS, "name": "Here"}).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.market) == ("Here", None)
    staff.post(reverse("admin:leads_messagetemplate_delete", args=[made.pk]), {"post": "yes"})
    assert not MessageTemplate.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "{lead.__class__}"},
        {"text": "{x:>99999999}"},
        {"text": ""},
        {"language": "xx"},
        {"place": "1e309"},
        {"place": "-1"},
        {"market": "x"},
    ],
)
def test_what_cannot_be_saved_comes_back(wrong, staff, company):
    answer = staff.post(ADD, {**WORDS, **wrong})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not MessageTemplate.objects.exists()


def test_a_territory_is_no_market(staff, company):
    assert staff.post(ADD, {**WORDS, "market": company.territory.pk}).status_code == 200


def test_a_reps_own_are_not_there(staff, rep):
    own = make.template(rep.rep, name="Private")
    assert "Private" not in staff.get(LIST).content.decode()
    assert staff.get(reverse("admin:leads_messagetemplate_change", args=[own.pk])).status_code == 404


def test_managers_do_not_write_them(manager, company):
    assert manager.get(ADD).status_code == 403
    assert manager.get(LIST).status_code == 403
