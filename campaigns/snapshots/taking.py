"""One pass: the figures of one campaign."""

import datetime as dt
import zlib

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from campaigns import call_rows, daily
from campaigns.models import Campaign, CampaignQuerySet, Cause, Order, SnapshotMark, SnapshotRun
from campaigns.snapshots import downlines, own, writing
from cotano.jobs.models import Job
from cotano.jobs.races import retry_lost_races

LOCK = zlib.crc32(b"snapshot") - 2**31  # the first number of the advisory lock of a campaign
MEMORY = "64MB"  # of each sort and hash of a pass, in the database


def take(campaign: Campaign, *, cause: str, job: Job | None = None) -> SnapshotRun:
    """Take the figures of a campaign and write what differs; earlier campaigns that have none yet are taken first.

    The first time after its end where everybody stood is that of today's tree and is kept from then on: a later pass changes
    only what files say about orders and actions, and is noted as late when the campaign is closed. Who counts on figures being
    of one moment calls this outside of a transaction of their own.
    """
    for earlier in _untaken(campaign):
        _take(earlier.pk, cause, job)
    return _take(campaign.pk, cause, job)


def freeze(campaign: Campaign) -> SnapshotRun | None:
    """Take the figures of a campaign that has ended, unless it has been done: what changes in the tree from now on is not in them."""
    return None if is_frozen(campaign) else take(campaign, cause=Cause.CLOSED)


def is_frozen(campaign: Campaign) -> bool:
    """Whether the figures were taken after the campaign's end. The campaign comes with its calendar and market. One query."""
    return _frozen_at(campaign) is not None


def _frozen_at(campaign: Campaign) -> dt.datetime | None:
    after = SnapshotRun.objects.filter(campaign=campaign, at__gte=campaign.over_at)
    return after.order_by("at").values_list("at", flat=True).first()


def before(campaign: Campaign) -> Campaign | None:
    """The campaign before in the calendar."""
    return _of_calendar(campaign).filter(starts_on__lt=campaign.starts_on).order_by("-starts_on").first()


def _of_calendar(campaign: Campaign) -> CampaignQuerySet:
    return Campaign.objects.filter(calendar=campaign.calendar_id).select_related("calendar__market")


def _untaken(campaign: Campaign) -> list[Campaign]:
    """Those before without figures, from the first one on whose orders are known."""
    earlier = _of_calendar(campaign).filter(starts_on__lt=campaign.starts_on).order_by("starts_on")
    first = earlier.filter(Exists(Order.objects.filter(campaign=OuterRef("pk")))).first()
    if first is None:
        return []
    return list(earlier.filter(~Exists(SnapshotRun.objects.filter(campaign=OuterRef("pk"))), starts_on__gte=first.starts_on))


@retry_lost_races
@transaction.atomic
def _take(pk: int, cause: str, job: Job | None) -> SnapshotRun:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, pk % 2**31])
        cursor.execute(f"SET LOCAL work_mem = '{MEMORY}'")
        cursor.execute("SELECT FROM campaigns_campaign WHERE id = %s FOR KEY SHARE", [pk])  # it is not deleted meanwhile
        campaign = Campaign.objects.select_related("calendar__market").get(pk=pk)
        seen = list(SnapshotMark.objects.filter(campaign=campaign).values_list("pk", flat=True))
        frozen_at, now = _frozen_at(campaign), timezone.now()
        reps = own.gather(cursor, campaign, before(campaign), frozen_at=frozen_at, now=now)
        downlines.add_up(cursor, campaign)
        first = not campaign.snapshots.exists()
        cursor.execute(own.NO_LOOPS)
        changed = writing.write_reps(cursor, campaign, first=first)
        writing.write_places(cursor, campaign)
        daily.write_days(cursor, campaign)
        call_rows.write(cursor, campaign)
        cursor.execute(own.LOOPS)
        cursor.execute("DROP TABLE snapshot_own, snapshot_team, snapshot_legs")
        SnapshotMark.objects.filter(pk__in=seen).delete()
        if changed:
            _mark_later(campaign, cause, job)
        late = frozen_at and changed and campaign.is_closed and cause == Cause.ORDERS
        return SnapshotRun.objects.create(
            campaign=campaign, at=now, cause=Cause.LATE if late else cause, job=job, reps=reps, changed=changed
        )


def _mark_later(campaign: Campaign, cause: str, job: Job | None) -> None:
    """Who was idle and whose first order it was in later campaigns depends on this one."""
    later = _of_calendar(campaign).filter(Exists(SnapshotRun.objects.filter(campaign=OuterRef("pk"))), starts_on__gt=campaign.ends_on)
    SnapshotMark.objects.bulk_create(SnapshotMark(campaign=one, cause=cause, job=job) for one in later)
