"""A rep's page for those above: orders, activity, contact; nothing of the rep's people; written down who looked."""

import datetime as dt

import pytest
import time_machine
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from campaigns.goals import set_goal
from campaigns.models import Order
from cotano.jobs import receipts
from cotano.jobs.models import Audit
from cotano.jobs.refusals import Refusal
from leads import actions as follow_up
from teams import touches
from teams.models import ActivityCount, Rep, Touch, User
from tests import make


def page(rep):
    return reverse("campaigns:rep", args=[rep.pk])


def form(rep):
    return reverse("campaigns:touch", args=[rep.pk])


def read(person, rep):
    return person.get(page(rep)).context["page"]


def test_orders_goal_and_activity(upline, rep, company, board):
    card = make.card(board, "Private Person", phone="0671112233")
    follow_up.comment_on(card.lead, by=rep.user, text="secret words")
    Order.objects.create(
        number="A1", kind="order", rep=rep.rep, campaign=company.campaign, placed_on=company.campaign.starts_on, amount=400, currency="UAH"
    )
    set_goal(rep.rep, company.campaign, by=rep.user, target=800)
    response = upline.get(page(rep.rep))
    told = response.context["page"]
    assert (told.now.orders, told.now.net_sales, told.goal, told.percent, told.week) == (1, 400, 800, 50, 2)
    assert [row.campaign for row in told.figures] == [company.campaign, company.before]
    text = response.content.decode()
    assert [word in text for word in ("Private Person", "secret words", "71112233", rep.rep.email or "-@-")] == [False] * 4
    assert text.count("Olena Marchenko") == 2


def test_the_companys_phone_is_for_those_above(upline, rep, company):
    Rep.objects.filter(pk=rep.rep.pk).update(phone="+380671112233", email="olena@example.com")
    text = upline.get(page(rep.rep)).content.decode()
    assert (text.count('href="tel:+380671112233"'), "olena@example.com" in text) == (1, False)


def test_a_removed_rep_is_shown_without_phone_and_is_not_called(upline, rep, company):
    day = dt.date(2024, 1, 1)
    Rep.objects.filter(pk=rep.rep.pk).update(phone="+380671112233", status="removed", removed_on=day)
    response = upline.get(page(rep.rep))
    text = response.content.decode()
    assert ("tel:" in text, form(rep.rep) in text, "The company removed this rep" in text) == (False, False, True)
    assert upline.post(form(rep.rep), {"channel": "call", "outcome": "reached"}).status_code == 409
    assert Touch.objects.count() == 0


def test_without_a_log_in_that_works(upline, rep):
    assert "not yet" not in upline.get(page(rep.rep)).content.decode()
    User.objects.filter(pk=rep.user.pk).update(is_active=False)
    assert "not yet" in upline.get(page(rep.rep)).content.decode()


@pytest.mark.parametrize("who", ["rep", "stranger"])
def test_not_there_for_who_is_not_above(cast, rep, who):
    assert cast[who].get(page(rep.rep)).status_code == 404
    assert cast[who].post(form(rep.rep), {"channel": "call", "outcome": "reached"}).status_code == 404


def test_who_looked_is_written_down_once_a_day_and_read_by_the_rep(upline, rep):
    for _time in range(2):
        upline.get(page(rep.rep))
    assert list(Audit.objects.values_list("by", "whose", "what", "subject")) == [
        (upline.user.pk, rep.user.pk, "rep_page_seen", f"rep:{rep.rep.pk}")
    ]
    text = rep.get(reverse("pipeline:seen")).content.decode()
    assert ("Iryna Tkachenko" in text, "sponsor" in text, "saw the page with my figures" in text) == (True, True, True)


def test_a_touch_is_noted_and_counts_the_days(upline, rep):
    assert read(upline, rep.rep).days is None
    response = upline.post(form(rep.rep), {"channel": "visit", "outcome": "reached"})
    assert (response.status_code, response["Location"]) == (302, page(rep.rep))
    now = read(upline, rep.rep)
    assert [(one.touch.channel, one.touch.outcome, one.by) for one in now.contacts] == [("visit", "reached", "")]
    assert now.days == 0
    with time_machine.travel(timezone.now() + dt.timedelta(days=3), tick=False):
        upline.client.force_login(upline.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        upline.post(form(rep.rep), {"channel": "call", "outcome": "no_answer"})
        assert read(upline, rep.rep).days == 3


def test_others_read_who_called(upline, rep, company):
    below = make.rep("201", company.territory, sponsor=rep.rep, name="Anna First", login=False)
    touches.log_touch(below, by=rep.user, channel="call", outcome="reached")
    touches.log_touch(below, by=make.manager(company.territory), channel="call", outcome="no_answer")
    assert [one.by for one in read(upline, below).contacts] == ["the company", "Olena Marchenko"]


def test_the_same_form_twice_is_one_touch_and_one_action(upline, rep):
    said = {"channel": "call", "outcome": "reached", "once": "abc"}
    for _time in range(2):
        upline.post(form(rep.rep), said)
    assert Touch.objects.count() == 1
    assert list(ActivityCount.objects.values_list("rep", "kind", "n")) == [(upline.rep.pk, "call", 1)]


@pytest.mark.parametrize(
    "said", [{}, {"channel": "pigeon", "outcome": "reached"}, {"channel": "call", "outcome": "x"}, {"channel": "call"}]
)
def test_a_bad_form_notes_nothing(upline, rep, said):
    assert upline.post(form(rep.rep), said).status_code == 422
    assert Touch.objects.count() == 0


@pytest.mark.parametrize("once", ["\0", "a\0b", "x" * 5000, "ü"])
def test_a_key_of_a_form_that_is_none_notes_a_touch_each_time(upline, rep, once):
    for _tap in range(2):
        assert upline.post(form(rep.rep), {"channel": "call", "outcome": "reached", "once": once}).status_code == 302
    assert Touch.objects.count() == 2


def test_the_key_of_another_form_is_no_touch(upline, rep):
    with transaction.atomic():
        receipts.once(upline.user, "abc")
        receipts.note(upline.user, "abc", "/leads/7/")
    assert upline.post(form(rep.rep), {"channel": "call", "outcome": "reached", "once": "abc"}).status_code == 302


# ---- taken back
def undo(touch):
    return reverse("campaigns:touch_undo", args=[touch.rep_id, touch.pk])


def test_a_touch_is_taken_back_from_its_toast_or_from_the_list(upline, rep):
    touches.log_touch(rep.rep, by=upline.user, channel="call", outcome="reached")
    response = upline.post(form(rep.rep), {"channel": "visit", "outcome": "reached"}, follow=True)
    last = Touch.objects.latest("pk")
    text = response.content.decode()
    assert (text.count(f'action="{undo(last)}"'), [one.fresh for one in response.context["page"].contacts]) == (2, [True, True])
    text = upline.post(undo(last), follow=True).content.decode()
    assert ("Taken back." in text, [one.channel for one in Touch.objects.all()]) == (True, ["call"])
    assert list(ActivityCount.objects.values_list("rep", "kind", "n")) == [(upline.rep.pk, "call", 1)]


def test_twenty_taps_take_back_once(upline, rep):
    for _touch in range(2):
        upline.post(form(rep.rep), {"channel": "call", "outcome": "reached"})
    last = Touch.objects.latest("pk")
    assert [upline.post(undo(last)).status_code for _tap in range(20)] == [302, *[409] * 19]
    assert (Touch.objects.count(), ActivityCount.objects.get().n) == (1, 1)


def test_the_day_of_the_call_is_counted_down(upline, rep):
    with time_machine.travel(dt.datetime(2026, 5, 4, 20, 58, tzinfo=dt.UTC), tick=False):  # two minutes to midnight in Kyiv
        touch = touches.log_touch(rep.rep, by=upline.user, channel="call", outcome="reached")
    with time_machine.travel(dt.datetime(2026, 5, 4, 21, 2, tzinfo=dt.UTC), tick=False):
        touches.log_touch(rep.rep, by=upline.user, channel="call", outcome="reached")
        touches.take_back(rep.rep, touch.pk, by=upline.user)
    assert list(ActivityCount.objects.values_list("day__day", "n")) == [(5, 1)]


def test_after_five_minutes_it_stands(upline, rep):
    touch = touches.log_touch(rep.rep, by=upline.user, channel="call", outcome="reached")
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=5, seconds=1), tick=False):
        assert undo(touch) not in upline.get(page(rep.rep)).content.decode()
        response = upline.post(undo(touch))
    assert (response.status_code, "for five minutes only" in response.content.decode(), Touch.objects.count()) == (409, True, 1)


def test_nobody_takes_back_anothers_touch(cast, upline, rep, company):
    below = make.rep("201", company.territory, sponsor=rep.rep, login=False)
    touch = touches.log_touch(below, by=rep.user, channel="call", outcome="reached")
    assert {name: one.post(undo(touch)).status_code for name, one in cast.items() if name != "rep"} == {
        "upline": 409,
        "manager": 302,
        "staff": 302,
        "analyst": 302,
        "stranger": 404,
    }
    other = reverse("campaigns:touch_undo", args=[rep.rep.pk, touch.pk])
    assert (upline.post(other).status_code, upline.get(undo(touch)).status_code, Touch.objects.count()) == (409, 405, 1)
    assert [rep.post(f"/team/reps/{below.pk}/touch/{pk}/undo/").status_code for pk in (0, 10**18, 10**30)] == [409, 409, 409]


def test_get_is_refused(upline, rep):
    assert upline.get(form(rep.rep)).status_code == 405


@pytest.mark.parametrize("who", ["rep", "stranger"])
def test_nobody_else_notes_a_touch(cast, rep, who):
    with pytest.raises(Refusal):
        touches.log_touch(rep.rep, by=cast[who].user, channel="call", outcome="reached")


def test_the_same_queries_for_one_and_for_three(upline, rep, django_assert_num_queries):
    touches.log_touch(rep.rep, by=upline.user, channel="call", outcome="reached")
    upline.get(page(rep.rep))
    with django_assert_num_queries(14):
        upline.get(page(rep.rep))
    for _time in range(2):
        touches.log_touch(rep.rep, by=upline.user, channel="call", outcome="reached")
    with django_assert_num_queries(14):
        upline.get(page(rep.rep))
