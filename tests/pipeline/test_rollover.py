"""A campaign closes: what moves, what stays, what is told."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from campaigns.models import Calendar, Campaign
from leads.models import Lead
from notifications.models import Notification
from pipeline import lead_page, rollover
from pipeline.models import Board, Card, Move, Stage
from teams.models import Rep, Territory, User

pytestmark = pytest.mark.django_db
FIRST = dt.date(2026, 3, 2)
AFTER = dt.datetime(2026, 3, 23, 1, 0, tzinfo=dt.UTC)  # the campaign's last day, 22 March, is over in Kyiv
NEXT = dt.date(2026, 4, 13)  # the day after campaign 5
NAMES = Stage.Standard.values


@pytest.fixture
def calendar():
    market = Territory.objects.create(code="UA", name="Ukraine", kind="market", time_zone="Europe/Kyiv", currency="UAH", language="uk")
    calendar = Calendar.objects.create(code="UA", name="UA", market=market, live_from=FIRST)
    for number in (4, 5):
        start = FIRST + dt.timedelta(days=21 * (number - 4))
        end = start + dt.timedelta(days=20)
        Campaign.objects.create(calendar=calendar, year=2026, number=number, starts_on=start, ends_on=end, order_deadline=end)
    return calendar


def board_of(calendar, code, stages, *, user=True):
    """A board of campaign 4 with one card per entry of `stages` (numbers of stages), in this order from the top."""
    login = User.objects.create_user(email=f"{code}@example.com", name=code, zone="Europe/Kyiv") if user else None
    rep = Rep.objects.create(code=code, name=code, territory=calendar.market, calendar="UA", joined_year=2025, joined_number=1, user=login)
    board = Board.objects.create(rep=rep, campaign=calendar.campaigns.get(number=4))
    columns = Stage.objects.bulk_create(
        Stage(board=board, place=i, standard=name, end={"ordered": "won", "declined": "lost"}.get(name, ""))
        for i, name in enumerate(NAMES, start=1)
    )
    day = dt.datetime(2026, 3, 4, 9, tzinfo=dt.UTC)
    for rank, stage in enumerate(stages):
        lead = Lead.objects.create(owner=rep, name=f"Lead {rank}")
        Card.objects.create(board=board, lead=lead, stage=columns[stage - 1], rank=rank, created_at=day, entered_stage_at=day)
    return board


def at_night():
    return time_machine.travel(AFTER, tick=False)


def names(board, **which):
    return list(board.cards.filter(**which).order_by("stage__place", "rank").values_list("stage__standard", "lead__name"))


def test_open_cards_go_on_and_finished_ones_stay(calendar):
    board = board_of(calendar, "r1", [1, 1, 3, 4, 5])
    with at_night():
        assert rollover.close_ended() == rollover.Rolled(boards=1, campaigns=1)
    new = Board.objects.get(campaign__number=5)
    assert names(new) == [("prospects", "Lead 0"), ("prospects", "Lead 1"), ("offer", "Lead 2")]
    assert names(board, closed_as="moved_on") == names(new)
    assert names(board, closed_at=None) == [("ordered", "Lead 3"), ("declined", "Lead 4")]
    assert [card.came_from.lead_id for card in new.cards.all()] == [card.lead_id for card in new.cards.all()]
    assert calendar.campaigns.get(number=4).is_closed


def test_each_card_that_goes_on_leaves_a_row_of_its_way(calendar):
    board = board_of(calendar, "r1", [1, 3, 4])
    with at_night():
        rollover.close_ended()
    rows = Move.objects.order_by("to__place").values_list("card__came_from__board", "was__standard", "to__standard", "by", "at")
    assert list(rows) == [(board.pk, "prospects", "prospects", None, AFTER), (board.pk, "offer", "offer", None, AFTER)]
    assert set(Move.objects.values_list("card__board__campaign__number", "to__board__campaign__number")) == {(5, 5)}


def test_the_persons_timeline_says_to_which_campaign_the_card_went_on(calendar):
    board = board_of(calendar, "r1", [1])
    with at_night():
        rollover.close_ended()
        lead = lead_page.leads_for_page(board.rep.user).get()
        told = lead_page.read_timeline(lead, board.rep.user).entries
    assert [(entry.icon, entry.line, entry.by, entry.mine) for entry in told] == [
        ("board", "Went on to campaign 5 · Prospects", None, False),
        ("plus", "Added to the contacts", "r1", True),
    ]


def test_where_a_card_came_from_is_no_step_on_its_new_board(calendar):
    board_of(calendar, "r1", [1, 3])
    with at_night():
        rollover.close_ended()
    Campaign.objects.create(calendar=calendar, year=2026, number=6, **dict.fromkeys(("starts_on", "ends_on", "order_deadline"), NEXT))
    with time_machine.travel(AFTER + dt.timedelta(days=21), tick=False):
        assert rollover.close_ended() == rollover.Rolled(boards=1, campaigns=1)
    frozen = Board.objects.get(campaign__number=5).frozen["stages"]
    assert [(row["cards"], row["entered"], row["median_days"]) for row in frozen] == [
        (1, 1, 21.0),
        (0, 0, None),
        (1, 1, 21.0),
        (0, 0, None),
        (0, 0, None),
    ]


def test_closing_a_card_leaves_its_indexes_alone():
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'pipeline_card'")
        assert cursor.fetchone()[0] == ["fillfactor=50"]
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'pipeline_card' ORDER BY 1")
        definitions = [row[0] for row in cursor.fetchall()]
    assert len(definitions) == 5
    assert not [one for one in definitions if "closed" in one or "version" in one]


def test_again_changes_nothing(calendar):
    board_of(calendar, "r1", [1, 2])
    with at_night():
        rollover.close_ended()
        before = list(Card.objects.order_by("pk").values())
        assert rollover.close_ended() == rollover.Rolled()
    assert list(Card.objects.order_by("pk").values()) == before
    assert Notification.objects.count() == 1


def test_the_figures_are_frozen_first(calendar):
    board = board_of(calendar, "r1", [1, 2, 4])
    first, second = board.cards.order_by("rank")[:2]
    stages = list(board.stages.order_by("place"))
    Move.objects.create(card=second, was=stages[0], to=stages[1], by=board.rep.user, at=dt.datetime(2026, 3, 14, 9, tzinfo=dt.UTC))
    with at_night():
        rollover.close_ended()
    board.refresh_from_db()
    figures = {stages[i].standard: row for i, row in enumerate(board.frozen["stages"])}
    assert [(row["cards"], row["entered"]) for row in board.frozen["stages"]] == [(1, 2), (1, 1), (0, 0), (1, 1), (0, 0)]
    assert figures["prospects"]["median_days"] == 14.3  # one stayed 10 days, the other 18 days and 16 hours
    assert figures["offer"]["median_days"] is None
    assert first.lead.name == "Lead 0"


def test_a_campaign_is_not_over_before_midnight_in_the_market(calendar):
    board_of(calendar, "r1", [1])
    with time_machine.travel(dt.datetime(2026, 3, 22, 21, 59, tzinfo=dt.UTC), tick=False):
        assert rollover.close_ended() == rollover.Rolled()
    with time_machine.travel(dt.datetime(2026, 3, 22, 22, 0, tzinfo=dt.UTC), tick=False):
        assert rollover.close_ended() == rollover.Rolled(boards=1, campaigns=1)


def test_the_rep_is_told_once_what_moved(calendar):
    board_of(calendar, "r1", [1, 2, 4])
    with at_night():
        rollover.close_ended()
        told = Notification.objects.get()
    assert (told.kind, told.title) == ("summary", "Campaign 4 is closed")
    assert told.text == "2 cards moved on to campaign 5. 1 stays in campaign 4."
    assert told.url == Board.objects.get(campaign__number=5).get_absolute_url()


def test_nobody_is_told_before_the_company_is_live(calendar):
    board_of(calendar, "r1", [1])
    Calendar.objects.update(live_from=None)
    with at_night():
        assert rollover.close_ended() == rollover.Rolled(boards=1, campaigns=1)
    assert not Notification.objects.exists()


def test_a_rep_without_a_log_in_is_rolled_too(calendar):
    board_of(calendar, "r1", [1], user=False)
    with at_night():
        rollover.close_ended()
    assert Board.objects.get(campaign__number=5).cards.count() == 1
    assert not Notification.objects.exists()


def test_without_a_next_campaign_the_board_stays_open_and_staff_are_told_once(calendar):
    board = board_of(calendar, "r1", [1])
    calendar.campaigns.filter(number=5).delete()
    User.objects.create_superuser("boss@example.com", name="Boss")
    with at_night():
        assert rollover.close_ended() == rollover.Rolled()
        rollover.close_ended()
        assert [told.key for told in Notification.objects.all()] == [f"no_next:{board.campaign_id}"]
    assert board.cards.get().closed_at is None
    assert not board.campaign.is_closed


def test_cards_already_on_the_next_board_are_not_doubled(calendar):
    board = board_of(calendar, "r1", [1, 1])
    new = Board.objects.create(rep=board.rep, campaign=calendar.campaigns.get(number=5))
    stage = Stage.objects.create(board=new, place=1, standard="prospects")
    Card.objects.create(board=new, lead=board.cards.get(rank=1).lead, stage=stage, rank=7)
    with at_night():
        rollover.close_ended()
    assert list(new.cards.order_by("rank").values_list("lead__name", "rank")) == [("Lead 1", 7), ("Lead 0", 8)]


def test_a_batch_at_a_time_and_a_number_of_statements_that_does_not_grow(calendar, django_assert_num_queries):
    for n in range(5):
        board_of(calendar, f"r{n}", [1] * 3, user=False)
    campaign, following = Campaign.objects.select_related("calendar__market").order_by("number")
    with time_machine.travel(AFTER, tick=False):
        with django_assert_num_queries(9):
            assert rollover.roll_over(campaign, following, size=2) == 2
        with django_assert_num_queries(9):
            assert rollover.roll_over(campaign, following, size=3) == 3
        assert rollover.roll_over(campaign, following) == 0
    assert timezone.now() > AFTER


def test_a_board_that_came_while_its_campaign_was_closed_goes_on_too(calendar):
    board_of(calendar, "r1", [1])
    with at_night():
        rollover.close_ended()
    late = board_of(calendar, "r2", [2])
    with at_night():
        assert rollover.close_ended() == rollover.Rolled(boards=1, campaigns=0)
        assert rollover.close_ended() == rollover.Rolled()
    late.refresh_from_db()
    assert late.rolled_at is not None
    assert names(Board.objects.get(campaign__number=5, rep=late.rep)) == [("contacted", "Lead 0")]
