"""When nudges are told: not in quiet hours, not more than a day's cap, together in the morning, not about what was just seen.

A rule offers a nudge; it is held. `release` lets go what may be told now: alone it is sent as it is, several of a person at one
moment become one digest. What a person has set a reminder for does not come past here.
"""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from cotano.lib import clock
from notifications import actions, nudges
from notifications import seen as seeing
from notifications.models import Notification, Preference

State = Notification.State
DIGEST = dt.time(9)  # of the recipient's clock
PEOPLE = 500  # recipients at once
PATIENCE = 20.0  # seconds of one call; the next one goes on
NAMED = 3  # nudges of which a digest tells the titles
TOLD = Notification.ARRIVED


@dataclass(frozen=True)
class Wishes:
    """How a person wants to be told: zone (one that is known), quiet hours on its clock, cap, muted topics."""

    zone: str
    quiet_from: dt.time = Preference.QUIET_FROM
    quiet_to: dt.time = Preference.QUIET_TO
    cap: int = Preference.CAP
    muted: frozenset[str] = frozenset()


@dataclass
class Verdict:
    """What becomes of a person's nudges (by id): told alone, told in a digest, later, left out for the cap, withdrawn."""

    send: list[int] = field(default_factory=list)
    fold: list[int] = field(default_factory=list)
    later: dict[int, dt.datetime] = field(default_factory=dict)
    drop: list[int] = field(default_factory=list)
    withdraw: list[int] = field(default_factory=list)


@dataclass
class Released:
    """What one call did: nudges by what became of them, and the digests."""

    sent: int = 0
    folded: int = 0
    digests: int = 0
    later: int = 0
    dropped: int = 0
    withdrawn: int = 0


# ---- the rules, without a database
def is_quiet(wishes: Wishes, now: dt.datetime) -> bool:
    """Whether it is quiet on the person's clock."""
    return _is_quiet_at(wishes, now.astimezone(clock.zone_of(wishes.zone)).time())


def _is_quiet_at(wishes: Wishes, local: dt.time) -> bool:
    """The same when that clock shows this. Quiet hours that begin when they end are none."""
    begins, ends = wishes.quiet_from, wishes.quiet_to
    if begins <= ends:
        return begins <= local < ends
    return local >= begins or local < ends


def next_digest(wishes: Wishes, now: dt.datetime) -> dt.datetime:
    """The next moment of a digest: nine o'clock of the person's clock, or the end of quiet hours that reach further."""
    today = clock.today(wishes.zone, now)
    for ahead in range(3):
        at = clock.instant(today + dt.timedelta(days=ahead), _digest_time(wishes), wishes.zone)
        if at > now and not is_quiet(wishes, at):
            return at
    return now + dt.timedelta(days=1)


def _digest_time(wishes: Wishes) -> dt.time:
    return wishes.quiet_to if _is_quiet_at(wishes, DIGEST) else DIGEST


def decide(held: Sequence[Notification], wishes: Wishes, *, told_today: int, seen: dict[str, dt.datetime], now: dt.datetime) -> Verdict:
    """What becomes of all the nudges of one person whose time has come. `seen`: subject -> when the person last looked at it."""
    verdict, ready = Verdict(), []
    quiet = is_quiet(wishes, now)
    for one in sorted(held, key=lambda one: (-one.priority, one.due_at, one.pk)):
        looked = seen.get(one.subject)
        if one.mute in wishes.muted:
            verdict.withdraw.append(one.pk)
        elif quiet:
            verdict.later[one.pk] = next_digest(wishes, now)
        elif looked and looked + seeing.JUST > now:
            verdict.later[one.pk] = looked + seeing.JUST
        else:
            ready.append(one.pk)
    room = max(wishes.cap - told_today, 0)
    verdict.drop = ready[room:]
    (verdict.fold if len(ready[:room]) > 1 else verdict.send).extend(ready[:room])
    return verdict


# ---- letting go
def release(gone: Callable[[Sequence[Notification]], Collection[int]] = lambda _held: (), *, seconds: float = PATIENCE) -> Released:
    """Let go of every nudge whose time has come, for at most `seconds`.

    `gone` is asked about all that would be told: it returns the ids of those whose reason does not hold any more. One caller at a
    time (the task sees to that); should there be two, each nudge is still decided by one of them alone.
    """
    ends, done = time.monotonic() + seconds, Released()
    while time.monotonic() < ends and _release(gone, done):
        pass
    return done


@transaction.atomic
def _release(gone: Callable[[Sequence[Notification]], Collection[int]], done: Released) -> int:
    now = timezone.now()
    waiting = Notification.objects.filter(state=State.HELD, due_at__lte=now)
    people = list(dict.fromkeys(waiting.order_by("due_at").values_list("recipient", flat=True)[: PEOPLE * 4]))[:PEOPLE]
    held = list(waiting.filter(recipient__in=people).order_by("pk").select_for_update(of=("self",), skip_locked=True))
    if not held:
        return 0
    withdrawn = set(gone(held))
    by_person: dict[int, list[Notification]] = defaultdict(list)
    for one in held:
        if one.pk not in withdrawn:
            by_person[one.recipient_id].append(one)
    users = {user.pk: user for user in get_user_model().objects.filter(pk__in=people, is_active=True).select_related("preference")}
    wishes = {pk: wishes_of(user) for pk, user in users.items()}
    told, seen = _told_today(wishes, now), seeing.read((one.recipient_id, one.subject) for one in held)
    later: dict[int, dt.datetime] = {}
    send, fold, drop, digests = [], [], [], []
    for person, theirs in by_person.items():
        if person not in users:
            withdrawn.update(one.pk for one in theirs)
            continue
        looked = {one.subject: seen[(person, one.subject)] for one in theirs if (person, one.subject) in seen}
        verdict = decide(theirs, wishes[person], told_today=told.get(person, 0), seen=looked, now=now)
        send += verdict.send
        fold += verdict.fold
        drop += verdict.drop
        later |= verdict.later
        withdrawn.update(verdict.withdraw)
        if verdict.fold:
            rows = {one.pk: one for one in theirs}
            digests.append(_digest(users[person], [rows[pk] for pk in verdict.fold], now))
    _move(send, state=State.DUE, due_at=now, in_digest=False)
    _move(fold, state=State.DONE, due_at=now, sent_at=now, in_digest=True)
    _move(drop, state=State.DROPPED)
    nudges.withdraw(withdrawn)
    _postpone(later)
    actions.schedule_many(digests)
    done.sent += len(send)
    done.folded += len(fold)
    done.digests += len(digests)
    done.later += len(later)
    done.dropped += len(drop)
    done.withdrawn += len(withdrawn)
    return len(held)


def wishes_of(user: object) -> Wishes:
    """The wishes of a user, who comes with `preference` or has none."""
    zone = clock.known(getattr(user, "zone", ""))
    said = getattr(user, "preference", None)
    return Wishes(zone, said.quiet_from, said.quiet_to, said.cap, frozenset(said.muted)) if said else Wishes(zone)


_TOLD = """
SELECT p.id, count(*) FROM unnest(%(ids)s::bigint[], %(since)s::timestamptz[]) p(id, since)
JOIN notifications_notification n ON n.recipient_id = p.id AND n.due_at >= p.since AND n.due_at <= %(now)s
WHERE n.kind = 'nudge' AND n.state = ANY(%(told)s) GROUP BY p.id"""


def _told_today(wishes: dict[int, Wishes], now: dt.datetime) -> dict[int, int]:
    """Nudges told since the person's midnight, by person."""
    zones = {wish.zone for wish in wishes.values()}
    began = {zone: clock.midnight(clock.today(zone, now), zone) for zone in zones}
    values = {
        "ids": list(wishes),
        "since": [began[wish.zone] for wish in wishes.values()],
        "now": now,
        "told": [str(state) for state in TOLD],
    }
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, values)
        return dict(cursor.fetchall())


def _digest(user: object, told: Sequence[Notification], now: dt.datetime) -> actions.Said:
    with translation.override(user.language):
        n = len(told)
        title = ngettext("%(n)d thing worth doing today", "%(n)d things worth doing today", n) % {"n": n}
    return actions.Said(
        key=f"digest:{told[0].pk}",
        subject="",
        recipient=user.pk,
        kind=Notification.Kind.DIGEST,
        title=title,
        text=" · ".join(one.title for one in told[:NAMED]) + (" …" if n > NAMED else ""),
        url=reverse("notifications:inbox"),
        due_at=now,
    )


def _move(pks: Iterable[int], **values: object) -> None:
    if pks := list(pks):
        Notification.objects.filter(pk__in=pks).update(**values)


def _postpone(later: dict[int, dt.datetime]) -> None:
    if later:
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE notifications_notification n SET due_at = t.at, in_digest = true
                   FROM unnest(%s::bigint[], %s::timestamptz[]) t(id, at) WHERE n.id = t.id""",
                [list(later), list(later.values())],
            )
