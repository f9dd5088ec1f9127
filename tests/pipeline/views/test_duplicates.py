"""Looking through leads that may be one person, and merging two."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads.models import Distinct, Lead
from pipeline import merging
from pipeline.models import Merge
from tests import make

LIST = reverse("pipeline:duplicates")


@pytest.fixture
def pair(rep):
    return make.lead(rep.rep, "Anna", phone="0671112233", email="a@b.co"), make.lead(rep.rep, "Hanna", phone="0501112233", email="a@b.co")


def merge(pair):
    return reverse("pipeline:merge", args=[lead.pk for lead in pair])


def apart(pair):
    return reverse("pipeline:keep_apart", args=[lead.pk for lead in pair])


def test_the_list_leads_to_both_ways(rep, pair):
    page = rep.get(LIST).content.decode()
    assert "Same e-mail" in page
    assert f'href="{merge(pair)}"' in page
    assert f'action="{apart(pair)}"' in page
    assert f'href="{LIST}"' in rep.get(reverse("pipeline:contacts")).content.decode()


def test_nobody_is_nobody(rep, lead):
    assert "No two of your people look like one." in rep.get(LIST).content.decode()


def test_one_pair_and_three_are_the_same_queries(rep):
    counted = []
    for n in (1, 2):
        for k in range(n):
            make.lead(rep.rep, "A", email=f"{n}{k}@b.co", phone=f"06711122{n}{k}")
            make.lead(rep.rep, "B", email=f"{n}{k}@b.co", phone=f"06711133{n}{k}")
        with CaptureQueriesContext(connection) as asked:
            rep.get(LIST)
        counted.append(len(asked))
    assert counted[0] == counted[1]


def test_what_differs_is_chosen(rep, pair):
    page = rep.get(merge(pair)).content.decode()
    for value in ("Anna", "Hanna", "+380 67 111 2233", "+380 50 111 2233"):
        assert value in page
    assert 'name="email"' not in page
    response = rep.post(merge(pair), {"name": "second", "phone": "first"})
    assert (response.status_code, response["Location"]) == (302, pair[0].get_absolute_url())
    lead = Lead.objects.get()
    assert (lead.name, lead.phone, lead.other_phones) == ("Hanna", "+380671112233", ["+380501112233"])
    page = rep.get(lead.get_absolute_url()).content.decode()
    assert "Merged: Hanna" in page
    assert f'action="{reverse("pipeline:merge_undo", args=[Merge.objects.get().pk])}"' in page


def test_without_a_choice_it_is_422(rep, pair):
    assert rep.post(merge(pair), {"name": "third"}).status_code == 422
    assert Lead.objects.count() == 2


def test_a_refusal_is_a_sentence(rep, pair):
    Lead.objects.filter(pk=pair[0].pk).update(person_code="P1")
    Lead.objects.filter(pk=pair[1].pk).update(person_code="P2")
    response = rep.post(merge(pair), {"name": "first", "phone": "first"})
    assert response.status_code == 422
    assert "The company sends these two as different people" in response.content.decode()


def test_old_links_lead_to_the_one_who_is_left_and_undoing_is_one_tap(rep, pair):
    made = merging.merge_leads(*pair, by=rep.user)
    assert rep.get(pair[1].get_absolute_url())["Location"] == pair[0].get_absolute_url()
    response = rep.post(reverse("pipeline:merge_undo", args=[made.pk]))
    assert response["Location"] == pair[1].get_absolute_url()
    assert "Hanna is back" in rep.get(response["Location"]).content.decode()


def test_what_cannot_be_undone_says_why(rep, pair):
    made = merging.merge_leads(*pair, by=rep.user)
    Lead.objects.filter(pk=pair[0].pk).update(name="Changed")
    response = rep.client.post(reverse("pipeline:merge_undo", args=[made.pk]), follow=True)
    assert "Changed was changed since, so this cannot be undone." in response.content.decode()


def test_two_people_are_not_asked_about_again(rep, pair):
    response = rep.client.post(apart(pair), follow=True)
    assert "Kept apart: Anna and Hanna" in response.content.decode()
    assert Distinct.objects.count() == 1
    assert "No two of your people look like one." in rep.get(LIST).content.decode()


@pytest.mark.parametrize("who", ["stranger", "upline", "manager", "staff", "analyst"])
def test_nobody_else(who, cast, pair, rep):
    assert cast[who].get(merge(pair)).status_code == 404
    assert cast[who].post(merge(pair), {"name": "first", "phone": "first"}).status_code == 404
    assert cast[who].post(apart(pair)).status_code == 404
    made = merging.merge_leads(*pair, by=rep.user)
    assert cast[who].post(reverse("pipeline:merge_undo", args=[made.pk])).status_code == 404
    assert cast[who].get(pair[1].get_absolute_url()).status_code == 404
    assert Merge.objects.get().undone_at is None


def test_get_is_refused_where_something_is_written(rep, pair):
    made = merging.merge_leads(*pair, by=rep.user)
    assert [rep.get(url).status_code for url in (apart(pair), reverse("pipeline:merge_undo", args=[made.pk]))] == [405, 405]
