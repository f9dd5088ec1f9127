"""The funnel of a board: how many cards came to each stage, how many of them went further, how long they stayed."""

import json
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from pipeline.models import Board, Stage

# Boards (%(boards)s) -> figures(board_id, stages) at the moment %(now)s. What a person did counts; the row that the last
# roll-over wrote (`by` is NULL) is where the card came from, no step on this board.
FIGURES = """
WITH cards AS MATERIALIZED (
  SELECT id, stage_id, created_at, closed_at FROM pipeline_card WHERE board_id = ANY(%(boards)s)
), moves AS MATERIALIZED (
  SELECT m.id, m.card_id, m.was_id, m.to_id, m.at, c.closed_at FROM cards c JOIN pipeline_move m ON m.card_id = c.id
  WHERE m.by_id IS NOT NULL
), first AS (
  SELECT DISTINCT ON (card_id) card_id, was_id FROM moves ORDER BY card_id, at, id
), entries AS (
  SELECT c.id AS card, COALESCE(f.was_id, c.stage_id) AS stage, c.created_at AS at, c.closed_at
  FROM cards c LEFT JOIN first f ON f.card_id = c.id
  UNION ALL SELECT card_id, to_id, at, closed_at FROM moves
), stays AS (
  SELECT card, stage, COALESCE(LEAD(at) OVER (PARTITION BY card ORDER BY at), closed_at, %(now)s) - at AS stay FROM entries
), entered AS (
  SELECT stage, count(DISTINCT card) AS n, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM stay)::float8) / 86400 AS days
  FROM stays GROUP BY stage
), standing AS (
  SELECT stage_id, count(*) AS n FROM cards WHERE closed_at IS NULL GROUP BY stage_id
), figures AS (
  SELECT s.board_id, jsonb_agg(jsonb_build_object('stage', s.id, 'cards', COALESCE(c.n, 0), 'entered', COALESCE(e.n, 0),
                                                  'median_days', round(e.days::numeric, 1)) ORDER BY s.place) AS stages
  FROM pipeline_stage s LEFT JOIN entered e ON e.stage = s.id LEFT JOIN standing c ON c.stage_id = s.id
  WHERE s.board_id = ANY(%(boards)s) GROUP BY s.board_id
)"""


@dataclass(frozen=True)
class Step:
    """A stage of the funnel. `entered` counts the cards that ever came to it, `cards` those that stand there."""

    stage: Stage
    cards: int
    entered: int
    median_days: float | None  # that a card stays; None where none came
    further: int | None  # of 100 that came, how many came to the next step; None at the end, and where none came

    @property
    def is_lost(self) -> bool:
        """Whether cards that stand here have come to nothing: it is no step of the way to an order."""
        return self.stage.end == Stage.End.LOST


@dataclass(frozen=True)
class Funnel:
    """The steps in the order of the board, those that lead nowhere at the end. `is_frozen`: told as it was when the campaign closed."""

    board: Board
    steps: list[Step]
    is_frozen: bool

    @property
    def most(self) -> int:
        """The largest number of cards that came to a stage."""
        return max((step.entered for step in self.steps), default=0)

    @property
    def way(self) -> list[Step]:
        """The steps that lead to an order."""
        return [step for step in self.steps if not step.is_lost]

    @property
    def won(self) -> int:
        """Of 100 cards that came to the fullest stage of the way, how many were won."""
        begun = max((step.entered for step in self.way), default=0)
        won = sum(step.entered for step in self.way if step.stage.end == Stage.End.WON)
        return min(round(100 * won / begun), 100) if begun else 0


def read_funnel(board: Board) -> Funnel:
    """The funnel of a board: frozen once its campaign has closed, until then of this moment. Two queries, one for a frozen one."""
    figures = board.frozen.get("stages") if board.rolled_at else _live(board)
    found = {row["stage"]: row for row in figures or []}
    stages = list(board.stages.order_by("place"))
    way = [stage for stage in stages if stage.end != Stage.End.LOST]
    lost = [stage for stage in stages if stage.end == Stage.End.LOST]
    entered = {stage.pk: found.get(stage.pk, {}).get("entered", 0) for stage in stages}
    following = dict(zip([stage.pk for stage in way], way[1:], strict=False))
    steps = [_step(stage, found.get(stage.pk, {}), following.get(stage.pk), entered) for stage in [*way, *lost]]
    return Funnel(board, steps, is_frozen=board.rolled_at is not None)


def _step(stage: Stage, row: dict[str, float | None], following: Stage | None, entered: dict[int, int]) -> Step:
    here = entered[stage.pk]
    further = min(round(100 * entered[following.pk] / here), 100) if following and here else None
    return Step(stage, int(row.get("cards") or 0), here, row.get("median_days"), further)


def _live(board: Board) -> list[dict[str, float | None]]:
    with connection.cursor() as cursor:
        cursor.execute(f"{FIGURES} SELECT stages FROM figures", {"boards": [board.pk], "now": timezone.now()})  # noqa: S608  own words
        row = cursor.fetchone()
    return (json.loads(row[0]) if isinstance(row[0], str) else row[0]) if row else []
