"""Writing a comment."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from leads.models import Comment
from tests import make


def url(lead):
    return reverse("pipeline:comment", args=[lead.pk])


def texts():
    return list(Comment.objects.values_list("text", flat=True))


def test_works(rep, lead):
    answer = rep.tap(url(lead), {"text": "Call after six", "once": "a1"})
    assert answer.status_code == 200
    assert texts() == ["Call after six"]
    assert answer["HX-Trigger"] == f'{{"lead-changed": {{"lead": {lead.pk}}}}}'
    page = answer.content.decode()
    assert page.lstrip().startswith("<form")
    assert "Call after six" not in page
    assert re.search(r'name="once" value="(\w+)"', page)[1] != "a1"


def test_without_javascript_returns_to_the_page(rep, lead):
    answer = rep.post(url(lead), {"text": "Call after six", "once": "a1"})
    assert (answer.status_code, answer["Location"]) == (302, f"/leads/{lead.pk}/")


def test_a_double_tap_is_one_comment(rep, lead):
    for _ in range(3):
        rep.tap(url(lead), {"text": "Once", "once": "a1"})
    assert texts() == ["Once"]


@pytest.mark.parametrize("typed", ["", "   ", "x" * 2001])
def test_bad_input_comes_back_with_a_sentence(rep, lead, typed):
    answer = rep.tap(url(lead), {"text": typed})
    assert answer.status_code == 422
    assert 'class="err"' in answer.content.decode()
    answer = rep.post(url(lead), {"text": typed})
    assert answer.status_code == 422
    assert "<html" in answer.content.decode()
    assert texts() == []


def test_what_was_too_long_is_kept(rep, lead):
    assert f'value="{"x" * 2001}"' in rep.post(url(lead), {"text": "x" * 2001}).content.decode()


def test_odd_characters_are_stored_safely(rep, lead):
    assert rep.post(url(lead), {"text": "a\u202eb\u0007c 🙂"}).status_code == 302
    assert texts() == ["ab c 🙂"]


def test_nul_is_refused(rep, lead):
    assert rep.post(url(lead), {"text": "a\0b"}).status_code == 422


@pytest.mark.parametrize("who", ["stranger", "upline", "manager", "staff"])
def test_is_404_for(who, cast, lead):
    assert cast[who].post(url(lead), {"text": "x"}).status_code == 404
    assert texts() == []


def test_get_is_refused(rep, lead):
    assert rep.get(url(lead)).status_code == 405


def test_needs_the_forms_token(rep, lead):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert strict.post(url(lead), {"text": "x"}).status_code == 403


def test_an_ended_log_in_loses_no_word(rep, lead, client):
    answer = client.post(url(lead), {"text": "A long thought <b>"})
    assert answer["Location"] == f"/accounts/login/?next=/leads/{lead.pk}/"
    client.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/leads/{lead.pk}/").content.decode()
    assert 'value="A long thought &lt;b&gt;"' in page
    assert "Your comment is still here" in page
    assert "A long thought" not in client.get(f"/leads/{lead.pk}/").content.decode()


def test_what_was_kept_is_shown_to_nobody_else(rep, stranger, lead, client):
    client.post(url(lead), {"text": "A long thought"})
    client.force_login(stranger.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    theirs = make.lead(stranger.rep)
    assert "A long thought" not in client.get(f"/leads/{theirs.pk}/").content.decode()
    client.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "A long thought" not in client.get(f"/leads/{lead.pk}/").content.decode()
