"""What a rep does on a board.

Everything that changes a board's cards locks the board's row first, then the card: a board that is being rolled over changes no more.
Moves share the row (see moving.py), all else comes one after the other.
"""

import datetime as dt
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cotano.jobs.races import retry_lost_races
from cotano.jobs.refusals import Refusal
from cotano.lib import rank, text
from leads import clocks, people
from leads.models import Enrolment, Lead
from leads.reminders import move_reminders
from pipeline import moving, needs
from pipeline.models import Board, Card, CardQuerySet, Move, Stage
from pipeline.new_boards import lay_out
from teams import rights
from teams.models import Rep, User


class StaleCard(Refusal):
    """The card has changed since the person saw it."""

    def __init__(self, card: Card) -> None:
        self.card = card
        super().__init__(_("%(name)s was changed meanwhile. This is how it stands now.") % {"name": card.lead.name}, status=409)


class CampaignClosed(Refusal):
    """The board is of the past and read only."""

    def __init__(self) -> None:
        super().__init__(_("This campaign is closed. Its board can be read, not changed."), status=409)


class NotYours(Refusal):
    """The board, or the card on it, is not the person's, or no longer."""

    def __init__(self) -> None:
        super().__init__(_("This board is not yours."), status=409)


class NotReady(Refusal):
    """The stage asks for something of the person first; `lacks` are the words for it."""

    def __init__(self, card: Card, stage: Stage, lacks: list[Stage.Need]) -> None:
        self.card, self.lacks = card, lacks
        said = {"stage": stage.name, "name": card.lead.name, "lacks": ", ".join(str(need.label) for need in lacks)}
        super().__init__(_("“%(stage)s” asks for more first. %(name)s still needs: %(lacks)s.") % said)


class WrongPlace(Refusal):
    """The stage belongs to another board."""

    def __init__(self) -> None:
        super().__init__(_("This stage is not on the board."))


@transaction.atomic
def ensure_board(rep: Rep, campaign: Campaign) -> Board:
    """The rep's board of the campaign; a new one comes with its stages. Raises CampaignClosed when it would be too late."""
    if board := Board.objects.filter(rep=rep, campaign=campaign).first():
        return board
    if campaign.is_closed:
        raise CampaignClosed
    Board.objects.bulk_create([Board(rep=rep, campaign=campaign)], ignore_conflicts=True)
    board = Board.objects.select_for_update(of=("self",), no_key=True).get(rep=rep, campaign=campaign)
    lay_out(board.pk)
    return board


@retry_lost_races
@transaction.atomic
def put_on_board(lead: Lead, board: Board, *, stage: Stage | None = None) -> Card:
    """Put the lead on top of a stage, by default the first one. A lead that stands there already stays where it is.

    Raises CampaignClosed, WrongPlace, NotReady.
    """
    hold_board(board)
    stage = stage or board.stages.order_by("place").first()
    if stage.board_id != board.pk or lead.owner_id != board.rep_id:
        raise WrongPlace
    card = Card.objects.filter(board=board, lead=lead).first()
    if (card is None or card.closed_at) and (lacks := needs.missing(lead, stage)):
        raise NotReady(card or Card(board=board, lead=lead), stage, lacks)
    if card is None:
        return Card.objects.create(board=board, lead=lead, stage=stage, rank=rank_on_top(stage), entered_stage_at=timezone.now())
    if card.closed_at:
        card.stage, card.rank, card.entered_stage_at = stage, rank_on_top(stage), timezone.now()
        card.closed_at, card.closed_as, card.version = None, "", card.version + 1
        card.save(update_fields=["stage", "rank", "entered_stage_at", "closed_at", "closed_as", "version"])
    return card


@retry_lost_races
@transaction.atomic
def add_lead_to_board(owner: Rep, board: Board, *, by: User, stage: Stage | None = None, once: str = "", **said: object) -> Card:
    """Add a lead and put it on top of a stage in one go. Raises the refusals of `add_lead` and `put_on_board`."""
    lead = people.add_lead(owner, by=by, once=once, **said)
    return put_on_board(lead, board, stage=stage)


@retry_lost_races
@transaction.atomic
def move_card(card: Card, *, to: Stage, version: int, by: User) -> Card:
    """Move a card to the top of a stage of its board.

    `version` is the one the person saw. A card that stands there already (a double tap) stays, with no second effect.
    Raises NotYours, CampaignClosed, StaleCard, WrongPlace, NotReady.
    """
    held = moving.hold(card, to)
    if held is None:
        raise NotYours
    if not rights.is_own(by, held.rep):
        raise NotYours
    if not held.board.is_open:
        raise CampaignClosed
    if not held.has_stage:
        raise WrongPlace
    card = held.card
    if card.closed_at or (card.version != version and card.stage_id != to.pk):
        raise StaleCard(card)
    if card.stage_id == to.pk:
        return card
    if lacks := needs.missing(card.lead, to) if to.needs else []:
        raise NotReady(card, to, lacks)
    at = timezone.now()
    if to.end:
        is_won = to.end == Stage.End.WON
        clocks.leave([card.lead_id], Enrolment.Ended.WON if is_won else Enrolment.Ended.LOST, by_hand_only=is_won, at=at)
    return moving.write(held, to, by=by, at=at)


@retry_lost_races
@transaction.atomic
def undo_move(card: Card, move: int, *, by: User) -> Card:
    """Take a move (its id) back as if it had not been: the card stands where and since when it stood, the move is forgotten.

    Follow-ups that it ended go on. A move that is forgotten already (a double tap) changes nothing more. Conditions of the stage are
    not asked for: it stood there.
    Raises NotYours, CampaignClosed, and StaleCard when the card has gone on since.
    """
    card = _hold(card, by)
    newest = Move.objects.filter(card=card).select_related("was", "to").order_by("-at", "-pk").first()
    if not Move.objects.filter(card=card, pk=move).exists():
        return card
    if card.closed_at or newest.pk != move or newest.to_id != card.stage_id or newest.was_since is None or newest.was.place is None:
        raise StaleCard(card)
    is_taken = Card.objects.filter(stage=newest.was, rank=newest.was_rank).exists()
    _stand(card, newest.was, rank=rank_on_top(newest.was) if is_taken else newest.was_rank, since=newest.was_since)
    newest.delete()
    if newest.to.end:
        list(Lead.objects.filter(pk=card.lead_id).select_for_update(no_key=True))
        clocks.revive([card.lead_id], [Enrolment.Ended.WON, Enrolment.Ended.LOST], at=newest.at)
    return card


@transaction.atomic
def change_profile(user: User, *, name: str, language: str, zone: str, theme: str) -> User:
    """Change a person's name and how the product speaks to them. Reminders that lie ahead keep their wall-clock time in a new zone.

    The name is the one on comments and shared boards; a rep's name in the company's roster stays. Raises Refusal for an empty one.
    """
    name = text.one_line(name)
    if not name:
        raise Refusal(_("Enter a name."))
    moved = zone != user.zone
    user.name, user.language, user.zone, user.theme = name, language, zone, theme
    user.save(update_fields=["name", "language", "zone", "theme"])
    if moved:
        move_reminders(user)
    return user


def hold_board(board: Board, by: User | None = None) -> Board:
    """The board as it is now, with its campaign and rep, held until the transaction ends.

    Raises NotYours for one that `by` may not change, CampaignClosed for one of the past.
    """
    boards = Board.objects.owned_by(by) if by else Board.objects.all()
    held = boards.select_for_update(of=("self",), no_key=True).select_related("campaign", "rep").filter(pk=board.pk).first()
    if held is None:
        raise NotYours
    if not held.is_open:
        raise CampaignClosed
    return held


def hold_boards(cards: CardQuerySet) -> None:
    """Hold the boards on which these cards stand until the transaction ends: none of them is rolled over meanwhile."""
    list(Board.objects.filter(pk__in=cards.order_by().values("board")).order_by("pk").select_for_update(of=("self",), no_key=True))


def _hold(card: Card, by: User) -> Card:
    """The card with its board, lead and stage, both rows held. Raises NotYours, CampaignClosed."""
    hold_board(card.board, by)
    held = Card.objects.select_for_update(of=("self",), no_key=True).select_related("board", "lead", "stage").filter(pk=card.pk).first()
    if held is None:
        raise NotYours
    return held


def _stand(card: Card, stage: Stage, *, rank: Decimal, since: dt.datetime) -> None:
    card.stage, card.rank, card.entered_stage_at, card.version = stage, rank, since, card.version + 1
    card.save(update_fields=["stage", "rank", "entered_stage_at", "version"])


def rank_on_top(stage: Stage | int) -> Decimal:
    """A rank before every card that stands or stood on the stage (or the one with this id)."""
    first = Card.objects.filter(stage=stage).order_by("rank").values_list("rank", flat=True).first()
    return rank.between(None, first)
