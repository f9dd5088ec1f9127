"""Which campaigns' figures wait to be taken, and who takes them when."""

import datetime as dt
import logging
import time
from collections.abc import Iterator, Sequence

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from campaigns import tasks
from campaigns.figures import running_campaigns
from campaigns.models import Campaign, Cause, SnapshotMark
from campaigns.snapshots import own, taking
from cotano.jobs.kinds import Run
from cotano.jobs.models import Job
from cotano.jobs.races import turn_at
from cotano.jobs.workers import ring

log = logging.getLogger(__name__)

PATIENCE = 1200.0  # seconds of one call; the next one goes on
UNFINISHED = dt.timedelta(minutes=10)  # a file that is still coming in is waited for, so long
ENDED = dt.timedelta(days=100)  # a campaign that ended longer ago without figures is taken when a file asks for it

LINES = """
INSERT INTO campaigns_snapshotmark (campaign_id, cause, job_id, at)
SELECT f.campaign_id, %(cause)s, %(job)s, %(now)s FROM ({found}) f(campaign_id)
WHERE NOT EXISTS (SELECT FROM campaigns_snapshotmark m WHERE m.campaign_id = f.campaign_id AND m.job_id = %(job)s)"""


def mark(campaigns: Sequence[int], *, cause: str = Cause.ORDERS, job: Job | None = None) -> None:
    """Have the figures of these campaigns (ids) taken soon after the caller's transaction."""
    if campaigns:
        SnapshotMark.objects.bulk_create(SnapshotMark(campaign_id=pk, cause=cause, job=job) for pk in campaigns)
        wake()


def mark_lines(run: Run, found: str, **values: object) -> None:
    """The same for the campaigns that a file's lines touch, in the transaction that writes them; `found` is a query for their ids."""
    run.sql(LINES.format(found=found), cause=Cause.ORDERS, **values)


def wake() -> None:
    """After the caller's transaction, let a worker look for marks."""
    transaction.on_commit(lambda: ring(tasks.take_due))


def take_due() -> int:
    """Freeze the campaigns that have ended, take those that have begun and the marked ones; returns how many were taken.

    Safe to call at any time by anybody.
    """
    taken, failed, until = 0, set(), time.monotonic() + PATIENCE
    with turn_at("taking snapshots") as mine:
        while mine and time.monotonic() < until and (passes := [one for one in _due() if one[0].pk not in failed]):
            for campaign, cause, job in passes:
                try:
                    taking.take(campaign, cause=cause, job=job)
                    taken += 1
                except Exception:  # what is wrong with one campaign does not keep the others waiting
                    log.exception("the figures of campaign %s were not taken", campaign)
                    failed.add(campaign.pk)
    return taken


def take_nightly() -> int:
    """The figures of every running campaign, and whatever waits."""
    mark([campaign.pk for campaign in running_campaigns()], cause=Cause.NIGHTLY)
    return take_due()


def freeze_ended(calendar: int | None = None) -> None:
    """Freeze the campaigns (of one calendar) that have ended and are not: nothing may change in the tree before that."""
    for campaign in _to_freeze(calendar):
        taking.freeze(campaign)


def _due() -> list[tuple[Campaign, str, Job | None]]:
    """What to take now, the earliest campaign first: (campaign, cause, file)."""
    passes = {campaign.pk: (campaign, Cause.CLOSED, None) for campaign in _to_freeze()}
    begun = Campaign.objects.filter(pk__in=[campaign.pk for campaign in running_campaigns()], runs=None)
    passes |= {campaign.pk: (campaign, Cause.NIGHTLY, None) for campaign in begun.select_related("calendar__market")}
    unfinished = Job.objects.filter(state=Job.State.RUNNING, created_at__gt=timezone.now() - UNFINISHED)
    marks = SnapshotMark.objects.select_related("campaign__calendar__market", "job").order_by("pk")
    marks = marks.exclude(campaign__in=SnapshotMark.objects.filter(job__in=unfinished).values("campaign"))
    for found in marks:
        if found.campaign.starts_on > found.campaign.calendar.today():
            continue  # it waits for its first day
        passes[found.campaign_id] = (found.campaign, found.cause, found.job)
    return sorted(passes.values(), key=lambda one: (one[0].starts_on, one[0].pk))


def _to_freeze(calendar: int | None = None) -> Iterator[Campaign]:
    """Campaigns that were taken while they ran and are to be taken at their end, or a day later: who joined last was answered by then."""
    now = timezone.now()
    ended = Campaign.objects.filter(ends_on__lte=now.date(), ends_on__gt=now.date() - ENDED)
    if calendar is not None:
        ended = ended.filter(calendar=calendar)
    ended = ended.select_related("calendar__market").annotate(taken_at=Max("runs__at")).filter(taken_at__isnull=False)
    for campaign in ended.order_by("starts_on"):
        end = campaign.over_at
        if any(campaign.taken_at < moment <= now for moment in (end, end + own.DAY)):
            yield campaign
