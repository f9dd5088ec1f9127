"""A closed campaign is open again for its late orders, and closes by itself."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from campaigns import calendars, snapshots
from campaigns.models import Calendar, Campaign, Order, SnapshotMark, SnapshotRun
from cotano.jobs.refusals import Refusal
from pipeline import rollover, tasks
from pipeline.actions import CampaignClosed, ensure_board, put_on_board
from pipeline.models import Board, Card
from tests import make
from tests.conftest import Person
from tests.loading import load

HEAD = ["order_no", "kind", "returns_order_no", "rep_code", "year", "campaign", "placed_on", "amount"]


def at(day):
    return time_machine.travel(f"2026-{day} 09:00Z", tick=False)


@pytest.fixture
def closed(db):
    """Campaign 14 of March, closed and rolled over on the 22nd, with five days for late orders; a rep with one open card."""
    places = make.territories()
    with at("03-01"):
        calendar = make.calendar(places["UA"])
        Calendar.objects.update(grace_days=5)
        campaign = make.campaigns(calendar, day=1)[1]
        rep = make.rep("1", places["UA-N-01"])
        make.card(ensure_board(rep, campaign))
    with at("03-22"):
        tasks.close_ended()
    return Campaign.objects.select_related("calendar__market").get(pk=campaign.pk)


@pytest.fixture
def boss():
    return make.staff()


def test_late_orders_enter_and_the_boards_stay_as_they_were(closed, boss):
    cards = list(Card.objects.order_by("pk").values())
    with at("03-23"):
        calendars.reopen(closed, by=boss)
        load("orders", [HEAD, ["A", "order", "", "1", 2026, 14, "2026-03-23", "50"]])
        tasks.close_ended()
        board = Board.objects.get(campaign=closed)
        with pytest.raises(CampaignClosed):
            put_on_board(board.cards.get().lead, board)
    closed.refresh_from_db()
    assert (closed.is_closed, closed.is_reopened, closed.reopened_until) == (True, True, dt.date(2026, 3, 26))
    assert list(Order.objects.values_list("number", "is_late", "campaign__number")) == [("A", True, 14)]
    assert list(Card.objects.order_by("pk").values()) == cards


def test_figures_are_taken_again_and_it_closes_by_itself_after_the_last_day(closed, boss):
    with at("03-22"):
        snapshots.take(closed, cause="closed")
    with at("03-23"):
        calendars.reopen(closed, by=boss)
        load("orders", [HEAD, ["A", "order", "", "1", 2026, 14, "2026-03-23", "50"]])
        snapshots.take_due()
    with at("03-26"):
        assert calendars.close_reopened() == 0
    with time_machine.travel("2026-03-26 22:00Z"):  # midnight in Kyiv
        tasks.close_ended()
        snapshots.take_due()
        assert calendars.close_reopened() == 0
    closed.refresh_from_db()
    assert (closed.is_closed, closed.is_reopened) == (True, False)
    assert closed.snapshots.get().net_sales == 50
    assert SnapshotRun.objects.filter(campaign=closed).count() == 3
    assert not SnapshotMark.objects.exists()


def test_its_deadline_may_change_while_it_is_open_again_and_its_days_may_not(closed, boss):
    with at("03-20"):
        load("orders", [HEAD, ["A", "order", "", "1", 2026, 14, "2026-03-20", "50"]])
    assert Order.objects.get().is_late
    with at("03-23"):
        closed.order_deadline = dt.date(2026, 3, 20)
        with pytest.raises(Refusal):
            calendars.change_campaign(closed, by=boss)
        calendars.reopen(closed, by=boss)
        closed.refresh_from_db()
        closed.order_deadline = dt.date(2026, 3, 20)
        calendars.change_campaign(closed, by=boss)
        closed.ends_on = dt.date(2026, 3, 20)
        with pytest.raises(Refusal):
            calendars.change_campaign(closed, by=boss)
    assert not Order.objects.get().is_late


def test_only_a_closed_campaign_within_its_days_is_opened_again(closed, boss):
    running = Campaign.objects.get(number=15)
    with at("03-27"), pytest.raises(Refusal) as refused:
        calendars.reopen(closed, by=boss)
    assert refused.value.sentence == "Its days for late orders were over after March 26, 2026. Give the campaign more of them first."
    with at("03-23"), pytest.raises(Refusal) as refused:
        calendars.reopen(running, by=boss)
    assert refused.value.sentence == "The campaign is not closed."
    with at("03-23"), pytest.raises(Refusal) as refused:
        calendars.reopen(closed, by=make.user("Nobody"))
    assert refused.value.status == 403


def test_staff_open_it_by_a_button(closed, staff_person):
    with at("03-23"):
        address = reverse("admin:campaigns_campaign_reopen", args=[closed.pk])
        assert address in staff_person.get(reverse("admin:campaigns_campaign_change", args=[closed.pk])).content.decode()
        assert "Open UA 2026-14 again?" in staff_person.get(address).content.decode()
        assert staff_person.post(address).status_code == 302
        assert address not in staff_person.get(reverse("admin:campaigns_campaign_change", args=[closed.pk])).content.decode()
    closed.refresh_from_db()
    assert closed.is_reopened


@pytest.fixture
def staff_person(boss):
    with at("03-23"):
        return Person(boss)


def test_more_boards_than_one_tick_has_time_for_are_the_next_ones(closed, monkeypatch):
    place = closed.calendar.market
    with at("04-01"):
        for code in ("2", "3", "4"):
            make.card(ensure_board(make.rep(code, place), Campaign.objects.get(number=15)))
    make.campaigns(closed.calendar, today=dt.date(2026, 5, 26), number=18)
    monkeypatch.setattr(rollover, "BATCH", 2)
    monkeypatch.setattr(rollover, "PATIENCE", -1.0)
    with at("04-12"):
        assert [rollover.close_ended() for _ in range(3)] == [
            rollover.Rolled(boards=2, campaigns=0, is_more=True),
            rollover.Rolled(boards=2, campaigns=0, is_more=True),
            rollover.Rolled(boards=0, campaigns=1),
        ]
