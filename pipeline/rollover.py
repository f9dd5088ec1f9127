"""A campaign closes: each board's figures are frozen, its open cards go on to the next campaign, its rep is told once.

Boards are taken in batches, each in one transaction with the mark `rolled_at`: a worker that dies leaves its batch to the
next tick, and no board is ever rolled twice.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from operator import itemgetter

from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Calendar, Campaign
from cotano.jobs.races import retry_lost_races, turn_at
from notifications import actions as notifications
from notifications.models import Notification
from pipeline.funnel import FIGURES
from pipeline.models import Board, Card
from pipeline.new_boards import VALUES, lay_out_statement
from teams.models import User

BATCH = 200  # boards per transaction
PATIENCE = 20.0  # seconds of one tick; the next one goes on
WORKERS = 2  # at once; the others of a company's workers have other things to do

FREEZE = f"""{FIGURES}
UPDATE pipeline_board b SET rolled_at = %(now)s, frozen = jsonb_build_object('stages', f.stages)
FROM unnest(%(boards)s::bigint[]) AS taken(id) LEFT JOIN figures f ON f.board_id = taken.id
WHERE b.id = taken.id"""  # noqa: S608  own words

NEW_BOARDS = """
INSERT INTO pipeline_board (rep_id, campaign_id, frozen)
SELECT b.rep_id, %(next)s, '{}' FROM pipeline_board b
WHERE b.id = ANY(%(boards)s)
  AND EXISTS (SELECT 1 FROM pipeline_card c JOIN pipeline_stage s ON s.id = c.stage_id
              WHERE c.board_id = b.id AND c.closed_at IS NULL AND s."end" = '')
ON CONFLICT (rep_id, campaign_id) DO NOTHING"""

NEW_STAGES = lay_out_statement(
    "b.campaign_id = %(next)s AND b.rep_id IN (SELECT o.rep_id FROM pipeline_board o WHERE o.id = ANY(%(boards)s))"
)

# A card stands in the open stage of the same name, else of the same place, else in the first, below what is there already, in its
# old order. The row of its way there has nobody as its author: `by` is NULL.
NEW_CARDS = """
WITH ways AS (
  SELECT s.id AS was_id, s.place, n.id AS board_id,
         (SELECT x.id FROM pipeline_stage x WHERE x.board_id = n.id AND x.place IS NOT NULL
          ORDER BY x."end" = '' DESC, x.standard = s.standard AND lower(x.own_name) = lower(s.own_name) DESC,
                   x.standard <> '' AND x.standard = s.standard DESC, x.place = s.place DESC, x.place LIMIT 1) AS to_id
  FROM pipeline_board b
  JOIN pipeline_board n ON n.rep_id = b.rep_id AND n.campaign_id = %(next)s
  JOIN pipeline_stage s ON s.board_id = b.id AND s."end" = ''
  WHERE b.id = ANY(%(boards)s)
), below AS (
  SELECT o.stage_id, max(o.rank) AS rank FROM pipeline_card o WHERE o.stage_id IN (SELECT to_id FROM ways) GROUP BY o.stage_id
), new AS (
  INSERT INTO pipeline_card (board_id, lead_id, stage_id, rank, version, entered_stage_at, created_at, closed_as, came_from_id)
  SELECT w.board_id, c.lead_id, w.to_id,
         COALESCE(b.rank, 0) + row_number() OVER (PARTITION BY w.to_id ORDER BY w.place, c.rank),
         1, %(now)s, %(now)s, '', c.id
  FROM ways w JOIN pipeline_card c ON c.stage_id = w.was_id LEFT JOIN below b ON b.stage_id = w.to_id
  WHERE c.closed_at IS NULL
  ON CONFLICT (board_id, lead_id) DO NOTHING
  RETURNING id, stage_id, came_from_id
)
INSERT INTO pipeline_move (card_id, was_id, to_id, by_id, at)
SELECT new.id, old.stage_id, new.stage_id, NULL, %(now)s FROM new JOIN pipeline_card old ON old.id = new.came_from_id"""

OLD_CARDS = """
UPDATE pipeline_card c SET closed_at = %(now)s, closed_as = 'moved_on', version = version + 1
FROM pipeline_stage s
WHERE s.id = c.stage_id AND s."end" = '' AND c.board_id = ANY(%(boards)s) AND c.closed_at IS NULL"""


@dataclass(frozen=True)
class Rolled:
    """What one call of `close_ended` did."""

    boards: int = 0
    campaigns: int = 0
    is_more: bool = False  # the time was up before all boards were taken


def close_ended() -> Rolled:
    """Roll the boards of every campaign that has ended in its market, and close it; safe to call at any time by anybody.

    Up to WORKERS at once work on it, side by side. A board that was being made while its campaign was closed is seen only
    afterwards: it goes on like the others.
    """
    with turn_at("rolling over", at_once=WORKERS) as is_mine:
        return _close_ended() if is_mine else Rolled()


def _close_ended() -> Rolled:
    boards = campaigns = 0
    until = time.monotonic() + PATIENCE
    for calendar in Calendar.objects.select_related("market"):
        ended = Campaign.objects.filter(calendar=calendar, ends_on__lt=calendar.today())
        left = Board.objects.filter(campaign=OuterRef("pk"), rolled_at=None)
        for campaign in ended.filter(Q(closed_at=None) | Q(Exists(left))).order_by("starts_on"):
            following = Campaign.objects.filter(calendar=calendar, starts_on__gt=campaign.ends_on).order_by("starts_on").first()
            if following is None:
                tell_staff(campaign)
                break
            while rolled := roll_over(campaign, following, size=BATCH):
                boards += rolled
                if time.monotonic() >= until:
                    return Rolled(boards, campaigns, is_more=True)
            campaigns += close(campaign)
    return Rolled(boards, campaigns)


@retry_lost_races
@transaction.atomic
def roll_over(campaign: Campaign, following: Campaign, *, size: int = BATCH) -> int:
    """Roll up to `size` boards of `campaign` on to `following`; returns how many were taken (0: none is left)."""
    unrolled = Board.objects.filter(campaign=campaign, rolled_at=None).order_by("pk")
    taken = list(unrolled.select_for_update(skip_locked=True).values_list("pk", flat=True)[:size])
    if not taken:
        return 0
    values = {"boards": taken, "next": following.pk, "now": timezone.now(), **VALUES}
    with connection.cursor() as cursor:
        for statement in (FREEZE, NEW_BOARDS, NEW_STAGES, NEW_CARDS, OLD_CARDS):
            cursor.execute(statement, values)
    live = campaign.calendar.live_from
    if live is not None and campaign.ends_on >= live:
        tell_reps(taken, campaign, following)
    return len(taken)


def close(campaign: Campaign) -> int:
    """Mark the campaign closed once none of its boards is left to roll; returns 1 if this call did it."""
    open_boards = Board.objects.filter(campaign=campaign, rolled_at=None)
    return 0 if open_boards.exists() else Campaign.objects.filter(pk=campaign.pk, closed_at=None).update(closed_at=timezone.now())


def tell_reps(boards: Sequence[int], campaign: Campaign, following: Campaign) -> None:
    """One summary for each rep of these boards (ids, just rolled) who logs in and had cards. Two statements."""
    new = Board.objects.filter(campaign=following, rep=OuterRef("rep")).values("pk")
    told = Board.objects.filter(pk__in=boards, rep__user__isnull=False).annotate(
        gone=Count("cards", filter=Q(cards__closed_as=Card.Closed.MOVED_ON)),
        stayed=Count("cards", filter=Q(cards__closed_at=None)),
        new=Subquery(new),
    )
    shown = ("rep__user__language", "pk", "rep__user", "new", "gone", "stayed")
    rows = told.filter(gone__gt=0).order_by("rep__user__language").values_list(*shown)
    now, said = timezone.now(), []
    for language, reps in groupby(rows, key=itemgetter(0)):
        with translation.override(language):
            title = _("Campaign %(number)s is closed") % {"number": campaign.number}
            words = cache(partial(_summary, campaign, following))  # many have as many cards
            said += [
                notifications.Said(
                    key=f"rolled:{board}",
                    subject=f"board:{board}",
                    recipient=user,
                    kind=Notification.Kind.SUMMARY,
                    title=title,
                    text=words(gone, stayed),
                    url=reverse("pipeline:board", args=[new_board]),
                    due_at=now,
                )
                for _language, board, user, new_board, gone, stayed in reps
            ]
    notifications.schedule_many(said)


def _summary(campaign: Campaign, following: Campaign, gone: int, stayed: int) -> str:
    """How many cards moved on and how many stay, in the language that is switched on."""
    return _("%(moved)s. %(stayed)s.") % {
        "moved": ngettext("%(n)d card moved on to campaign %(next)d", "%(n)d cards moved on to campaign %(next)d", gone)
        % {"n": gone, "next": following.number},
        "stayed": ngettext("%(n)d stays in campaign %(number)d", "%(n)d stay in campaign %(number)d", stayed)
        % {"n": stayed, "number": campaign.number},
    }


def tell_staff(campaign: Campaign) -> None:
    """No next campaign is known: its boards stay open; those who may load calendars are told once."""
    allowed = Permission.objects.filter(codename="import_campaign", content_type__app_label="campaigns")
    people = User.objects.filter(is_active=True, is_staff=True).filter(
        Q(groups__permissions=Subquery(allowed.values("pk"))) | Q(is_superuser=True)
    )
    key = f"no_next:{campaign.pk}"
    for user in people.exclude(notifications__key=key).distinct():
        with translation.override(user.language):
            notifications.schedule(
                key=key,
                subject=f"campaign:{campaign.pk}",
                recipient=user,
                kind=Notification.Kind.NOTICE,
                title=_("No campaign follows campaign %(number)s") % {"number": campaign.number},
                text=_("Its boards stay open until the next one is in the calendar."),
                url=reverse("admin:campaigns_campaign_changelist"),
                due_at=timezone.now(),
            )
