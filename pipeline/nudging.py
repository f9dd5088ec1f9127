"""The rounds of all nudge rules: who is gone through when, what is told now, what is taken back."""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import structlog
from django.db import transaction
from django.utils import timezone

from campaigns import nudges as of_campaigns
from campaigns.models import NudgeRun
from campaigns.nudges import Rule, Slot, laid_out, limits_of, slots
from cotano.jobs.races import turn_at
from cotano.lib import clock
from leads import clocks
from leads import nudges as of_leads
from notifications import deciding, nudges
from notifications.models import Notification
from pipeline import nudges as of_boards

log = structlog.get_logger("cotano.nudges")
RULES: tuple[Rule, ...] = (*of_campaigns.RULES, *of_leads.RULES, *of_boards.RULES)
BY_NAME = {rule.name: rule for rule in RULES}
EARLY = dt.time(5)  # of the zone's clock, from which on a day is gone through; the digest comes later
TOLD = dt.timedelta(days=3)  # for so long what was told and not read is asked about again
BATCH = 5000
PATIENCE = 20.0  # seconds of one round of asking again


@dataclass(frozen=True)
class Round:
    """What one round of the rules did."""

    slots: int = 0
    offered: int = 0


def offer_due(now: dt.datetime | None = None) -> Round:
    """Go through every market and zone whose day has begun and has not been gone through, and every hour through the hourly rules.

    Safe at any time by anybody: one caller at a time works, and what was offered before is not offered again.
    """
    with turn_at("offering nudges") as is_mine:
        if not is_mine:
            return Round()
        now, rounds, hourly = now or timezone.now(), [], set()
        runs = {(market, zone): day for market, zone, day in NudgeRun.objects.values_list("market", "zone", "day")}
        for slot in slots(now):
            before = runs.get((slot.market.pk, slot.zone))
            is_daily = now.astimezone(clock.zone_of(slot.zone)).time() >= EARLY and (before is None or before < slot.today)
            try:
                rounds.append(_offer(slot, now, is_hourly=slot.market.pk not in hourly, is_daily=is_daily))
            except Exception as error:  # whatever is wrong there, other markets and zones are told; the next round tries again
                log.exception("nudges not offered", market=slot.market.code, zone=slot.zone, error=type(error).__name__)
            hourly.add(slot.market.pk)
        return Round(sum(one.slots for one in rounds), sum(one.offered for one in rounds))


def _offer(slot: Slot, now: dt.datetime, *, is_hourly: bool, is_daily: bool) -> Round:
    offered = run(slot, [rule for rule in RULES if rule.hourly]) if is_hourly else 0
    if is_daily:
        with laid_out(slot):
            of_leads.follow_hot(slot)
            offered += run(slot, [rule for rule in RULES if not rule.hourly])
            NudgeRun.objects.update_or_create(market=slot.market, zone=slot.zone, defaults={"day": slot.today, "at": now})
    return Round(int(is_daily), offered)


def run(slot: Slot, rules: Sequence[Rule]) -> int:
    """Let these rules go through a slot; returns how many nudges are new."""
    limits = limits_of(slot.market, rules)
    return nudges.offer(found for rule in rules if limits[rule.name].is_on for found in rule.find(slot, limits[rule.name]))


def gone(told: Sequence[Notification]) -> Collection[int]:
    """Those (ids) of some nudges whose reason does not hold any more. One query or two for each rule among them."""
    by_rule: dict[str, list[Notification]] = defaultdict(list)
    for one in told:
        by_rule[one.key.partition(":")[0]].append(one)
    now, over = timezone.now(), set()
    for name, theirs in by_rule.items():
        if rule := BY_NAME.get(name):
            over |= {one.pk for one in theirs} - rule.holds(theirs, now)
    return over


def tell() -> deciding.Released:
    """Let go of the nudges whose time has come, but of those whose reason is gone."""
    with turn_at("telling nudges") as is_mine:
        return deciding.release(gone) if is_mine else deciding.Released()


def take_back() -> int:
    """Ask again about what was told in the last days and nobody has read: whose reason is gone is taken out of the inbox."""
    with turn_at("taking nudges back") as is_mine:
        return _take_back() if is_mine else 0


def _take_back() -> int:
    ends, taken, after = time.monotonic() + PATIENCE, 0, 0
    unread = Notification.objects.filter(kind=Notification.Kind.NUDGE, state=Notification.State.DONE, read_at=None)
    unread = unread.filter(due_at__gt=timezone.now() - TOLD).only("pk", "key", "recipient", "created_at", "mute").order_by("pk")
    while time.monotonic() < ends and (some := list(unread.filter(pk__gt=after)[:BATCH])):
        after = some[-1].pk
        taken += nudges.withdraw(gone(some))
    return taken


def count_silent() -> int:
    """Attempts without an outcome become contacts after 24 hours; returns how many leads that concerned."""
    counted = 0
    while True:
        with transaction.atomic():
            some = clocks.count_silent(timezone.now())
        counted += some
        if some < clocks.BATCH:
            return counted
