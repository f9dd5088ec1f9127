"""What is due goes out: claimed by lease, pushed, marked done. Any number of sweeps may run side by side.

A lease is the moment until which a sweep alone may work on a row; the same moment is its token. Whoever changes the row
(schedule, cancel, another sweep after the lease's end) changes the token with it, and the first sweep's later writes find
nothing. A push service that is away is asked again later: its row keeps a longer lease that nobody holds.
"""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from django.db import connection, models, transaction
from django.utils import timezone

from notifications import push
from notifications.models import Device, Notification

State = Notification.State
BATCH = 500  # rows claimed at once
GROUP = 16  # pushes on their way at once
LEASE = dt.timedelta(minutes=2)
MARGIN = dt.timedelta(seconds=15)  # no push starts this short before the lease's end
TRIES = 5
BACK_OFF = dt.timedelta(seconds=30)  # after the first try; four times as long after each further one
LATE = dt.timedelta(hours=24)  # older ones stand in the inbox alone
PATIENCE = 20.0  # seconds of one sweep; the next one goes on
SLOWEST = 12.0  # seconds a group may take, a slow name server included

# The lease of a worker that died comes back; after the last try the row is given up (it stands in the inbox all the same).
_EXPIRED = """
    WITH expired AS MATERIALIZED (
        SELECT id FROM notifications_notification WHERE state = 'leased' AND lease_until <= %(now)s
        ORDER BY lease_until LIMIT 5000 FOR UPDATE SKIP LOCKED)
    UPDATE notifications_notification n SET state = CASE WHEN attempts >= %(tries)s THEN 'dead' ELSE 'due' END, lease_until = NULL
    FROM expired WHERE n.id = expired.id
"""
# Reminders come first: a person chose their minute.
_CLAIM = """
    WITH claimed AS MATERIALIZED (
        SELECT id FROM notifications_notification WHERE state = 'due' AND due_at <= %(now)s {kind}
        ORDER BY due_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
    UPDATE notifications_notification n SET state = 'leased', lease_until = %(until)s, attempts = attempts + 1
    FROM claimed WHERE n.id = claimed.id RETURNING n.*
"""
_CLAIM_REMINDERS = _CLAIM.format(kind="AND kind = 'reminder'")
_CLAIM_OTHERS = _CLAIM.format(kind="AND kind <> 'reminder'")


@dataclass
class Sweep:
    """What one sweep did: rows by what became of them, pushes by result."""

    done: int = 0
    later: int = 0
    dead: int = 0
    lost: int = 0  # superseded or withdrawn while they were ours
    pushes: dict[push.Result, int] = field(default_factory=lambda: defaultdict(int))


def send_due(*, seconds: float = PATIENCE) -> Sweep:
    """Send all that is due now, for at most `seconds`; what is left then goes back and is due again at once."""
    ends = time.monotonic() + seconds
    sweep = Sweep()
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRED, {"now": timezone.now(), "tries": TRIES})
    with ThreadPoolExecutor(GROUP, thread_name_prefix="push") as pool:
        for claim in (_CLAIM_REMINDERS, _CLAIM_OTHERS):
            while time.monotonic() < ends:
                batch = _claim(claim)
                _deliver(batch, sweep, pool, ends)
                if len(batch) < BATCH:
                    break
    return sweep


def _claim(statement: str) -> list[Notification]:
    now = timezone.now()
    rows = Notification.objects.raw(statement, {"now": now, "until": now + LEASE, "batch": BATCH})
    return sorted(rows, key=lambda one: (one.due_at, one.pk))


def _deliver(batch: Sequence[Notification], sweep: Sweep, pool: ThreadPoolExecutor, ends: float) -> None:
    """Push what a device waits for; the rest is done with its place in the inbox."""
    devices = _devices(batch)
    to_push = [one for one in batch if devices.get(one.pk)]
    _finish([one for one in batch if not devices.get(one.pk)], sweep)
    if not to_push:
        return
    models.prefetch_related_objects(to_push, "recipient")
    private = push.private_key()
    groups = list(_groups(to_push, devices))
    for n, group in enumerate(groups):
        if time.monotonic() >= ends:
            _give_back([one for rest in groups[n:] for one in rest])
            return
        _push(group, devices, sweep, pool, private)


def _devices(batch: Sequence[Notification]) -> dict[int, list[Device]]:
    """By notification: the devices that should have it and have it not; none for one that is late by a day."""
    recent = [one for one in batch if one.due_at > timezone.now() - LATE]
    by_user = defaultdict(list)
    for device in Device.objects.filter(user__in={one.recipient_id for one in recent}, user__is_active=True).order_by("pk"):
        by_user[device.user_id].append(device)
    return {one.pk: [device for device in by_user[one.recipient_id] if device.pk not in one.pushed_to] for one in recent}


def _groups(notifications: Iterable[Notification], devices: dict[int, list[Device]]) -> Iterable[list[Notification]]:
    """Together at most GROUP pushes (a person has fewer devices than that)."""
    group, pushes = [], 0
    for one in notifications:
        if group and pushes + len(devices[one.pk]) > GROUP:
            yield group
            group, pushes = [], 0
        group.append(one)
        pushes += len(devices[one.pk])
    if group:
        yield group


def _push(group: Sequence[Notification], devices: dict[int, list[Device]], sweep: Sweep, pool: ThreadPoolExecutor, private: str) -> None:
    """Send a group of pushes at once and write down what became of them.

    Asked right before the sending: what was withdrawn, replaced or outlived its lease since the claim is left alone.
    """
    ours = set(_ours(group).values_list("pk", flat=True))
    sweep.lost += len(group) - len(ours)
    sent = {}
    for one in group:
        if one.pk in ours:
            says = push.message(one)
            sent[one] = {device: pool.submit(push.send, device, says, private) for device in devices[one.pk]}
    wait([future for tries in sent.values() for future in tries.values()], timeout=SLOWEST)
    done = []
    with transaction.atomic():
        for one, tries in sent.items():
            results = {device: future.result() if future.done() else push.Result.LATER for device, future in tries.items()}
            for device, result in results.items():
                sweep.pushes[result] += 1
                if result is push.Result.GONE:  # not one that was registered again meanwhile
                    Device.objects.filter(pk=device.pk, auth=device.auth).delete()
            if push.Result.LATER in results.values():
                _postpone(one, results, sweep)
            else:
                done.append(one)
        _finish(done, sweep)


def _postpone(one: Notification, results: dict[Device, push.Result], sweep: Sweep) -> None:
    """A service is busy or away: try the devices that have it not again later, or give up after the last try."""
    taken = [device.pk for device, result in results.items() if result is push.Result.TAKEN]
    changes: dict[str, object] = {"pushed_to": [*one.pushed_to, *taken]}
    if one.attempts >= TRIES:
        changes |= {"state": State.DEAD, "lease_until": None, "sent_at": timezone.now() if changes["pushed_to"] else None}
    else:
        changes |= {"lease_until": timezone.now() + BACK_OFF * 4 ** (one.attempts - 1)}
    if not _held([one]).update(**changes):
        sweep.lost += 1
    elif one.attempts >= TRIES:
        sweep.dead += 1
    else:
        sweep.later += 1


def _finish(notifications: Sequence[Notification], sweep: Sweep) -> None:
    if notifications:
        done = _held(notifications).update(state=State.DONE, lease_until=None, sent_at=timezone.now())
        sweep.done += done
        sweep.lost += len(notifications) - done


def _give_back(notifications: Sequence[Notification]) -> None:
    """Out of time: as if they had not been claimed."""
    _held(notifications).update(state=State.DUE, lease_until=None, attempts=models.F("attempts") - 1)


def _held(notifications: Sequence[Notification]) -> models.QuerySet:
    """Those on which our lease still stands (all of one claim have the same)."""
    pks = [one.pk for one in notifications]
    return Notification.objects.filter(pk__in=pks, state=State.LEASED, lease_until=notifications[0].lease_until)


def _ours(notifications: Sequence[Notification]) -> models.QuerySet:
    """Those that may still be sent: held, with time enough left."""
    return _held(notifications).filter(lease_until__gt=timezone.now() + MARGIN)
