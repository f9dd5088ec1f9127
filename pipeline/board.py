"""A board as its page shows it: columns with their counts and first cards, read in two queries whatever its size."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from pipeline.models import COLUMN, Board, Card, Stage
from teams.models import User


@dataclass
class Column:
    """A stage, how many cards stand there, the first of them, and the rank after which the next page begins (None: that is all)."""

    stage: Stage
    count: int
    cards: list[Card] = field(default_factory=list)
    more_after: Decimal | None = None


@dataclass(frozen=True)
class BoardPage:
    """A board and its columns. `day` is today's place in the campaign (1 is the first)."""

    board: Board
    columns: list[Column]
    day: int
    today: dt.date

    @property
    def is_open(self) -> bool:
        """Whether cards may be added and moved."""
        return self.board.rolled_at is None and not self.board.campaign.is_closed


def read_board(board: Board) -> BoardPage:
    """The board with the first cards of each column. `board` comes with its campaign, calendar and market. Two queries."""
    today = board.campaign.calendar.today()
    stages = stages_with_counts(board)
    faces = _first_cards(board, stages)
    columns = [Column(stage, stage.cards_standing, faces[stage.pk][:COLUMN], _after(faces[stage.pk])) for stage in stages]
    return BoardPage(board, columns, board.campaign.day(today), today)


def boards_shared_with(user: User) -> list[Board]:
    """The boards in use that other reps share with the person, with their owners. One query without any, else two.

    Which they are is read first: joined to what a list shows of each board, the database would begin at all boards.
    """
    found = list(Board.objects.shared_with(user).filter(rolled_at=None).values_list("pk", flat=True))
    return list(Board.objects.filter(pk__in=found).for_list().select_related("rep"))


def stages_with_counts(board: Board) -> list[Stage]:
    """The board's stages in their order, each with `cards_standing` and `next_page`, the rank where its second page begins. One query."""
    in_column = Card.objects.filter(stage=OuterRef("pk")).standing().order_by("rank").values("rank")
    counted = board.stages.annotate(cards_standing=Count("cards", filter=Q(cards__closed_at=None)))
    return list(counted.annotate(next_page=Subquery(in_column[COLUMN : COLUMN + 1])).order_by("place"))


def read_column(stage: Stage, cards: QuerySet[Card], *, after: Decimal | None) -> Column:
    """One page of a stage's cards below the rank `after`. One query; the column's count is not read."""
    standing = cards.filter(stage=stage).standing().for_face().order_by("rank")
    page = list((standing if after is None else standing.filter(rank__gt=after))[: COLUMN + 1])
    return Column(stage, 0, page[:COLUMN], _after(page))


def card_above(card: Card) -> int | None:
    """The card right above this one in its column; None on top. One query."""
    above = Card.objects.filter(stage=card.stage_id, rank__lt=card.rank).standing().order_by("-rank")
    return above.values_list("pk", flat=True).first()


def _first_cards(board: Board, stages: list[Stage]) -> dict[int, list[Card]]:
    """Stage id -> its first cards, one more than are shown when there are more."""
    first = Q(pk=None)
    for stage in stages:
        first |= Q(stage=stage) if stage.next_page is None else Q(stage=stage, rank__lte=stage.next_page)
    faces: dict[int, list[Card]] = defaultdict(list)
    for card in board.cards.filter(first).standing().for_face().order_by("rank"):
        faces[card.stage_id].append(card)
    return faces


def _after(page: list[Card]) -> Decimal | None:
    return page[COLUMN - 1].rank if len(page) > COLUMN else None
