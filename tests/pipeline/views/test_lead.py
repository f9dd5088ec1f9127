"""A lead's page."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads import actions, reminders, suppression
from leads.models import Attempt, Comment, Lead
from notifications.models import Notification
from pipeline import actions as boards
from tests import make


def url(lead):
    return reverse("pipeline:lead", args=[lead.pk])


def page_of(person, lead, **data):
    return person.get(url(lead), data).content.decode()


def lines(page):
    """The timeline as text, one entry each."""
    shown = re.search(r'<ol class="tl".*?</ol>', page, re.DOTALL)[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", entry).split()) for entry in re.findall(r"<li>.*?</li>", shown, re.DOTALL)]


def test_shows_the_person(rep, lead):
    Lead.objects.filter(pk=lead.pk).update(email="oksana@example.com", tags=["vip"], note="Two kids", birthday=dt.date(1990, 3, 8))
    page = page_of(rep, lead)
    assert "<h1>Oksana Melnyk</h1>" in page
    assert "+380 67 111 2233" in page
    assert "vip</span>" in page
    assert "Two kids" in page
    assert "8 March" in page
    ways = re.findall(r'href="([^"]+)" data-attempt="/leads/\d+/attempts/" data-channel="(\w+)"', page)
    assert ways == [
        ("tel:+380671112233", "call"),
        ("viber://chat?number=%2B380671112233", "viber"),
        ("https://t.me/+380671112233", "telegram"),
        ("https://wa.me/380671112233", "whatsapp"),
        ("sms:+380671112233", "sms"),
        ("mailto:oksana@example.com", "email"),
    ]


def test_further_phones_and_e_mails_have_their_own_ways(rep):
    lead = make.lead(rep.rep, phone="0671112233", other_phones=["0501112233"], email="a@b.co", other_emails=["c@d.co"])
    page = page_of(rep, lead)
    rows = re.findall(r'<li class="ways">.*?</li>', page)
    assert [re.sub(r"<[^>]+>", "", row) for row in rows] == ["+380 50 111 2233", "c@d.co"]
    assert re.findall(r'href="([^"]+)" data-attempt="/leads/\d+/attempts/" data-channel="(\w+)"', rows[0]) == [
        ("tel:+380501112233", "call"),
        ("viber://chat?number=%2B380501112233", "viber"),
        ("https://t.me/+380501112233", "telegram"),
        ("https://wa.me/380501112233", "whatsapp"),
        ("sms:+380501112233", "sms"),
    ]
    assert re.findall(r'href="(mailto:[^"]+)"', rows[1]) == ["mailto:c@d.co"]


def test_who_asked_the_company_not_to_be_contacted_has_no_buttons(rep, lead, staff):
    suppression.suppress(lead.phone, by=staff.user, why="Asked by letter")
    page = page_of(rep, lead)
    assert "This person asked the company not to be contacted." in page
    assert "data-channel" not in page


def test_offers_only_the_ways_there_are(rep):
    lead = make.lead(rep.rep, email="only@example.com")
    assert re.findall(r'data-channel="(\w+)"', page_of(rep, lead)) == ["email"]
    assert 'class="acts"' not in page_of(rep, make.lead(rep.rep, "Nobody"))


def test_says_why_the_company_asks(rep, lead):
    make.work_item(lead, reason="Two campaigns without an order", call_by=timezone.localdate().replace(month=12, day=24))
    page = page_of(rep, lead)
    assert "Two campaigns without an order" in page
    assert "The company asks you to call by 24 December." in page


def test_leads_to_the_stage(rep, card):
    page = page_of(rep, card.lead)
    assert f'href="/cards/{card.pk}/" data-sheet' in page
    assert f'href="/boards/{card.board_id}/" aria-label="Back to the board"' in page


def test_without_a_card_leads_back_to_the_contacts(rep):
    page = page_of(rep, make.lead(rep.rep))
    assert 'href="/contacts/" aria-label="Back to the contacts"' in page
    assert "/cards/" not in page


@pytest.mark.parametrize(("at", "offered"), [("16:59", ["today", "tomorrow"]), ("17:00", ["tomorrow"]), ("17:01", ["tomorrow"])])
def test_today_at_five_is_offered_while_it_lies_ahead(rep, lead, at, offered):
    here = dt.datetime.combine(timezone.now().date(), dt.time.fromisoformat(at))
    with time_machine.travel(timezone.make_aware(here, ZoneInfo("Europe/Kyiv")), tick=False):
        assert re.findall(r'name="preset" value="(\w+)"', page_of(rep, lead)) == offered


def test_the_timeline_tells_everything_newest_first(rep, card, stages):
    lead, by = card.lead, rep.user
    start = dt.datetime(2026, 5, 4, 9, 0, tzinfo=dt.UTC)
    Lead.objects.filter(pk=lead.pk).update(created_at=start - dt.timedelta(days=400))
    with time_machine.travel(start, tick=False) as clock:
        actions.comment_on(lead, by=by, text="Back from vacation\n<b>soon</b>")
        clock.shift(3600)
        attempt = actions.log_attempt(lead, by=by, channel="call")
        actions.give_outcome(attempt, by=by, outcome="no_answer")
        clock.shift(3600)
        reminder = reminders.set_reminder(lead, by=by, day=dt.date(2026, 5, 5), time=dt.time(10))
        clock.shift(3600)
        boards.move_card(card, to=stages["offer"], version=card.version, by=by)
        clock.shift(3600)
        actions.log_attempt(lead, by=by, channel="viber")
        clock.shift(24 * 3600)
        rep.client.force_login(by, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert lines(page_of(rep, lead)) == [
            "Viber · Yesterday 16:00",
            "Moved to Offer sent · Yesterday 15:00",
            "Reminder for 5 May 10:00 · Yesterday 14:00",
            "Call · No answer · Yesterday 13:00",
            "OM You · Yesterday 12:00 Back from vacation &lt;b&gt;soon&lt;/b&gt;",
            "Added to the contacts · 30 March 2025 12:00",
        ]
        reminders.finish_reminder(reminder, by=by)
        assert "Reminder for 5 May 10:00 · done · Yesterday 14:00" in lines(page_of(rep, lead))


def test_the_timeline_speaks_the_readers_language(rep, lead):
    rep.user.language = "uk"
    rep.user.save(update_fields=["language"])
    actions.comment_on(lead, by=rep.user, text="x")
    assert 'lang="uk"' in page_of(rep, lead)


def test_thirty_entries_at_a_time_none_twice_none_missing(rep, lead):
    at = timezone.now() - dt.timedelta(days=2)
    Comment.objects.bulk_create([Comment(lead=lead, by=rep.user, text=f"comment {n}", at=at) for n in range(40)])
    Attempt.objects.bulk_create([Attempt(lead=lead, by=rep.user, channel="call", at=at) for n in range(25)])
    seen, before = [], ""
    for size in (30, 30, 6):
        page = rep.peek(url(lead), {"before": before}).content.decode() if before else page_of(rep, lead)
        assert ("<html" in page) == (not before)
        assert len(lines(page)) == size
        seen += lines(page)
        more = re.search(r'href="/leads/\d+/\?before=([\d-]+)"', page)
        before = more[1] if more else ""
    assert before == ""
    said = [line.split()[-1] for line in seen if "comment" in line]
    assert sorted(said, key=int) == [str(n) for n in range(40)]
    assert sum(line.startswith("Call ·") for line in seen) == 25


def test_an_older_page_without_javascript_is_a_page(rep, lead):
    at = timezone.now() - dt.timedelta(days=2)
    Comment.objects.bulk_create([Comment(lead=lead, by=rep.user, text=f"comment {n}", at=at + dt.timedelta(minutes=n)) for n in range(31)])
    more = re.search(r'href="/leads/\d+/\?before=([\d-]+)"', page_of(rep, lead))[1]
    page = page_of(rep, lead, before=more)
    assert "<html" in page
    assert lines(page)[0].split()[-1] == "0"


@pytest.mark.parametrize("before", ["x", "1-2", "1-2-3-4", "-1-2-3", "99999999999999999-0-1", "9" * 400, "1-9-1", "²-1-1", "\0"])
def test_a_place_nobody_gave_is_the_beginning_or_the_end(rep, lead, before):
    assert rep.get(url(lead), {"before": before}).status_code == 200


def queries(person, lead):
    person.get(url(lead))
    with CaptureQueriesContext(connection) as captured:
        person.get(url(lead))
    return len(captured)


def test_the_statements_do_not_grow_with_the_timeline(rep, card):
    lead, by = card.lead, rep.user
    few = queries(rep, lead)
    for n in range(12):
        actions.comment_on(lead, by=by, text=str(n))
        attempt = actions.log_attempt(lead, by=by, channel="call")
        actions.give_outcome(attempt, by=by, outcome="call_later")
        reminders.set_reminder(lead, by=by, day=timezone.localdate() + dt.timedelta(days=2), time=dt.time(n))
    assert queries(rep, lead) == few
    assert few <= 8


def test_opening_the_page_reads_what_was_told_about_the_lead(rep, lead):
    reminder = reminders.set_reminder(lead, by=rep.user, day=timezone.localdate() + dt.timedelta(days=2), time=dt.time(10))
    with time_machine.travel(reminder.due_at, tick=False):
        rep.client.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        rep.get(reverse("pipeline:more"))  # the session notes once in a while that it is in use
        with CaptureQueriesContext(connection) as captured:
            rep.get(url(lead))
        assert len(captured) <= 9
        assert Notification.objects.get().read_at == reminder.due_at


def test_before_its_time_nothing_is_read(rep, lead):
    reminders.set_reminder(lead, by=rep.user, day=timezone.localdate() + dt.timedelta(days=2), time=dt.time(10))
    rep.get(url(lead))
    assert Notification.objects.get().read_at is None


def test_a_call_without_an_outcome_is_asked_about_for_a_day(rep, lead):
    attempt = actions.log_attempt(lead, by=rep.user, channel="call")
    asked = f'href="/attempts/{attempt.pk}/outcome/"'
    assert asked in page_of(rep, lead)
    Attempt.objects.update(at=timezone.now() - dt.timedelta(hours=25))
    assert asked not in page_of(rep, lead)
    Attempt.objects.update(at=timezone.now(), outcome="ordered", outcome_at=timezone.now())
    assert asked not in page_of(rep, lead)


@pytest.mark.parametrize("who", ["stranger", "upline", "manager", "staff", "analyst"])
def test_is_404_for(who, cast, lead):
    assert cast[who].get(url(lead)).status_code == 404


def test_an_unknown_lead_is_404(rep):
    assert rep.get("/leads/999999/").status_code == 404
    assert rep.get(f"/leads/{2**70}/").status_code == 404


def test_needs_a_log_in(client, lead):
    assert client.get(url(lead))["Location"] == f"/accounts/login/?next=/leads/{lead.pk}/"


def test_only_reads(rep, lead):
    assert rep.post(url(lead)).status_code == 405


def test_a_hostile_name_is_text(rep):
    lead = make.lead(rep.rep, '<img src=x onerror=alert(1)>{{ 7|add:"7" }}')
    actions.comment_on(lead, by=rep.user, text="<script>alert(1)</script>")
    page = page_of(rep, lead)
    assert "<img src=x" not in page
    assert "<script>alert" not in page
