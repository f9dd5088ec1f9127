"""Many people at once: on the board, tagged, let be, taken out; and taken back."""

import datetime as dt
import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads import actions as leads
from leads import cadences, reminders
from leads.models import Cadence, Enrolment, Lead, Reminder
from notifications.models import Notification
from pipeline import selected
from pipeline.models import Card, Selection
from teams.models import ActivityCount
from tests import make

SELECTED = reverse("pipeline:selected")
CONTACTS = reverse("pipeline:contacts")


@pytest.fixture
def three(rep):
    return make.leads(rep.rep, 3)


def act(rep, people, name, **more):
    return rep.post(SELECTED, {"lead": [lead.pk for lead in people], "act": name, **more})


def undo(rep):
    return rep.post(reverse("pipeline:selection_undo", args=[Selection.objects.latest("pk").pk]))


def tags():
    return list(Lead.objects.order_by("pk").values_list("tags", flat=True))


def test_ticked_people_are_counted_and_carried_on(rep, three):
    page = rep.get(CONTACTS, {"select": "1", "q": "lead"}).content.decode()
    assert page.count('name="lead"') == 3
    page = rep.post(SELECTED, {"lead": [three[0].pk, three[2].pk, "x", 10**17], "q": "lead"}).content.decode()
    assert "2 people chosen" in page
    assert re.findall(r'name="lead" value="(\d+)"', page) == [str(three[0].pk), str(three[2].pk)]
    assert 'name="q" value="lead"' in page


def test_all_that_match_are_meant_by_the_search(rep, three):
    make.lead(rep.rep, "Other")
    page = rep.post(SELECTED, {"all": "yes", "q": "lead"}).content.decode()
    assert "3 people chosen" in page
    assert 'name="lead"' not in page
    act(rep, [], "tag", all="yes", q="lead", word="gym")
    assert tags() == [["gym"], ["gym"], ["gym"], []]


def test_nobody_and_too_many_are_refused_in_a_sentence(rep, three, monkeypatch):
    assert "Choose somebody first." in rep.post(SELECTED, {"lead": []}, follow=True).content.decode()
    monkeypatch.setattr(selected, "MOST", 2)
    assert "At most 2 people at once." in rep.post(SELECTED, {"all": "yes"}, follow=True).content.decode()


def test_a_tag_is_given_and_taken_back(rep, three):
    leads_with_ten = [f"t{n}" for n in range(10)]
    Lead.objects.filter(pk=three[2].pk).update(tags=leads_with_ten)
    Lead.objects.filter(pk=three[1].pk).update(tags=["gym"])
    page = rep.post(SELECTED, {"lead": [lead.pk for lead in three], "act": "tag", "word": "gym"}, follow=True).content.decode()
    assert "1 person tagged “gym”" in page
    assert tags() == [["gym"], ["gym"], leads_with_ten]
    undo(rep)
    undo(rep)
    assert tags() == [[], ["gym"], leads_with_ten]


@pytest.mark.parametrize("word", ["", "a,b", "x" * 31, "\x00"])
def test_a_bad_tag_is_refused_and_the_choice_stays(rep, three, word):
    response = act(rep, three, "tag", word=word)
    assert response.status_code == 422
    assert response.content.decode().count('name="lead"') == 3
    assert tags() == [[], [], []]


def test_people_come_onto_the_board_in_alphabetical_order_and_leave_it_again(rep, board, stages):
    standing = make.card(board, "Standing")
    names = ["Яна", "Анна", "Let be"]
    people = [make.lead(rep.rep, name) for name in names]
    leads.stop_contact(people[2], by=rep.user)
    act(rep, [*people, standing.lead], "board")
    on_top = Card.objects.filter(stage=stages["prospects"]).order_by("rank").values_list("lead__name", flat=True)
    assert list(on_top) == ["Анна", "Яна", "Standing"]
    Card.objects.filter(lead=people[0]).update(version=2)
    undo(rep)
    assert list(on_top.all()) == ["Яна", "Standing"]


def test_a_stage_that_asks_for_more_is_not_gone_around(rep, board, stages):
    stages["prospects"].needs = ["email"]
    stages["prospects"].save(update_fields=["needs"])
    people = [make.lead(rep.rep, "With", email="a@example.com"), make.lead(rep.rep, "Without")]
    act(rep, people, "board")
    assert list(Card.objects.values_list("lead__name", flat=True)) == ["With"]


def test_let_be_withdraws_reminders_and_undo_revives_those_ahead(rep, three):
    day = timezone.localdate() + dt.timedelta(days=3)
    reminder = reminders.set_reminder(three[0], by=rep.user, day=day, time=dt.time(10))
    act(rep, three[:2], "stop")
    assert [bool(lead.do_not_contact_at) for lead in Lead.objects.order_by("pk")] == [True, True, False]
    told = Notification.objects.filter(key=f"reminder:{reminder.pk}").order_by("pk").values_list("state", flat=True)
    assert list(told) == ["cancelled"]
    undo(rep)
    assert Lead.objects.filter(do_not_contact_at=None).count() == 3
    assert Reminder.objects.get(pk=reminder.pk).state == "open"
    assert list(told.all()) == ["cancelled", "due"]


def test_let_be_ends_follow_ups_and_undo_lets_them_go_on_where_they_stood(rep, three):
    said = {"reach": "own", "repeats": False, "steps": [cadences.Said(3), cadences.Said(9)]}
    spring, autumn, gone = (cadences.add_cadence(by=rep.user, name=name, **said) for name in ("Spring", "Autumn", "Gone"))
    first, second, third = three
    standing = [cadences.start(first, spring, by=rep.user), cadences.start(second, spring, by=rep.user)]
    Enrolment.objects.filter(pk=standing[1].pk).update(place=2, next_day=standing[1].since + dt.timedelta(days=9))
    cadences.stop(cadences.start(first, autumn, by=rep.user), by=rep.user)
    cadences.start(first, gone, by=rep.user)
    other = cadences.start(third, spring, by=rep.user)
    before = list(Enrolment.objects.order_by("pk").values("lead", "cadence", "place", "next_day", "ended_as"))
    act(rep, three[:2], "stop")
    assert list(Enrolment.objects.running()) == [other]
    cadences.remove_cadence(gone, by=rep.user)
    for _n in range(2):
        undo(rep)
    before[-2] |= {"next_day": None, "ended_as": "do_not_contact"}
    assert list(Enrolment.objects.order_by("pk").values("lead", "cadence", "place", "next_day", "ended_as")) == before


def test_they_are_followed_up_from_today_and_undo_ends_it(rep, stranger, three):
    cadence = cadences.add_cadence(by=rep.user, name="Spring", reach="own", repeats=False, steps=[cadences.Said(3)])
    cadences.start(three[0], cadence, by=rep.user)
    leads.stop_contact(three[1], by=rep.user)
    people = [*three, make.lead(rep.rep, "Fourth")]
    before = ActivityCount.objects.get(rep=rep.rep, kind="lead").n
    for _n in range(2):
        page = rep.post(SELECTED, {"lead": [one.pk for one in people], "act": "cadence", "cadence": cadence.pk, "once": "k"}, follow=True)
    assert "2 people are followed up: Spring" in page.content.decode()
    running = Enrolment.objects.running().order_by("lead").values_list("lead", flat=True)
    assert list(running) == [three[0].pk, three[2].pk, people[3].pk]
    assert ActivityCount.objects.get(rep=rep.rep, kind="lead").n == before + 1
    undo(rep)
    assert list(running.all()) == [three[0].pk]
    assert Enrolment.objects.count() == 1  # as if they had never been in it


def test_only_series_that_are_in_use_are_offered_and_taken(rep, stranger, three):
    Cadence.objects.update(is_on=False)
    theirs = cadences.add_cadence(by=stranger.user, name="Theirs", reach="own", repeats=False, steps=[cadences.Said(3)])
    assert 'name="cadence"' not in rep.post(SELECTED, {"lead": [three[0].pk]}).content.decode()
    own = cadences.add_cadence(by=rep.user, name="Mine", reach="own", repeats=False, steps=[cadences.Said(3)])
    page = rep.post(SELECTED, {"lead": [three[0].pk]}).content.decode()
    assert re.findall(r'<option value="(\d+)">', page) == [str(own.pk)]
    for bad in (theirs.pk, "", "x", 10**30):
        refused = act(rep, three, "cadence", cadence=bad)
        assert (refused.status_code, "Pick one of these." in refused.content.decode()) == (422, True)
    assert Enrolment.objects.count() == 0


def test_the_same_form_twenty_times_acts_once(rep, three):
    for _n in range(20):
        act(rep, three, "tag", word="gym", once="k1")
    assert Selection.objects.count() == 1
    assert tags() == [["gym"]] * 3


def test_they_are_taken_out_as_a_file(rep, three):
    response = act(rep, three[:2], "export", format="csv")
    body = b"".join(response.streaming_content).decode("utf-8-sig")
    assert [line.split(",")[0] for line in body.splitlines()] == ["name", "Lead 1", "Lead 2"]
    assert act(rep, three, "export", format="exe").status_code == 403


def test_nobody_elses_people_are_touched(rep, stranger, three):
    assert "Choose somebody first." in stranger.post(SELECTED, {"lead": [three[0].pk], "act": "stop"}, follow=True).content.decode()
    act(rep, three, "tag", word="gym")
    assert stranger.post(reverse("pipeline:selection_undo", args=[Selection.objects.get().pk])).status_code == 404
    assert tags() == [["gym"]] * 3


def test_after_a_day_it_stays_and_is_forgotten(rep, three):
    act(rep, three, "tag", word="gym")
    with time_machine.travel(timezone.now() + dt.timedelta(days=1, minutes=1)):
        rep.client.force_login(rep.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert "This cannot be undone any more." in undo_followed(rep)
        assert selected.forget() == 1
    assert tags() == [["gym"]] * 3


def undo_followed(rep):
    address = reverse("pipeline:selection_undo", args=[Selection.objects.get().pk])
    return rep.post(address, follow=True).content.decode()


def test_the_number_of_statements_does_not_grow(rep, board, django_assert_max_num_queries):
    for n in (1, 40):
        people = [lead.pk for lead in make.leads(rep.rep, n, first=n * 100)]
        for name in ("board", "stop"):
            with django_assert_max_num_queries(40):
                rep.post(SELECTED, {"lead": people, "act": name})


def test_undo_of_the_board_holds_it_before_cards_go(rep, board, three):
    act(rep, three, "board")
    with CaptureQueriesContext(connection) as asked:
        undo(rep)
    holds = [n for n, one in enumerate(asked) if 'FROM "pipeline_board"' in one["sql"] and "FOR NO KEY UPDATE" in one["sql"]]
    deletes = [n for n, one in enumerate(asked) if one["sql"].startswith('DELETE FROM "pipeline_card"')]
    assert (len(holds), holds[0] < min(deletes)) == (1, True)
