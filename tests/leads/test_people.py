"""Adding and changing people."""

import datetime as dt

import pytest
from django.utils import timezone

from cotano.jobs.refusals import Refusal
from leads import people
from leads.actions import set_reminder
from leads.models import Lead
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
