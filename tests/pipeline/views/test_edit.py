"""Changing what is known about a lead."""

import pytest
from django.urls import reverse

from leads.models import Lead
from teams.models import ActivityCount
from tests import make


def url(lead):
    return reverse("pipeline:edit", args=[lead.pk])


def test_shows_what_is_known(rep, lead):
    page = rep.get(url(lead)).content.decode()
    assert 'value="Oksana Melnyk"' in page
    assert 'value="+380 67 111 2233"' in page


def test_works(rep, lead):
    before = ActivityCount.objects.get(rep=rep.rep, kind="lead").n
    data = {
        "name": "Oksana Bondar",
        "phone": "050 111 22 33",
        "email": "O@Example.com",
        "kind": "customer",
        "birthday": "1980-02-29",
        "tags": "vip",
        "note": "two\r\nlines",
    }
    response = rep.post(url(lead), data)
    assert (response.status_code, response["Location"]) == (302, lead.get_absolute_url())
    changed = Lead.objects.get(pk=lead.pk)
    assert (changed.name, changed.phone, changed.email, changed.kind) == ("Oksana Bondar", "+380501112233", "o@example.com", "customer")
    assert (str(changed.birthday), changed.tags, changed.note) == ("1980-02-29", ["vip"], "two\nlines")
    assert ActivityCount.objects.get(rep=rep.rep, kind="lead").n == before + 1


def test_several_phones_stand_in_one_field(rep, lead):
    data = {"name": lead.name, "phone": lead.phone, "email": "a@c.co", "other_emails": "B@c.co"}
    data["other_phones"] = "050 111 22 33, 063 111 22 33"
    rep.post(url(lead), data)
    lead.refresh_from_db()
    assert (lead.other_phones, lead.other_emails) == (["+380501112233", "+380631112233"], ["b@c.co"])
    page = rep.get(url(lead)).content.decode()
    assert 'value="+380 50 111 2233, +380 63 111 2233"' in page
    assert 'value="b@c.co"' in page
    response = rep.post(url(lead), {**data, "other_phones": "050 111 22 33, 12"})
    assert response.status_code == 422
    assert "This is not a phone number. Enter all its digits." in response.content.decode()


def test_the_same_again_is_no_action(rep, lead):
    before = ActivityCount.objects.get(rep=rep.rep, kind="lead").n
    rep.post(url(lead), {"name": lead.name, "phone": lead.spoken_phone, "kind": lead.kind})
    assert ActivityCount.objects.get(rep=rep.rep, kind="lead").n == before


def test_a_number_of_another_person_is_refused(rep, lead):
    make.lead(rep.rep, "Grace", phone="0671112299")
    response = rep.post(url(lead), {"name": "Oksana", "phone": "0671112299"})
    assert response.status_code == 422
    assert "You already have this number: Grace" in response.content.decode()
    assert Lead.objects.get(pk=lead.pk).phone == "+380671112233"


def test_bad_input_is_422_and_keeps_what_was_typed(rep, lead):
    response = rep.post(url(lead), {"name": "", "note": "what was typed"})
    assert response.status_code == 422
    assert "Enter a name." in response.content.decode()
    assert "what was typed" in response.content.decode()


@pytest.mark.parametrize("who", ["stranger", "upline", "manager", "staff", "analyst"])
def test_is_404_for(who, cast, lead):
    assert cast[who].get(url(lead)).status_code == 404
    assert cast[who].post(url(lead), {"name": "Mine"}).status_code == 404
