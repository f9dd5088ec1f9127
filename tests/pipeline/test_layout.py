"""A rep's own stages, and the stages of new boards."""

import pytest
import time_machine

from cotano.jobs.refusals import Refusal
from pipeline import actions, layout, rollover
from pipeline.models import STAGES, Board, BoardTemplate, Card, Move, Stage, TemplateStage
from tests import make


def names(board):
    return [str(stage.name) for stage in board.stages.order_by("place")]


STANDARD = ["Prospects", "Contacted", "Offer sent", "Ordered", "Not interested"]


def template(market, *stages):
    made = BoardTemplate.objects.create(market=market)
    TemplateStage.objects.bulk_create(TemplateStage(template=made, place=place, **said) for place, said in enumerate(stages, start=1))
    return made


def roll(company):
    """The running campaign ends; the board of the next one."""
    with time_machine.travel(company.following.starts_on, tick=False):
        rollover.close_ended()
    return Board.objects.get(campaign=company.following)


def test_a_stage_is_added_at_the_end_once(rep, board):
    for _ in range(20):
        layout.add_stage(board, by=rep.user, name="  Trial\u200b  pack ", limit=5, days=3)
    assert names(board) == [*STANDARD, "Trial pack"]
    assert board.stages.values_list("limit", "days").last() == (5, 3)


@pytest.mark.parametrize(("name", "told"), [("", "Enter a name."), ("\u200b", "Enter a name."), ("x" * 41, "at most 40 characters")])
def test_a_name_is_wanted(name, told, rep, board):
    with pytest.raises(Refusal, match=told):
        layout.add_stage(board, by=rep.user, name=name)
    assert names(board) == STANDARD


def test_a_board_has_so_many_stages_and_no_more(rep, board):
    for n in range(STAGES - 5):
        layout.add_stage(board, by=rep.user, name=f"Stage {n}")
    with pytest.raises(Refusal, match="at most 12 stages"):
        layout.add_stage(board, by=rep.user, name="One too many")
    assert board.stages.count() == STAGES


def test_a_stage_is_renamed_and_named_as_before(rep, board, stages):
    said = {"by": rep.user, "end": "", "limit": None, "days": None}
    layout.edit_stage(stages["offer"], name="Catalogue given", **said)
    assert names(board)[2] == "Catalogue given"
    with pytest.raises(Refusal, match="There is a stage Prospects already"):
        layout.edit_stage(stages["offer"], name="PROSPECTS", **said)
    layout.edit_stage(stages["offer"], name=" ", **said)
    assert names(board) == STANDARD


def test_stages_change_places(rep, board, stages):
    layout.shift_stage(stages["offer"], by=rep.user, forward=False)
    assert names(board) == ["Prospects", "Offer sent", "Contacted", "Ordered", "Not interested"]
    layout.shift_stage(stages["offer"], by=rep.user, forward=True)
    layout.shift_stage(stages["declined"], by=rep.user, forward=True)
    assert names(board) == STANDARD


def test_a_removed_stage_hands_its_cards_over_in_their_order(rep, board, stages):
    first, second = make.card(board, "First"), make.card(board, "Second")
    for card in (first, second):
        actions.move_card(card, to=stages["contacted"], version=1, by=rep.user)
    make.card(board, "There", stage=stages["offer"])
    with pytest.raises(Refusal, match="Choose the stage its cards go to"):
        layout.remove_stage(stages["contacted"], by=rep.user)
    for _ in range(20):
        layout.remove_stage(stages["contacted"], by=rep.user, to=stages["offer"])
    assert names(board) == ["Prospects", "Offer sent", "Ordered", "Not interested"]
    standing = Card.objects.filter(stage=stages["offer"]).order_by("rank").values_list("lead__name", "version")
    assert list(standing) == [("Second", 3), ("First", 3), ("There", 1)]
    ways = Move.objects.filter(card=first).order_by("pk").values_list("was__standard", "to__standard")
    assert list(ways) == [("prospects", "contacted"), ("contacted", "offer")]
    with pytest.raises(actions.StaleCard):
        actions.undo_move(first, Move.objects.filter(card=first).last().pk, by=rep.user)


def test_one_stage_stays_open(rep, board, stages):
    for name in ("contacted", "offer"):
        layout.remove_stage(stages[name], by=rep.user)
    with pytest.raises(Refusal, match="One stage has to stay open"):
        layout.remove_stage(stages["prospects"], by=rep.user, to=stages["ordered"])
    with pytest.raises(Refusal, match="One stage has to stay open"):
        layout.edit_stage(stages["prospects"], by=rep.user, name="", end="won", limit=None, days=None)
    assert names(board) == ["Prospects", "Ordered", "Not interested"]


def test_a_closed_campaign_and_others_boards_are_left_alone(rep, stranger, board, stages, company):
    for act in (
        lambda by: layout.add_stage(board, by=by, name="Mine"),
        lambda by: layout.edit_stage(stages["offer"], by=by, name="Mine", end="", limit=None, days=None),
        lambda by: layout.shift_stage(stages["offer"], by=by, forward=True),
        lambda by: layout.remove_stage(stages["offer"], by=by),
    ):
        with pytest.raises(actions.NotYours):
            act(stranger.user)
    make.card(board)
    roll(company)
    with pytest.raises(actions.CampaignClosed):
        layout.add_stage(board, by=rep.user, name="Late")
    assert names(board) == STANDARD


def test_the_next_board_begins_with_the_same_stages_and_cards_find_theirs(rep, board, stages, company):
    trial = layout.add_stage(board, by=rep.user, name="Trial", limit=4, days=2)
    for _ in range(3):
        layout.shift_stage(trial, by=rep.user, forward=False)
    layout.remove_stage(stages["offer"], by=rep.user)
    make.card(board, "On trial", stage=trial)
    make.card(board, "Spoken to", stage=stages["contacted"])
    after = roll(company)
    assert names(after) == ["Prospects", "Contacted", "Trial", "Ordered", "Not interested"]
    assert after.stages.values_list("limit", "days", "is_company").get(own_name="Trial") == (4, 2, False)
    cards = after.cards.order_by("stage__place").values_list("lead__name", "stage__place")
    assert list(cards) == [("Spoken to", 2), ("On trial", 3)]


def test_cards_find_the_stage_of_their_name_on_a_board_that_is_there_already(rep, board, stages, company):
    after = actions.ensure_board(rep.rep, company.following)
    layout.shift_stage(after.stages.get(standard="contacted"), by=rep.user, forward=True)
    make.card(board, "Spoken to", stage=stages["contacted"])
    roll(company)
    assert after.cards.get().stage.standard == "contacted"


def test_new_boards_follow_the_companys_template(rep, company):
    template(
        company.market,
        {"own_name": "New"},
        {"standard": "contacted", "limit": 9, "days": 3},
        {"own_name": "Meeting", "needs": ["phone", "contact"]},
        {"own_name": "Customer", "end": "won"},
    )
    board = actions.ensure_board(rep.rep, company.campaign)
    rows = board.stages.order_by("place").values_list("standard", "own_name", "end", "limit", "days", "needs", "is_company")
    assert list(rows) == [
        ("", "New", "", None, None, [], True),
        ("contacted", "", "", 9, 3, [], True),
        ("", "Meeting", "", None, None, ["phone", "contact"], True),
        ("", "Customer", "won", None, None, [], True),
    ]
    stage = board.stages.get(own_name="Meeting")
    for act in (
        lambda: layout.edit_stage(stage, by=rep.user, name="Mine", end="", limit=None, days=None),
        lambda: layout.shift_stage(stage, by=rep.user, forward=True),
        lambda: layout.remove_stage(stage, by=rep.user),
    ):
        with pytest.raises(Refusal, match="This stage is the company's"):
            act()


def test_a_template_reaches_the_next_board_and_keeps_the_reps_own_stages(rep, board, stages, company):
    trial = layout.add_stage(board, by=rep.user, name="Trial")
    for _ in range(3):
        layout.shift_stage(trial, by=rep.user, forward=False)
    template(company.market, {"standard": "prospects"}, {"own_name": "Talk"}, {"standard": "offer"}, {"standard": "ordered", "end": "won"})
    for name, stage in (("a", stages["prospects"]), ("b", stages["contacted"]), ("c", trial), ("d", stages["offer"])):
        make.card(board, name, stage=stage)
    after = roll(company)
    assert names(after) == ["Prospects", "Talk", "Trial", "Offer sent", "Ordered"]
    cards = after.cards.order_by("lead__name").values_list("lead__name", "stage__place")
    assert list(cards) == [("a", 1), ("b", 2), ("c", 3), ("d", 4)]


def test_without_the_template_its_stages_become_the_reps_own(rep, company):
    made = template(company.market, {"own_name": "New"}, {"own_name": "Customer", "end": "won"})
    board = actions.ensure_board(rep.rep, company.campaign)
    make.card(board)
    made.delete()
    after = roll(company)
    assert list(after.stages.order_by("place").values_list("own_name", "is_company")) == [("New", False), ("Customer", False)]


def test_stages_of_a_board_that_nobody_has_opened_are_the_standard_ones(rep, board):
    assert names(board) == STANDARD
    assert list(Stage.objects.values_list("is_company", flat=True)) == [False] * 5
