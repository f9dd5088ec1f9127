"""What is due goes out: claimed by lease, pushed, marked done. Any number of sweeps may run side by side.

A lease is the moment until which a sweep alone may work on a row; the same moment is its token. Whoever changes the row
(schedule, cancel, another sweep after the lease's end) changes the token with it, and the first sweep's later writes find
nothing. A push service that is away is asked again later: its row waits until a moment of its own, held by nobody.

A row that takes its worker down with it would take its neighbours' tries too. So what was lost with a worker is claimed in few,
then alone, until the one that does it has used up its tries.
"""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

import structlog
from django.db import connection, models, transaction
from django.utils import timezone

from notifications import letters, push, wire
from notifications.models import Device, Notification
from notifications.traffic import Tally

log = structlog.get_logger("cotano.sweep")
State, Kind = Notification.State, Notification.Kind
BATCH = 500  # rows claimed at once
OTHERS = 200  # of those that are no reminders: between two of their batches reminders go first
AGAIN = (25, 1)  # of those that were lost with a worker once, and more often
SENDERS = 12  # threads
GROUP = 64  # pushes between two notes of what has been sent: so many may go out once more after a kill
LEASE = dt.timedelta(minutes=2)
MARGIN = dt.timedelta(seconds=20)  # no push starts this short before the lease's end
TRIES = 5
BACK_OFF = dt.timedelta(seconds=30)  # after the first try; four times as long after each further one
LATE = dt.timedelta(hours=24)  # older ones stand in the inbox alone
LATE_OF = {Kind.NUDGE: dt.timedelta(hours=1), Kind.DIGEST: dt.timedelta(hours=1)}  # nobody is woken at night after a standstill
PATIENCE = 20.0  # seconds of one sweep; the next one goes on
SLOWEST = 12.0  # seconds a group may take, a slow name server included

# The lease of a worker that died comes back, and so does what was to wait for a push service; after the last try a row is given
# up (it stands in the inbox all the same).
_EXPIRED = """
    WITH expired AS MATERIALIZED (
        SELECT id FROM notifications_notification WHERE state IN ('leased', 'later') AND lease_until <= %(now)s
        ORDER BY lease_until LIMIT 5000 FOR UPDATE SKIP LOCKED)
    UPDATE notifications_notification n SET
        state = CASE WHEN attempts >= %(tries)s THEN 'dead' ELSE 'due' END, lease_until = NULL,
        crashes = crashes + CASE state WHEN 'leased' THEN 1 ELSE 0 END
    FROM expired WHERE n.id = expired.id RETURNING n.kind, n.state
"""
_CLAIM = """
    WITH claimed AS MATERIALIZED (
        SELECT id FROM notifications_notification WHERE state = 'due' AND due_at <= %(now)s AND {which}
        ORDER BY due_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
    UPDATE notifications_notification n SET state = 'leased', lease_until = %(until)s, attempts = attempts + 1
    FROM claimed WHERE n.id = claimed.id
    RETURNING n.id, n.recipient_id, n.kind, n.due_at, n.attempts, n.pushed_to, n.lease_until
"""
_DONE = """
    UPDATE notifications_notification SET state = 'done', lease_until = NULL, sent_at = %(now)s
    WHERE id = ANY(%(ids)s) AND state = 'leased' AND lease_until = %(lease)s
"""
# As one array: a list of hundreds of parameters takes longer to write than the devices to find.
_DEVICES = """
    SELECT d.* FROM notifications_device d JOIN teams_user u ON u.id = d.user_id AND u.is_active
    WHERE d.user_id = ANY(%(users)s) ORDER BY d.id
"""


class Claimed(NamedTuple):
    """What a sweep has to know of a row to find its devices; the words come when they are sent."""

    pk: int
    recipient_id: int
    kind: str
    due_at: dt.datetime
    attempts: int
    pushed_to: list[int]
    lease_until: dt.datetime


@dataclass(frozen=True)
class Line:
    """A queue in the queue: which rows, and how many at once."""

    claim: str
    batch: int


def _lines() -> Iterator[Line]:
    """Reminders first: a person chose their minute. Of each kind those first that never took a worker with them."""
    for kind, batch in (("kind = 'reminder'", BATCH), ("kind <> 'reminder'", OTHERS)):
        for crashes, most in (("crashes = 0", batch), ("crashes = 1", AGAIN[0]), ("crashes > 1", AGAIN[1])):
            yield Line(_CLAIM.format(which=f"{kind} AND {crashes}"), most)


LINES = list(_lines())
REMINDERS = LINES[0]


@dataclass
class Sweep:
    """What one sweep did: rows by what became of them, pushes by result."""

    done: int = 0
    later: int = 0
    dead: int = 0
    lost: int = 0  # superseded or withdrawn while they were ours
    pushes: dict[push.Result, int] = field(default_factory=lambda: defaultdict(int))
    traffic: Tally = field(default_factory=Tally)


@dataclass(frozen=True)
class Hands:
    """What a sweep sends with, until when (of time.monotonic), and where it writes down what it did."""

    pool: ThreadPoolExecutor
    wires: wire.Lines
    ends: float
    sweep: Sweep


def send_due(*, seconds: float = PATIENCE) -> Sweep:
    """Send all that is due now, for at most `seconds`; what is left then goes back and is due again at once."""
    sweep = Sweep()
    _take_back(sweep)
    with ThreadPoolExecutor(SENDERS, thread_name_prefix="push") as pool, wire.Lines() as wires:
        hands = Hands(pool, wires, time.monotonic() + seconds, sweep)
        at = 0
        while at < len(LINES) and time.monotonic() < hands.ends:
            batch = _claim(LINES[at])
            _deliver(batch, hands)
            if len(batch) < LINES[at].batch:
                at += 1
            elif LINES[at].batch == OTHERS:
                at = 0  # reminders that have come due meanwhile go before the rest
    sweep.traffic.save()
    return sweep


def _take_back(sweep: Sweep) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRED, {"now": timezone.now(), "tries": TRIES})
        for kind, state in cursor.fetchall():
            if state == State.DEAD:
                sweep.dead += 1
                sweep.traffic.dead[kind] += 1


def _claim(line: Line) -> list[Claimed]:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(line.claim, {"now": now, "until": now + LEASE, "batch": line.batch})
        return sorted(map(Claimed._make, cursor.fetchall()), key=attrgetter("due_at", "pk"))


def _deliver(batch: Sequence[Claimed], hands: Hands) -> None:
    """Push what a device waits for; the rest is done with its place in the inbox."""
    devices = _devices(batch)
    to_push = [one for one in batch if devices.get(one.pk)]
    _finish([one for one in batch if not devices.get(one.pk)], hands.sweep, mail=True)
    if not to_push:
        return
    private = push.private_key()
    groups = list(_groups(to_push, devices))
    for n, group in enumerate(groups):
        if time.monotonic() >= hands.ends:
            _give_back([one for rest in groups[n:] for one in rest])
            return
        _push(group, devices, hands, private)


def _devices(batch: Sequence[Claimed]) -> dict[int, list[Device]]:
    """By notification: the devices that should have it and have it not; none for one that is too late."""
    now = timezone.now()
    recent = [one for one in batch if one.due_at > now - LATE_OF.get(one.kind, LATE)]
    by_user = defaultdict(list)
    users = list({one.recipient_id for one in recent})
    for device in Device.objects.raw(_DEVICES, {"users": users}) if users else ():
        by_user[device.user_id].append(device)
    return {one.pk: [device for device in by_user[one.recipient_id] if device.pk not in one.pushed_to] for one in recent}


def _groups(rows: Iterable[Claimed], devices: dict[int, list[Device]]) -> Iterable[list[Claimed]]:
    """Together at most GROUP pushes (a person has fewer devices than that)."""
    group, pushes = [], 0
    for one in rows:
        if group and pushes + len(devices[one.pk]) > GROUP:
            yield group
            group, pushes = [], 0
        group.append(one)
        pushes += len(devices[one.pk])
    if group:
        yield group


def _push(group: Sequence[Claimed], devices: dict[int, list[Device]], hands: Hands, private: str) -> None:
    """Send a group of pushes at once and write down what became of them.

    The rows are read right before the sending: what was withdrawn, replaced or outlived its lease since the claim is not among them.
    """
    sweep = hands.sweep
    ours = {row.pk: row for row in _ours(group)}
    sweep.lost += len(group) - len(ours)
    sent: list[tuple[Claimed, dict[Device, Future[push.Sent]]]] = []
    failed = []
    for one in group:
        if one.pk not in ours:
            continue
        if says := _message(ours[one.pk]):
            tries = {device: hands.pool.submit(_send, one, device, says, private, hands.wires) for device in devices[one.pk]}
            sent.append((one, tries))
        else:
            failed.append(one)
    wait([future for _one, tries in sent for future in tries.values()], timeout=SLOWEST)
    done, nowhere = [], []
    with transaction.atomic():
        for one in failed:
            _postpone(one, {}, sweep)
        for one, tries in sent:
            results = {device: future.result() if future.done() else push.Sent(push.Result.LATER) for device, future in tries.items()}
            for device, came in results.items():
                sweep.pushes[came.result] += 1
                if came.result is push.Result.GONE:  # not one that was registered again meanwhile
                    Device.objects.filter(pk=device.pk, auth=device.auth).delete()
            if any(came.result is push.Result.LATER for came in results.values()):
                _postpone(one, results, sweep)
            elif one.pushed_to or any(came.result is not push.Result.GONE for came in results.values()):
                done.append(one)
            else:
                nowhere.append(one)  # its devices have left since the last push: as if there had been none
        _finish(done, sweep)
        _finish(nowhere, sweep, mail=True)


def _send(one: Claimed, device: Device, says: push.Message, private: str, wires: wire.Lines) -> push.Sent:
    """Send a push whose turn among the threads has come, unless the lease has ended by then (this process was frozen, or too slow)."""
    if timezone.now() + MARGIN >= one.lease_until:
        return push.Sent(push.Result.LATER)
    return push.send(device, says, private, wires)


def _message(one: Notification) -> push.Message | None:
    """What the push says, or None for a row that cannot be told; it must not hold up the others."""
    try:
        return push.message(one)
    except Exception as error:  # noqa: BLE001  whatever is wrong with it, it is tried again and given up in the end
        log.warning("push not made", notification=one.pk, error=type(error).__name__)
        return None


def _postpone(one: Claimed, results: dict[Device, push.Sent], sweep: Sweep) -> None:
    """A service is busy or away: try the devices that have it not again later, or give up after the last try."""
    taken = [device.pk for device, came in results.items() if came.result is push.Result.TAKEN]
    changes: dict[str, object] = {"pushed_to": [*one.pushed_to, *taken]}
    if one.attempts >= TRIES:
        changes |= {"state": State.DEAD, "lease_until": None, "sent_at": timezone.now() if changes["pushed_to"] else None}
    else:
        asked = max((came.wait for came in results.values()), default=0)
        pause = max(BACK_OFF * 4 ** (one.attempts - 1), dt.timedelta(seconds=asked))
        changes |= {"state": State.LATER, "lease_until": timezone.now() + pause}
    if not _held([one]).update(**changes):
        sweep.lost += 1
    elif one.attempts >= TRIES:
        sweep.dead += 1
        sweep.traffic.dead[one.kind] += 1
    else:
        sweep.later += 1
        sweep.traffic.later[one.kind] += 1


def _finish(rows: Sequence[Claimed], sweep: Sweep, *, mail: bool = False) -> None:
    """Done, all or some; `mail` also writes the e-mails of those that go by e-mail where there is no device."""
    if not rows:
        return
    now = timezone.now()
    by_mail = _by_mail(rows, now) if mail else []
    with transaction.atomic(), connection.cursor() as cursor:
        if by_mail:
            letters.post_mails(list(_held(by_mail).select_for_update()))
        cursor.execute(_DONE, {"now": now, "ids": [one.pk for one in rows], "lease": rows[0].lease_until})
        done = cursor.rowcount
    sweep.done += done
    sweep.lost += len(rows) - done
    sweep.traffic.told(rows, now)


def _by_mail(rows: Sequence[Claimed], now: dt.datetime) -> list[Claimed]:
    """Digests, and reminders of those who have asked for mails, unless they are too late."""
    reminders = [one for one in rows if one.kind == Kind.REMINDER and one.due_at > now - LATE]
    wanting = letters.wanting_reminders({one.recipient_id for one in reminders}) if reminders else set()
    return [*(one for one in rows if one.kind == Kind.DIGEST), *(one for one in reminders if one.recipient_id in wanting)]


def _give_back(rows: Sequence[Claimed]) -> None:
    """Out of time: as if they had not been claimed."""
    _held(rows).update(state=State.DUE, lease_until=None, attempts=models.F("attempts") - 1)


def _held(rows: Sequence[Claimed]) -> models.QuerySet:
    """Those on which our lease still stands (all of one claim have the same)."""
    return Notification.objects.filter(pk__in=[one.pk for one in rows], state=State.LEASED, lease_until=rows[0].lease_until)


def _ours(rows: Sequence[Claimed]) -> models.QuerySet:
    """Those that may still be sent, with whom they are for: held, with time enough left."""
    ours = _held(rows).filter(lease_until__gt=timezone.now() + MARGIN)
    return ours.select_related("recipient").only(*push.SAID, "recipient__language")
