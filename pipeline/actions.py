"""What a rep does on a board.

Everything that changes a board's cards locks the board's row first, then the card: a rep's own changes come one after the other,
and a board that is being rolled over changes no more.
"""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cotano.jobs.races import retry_lost_races
from cotano.jobs.refusals import Refusal
from cotano.lib import rank, text
from leads import people
from leads.actions import move_reminders
from leads.models import Lead
from pipeline.models import Board, Card, Move, Stage
from teams import activity
from teams.models import ActivityCount, Rep, User

STANDARD = [
    (Stage.Standard.PROSPECTS, Stage.End.OPEN),
    (Stage.Standard.CONTACTED, Stage.End.OPEN),
    (Stage.Standard.OFFER, Stage.End.OPEN),
    (Stage.Standard.ORDERED, Stage.End.WON),
    (Stage.Standard.DECLINED, Stage.End.LOST),
]


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
    """The board is not the person's, or no longer."""

    def __init__(self) -> None:
        super().__init__(_("This board is not yours."), status=409)


class WrongPlace(Refusal):
    """The stage belongs to another board."""

    def __init__(self) -> None:
        super().__init__(_("This stage is not on the board."))


@transaction.atomic
def ensure_board(rep: Rep, campaign: Campaign) -> Board:
    """The rep's board of the campaign, with the standard stages when it is new. Raises CampaignClosed when it would be too late."""
    if board := Board.objects.filter(rep=rep, campaign=campaign).first():
        return board
    if campaign.is_closed:
        raise CampaignClosed
    Board.objects.bulk_create([Board(rep=rep, campaign=campaign)], ignore_conflicts=True)
    board = Board.objects.get(rep=rep, campaign=campaign)
    stages = [Stage(board=board, place=place, standard=name, end=end) for place, (name, end) in enumerate(STANDARD, start=1)]
    Stage.objects.bulk_create(stages, ignore_conflicts=True)
    return board


@retry_lost_races
@transaction.atomic
def put_on_board(lead: Lead, board: Board, *, stage: Stage | None = None) -> Card:
    """Put the lead on top of a stage, by default the first one. A lead that stands there already stays where it is.

    Raises CampaignClosed, WrongPlace.
    """
    _lock(board)
    stage = stage or board.stages.order_by("place").first()
    if stage.board_id != board.pk or lead.owner_id != board.rep_id:
        raise WrongPlace
    card = Card.objects.filter(board=board, lead=lead).first()
    if card is None:
        return Card.objects.create(board=board, lead=lead, stage=stage, rank=_top(stage), entered_stage_at=timezone.now())
    if card.closed_at:
        card.stage, card.rank, card.entered_stage_at = stage, _top(stage), timezone.now()
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
    Raises NotYours, CampaignClosed, StaleCard, WrongPlace.
    """
    _lock(card.board, by)
    card = Card.objects.select_for_update(of=("self",), no_key=True).select_related("board", "lead", "stage").get(pk=card.pk)
    if to.board_id != card.board_id:
        raise WrongPlace
    if card.closed_at:
        raise StaleCard(card)
    if card.stage_id == to.pk:
        return card
    if card.version != version:
        raise StaleCard(card)
    was, card.stage, card.rank = card.stage, to, _top(to)
    card.entered_stage_at, card.version = timezone.now(), card.version + 1
    card.save(update_fields=["stage", "rank", "entered_stage_at", "version"])
    Move.objects.create(card=card, was=was, to=to, by=by, at=card.entered_stage_at)
    activity.count(Rep.objects.select_related("user").get(pk=card.board.rep_id), ActivityCount.Kind.MOVE)
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


def _lock(board: Board, by: User | None = None) -> None:
    """Hold the board's row until the transaction ends. Raises NotYours for one that `by` may not change, CampaignClosed for the past."""
    boards = Board.objects.owned_by(by) if by else Board.objects.all()
    held = boards.select_for_update(of=("self",), no_key=True).select_related("campaign").filter(pk=board.pk).first()
    if held is None:
        raise NotYours
    if held.rolled_at or held.campaign.is_closed:
        raise CampaignClosed


def _top(stage: Stage) -> Decimal:
    """A rank before every card that stands or stood on the stage."""
    first = Card.objects.filter(stage=stage).order_by("rank").values_list("rank", flat=True).first()
    return rank.between(None, first)
