"""A rep's own stages: adding, renaming, ordering and removing them on an open board. The next campaign's board begins with the same."""

from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cotano.jobs.races import retry_lost_races
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from pipeline.actions import hold_board
from pipeline.models import STAGES, Board, Card, Stage
from teams.models import User

ASIDE = 30_000  # a place that no stage has, while two change places

EMPTY_STAGE = """
WITH top AS (
  SELECT COALESCE(min(rank), 0) AS rank FROM pipeline_card WHERE stage_id = %(to)s
), gone AS (
  UPDATE pipeline_card c SET stage_id = %(to)s, rank = (SELECT rank FROM top) - 1 - p.n, entered_stage_at = %(now)s, version = version + 1
  FROM (SELECT id, rank, entered_stage_at, row_number() OVER (ORDER BY rank DESC) - 1 AS n
        FROM pipeline_card WHERE stage_id = %(stage)s AND closed_at IS NULL) p
  WHERE c.id = p.id RETURNING c.id, p.rank, p.entered_stage_at
)
INSERT INTO pipeline_move (card_id, was_id, was_rank, was_since, to_id, by_id, at)
SELECT id, %(stage)s, rank, entered_stage_at, %(to)s, %(by)s, %(now)s FROM gone"""


@retry_lost_races
@transaction.atomic
def add_stage(board: Board, *, by: User, name: str, end: str = "", limit: int | None = None, days: int | None = None) -> Stage:
    """A stage at the end of the board. The same name again is the stage that has it. Raises NotYours, CampaignClosed, Refusal."""
    hold_board(board, by)
    name = _clean(name)
    stages = list(board.stages.order_by("place"))
    if named := _named(stages, name):
        return named
    if len(stages) >= STAGES:
        raise Refusal(_("A board has at most %(most)d stages.") % {"most": STAGES})
    place = stages[-1].place + 1 if stages else 1
    return Stage.objects.create(board=board, place=place, own_name=name, end=end, limit=limit, days=days)


@retry_lost_races
@transaction.atomic
def edit_stage(stage: Stage, *, by: User, name: str, end: str, limit: int | None, days: int | None) -> Stage:
    """Rename a stage, change what its cards have come to, its limit and days. A standard one without a name has its standard name again.

    Raises NotYours, CampaignClosed, Refusal.
    """
    stages = _hold(stage, by)
    stage = _own(stages, stage)
    name = "" if stage.standard and not name.strip() else _clean(name)
    if name and (other := _named(stages, name)) and other.pk != stage.pk:
        raise Refusal(_("There is a stage %(name)s already.") % {"name": other.name})
    if end and not _are_open(one for one in stages if one.pk != stage.pk):
        raise Refusal(_("One stage has to stay open: that is where people begin."))
    stage.own_name, stage.end, stage.limit, stage.days = name, end, limit, days
    stage.save(update_fields=["own_name", "end", "limit", "days"])
    return stage


@retry_lost_races
@transaction.atomic
def shift_stage(stage: Stage, *, by: User, forward: bool) -> None:
    """Let a stage of the rep's own change places with its neighbour; at the end of the board it stays. Raises as `edit_stage`."""
    stages = _hold(stage, by)
    stage = _own(stages, stage)
    there = stages.index(stage) + (1 if forward else -1)
    if not 0 <= there < len(stages):
        return
    other, place = stages[there], stage.place
    for one, to in ((stage, ASIDE), (other, place), (stage, other.place)):
        Stage.objects.filter(pk=one.pk).update(place=to)


@retry_lost_races
@transaction.atomic
def remove_stage(stage: Stage, *, by: User, to: Stage | None = None) -> None:
    """Take a stage off the board; its cards go on top of the stage `to` in their order. What they went through stays known.

    Once more changes nothing. Raises as `edit_stage`, and Refusal for the last open stage and for cards without a way.
    """
    stages = _hold(stage, by)
    if stage not in stages:
        return
    stage = _own(stages, stage)
    if not _are_open(one for one in stages if one.pk != stage.pk):
        raise Refusal(_("One stage has to stay open: that is where people begin."))
    if Card.objects.filter(stage=stage).standing().exists():
        if to is None or to.pk == stage.pk or to not in stages or to.needs:
            raise Refusal(_("Choose the stage its cards go to."))
        with connection.cursor() as cursor:
            cursor.execute(EMPTY_STAGE, {"stage": stage.pk, "to": to.pk, "by": by.pk, "now": timezone.now()})
    Stage.objects.filter(pk=stage.pk).update(place=None)


def _hold(stage: Stage, by: User) -> list[Stage]:
    """The stages of its board in their order, nobody else changing them. Raises NotYours, CampaignClosed."""
    hold_board(stage.board, by)
    return list(Stage.objects.filter(board=stage.board).order_by("place"))


def _own(stages: list[Stage], stage: Stage) -> Stage:
    """The stage as it is now. Raises Refusal for one that is gone or the company's."""
    now = next((one for one in stages if one.pk == stage.pk), None)
    if now is None:
        raise Refusal(_("This stage is not on the board any more."), status=409)
    if now.is_company:
        raise Refusal(_("This stage is the company's. It cannot be changed here."), status=409)
    return now


def _clean(name: str) -> str:
    name = text.one_line(name)
    if not name:
        raise Refusal(_("Enter a name."))
    most = Stage._meta.get_field("own_name").max_length
    if len(name) > most:
        raise Refusal(_("A name has at most %(most)d characters.") % {"most": most})
    return name


def _named(stages: list[Stage], name: str) -> Stage | None:
    return next((stage for stage in stages if str(stage.name).casefold() == name.casefold()), None)


def _are_open(stages: Iterable[Stage]) -> bool:
    return any(stage.end == Stage.End.OPEN and not stage.needs for stage in stages)
