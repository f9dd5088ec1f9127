"""Leads that may be the same person."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cotano.jobs.refusals import Refusal
from leads import people
from leads.duplicates import PAGE, read_duplicates
from leads.models import Distinct, Lead
from tests import make


def pairs(rep, after=""):
    return [(pair.first.name, pair.second.name, str(pair.why)) for pair in read_duplicates(rep.rep, after=after).pairs]


def test_finds_the_same_phone_e_mail_and_name_the_surest_first(rep, stranger):
    make.lead(rep.rep, "Hanna")  # neither phone nor e-mail
    make.lead(rep.rep, "Anna", phone="0671112233", other_phones=["0501112233"], email="anna@example.com")
    make.lead(rep.rep, "Anna M.", phone="0631112233", other_phones=["0501112233"])
    make.lead(rep.rep, "A.", phone="0931110000", email="x@example.com", other_emails=["anna@example.com"])
    make.lead(rep.rep, "ANNA", phone="0681112233")
    make.lead(rep.rep, "hanna", phone="0681119933")
    make.lead(stranger.rep, "Anna", phone="0671112233")
    assert pairs(rep) == [
        ("Anna", "Anna M.", "same phone"),
        ("Anna", "A.", "same e-mail"),
        ("Anna", "ANNA", "same name, phones end alike"),
        ("Hanna", "hanna", "same name, nothing else known"),
    ]
    assert pairs(stranger) == []


def test_people_of_one_name_with_phones_of_their_own_are_left_alone(rep):
    for n in range(5):
        make.lead(rep.rep, "Anna", phone=f"067111000{n}")
    assert pairs(rep) == []


def test_a_person_kept_apart_is_not_shown_again(rep, stranger):
    one, two = make.lead(rep.rep, "Anna", email="a@b.co"), make.lead(rep.rep, "Anna", phone="0671112233", email="a@b.co")
    with pytest.raises(Refusal):
        people.keep_apart(one, two, by=stranger.user)
    with pytest.raises(Refusal):
        people.keep_apart(one, one, by=rep.user)
    assert len(pairs(rep)) == 1
    people.keep_apart(two, one, by=rep.user)
    people.keep_apart(one, two, by=rep.user)
    assert (pairs(rep), Distinct.objects.count()) == ([], 1)


def test_pages_hold_every_pair_once(rep):
    n = 2 * PAGE + 5
    Lead.objects.bulk_create(
        Lead(owner=rep.rep, name=f"N{k}", phone=f"+38067000{k:04d}", email=f"e{k // 2}@example.com") for k in range(2 * n)
    )
    seen, place = [], ""
    while True:
        page = read_duplicates(rep.rep, after=place)
        seen += [(pair.first.pk, pair.second.pk) for pair in page.pairs]
        if not (place := page.more):
            break
    assert (len(seen), len(set(seen))) == (n, n)
    assert pairs(rep, after="x-y") == pairs(rep)


def test_a_shared_number_makes_one_pair_less_than_people(rep):
    """A switchboard's number on a hundred leads makes 99 pairs, not five thousand."""
    Lead.objects.bulk_create(
        Lead(owner=rep.rep, name=f"N{k}", phone=f"+38067000{k:04d}", other_phones=["+380501112233"]) for k in range(100)
    )
    counts, place = [], ""
    while not counts or place:
        page = read_duplicates(rep.rep, after=place)
        counts.append(len(page.pairs))
        place = page.more
    assert counts == [20, 20, 20, 20, 19]


def test_any_number_of_leads_is_two_queries(rep):
    counted = []
    for _ in range(2):
        make.lead(rep.rep, "Anna", email="a@b.co", phone=f"067111220{len(counted)}")
        make.lead(rep.rep, "Anna", email="a@b.co", phone=f"067111221{len(counted)}")
        with CaptureQueriesContext(connection) as asked:
            read_duplicates(rep.rep)
        counted.append(len(asked))
    assert counted == [2, 2]
