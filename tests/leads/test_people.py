"""Adding and changing people."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from cotano.jobs.refusals import Refusal
from leads import people
from leads.models import Lead
from leads.reminders import set_reminder
from notifications.models import Notification
from teams.models import ActivityCount
from tests import make


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("067 111 22 33", "+380671112233"), ("+380 (67) 111-22-33", "+380671112233"), ("+44 7911 123456", "+447911123456"), ("  ", "")],
)
def test_phones_are_read_in_the_way_of_the_reps_country(typed, stored, rep):
    assert make.lead(rep.rep, phone=typed).phone == stored


def test_a_country_without_a_region_needs_the_plus(rep, company):
    company.territory.code = "XX-1"
    company.territory.save(update_fields=["code"])
    rep.rep.refresh_from_db()
    with pytest.raises(Refusal):
        make.lead(rep.rep, phone="067 111 22 33")
    assert make.lead(rep.rep, phone="+380671112233").phone == "+380671112233"


def test_a_refusal_of_a_double_carries_the_person(rep, lead):
    with pytest.raises(people.DuplicateLead) as refusal:
        make.lead(rep.rep, "Other", phone="0671112233")
    assert (refusal.value.lead, refusal.value.status) == (lead, 422)


def test_more_phones_and_e_mails_are_kept_once_each_in_their_order(rep):
    lead = make.lead(
        rep.rep,
        phone="067 111 22 33",
        other_phones=["050 111 22 33", "+380671112233", " ", "0501112233", "0631112233"],
        email="A@example.com",
        other_emails=["B@example.com", "a@example.com", "", "b@example.com"],
    )
    lead.refresh_from_db()
    assert lead.other_phones == ["+380501112233", "+380631112233"]
    assert (lead.email, lead.other_emails) == ("a@example.com", ["b@example.com"])
    assert lead.contacts == ["+380671112233", "+380501112233", "+380631112233", "a@example.com", "b@example.com"]


def test_without_a_first_phone_the_next_takes_its_place(rep):
    lead = make.lead(rep.rep, other_phones=["0501112233", "0631112233"], other_emails=["b@example.com"])
    assert (lead.phone, lead.other_phones, lead.email, lead.other_emails) == ("+380501112233", ["+380631112233"], "b@example.com", [])


@pytest.mark.parametrize(
    "said",
    [
        {"phone": "0671112200", "other_phones": [f"067111220{n}" for n in range(1, 7)]},
        {"phone": "0671112200", "other_phones": ["12"]},
        {"email": "a@example.com", "other_emails": [f"a{n}@example.com" for n in range(6)]},
        {"email": "a@example.com", "other_emails": ["nobody"]},
    ],
)
def test_too_many_or_unusable_more_are_refused(said, rep):
    with pytest.raises(Refusal):
        make.lead(rep.rep, **said)


def test_a_further_phone_of_somebody_is_known_again(rep, stranger):
    lead = make.lead(rep.rep, phone="0671112233", other_phones=["0501112233"])
    with pytest.raises(people.DuplicateLead) as refusal:
        make.lead(rep.rep, "Other", phone="050 111 22 33")
    assert refusal.value.lead == lead
    assert make.lead(stranger.rep, "Other", phone="0501112233").phone == "+380501112233"
    other = make.lead(rep.rep, "Other", phone="0931112233", other_phones=["0501112233"])  # two people may share one
    assert people.edit_lead(other, by=rep.user, name="Other", phone="0931112233", other_phones=["0501112233"]) == other


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("lead_few_more", {"phone": "+380671112233", "other_phones": [f"+38067111220{n}" for n in range(6)]}),
        ("lead_few_more", {"email": "a@b.co", "other_emails": [f"a{n}@b.co" for n in range(6)]}),
        ("lead_more_are_given", {"phone": "+380671112233", "other_phones": [""]}),
        ("lead_more_are_given", {"email": "a@b.co", "other_emails": [""]}),
        ("lead_other_phones_are_e164", {"phone": "+380671112233", "other_phones": ["0671112233"]}),
        ("lead_other_phones_are_e164", {"phone": "+380671112233", "other_phones": ["+380671112234", "x"]}),
        ("lead_other_emails_are_lower", {"email": "a@b.co", "other_emails": ["B@b.co"]}),
        ("lead_phones_differ", {"phone": "+380671112233", "other_phones": ["+380671112233"]}),
        ("lead_phones_differ", {"other_phones": ["+380671112233"]}),
        ("lead_emails_differ", {"email": "a@b.co", "other_emails": ["a@b.co"]}),
    ],
)
def test_the_database_holds_what_a_phone_and_an_e_mail_are(constraint, fields, rep):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Lead.objects.create(owner=rep.rep, name="Anna", **fields)


def test_a_further_phone_is_looked_up_by_its_index(rep):
    """Whoever has 10,000 leads must not wait while typing."""
    found = Lead.objects.filter(owner=rep.rep).with_more_phone("+380671112233")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    assert "using lead_more_phones" in found.explain()


def test_people_without_phone_and_e_mail_are_never_doubles(rep):
    make.lead(rep.rep, "Anna")
    make.lead(rep.rep, "Anna")
    assert Lead.objects.count() == 2


def test_nobody_adds_for_another(rep, upline):
    with pytest.raises(Refusal):
        people.add_lead(rep.rep, by=upline.user, name="Anna")


def test_nobody_changes_what_is_anothers(lead, upline):
    with pytest.raises(Refusal):
        people.edit_lead(lead, by=upline.user, name="Mine")
    assert Lead.objects.get().name == "Oksana Melnyk"


def test_a_refused_form_can_be_sent_again_mended(rep, lead):
    with pytest.raises(people.DuplicateLead):
        make.lead(rep.rep, "Anna", phone=lead.phone, once="b" * 32)
    assert make.lead(rep.rep, "Anna", once="b" * 32).name == "Anna"


def test_a_new_name_is_told_by_the_reminder_that_waits(rep, lead):
    set_reminder(lead, by=rep.user, day=timezone.localdate() + dt.timedelta(days=2), time=dt.time(10))
    people.edit_lead(lead, by=rep.user, name="Oksana Bondar", phone=lead.phone)
    assert Notification.objects.get().title == "Oksana Bondar"


def test_every_change_is_counted_once(rep, lead):
    for name in ("Anna", "Anna"):
        people.edit_lead(lead, by=rep.user, name=name, phone=lead.phone)
    assert ActivityCount.objects.get(rep=rep.rep, kind="lead").n == 2


def test_tags_are_divided_as_in_files_so_that_they_come_back_as_they_went(rep):
    assert people.clean_tags(["vip; mother", " cream ,vip", ";"]) == ["vip", "mother", "cream"]
