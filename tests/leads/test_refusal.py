"""What the company's list says of leads that reps have already: the mark each of them bears, whoever changes what."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from cotano.jobs.refusals import Refusal
from leads import actions, people, reminders, suppression
from leads.models import Attempt, Lead, Reminder
from notifications.models import Notification
from pipeline import merging
from pipeline.call_list import read_call_list
from pipeline.home import read_home
from tests import make
from tests.loading import load

PHONE, MAIL = "+380671112233", "anna@example.com"
WAYS = [{"phone": PHONE}, {"phone": "0501112233", "other_phones": [PHONE]}, {"email": MAIL}, {"email": "b@c.de", "other_emails": [MAIL]}]
TEN = dt.time(10, 0)


def tomorrow():
    return timezone.localdate() + dt.timedelta(days=2)


def refuse(staff, contact=PHONE):
    return suppression.suppress(contact, by=staff.user, why="Asked by letter")


def lift(staff, row):
    return suppression.lift(row, by=staff.user, why="Changed their mind")


def marked():
    return sorted(Lead.objects.exclude(refusal=None).values_list("owner__code", "name"))


@pytest.mark.parametrize("said", WAYS)
def test_every_reps_lead_is_marked_by_any_phone_or_e_mail_and_freed_again(said, rep, stranger, staff):
    for person in (rep, stranger):
        make.lead(person.rep, "Anna", **said)
        make.lead(person.rep, "Somebody else", phone="0631112233", email="x@example.com")
    row = refuse(staff, MAIL if "email" in said else PHONE)
    assert marked() == [("101", "Anna"), ("900", "Anna")]
    assert not Lead.objects.filter(name="Anna").to_contact().exists()
    lift(staff, row)
    assert marked() == []


def test_who_is_named_twice_is_free_when_both_are_lifted(rep, staff):
    make.lead(rep.rep, "Anna", phone=PHONE, email=MAIL)
    rows = [refuse(staff), refuse(staff, MAIL)]
    lift(staff, rows[0])
    assert marked() == [("101", "Anna")]
    lift(staff, rows[1])
    assert marked() == []


def test_reminders_of_all_owners_are_withdrawn_with_what_they_would_tell(rep, stranger, staff):
    for person in (rep, stranger):
        for name, phone in (("Anna", PHONE), ("Somebody else", "0631112233")):
            reminders.set_reminder(make.lead(person.rep, name, phone=phone), by=person.user, day=tomorrow(), time=TEN)
    refuse(staff)
    assert set(Reminder.objects.filter(state="cancelled").values_list("lead__name", flat=True)) == {"Anna"}
    assert sorted(Notification.objects.filter(state="due").values_list("title", flat=True)) == ["Somebody else"] * 2


def test_nothing_is_planned_or_logged_any_more(rep, staff):
    lead = make.lead(rep.rep, "Anna", phone=PHONE)
    refuse(staff)
    for act in (
        lambda: reminders.set_reminder(lead, by=rep.user, day=tomorrow(), time=TEN),
        lambda: actions.log_attempt(lead, by=rep.user, channel="call"),
    ):
        with pytest.raises(Refusal) as refusal:
            act()
        assert (refusal.value.sentence, refusal.value.status) == ("Anna asked the company not to be contacted.", 409)
    assert (Reminder.objects.count(), Attempt.objects.count()) == (0, 0)


def test_an_edit_that_takes_the_phone_away_takes_the_mark_away(rep, staff):
    lead = make.lead(rep.rep, "Anna", phone=PHONE, email=MAIL)
    refuse(staff)
    assert people.edit_lead(lead, by=rep.user, name="Hanna", phone=PHONE, email="new@example.com").refusal_id
    assert people.edit_lead(lead, by=rep.user, name="Hanna", phone="0501112233").refusal_id is None
    assert marked() == []


def test_two_made_one_bear_the_mark_of_either_and_two_again_their_own(rep, staff):
    kept, other = make.lead(rep.rep, "Kept", phone="0501112233"), make.lead(rep.rep, "Other", phone=PHONE)
    reminders.set_reminder(kept, by=rep.user, day=tomorrow(), time=TEN)
    refuse(staff)
    merge = merging.merge_leads(kept, other, by=rep.user)
    assert (marked(), Reminder.objects.get().state) == ([("101", "Kept")], "cancelled")
    merging.undo_merge(merge, by=rep.user)
    assert marked() == [("101", "Other")]


def test_home_call_list_contacts_board_and_page_offer_no_way(rep, board, staff):
    lead = make.card(board, "Anna", phone=PHONE).lead
    make.work_item(lead)
    pages = ["/", "/contacts/", f"/boards/{board.pk}/", f"/leads/{lead.pk}/", f"/cards/{lead.cards.get().pk}/"]
    assert ["data-attempt" in rep.get(page).content.decode() for page in pages] == [True, True, True, True, False]
    assert 'value="tomorrow"' in rep.get(pages[-1]).content.decode()
    refuse(staff)
    assert read_home(rep.rep, everybody=True).calls == []
    assert read_call_list(Lead.objects.visible_to(rep.user), after=None).sheets == []
    assert ["data-attempt" in rep.get(page).content.decode() for page in pages] == [False] * 5
    assert 'value="tomorrow"' not in rep.get(pages[-1]).content.decode()


def test_a_work_list_meets_the_mark_where_its_file_tells_no_phone(rep, board, staff):
    headings = ["list", "rep_code", "person_code", "name", "phone", "kind", "reason", "last_order_campaign", "call_by"]
    row = ["Customers", "101", "P1", "Anna", "", "customer", "usual order not in yet", "", ""]
    load("worklist", [headings, row])
    people.edit_lead(Lead.objects.get(), by=rep.user, name="Anna", phone="0501112233", email=MAIL)
    refuse(staff, MAIL)
    job = load("worklist", [headings, row, ["Customers", "101", "P2", *row[3:]]])
    assert (job.counts["suppressed"], job.counts["created"], job.counts["done"]) == (1, 1, 1)


def test_the_mark_is_found_by_index_whatever_the_number_of_leads(rep):
    numbers = [f"+38050{n:07d}" for n in range(3000)]  # enough for the planner to prefer what is made for the question
    mails = [f"p{n}@example.com" for n in range(3000)]
    Lead.objects.bulk_create(
        Lead(owner=rep.rep, name="P", phone=f"+38067{n:07d}", email=f"q{n}@example.com", other_phones=[phone], other_emails=[mail])
        for n, (phone, mail) in enumerate(zip(numbers, mails, strict=True))
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_lead")  # what the planner knows does not hang on the tests before this one
        cursor.execute("SET LOCAL enable_seqscan = off")
        for contact, names in ((PHONE, {"lead_once_per_owner", "lead_by_more_phones"}), (MAIL, {"lead_by_email", "lead_by_more_emails"})):
            plan = Lead.objects.with_contact(contact).explain()
            assert {name for name in names if name in plan} == names, plan


def test_who_is_added_while_the_list_is_written_is_marked_all_the_same(transactional_db, rep, staff):
    """The add has asked the list and not yet ended when somebody is put on it."""
    put = threading.Thread(target=_in_thread, args=(lambda: refuse(staff),))
    with transaction.atomic():
        make.lead(rep.rep, "Anna", phone=PHONE)
        put.start()
        put.join(timeout=1)
        waits = put.is_alive()
    put.join()
    assert (waits, marked()) == (True, [("101", "Anna")])


def _in_thread(act):
    try:
        act()
    finally:
        connection.close()
