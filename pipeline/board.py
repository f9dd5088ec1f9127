"""A board as its page shows it: columns with their counts and first cards, read in three queries whatever its size."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from leads.finding import sought
from leads.models import Lead
from pipeline.contacts import tags_of
from pipeline.models import COLUMN, PAGE, Board, BoardMark, Card, Stage
from pipeline.sifting import Sieve
from teams.models import User

LEAST = 3  # cards of a stage, however many stages there are
TAGS_SHOWN = 40
LATELY = dt.timedelta(days=30)
RECENT = 3  # boards opened lately, told apart when there are MANY
MANY = 6
FOUND = 30  # people of a page


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
    faces = _first_cards(board, cards, stages)
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


@dataclass(frozen=True)
class BoardList:
    """The boards a person may open, each once: favourites, those opened lately (of many), the own ones, those shared with the person."""

    favourites: list[Board]
    recent: list[Board]
    mine: list[Board]
    shared: list[Board]


def read_boards(user: User) -> BoardList:
    """All boards of the list, newest campaign first; the lately opened first among those. Each has `is_starred`. At most four queries."""
    mine, shared = list(Board.objects.owned_by(user).for_list().select_related("rep")), boards_shared_with(user)
    marks = {mark.board_id: mark for mark in BoardMark.objects.filter(user=user)}
    since = timezone.now() - LATELY
    opened = {pk: mark.opened_at for pk, mark in marks.items() if mark.opened_at and mark.opened_at >= since}
    for board in (*mine, *shared):
        board.is_mine = board.rep.user_id == user.pk
        board.is_starred = board.pk in marks and marks[board.pk].starred_at is not None
    rest = [board for board in (*mine, *shared) if not board.is_starred]
    recent = sorted((board for board in rest if board.pk in opened), key=lambda board: opened[board.pk], reverse=True)[:RECENT]
    told = {board.pk for board in recent} if len(rest) >= MANY else set()
    return BoardList(
        [board for board in (*mine, *shared) if board.is_starred],
        [board for board in recent if board.pk in told],
        *([board for board in part if not board.is_starred and board.pk not in told] for part in (mine, shared)),
    )


@dataclass(frozen=True)
class FoundCards:
    """A page of people found on the own boards; `more_after` is the card after which the next page begins, None at the end."""

    cards: list[Card]
    more_after: int | None


def find_cards(user: User, typed: str, *, after: int | None) -> FoundCards:
    """Cards of people whose name or phone was typed, on all own boards, the newest first; not those that went on to a next board.

    One query.
    """
    mine = Card.objects.owned_by(user).exclude(closed_as=Card.Closed.MOVED_ON).select_related("lead", "stage", "board__campaign")
    found = sought(mine, typed, prefix="lead__").order_by("-pk")
    page = list((found if after is None else found.filter(pk__lt=after))[: FOUND + 1])
    return FoundCards(page[:FOUND], page[FOUND - 1].pk if len(page) > FOUND else None)


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
    return tags_of(Lead.objects.filter(cards__board=board), TAGS_SHOWN)


def _first_cards(board: Board, cards: QuerySet[Card], stages: list[Stage]) -> dict[int, list[Card]]:
    """Stage id -> its first cards, one more than are shown when there are more."""
    first = Q(pk=None)
    for stage in stages:
        first |= Q(stage=stage) if stage.next_page is None else Q(stage=stage, rank__lte=stage.next_page)
    faces: dict[int, list[Card]] = defaultdict(list)
    by_id = {stage.pk: stage for stage in stages}
    for card in cards.filter(first).standing().with_face().order_by("rank"):
        card.board, card.stage = board, by_id[card.stage_id]
        faces[card.stage_id].append(card)
    return faces


def _after(page: list[Card], most: int) -> Decimal | None:
    return page[most - 1].rank if len(page) > most else None
