"""A board as its page shows it: columns with their counts and first cards, read in three queries whatever its size."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, F, Func, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from leads.models import Lead
from pipeline.models import COLUMN, PAGE, Board, Card, Stage
from pipeline.sifting import Sieve
from teams.models import User

LEAST = 3  # cards of a stage, however many stages there are
TAGS_SHOWN = 40


@dataclass
class Column:
    """A stage, how many cards stand there, the first of them, and the rank after which the next page begins (None: that is all)."""

    stage: Stage
    count: int
    cards: list[Card] = field(default_factory=list)
    more_after: Decimal | None = None


@dataclass(frozen=True)
class BoardPage:
    """A board and its columns, sifted or whole. `day` is today's place in the campaign (1 is the first)."""

    board: Board
    columns: list[Column]
    day: int
    today: dt.date
    sieve: Sieve

    @property
    def is_open(self) -> bool:
        """Whether cards may be added and moved."""
        return self.board.is_open

    @property
    def found(self) -> int:
        """How many cards stand there, of those that are looked for."""
        return sum(column.count for column in self.columns)


def read_board(board: Board, sieve: Sieve, zone: str) -> BoardPage:
    """The board with the first cards of each column that `sieve` lets through, to a person in `zone`. Three queries.

    `board` comes with its campaign, calendar and market.
    """
    today = board.campaign.calendar.today()
    cards = sifted(board, sieve, zone)
    most = max(min(COLUMN, PAGE // max(board.stages.count(), 1)), LEAST)
    stages = stages_with_counts(board, cards, most)
    faces = _first_cards(cards, stages)
    columns = [Column(stage, stage.cards_standing, faces[stage.pk][:most], _after(faces[stage.pk], most)) for stage in stages]
    return BoardPage(board, columns, board.campaign.day(today), today, sieve)


def sifted(board: Board, sieve: Sieve, zone: str) -> QuerySet[Card]:
    """The board's cards that `sieve` lets through."""
    cards = Card.objects.filter(board=board)
    return sieve.sift(cards, zone, timezone.now()) if sieve else cards


def boards_shared_with(user: User) -> list[Board]:
    """The boards in use that other reps share with the person, with their owners. One query without any, else two.

    Which they are is read first: joined to what a list shows of each board, the database would begin at all boards.
    """
    found = list(Board.objects.shared_with(user).filter(rolled_at=None).values_list("pk", flat=True))
    return list(Board.objects.filter(pk__in=found).for_list().select_related("rep"))


def stages_with_counts(board: Board, cards: QuerySet[Card] | None = None, most: int = COLUMN) -> list[Stage]:
    """The board's stages in their order, each with `cards_standing` and `next_page`, the rank after the first `most`. One query.

    `cards` are those that count, the board's own (all of them unless told otherwise).
    """
    in_column = (Card.objects if cards is None else cards).filter(stage=OuterRef("pk")).standing().order_by()
    counted = in_column.values("stage").annotate(n=Count("pk")).values("n")
    following = in_column.order_by("rank").values("rank")[most : most + 1]
    return list(board.stages.annotate(cards_standing=Coalesce(Subquery(counted), 0), next_page=Subquery(following)).order_by("place"))


def read_column(stage: Stage, cards: QuerySet[Card], *, after: Decimal | None) -> Column:
    """One page of a stage's cards below the rank `after`. One query; the column's count is not read."""
    standing = cards.filter(stage=stage).standing().for_face().order_by("rank")
    page = list((standing if after is None else standing.filter(rank__gt=after))[: COLUMN + 1])
    return Column(stage, 0, page[:COLUMN], _after(page, COLUMN))


def card_above(card: Card) -> int | None:
    """The card right above this one in its column; None on top. One query."""
    above = Card.objects.filter(stage=card.stage_id, rank__lt=card.rank).standing().order_by("-rank")
    return above.values_list("pk", flat=True).first()


def tags_on(board: Board) -> list[str]:
    """The tags of the people on the board, by name; the first of very many."""
    tags = (
        Lead.objects.filter(cards__board=board)
        .exclude(tags=[])
        .annotate(tag=Func(F("tags"), function="unnest"))
        .values_list("tag", flat=True)
    )
    return list(tags.order_by("tag").distinct()[:TAGS_SHOWN])


def _first_cards(cards: QuerySet[Card], stages: list[Stage]) -> dict[int, list[Card]]:
    """Stage id -> its first cards, one more than are shown when there are more."""
    first = Q(pk=None)
    for stage in stages:
        first |= Q(stage=stage) if stage.next_page is None else Q(stage=stage, rank__lte=stage.next_page)
    faces: dict[int, list[Card]] = defaultdict(list)
    for card in cards.filter(first).standing().for_face().order_by("rank"):
        faces[card.stage_id].append(card)
    return faces


def _after(page: list[Card], most: int) -> Decimal | None:
    return page[most - 1].rank if len(page) > most else None
