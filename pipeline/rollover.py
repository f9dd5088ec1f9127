"""A campaign closes: each board's figures are frozen, its open cards go on to the next campaign, its rep is told once.

Boards are taken in batches, each in one transaction with the mark `rolled_at`: a worker that dies leaves its batch to the
next tick, and no board is ever rolled twice.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Calendar, Campaign
from notifications import actions as notifications
from notifications.models import Notification
from pipeline.models import Board, Card
from teams.models import User

BATCH = 200  # boards per transaction
PATIENCE = 20.0  # seconds of one tick; the next one goes on

FREEZE = """
WITH born AS (
  SELECT c.id AS card, c.created_at AS at, c.closed_at,
         COALESCE((SELECT m.was_id FROM pipeline_move m WHERE m.card_id = c.id ORDER BY m.at, m.id LIMIT 1), c.stage_id) AS stage
  FROM pipeline_card c WHERE c.board_id = ANY(%(boards)s)
), entries AS (
  SELECT card, stage, at, closed_at FROM born
  UNION ALL SELECT m.card_id, m.to_id, m.at, b.closed_at FROM pipeline_move m JOIN born b ON b.card = m.card_id
), stays AS (
  SELECT card, stage, COALESCE(LEAD(at) OVER (PARTITION BY card ORDER BY at), closed_at, %(now)s) - at AS stay FROM entries
), figures AS (
  SELECT s.board_id, s.id, s.place,
         (SELECT count(*) FROM pipeline_card c WHERE c.stage_id = s.id AND c.closed_at IS NULL) AS cards,
         count(DISTINCT t.card) AS entered,
         round((extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY t.stay)) / 86400)::numeric, 1) AS median_days
  FROM pipeline_stage s LEFT JOIN stays t ON t.stage = s.id
  WHERE s.board_id = ANY(%(boards)s) GROUP BY s.board_id, s.id
)
UPDATE pipeline_board b SET rolled_at = %(now)s, frozen = jsonb_build_object('stages', (
  SELECT jsonb_agg(jsonb_build_object('stage', id, 'cards', cards, 'entered', entered, 'median_days', median_days) ORDER BY place)
  FROM figures f WHERE f.board_id = b.id))
WHERE b.id = ANY(%(boards)s)"""

NEW_BOARDS = """
INSERT INTO pipeline_board (rep_id, campaign_id, frozen)
SELECT b.rep_id, %(next)s, '{}' FROM pipeline_board b
WHERE b.id = ANY(%(boards)s)
  AND EXISTS (SELECT 1 FROM pipeline_card c JOIN pipeline_stage s ON s.id = c.stage_id
              WHERE c.board_id = b.id AND c.closed_at IS NULL AND s."end" = '')
ON CONFLICT (rep_id, campaign_id) DO NOTHING"""

NEW_STAGES = """
INSERT INTO pipeline_stage (board_id, place, standard, own_name, "end")
SELECT n.id, s.place, s.standard, s.own_name, s."end"
FROM pipeline_board b JOIN pipeline_board n ON n.rep_id = b.rep_id AND n.campaign_id = %(next)s JOIN pipeline_stage s ON s.board_id = b.id
WHERE b.id = ANY(%(boards)s) AND NOT EXISTS (SELECT 1 FROM pipeline_stage x WHERE x.board_id = n.id)"""

# A card stands in the stage of the same place (else in the first), below what is there already, in its old order.
NEW_CARDS = """
WITH going AS (
  SELECT c.id, c.lead_id, c.rank, n.id AS board_id, s.place,
         COALESCE((SELECT x.id FROM pipeline_stage x WHERE x.board_id = n.id AND x.place = s.place AND x."end" = ''),
                  (SELECT x.id FROM pipeline_stage x WHERE x.board_id = n.id ORDER BY x.place LIMIT 1)) AS stage_id
  FROM pipeline_card c
  JOIN pipeline_stage s ON s.id = c.stage_id AND s."end" = ''
  JOIN pipeline_board b ON b.id = c.board_id
  JOIN pipeline_board n ON n.rep_id = b.rep_id AND n.campaign_id = %(next)s
  WHERE c.board_id = ANY(%(boards)s) AND c.closed_at IS NULL
), below AS (
  SELECT o.stage_id, max(o.rank) AS rank FROM pipeline_card o WHERE o.stage_id IN (SELECT stage_id FROM going) GROUP BY o.stage_id
)
INSERT INTO pipeline_card (board_id, lead_id, stage_id, rank, version, entered_stage_at, created_at, closed_as, came_from_id)
SELECT going.board_id, going.lead_id, stage_id,
       COALESCE(below.rank, 0) + row_number() OVER (PARTITION BY stage_id ORDER BY going.place, going.rank),
       1, %(now)s, %(now)s, '', going.id
FROM going LEFT JOIN below USING (stage_id)
ON CONFLICT (board_id, lead_id) DO NOTHING"""

OLD_CARDS = """
UPDATE pipeline_card c SET closed_at = %(now)s, closed_as = 'moved_on', version = version + 1
FROM pipeline_stage s
WHERE s.id = c.stage_id AND s."end" = '' AND c.board_id = ANY(%(boards)s) AND c.closed_at IS NULL"""


@dataclass(frozen=True)
class Rolled:
    """What one call of `close_ended` did."""

    boards: int = 0
    campaigns: int = 0


def close_ended() -> Rolled:
    """Roll the boards of every campaign that has ended in its market, and close it; safe to call at any time by anybody.

    A board that was being made while its campaign was closed is seen only afterwards: it goes on like the others.
    """
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
            while time.monotonic() < until and (rolled := roll_over(campaign, following)):
                boards += rolled
            campaigns += close(campaign)
    return Rolled(boards, campaigns)


@transaction.atomic
def roll_over(campaign: Campaign, following: Campaign, *, size: int = BATCH) -> int:
    """Roll up to `size` boards of `campaign` on to `following`; returns how many were taken (0: none is left)."""
    taken = list(
        Board.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(campaign=campaign, rolled_at=None)
        .select_related("rep__user")
        .order_by("pk")[:size]
    )
    if not taken:
        return 0
    values = {"boards": [board.pk for board in taken], "next": following.pk, "now": timezone.now()}
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


def tell_reps(taken: Sequence[Board], campaign: Campaign, following: Campaign) -> None:
    """One summary for each rep who logs in and had cards."""
    gone, stayed = _counts(taken, Q(closed_as=Card.Closed.MOVED_ON)), _counts(taken, Q(closed_at=None))
    new = dict(Board.objects.filter(campaign=following, rep__in=[board.rep_id for board in taken]).values_list("rep_id", "pk"))
    for board in taken:
        user = board.rep.user
        if user is None or not gone.get(board.pk):
            continue
        with translation.override(user.language):
            notifications.schedule(
                key=f"rolled:{board.pk}",
                subject=f"board:{board.pk}",
                recipient=user,
                kind=Notification.Kind.SUMMARY,
                title=_("Campaign %(number)s is closed") % {"number": campaign.number},
                text=_("%(moved)s. %(stayed)s.")
                % {
                    "moved": ngettext(
                        "%(n)d card moved on to campaign %(next)d", "%(n)d cards moved on to campaign %(next)d", gone[board.pk]
                    )
                    % {"n": gone[board.pk], "next": following.number},
                    "stayed": ngettext("%(n)d stays in campaign %(number)d", "%(n)d stay in campaign %(number)d", stayed.get(board.pk, 0))
                    % {"n": stayed.get(board.pk, 0), "number": campaign.number},
                },
                url=reverse("pipeline:board", args=[new[board.rep_id]]),
                due_at=timezone.now(),
            )


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


def _counts(boards: Sequence[Board], which: Q) -> dict[int, int]:
    """Cards per board."""
    return dict(Card.objects.filter(which, board__in=boards).values("board").annotate(n=Count("pk")).values_list("board", "n"))
