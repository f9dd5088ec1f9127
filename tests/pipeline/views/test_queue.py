"""The queue: one person after the other."""

import datetime as dt
import re

import pytest
import time_machine
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from leads import actions as follow_up
from leads.models import Attempt, Lead, Reminder
from pipeline.home import minutes
from pipeline.models import Skip
from pipeline.queue import Queue
from tests import make

QUEUE = reverse("pipeline:queue")
HTMX = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{QUEUE}"}


def name(response):
    """Whose turn it is; the sentence of the end when it is nobody's."""
    return re.search(r'<h1 class="big">([^<]+)</h1>', response.content.decode())[1]


def skip_url(lead):
    return reverse("pipeline:skip", args=[lead.pk])


def tomorrow_url(lead):
    return reverse("pipeline:tomorrow", args=[lead.pk])


@pytest.fixture
def people(rep, company):
    """Three of the work list, in this order."""
    made = make.leads(rep.rep, 3)
    for n, lead in enumerate(made):
        make.work_item(lead, call_by=timezone.localdate() + dt.timedelta(days=n))
    return made


def due(lead, **ago):
    """A reminder that has come due."""
    at = timezone.now() - dt.timedelta(**ago)
    return Reminder.objects.create(
        lead=lead, owner=lead.owner, by=lead.owner.user, day=at.date(), time=dt.time(9), zone="Europe/Kyiv", due_at=at
    )


def test_one_person_and_how_many_are_left(rep, people):
    follow_up.comment_on(people[0], by=rep.user, text="Took the hand cream")
    page = rep.get(QUEUE).content.decode()
    assert "Lead 1" in page
    assert "Lead 2" not in page
    assert "Took the hand cream" in page
    assert "3 calls, about 10 min" in page
    assert "1 of 3" in page
    assert 'href="tel:+380670000001"' in page


@pytest.mark.parametrize(
    ("waiting", "said"),
    [(1, "1 call, about 5 min"), (20, "20 calls, about 1 h"), (25, "25 calls, about 1 h 15 min"), (85, "85 calls, about 4 h 15 min")],
)
def test_long_is_said_in_hours(waiting, said):
    lead = Lead(pk=1, name="Anna")
    page = Queue(lead, waiting=waiting, done=0, skipped=0, result=None)
    shown = render_to_string("pipeline/_queue.html", {"page": page, "lead": lead})
    assert said in shown


@pytest.mark.parametrize(("calls", "about"), [(0, 3), (1, 5), (2, 5), (3, 10), (14, 40), (15, 45), (50, 150)])
def test_the_estimate_is_three_minutes_a_call(calls, about):
    assert minutes(calls) == about


def outcome(rep, lead, what, **more):
    """One tap on call and one on the outcome, as the sheet above the queue does."""
    answer = rep.post(
        reverse("pipeline:attempt", args=[lead.pk]), {"channel": "call"}, headers={"Accept": "application/json", "Referer": QUEUE}
    )
    return rep.client.post(answer.json()["outcome"], {"outcome": what}, headers=HTMX, **more)


def test_no_answer_comes_back_tomorrow_and_the_next_opens(rep, people):
    due(people[2], hours=1)
    assert name(rep.get(QUEUE)) == "Lead 3"
    answer = outcome(rep, people[2], "no_answer")
    assert "When next?" not in answer.content.decode()
    assert "lead-changed" in answer["HX-Trigger"]
    assert name(rep.get(QUEUE)) == "Lead 1"
    outcome(rep, people[0], "no_answer")
    assert name(rep.get(QUEUE)) == "Lead 2"
    moved = Reminder.objects.get(state="open")
    assert (moved.lead, moved.time, moved.zone) == (people[2], dt.time(10), "Europe/Kyiv")
    with time_machine.travel(moved.due_at + dt.timedelta(minutes=5)):
        rep.client.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        page = rep.get(QUEUE)
        assert (name(page), "3 calls" in page.content.decode()) == ("Lead 3", True)


def test_the_sheet_says_so_before_the_tap(rep, lead):
    attempt = follow_up.log_attempt(lead, by=rep.user, channel="call")
    assert "Comes back tomorrow" in rep.get(reverse("pipeline:outcome", args=[attempt.pk]) + "?queue=1").content.decode()
    assert "Comes back tomorrow" not in rep.get(reverse("pipeline:outcome", args=[attempt.pk])).content.decode()


def test_call_later_asks_when_and_the_next_opens_behind(rep, people):
    answer = outcome(rep, people[0], "call_later")
    assert "When next?" in answer.content.decode()
    assert "lead-changed" in answer["HX-Trigger"]
    assert name(rep.get(QUEUE)) == "Lead 2"


def test_a_call_without_an_outcome_is_asked_about(rep, people):
    follow_up.log_attempt(people[0], by=rep.user, channel="call")
    page = rep.get(QUEUE)
    assert name(page) == "Lead 1"
    assert "How did it go?" in page.content.decode()


def test_skip_puts_behind_the_others_and_nothing_else(rep, people):
    answer = rep.client.post(skip_url(people[0]), headers=HTMX)
    assert name(answer) == "Lead 2"
    assert "2 of 3" in answer.content.decode()
    assert "2 calls" in answer.content.decode()
    for lead in people[1:]:
        rep.post(skip_url(lead))
    end = rep.get(QUEUE)
    assert name(end) == "Only 3 are left, whom you skipped"
    assert f"{QUEUE}?again=1" in end.content.decode()
    assert name(rep.get(QUEUE, {"again": "1"})) == "Lead 1"
    answer = rep.client.post(skip_url(people[0]), {"again": "1"}, headers=HTMX)
    assert name(answer) == "Lead 2"
    assert rep.post(skip_url(people[1]), {"again": "1"})["Location"] == f"{QUEUE}?again=1"
    assert Attempt.objects.count() + Reminder.objects.count() == 0


def test_a_skip_is_forgotten_the_next_day(rep, people):
    rep.post(skip_url(people[0]))
    Skip.objects.update(at=timezone.now() - dt.timedelta(days=1))
    assert name(rep.get(QUEUE)) == "Lead 1"


def test_a_double_tap_or_a_second_device_never_skips_somebody_else(rep, people):
    for _device in range(3):
        assert name(rep.client.post(skip_url(people[0]), headers=HTMX)) == "Lead 2"
    assert Skip.objects.count() == 1
    for _device in range(3):
        assert name(rep.client.post(tomorrow_url(people[1]), headers=HTMX)) == "Lead 3"
    assert Reminder.objects.count() == 1
    first, again = (outcome(rep, people[2], "interested") for _device in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert name(rep.get(QUEUE)) == "Only 1 is left, whom you skipped"


def test_another_outcome_from_another_device_is_told_and_the_page_looks_again(rep, people):
    attempt = follow_up.log_attempt(people[0], by=rep.user, channel="call")
    follow_up.give_outcome(attempt, by=rep.user, outcome="interested")
    answer = rep.client.post(reverse("pipeline:outcome", args=[attempt.pk]) + "?queue=1", {"outcome": "ordered"}, headers=HTMX)
    assert answer.status_code == 409
    assert "has been noted already" in answer.content.decode()
    assert "lead-changed" in answer["HX-Trigger"]


def test_tomorrow_moves_what_had_come_due(rep, people):
    old = due(people[0], days=2)
    answer = rep.client.post(tomorrow_url(people[0]), headers=HTMX)
    assert "Lead 1: tomorrow 10:00" in answer.content.decode()
    assert list(Reminder.objects.order_by("pk").values_list("state", "time")) == [("cancelled", dt.time(9)), ("open", dt.time(10))]
    assert Reminder.objects.get(state="open").day == timezone.localdate(timezone=dt.timezone(dt.timedelta(hours=2))) + dt.timedelta(days=1)
    assert name(answer) == "Lead 2"
    old.refresh_from_db()
    assert old.state == "cancelled"


def test_whom_the_rep_lets_be_is_not_called_tomorrow_either(rep, people):
    follow_up.stop_contact(people[0], by=rep.user)
    answer = rep.client.post(tomorrow_url(people[0]), headers=HTMX)
    assert answer.status_code == 409
    assert "do not contact" in answer.content.decode()
    assert name(answer) == "Lead 2"


def test_the_end_says_what_was_reached(rep, people):
    for lead, what in zip(people, ("no_answer", "ordered", "interested"), strict=True):
        outcome(rep, lead, what)
    page = rep.get(QUEUE)
    assert name(page) == "All done for today"
    said = re.findall(r"</svg>(?:</svg>)?(\w[\w ]+) <b>(\d+)</b>", page.content.decode())
    assert said == [("Reached", "2"), ("No answer", "1"), ("Ordered", "1"), ("Called", "3")]


def test_nobody_waits(rep):
    assert name(rep.get(QUEUE)) == "Nobody waits for a call today"


def test_without_javascript_every_form_leads_back_to_the_queue(rep, people):
    here = {"headers": {"Referer": f"http://testserver{QUEUE}"}}
    asked = rep.post(reverse("pipeline:attempt", args=[people[0].pk]) + "?queue=1", {"channel": "call"}, **here)
    assert asked["Location"].endswith("/outcome/?queue=1")
    there = {"headers": {"Referer": f"http://testserver{asked['Location']}"}}
    assert rep.post(asked["Location"].split("?")[0], {"outcome": "no_answer"}, **there)["Location"] == QUEUE
    assert rep.post(skip_url(people[1]), **here)["Location"] == QUEUE
    assert rep.post(tomorrow_url(people[1]), **here)["Location"] == QUEUE
    asked = rep.post(reverse("pipeline:attempt", args=[people[2].pk]) + "?queue=1", {"channel": "call"}, **here)
    when = rep.post(asked["Location"], {"outcome": "interested"})["Location"]
    assert when == reverse("pipeline:reminder", args=[people[2].pk]) + "?queue=1"
    there = {"headers": {"Referer": f"http://testserver{when}"}}
    assert rep.post(when.split("?")[0], {"preset": "tomorrow"}, **there)["Location"] == QUEUE


@pytest.mark.parametrize("came_from", ["http://[", "//", "javascript:alert(1)", "http://evil.example/queue/x"])
def test_a_strange_referer_is_only_a_way_to_the_lead(rep, lead, came_from):
    answer = rep.post(reverse("pipeline:reminder", args=[lead.pk]), {"preset": "tomorrow"}, headers={"Referer": came_from})
    assert answer["Location"] == lead.get_absolute_url()


@pytest.mark.parametrize("who", ["stranger", "upline", "manager", "staff"])
def test_nobody_else_skips_or_puts_off(who, cast, people):
    for url in (skip_url(people[0]), tomorrow_url(people[0])):
        assert cast[who].post(url).status_code == 404
        assert cast[who].get(url).status_code == 405
    assert Skip.objects.count() + Reminder.objects.count() == 0


def test_a_hostile_name_and_comment_are_only_text(rep, company):
    lead = make.lead(rep.rep, "<script>alert(1)</script>{{ 1 }}")
    make.work_item(lead, reason='"><img src=x onerror=alert(1)>')
    follow_up.comment_on(lead, by=rep.user, text="<b>bold</b>")
    page = rep.get(QUEUE).content.decode()
    assert re.search(r"<script>alert|<img|<b>bold", page) is None


@pytest.mark.parametrize("n", [1, 3])
def test_queries(n, rep, board, django_assert_num_queries):
    for lead in make.leads(rep.rep, n):
        make.work_item(lead)
    rep.get(QUEUE)
    with django_assert_num_queries(5):
        rep.get(QUEUE)
