"""The rep lets a person be."""

import pytest
from django.urls import reverse

from leads import actions
from leads.models import Lead
from notifications.models import Notification
from tests import make
from tests.loading import load


def url(lead):
    return reverse("pipeline:do_not_contact", args=[lead.pk])


def test_works_and_is_taken_back(rep, lead):
    response = rep.post(url(lead), {"stop": "yes"})
    assert (response.status_code, response["Location"]) == (302, lead.get_absolute_url())
    page = rep.get(lead.get_absolute_url()).content.decode()
    assert "Oksana Melnyk: do not contact" in page
    assert "Marked “do not contact” on" in page
    assert "data-channel" not in page
    assert reverse("pipeline:reminder", args=[lead.pk]) not in page
    rep.post(url(lead), {"stop": "no"})
    assert 'data-channel="call"' in rep.get(lead.get_absolute_url()).content.decode()


def test_a_fragment_closes_the_sheet_and_tells_the_page(rep, lead):
    response = rep.tap(url(lead), {"stop": "yes"})
    assert (response.status_code, response["HX-Trigger"]) == (200, f'{{"lead-changed": {{"lead": {lead.pk}}}}}')


def test_no_list_offers_to_call(rep, board, lead):
    make.work_item(lead)
    pages = [reverse("pipeline:contacts"), board.get_absolute_url(), reverse("pipeline:home")]
    assert [rep.get(page).content.decode().count("tel:") for page in pages] == [1, 1, 1]
    actions.stop_contact(lead, by=rep.user)
    assert [rep.get(page).content.decode().count("tel:") for page in pages] == [0, 0, 0]
    assert "Do not contact" in rep.get(pages[0]).content.decode()
    assert "Oksana Melnyk" not in rep.get(pages[2]).content.decode()


def test_a_tap_on_an_old_page_is_refused(rep, lead):
    actions.stop_contact(lead, by=rep.user)
    response = rep.client.post(reverse("pipeline:attempt", args=[lead.pk]), {"channel": "call"}, follow=True)
    assert "Oksana Melnyk is marked “do not contact”. Allow contact on the page first." in response.content.decode()


def test_importing_the_number_again_does_not_revive_the_person(rep, lead):
    """Scenario 12."""
    rep.post(reverse("pipeline:reminder", args=[lead.pk]), {"preset": "tomorrow"})
    rep.post(url(lead), {"stop": "yes"})
    load("leads", [["name", "phone", "note"], ["Oksana M.", "067 111 22 33", "new note"]], rep=rep.rep.pk, by_operator=True, board="first")
    changed = Lead.objects.get()
    assert (changed.name, changed.note, changed.may_be_contacted) == ("Oksana M.", "new note", False)
    assert list(Notification.objects.filter(subject=f"lead:{lead.pk}").values_list("state", flat=True)) == ["cancelled"]
    assert "data-channel" not in rep.get(lead.get_absolute_url()).content.decode()


@pytest.mark.parametrize("who", ["stranger", "upline", "manager", "staff", "analyst"])
def test_nobody_else(who, cast, lead):
    assert cast[who].post(url(lead), {"stop": "yes"}).status_code == 404
    assert Lead.objects.get().may_be_contacted


def test_get_is_refused(rep, lead):
    assert rep.get(url(lead)).status_code == 405
