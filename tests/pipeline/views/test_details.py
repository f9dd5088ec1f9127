"""What is known about a lead, changed one thing at a time."""

import datetime as dt
import re

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from leads import actions, asides, people, reminders
from leads.attachments import path
from leads.models import CHECKS, Attachment, Check, Comment, ImportantDate, Lead, Tag
from notifications.models import Notification
from pipeline import selected
from pipeline.models import Card, Selection
from tests import make

SAID = {
    "name": {"name": "Ґалина"},
    "kind": {"kind": "customer"},
    "phones": {"phone": "050 444 55 66", "other_phones": "063 111 22 33"},
    "emails": {"email": "A@Example.com", "other_emails": "b@example.com"},
    "birthday": {"birthday": "1990-02-28"},
    "tags": {"tags": "vip, gym"},
    "note": {"note": "Two\nlines"},
    "family": {"family": "Two girls"},
    "likes": {"likes": "Roses"},
    "hotness": {"hotness": "5"},
    "preferred": {"channel": "viber", "hour": "18", "zone": "Asia/Almaty"},
    "consent": {"legal_basis": "consent", "consents": ["viber", "call"]},
}


def address(lead, name="note"):
    return reverse("pipeline:detail", args=[lead.pk, name])


def field(page, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]


@pytest.mark.parametrize("name", SAID)
def test_each_detail_is_a_page_a_sheet_and_saved(rep, lead, name):
    before = {part: getattr(lead, part) for part in people.PARTS}
    assert rep.peek(address(lead, name)).content.decode().lstrip().startswith("<section")
    page = rep.get(address(lead, name)).content.decode()
    response = rep.post(address(lead, name), {**SAID[name], "seen": field(page, "seen")})
    assert (response.status_code, response["Location"]) == (302, lead.get_absolute_url())
    lead.refresh_from_db()
    changed = {part for part in people.PARTS if getattr(lead, part) != before[part]}
    assert changed == set(SAID[name])


def test_what_was_saved_is_read_back(rep, lead):
    for name, said in SAID.items():
        rep.post(address(lead, name), said)
    page = rep.get(lead.get_absolute_url()).content.decode()
    for words in ("Ґалина", "+380 50 444 5566", "a@example.com", "vip, gym", "Two girls", "Roses", "hottest", "Viber, 18:00, Asia/Almaty"):
        assert words in page
    lead.refresh_from_db()
    assert lead.consented_on == timezone.localdate()


def test_a_consent_withdrawn_leaves_no_day(rep, lead):
    rep.post(address(lead, "consent"), {"legal_basis": "consent", "consents": ["call"]})
    rep.post(address(lead, "consent"), {"legal_basis": "", "consents": []})
    lead.refresh_from_db()
    assert (lead.consents, lead.consented_on, lead.legal_basis) == ([], None, "")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("name", {"name": "\u202e"}),
        ("name", {"name": "x" * 5000}),
        ("phones", {"phone": "12"}),
        ("emails", {"email": "nobody"}),
        ("birthday", {"birthday": "3000-01-01"}),
        ("hotness", {"hotness": "9"}),
        ("preferred", {"hour": "24"}),
        ("preferred", {"zone": "Mars/Base"}),
        ("consent", {"consents": ["smoke"]}),
        ("family", {"family": "x" * 301}),
    ],
)
def test_bad_input_comes_back_filled_in(rep, lead, name, said):
    for ask in (rep.post, rep.tap):
        assert ask(address(lead, name), said).status_code == 422
    assert Lead.objects.get().updated_at == lead.updated_at


def test_an_unknown_detail_is_not_there(rep, lead):
    assert rep.get(address(lead, "owner")).status_code == 404


def test_a_detail_changed_elsewhere_is_not_written_over_unseen(rep, lead):
    seen = field(rep.get(address(lead)).content.decode(), "seen")
    people.edit_lead(lead, by=rep.user, note="from the other phone")
    response = rep.post(address(lead), {"note": "mine", "seen": seen})
    page = response.content.decode()
    assert response.status_code == 409
    assert "from the other phone" in page
    assert ">\nmine</textarea>" in page
    assert rep.post(address(lead), {"note": "mine", "seen": field(page, "seen")}).status_code == 302
    lead.refresh_from_db()
    assert lead.note == "mine"


def test_another_detail_changed_elsewhere_is_no_conflict(rep, lead):
    seen = field(rep.get(address(lead)).content.decode(), "seen")
    people.edit_lead(lead, by=rep.user, family="Two girls")
    assert rep.post(address(lead), {"note": "mine", "seen": seen}).status_code == 302


def test_the_edit_page_tells_of_a_change_elsewhere_too(rep, lead):
    edit = reverse("pipeline:edit", args=[lead.pk])
    page = rep.get(edit).content.decode()
    said = {"name": "Mine", "phone": lead.phone, "kind": "prospect", "seen": field(page, "seen")}
    people.edit_lead(lead, by=rep.user, likes="Roses")
    response = rep.post(edit, said)
    assert (response.status_code, "Likes is now: Roses" in response.content.decode()) == (409, True)
    assert rep.post(edit, {**said, "seen": field(response.content.decode(), "seen")}).status_code == 302


@pytest.mark.parametrize("page", ["add", "edit", "detail"])
def test_what_was_typed_is_kept_over_a_log_in(client, rep, lead, page):
    where = {"add": reverse("pipeline:add"), "edit": reverse("pipeline:edit", args=[lead.pk]), "detail": address(lead, "name")}[page]
    assert client.post(where, {"name": "Typed before", "phone": "12"}).status_code == 302
    client.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert field(client.get(where).content.decode(), "name") == "Typed before"
    assert "Typed before" not in client.get(where).content.decode()


def test_the_checklist(rep, lead):
    where = reverse("pipeline:checks", args=[lead.pk])
    for _n in range(20):
        rep.post(where, {"text": "Bring the catalogue", "once": "k1"})
    rep.tap(where, {"text": "Call the mother"})
    first, second = Check.objects.order_by("place")
    rep.tap(reverse("pipeline:check", args=[first.pk]), {"done": "yes"})
    assert "1 of 2" in rep.get(lead.get_absolute_url()).content.decode()
    rep.post(reverse("pipeline:check", args=[first.pk]), {"done": "no"})
    rep.post(reverse("pipeline:check", args=[second.pk]), {"done": "remove"})
    assert list(Check.objects.values_list("text", "done_at")) == [("Bring the catalogue", None)]


def undo_url():
    return reverse("pipeline:selection_undo", args=[Selection.objects.latest("pk").pk])


def test_what_was_removed_from_a_list_comes_back_in_its_place(rep, stranger, lead):
    first, second = (asides.add_check(lead, by=rep.user, said=said) for said in ("Bring the catalogue", "Call the mother"))
    wedding = asides.add_date(lead, by=rep.user, name="Wedding", day=29, month=2, year=1996)
    asides.tick_check(first, by=rep.user, done=True)
    before = list(Check.objects.order_by("place").values()), list(ImportantDate.objects.values())
    for address, data, name, what in (
        (reverse("pipeline:check", args=[first.pk]), {"done": "remove"}, "checks", "Bring the catalogue"),
        (reverse("pipeline:date_remove", args=[wedding.pk]), {}, "dates", "Wedding"),
    ):
        sheet = rep.tap(address, data).content.decode()
        assert (f"{what} was removed" in sheet, f'action="{undo_url()}"' in sheet) == (True, True)
        assert stranger.post(undo_url()).status_code == 404
        answer = rep.tap(undo_url())
        assert (f">{what}" in answer.content.decode(), "lead-changed" in answer["HX-Trigger"]) == (True, True)
        page = rep.post(address, data, follow=True).content.decode()
        assert f'action="{undo_url()}"' in page
        for _n in range(20):
            assert rep.post(undo_url())["Location"] == reverse(f"pipeline:{name}", args=[lead.pk])
        assert (list(Check.objects.order_by("place").values()), list(ImportantDate.objects.values())) == before
    assert second.pk in Check.objects.values_list("pk", flat=True)


def test_nothing_comes_back_to_a_full_list_or_to_nobody(rep, lead):
    check = asides.add_check(lead, by=rep.user, said="Bring the catalogue")
    rep.post(reverse("pipeline:check", args=[check.pk]), {"done": "remove"})
    Check.objects.bulk_create(Check(lead=lead, text="x", place=n) for n in range(CHECKS))
    assert "as many as there may be" in rep.tap(undo_url()).content.decode()
    assert "as many as there may be" in rep.post(undo_url(), follow=True).content.decode()
    assert Check.objects.count() == CHECKS
    undo = undo_url()
    rep.post(reverse("pipeline:remove", args=[lead.pk]))
    assert rep.post(undo)["Location"] == reverse("pipeline:contacts")


def test_a_checklist_is_bounded(rep, lead):
    Check.objects.bulk_create(Check(lead=lead, text="x", place=n) for n in range(CHECKS))
    where = reverse("pipeline:checks", args=[lead.pk])
    assert rep.post(where, {"text": "one more"}).status_code == 422
    assert rep.post(where, {"text": "\u200b"}).status_code == 422
    assert Check.objects.count() == CHECKS


def test_days_to_remember(rep, lead):
    where = reverse("pipeline:dates", args=[lead.pk])
    rep.tap(where, {"name": "Wedding", "day": "29", "month": "2"})
    rep.post(where, {"name": "Wedding", "day": "29", "month": "2"})
    rep.post(where, {"name": "Daughter born", "day": "3", "month": "11", "year": "1998"})
    page = rep.get(lead.get_absolute_url()).content.decode()
    assert ("Wedding · 29 February" in page, "Daughter born · 3 November (1998)" in page) == (True, True)
    assert rep.post(where, {"name": "Never", "day": "31", "month": "4"}).status_code == 422
    assert rep.post(where, {"name": "Never", "day": "1", "month": "4", "year": "99999"}).status_code == 422
    rep.post(reverse("pipeline:date_remove", args=[ImportantDate.objects.get(month=2).pk]))
    assert ImportantDate.objects.count() == 1


def test_tags_have_the_colour_that_was_chosen(rep, lead):
    people.edit_lead(lead, by=rep.user, tags=["vip", "gym"])
    rep.post(reverse("pipeline:tags"), {"tag": "vip", "colour": "7"})
    rep.post(reverse("pipeline:tags"), {"tag": "nobody has it", "colour": "1"})
    rep.post(reverse("pipeline:tags"), {"tag": "gym", "colour": "99"})
    assert list(Tag.objects.values_list("name", "colour")) == [("vip", 7)]
    assert '<span class="tag rust">vip</span>' in rep.get(lead.get_absolute_url()).content.decode()


def test_a_comment_ticked_is_a_contact_and_says_so(rep, lead):
    rep.post(reverse("pipeline:comment", args=[lead.pk]), {"text": "She will order", "spoke": "on"})
    lead.refresh_from_db()
    assert lead.contacted_at == Comment.objects.get().at
    assert "· We spoke" in rep.get(lead.get_absolute_url()).content.decode()


def test_a_visit_is_a_contact(rep, lead):
    rep.post(reverse("pipeline:attempt", args=[lead.pk]), {"channel": "visit"})
    lead.refresh_from_db()
    assert lead.contacted_at is not None


@pytest.fixture
def full(rep, card, lead):
    """A lead with something in every table that hangs on it."""
    people.edit_lead(lead, by=rep.user, tags=["vip"], family="Two girls")
    actions.comment_on(lead, by=rep.user, text="Asked for the price list")
    actions.log_attempt(lead, by=rep.user, channel="call")
    reminders.set_reminder(lead, by=rep.user, day=timezone.localdate() + dt.timedelta(days=3), time=dt.time(10))
    asides.add_check(lead, by=rep.user, said="Bring the catalogue")
    asides.add_date(lead, by=rep.user, name="Wedding", day=1, month=6)
    make.work_item(lead)
    make.purchase(lead)
    return lead


def everything(lead):
    names = ("comments", "attempts", "reminders", "checks", "dates", "work_items", "purchases", "cards")
    rows = {name: list(getattr(lead, name).order_by("pk").values()) for name in names}
    return rows, {part: getattr(lead, part) for part in (*people.PARTS, "created_at", "sort_key", "contacted_at")}


def test_a_lead_removed_comes_back_with_everything(rep, full):
    before = everything(Lead.objects.get(pk=full.pk))
    page = rep.post(reverse("pipeline:remove", args=[full.pk]), {"once": "k1"}, follow=True).content.decode()
    assert "Oksana Melnyk was removed" in page
    assert (Lead.objects.count(), Comment.objects.count(), Card.objects.count()) == (0, 0, 0)
    assert rep.get(full.get_absolute_url()).status_code == 404
    assert rep.post(reverse("pipeline:remove", args=[full.pk]), {"once": "k1"}).status_code == 302
    assert rep.post(reverse("pipeline:selection_undo", args=[Selection.objects.get().pk])).status_code == 302
    assert everything(Lead.objects.get(pk=full.pk)) == before
    [reminder] = full.reminders.all()
    assert Notification.objects.filter(key=f"reminder:{reminder.pk}", state="due").count() == 1


def test_a_lead_does_not_come_back_beside_its_double(rep, full):
    rep.post(reverse("pipeline:remove", args=[full.pk]))
    make.lead(rep.rep, "Again", phone=full.phone)
    page = rep.post(reverse("pipeline:selection_undo", args=[Selection.objects.get().pk]), follow=True).content.decode()
    assert "This cannot be undone any more" in page
    assert list(Lead.objects.values_list("name", flat=True)) == ["Again"]


def test_files_of_a_removed_lead_go_when_it_cannot_come_back(rep, full):
    made = Attachment.objects.create(lead=full, by=rep.user, name="a.pdf", kind="application/pdf", size=3, file="aa/one")
    path(made.file).parent.mkdir(parents=True, exist_ok=True)
    path(made.file).write_bytes(b"abc")
    rep.post(reverse("pipeline:remove", args=[full.pk]))
    assert path(made.file).exists()
    with time_machine.travel(timezone.now() + dt.timedelta(days=1, minutes=1)):
        selected.forget()
    assert not path(made.file).exists()


@pytest.mark.parametrize("n", [1, 3, 40])
def test_the_lead_page_costs_the_same_however_much_there_is(rep, full, n, django_assert_num_queries):
    Lead.objects.bulk_create(Lead(owner=rep.rep, name=f"Lead {k}") for k in range(n))
    for k in range(n):
        actions.comment_on(full, by=rep.user, text=f"comment {k}")
    Check.objects.bulk_create(Check(lead=full, text=f"x{k}", place=k) for k in range(n))
    rep.get(full.get_absolute_url())
    with django_assert_num_queries(8):
        rep.get(full.get_absolute_url())


def test_a_double_is_told_while_a_phone_is_changed_and_nobody_is_their_own_double(rep, lead):
    make.lead(rep.rep, "Other", phone="0501112299")
    known = reverse("pipeline:known")
    assert f"&quot;of&quot;: &quot;{lead.pk}&quot;" in rep.get(address(lead, "phones")).content.decode()
    assert "Other" in rep.tap(known, {"phone": "050 111 22 99", "of": lead.pk}).content.decode()
    assert "Oksana" not in rep.tap(known, {"phone": lead.phone, "of": lead.pk}).content.decode()
