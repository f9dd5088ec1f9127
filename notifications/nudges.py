"""Nudges are offered here by the rules; when and whether they are told, notifications.deciding says."""

import datetime as dt
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from django.db import connection
from django.utils import timezone

from notifications import topics
from notifications.actions import fit
from notifications.models import Notification
from notifications.topics import Topic

BATCH = 2000
MOST = 100  # the priority of the most important topic; each next one has one less

_OFFER = """
INSERT INTO notifications_notification (recipient_id, key, subject, kind, mute, priority, title, text, why, url, acts, due_at, created_at,
  in_digest, state, attempts, pushed_to)
SELECT recipient, key, subject, 'nudge', topic, priority, title, text, why, url, acts::jsonb, at, %(now)s, in_digest, 'held', 0, '{}'
FROM unnest(%(recipient)s::bigint[], %(key)s::text[], %(subject)s::text[], %(topic)s::text[], %(priority)s::int[], %(title)s::text[],
  %(text)s::text[], %(why)s::text[], %(url)s::text[], %(acts)s::text[], %(at)s::timestamptz[], %(in_digest)s::bool[])
  AS t(recipient, key, subject, topic, priority, title, text, why, url, acts, at, in_digest)
ON CONFLICT DO NOTHING"""


@dataclass(frozen=True)
class Offer:
    """What a rule wants to tell one user (by id), not before `at`. `key` names the cause: of one cause a person is told once, for ever.

    `why` is the sentence that says why, in the recipient's language; `acts` what can be done on the spot, as in `actions.schedule`.
    `in_digest`: it may stand in the digest of the morning with others.
    """

    key: str
    subject: str
    recipient: int
    topic: Topic
    title: str
    why: str
    url: str
    at: dt.datetime
    acts: dict[str, str] = field(default_factory=dict)
    in_digest: bool = True


def offer(offers: Iterable[Offer]) -> int:
    """Offer these, a statement for every BATCH, in memory for so many; returns how many are new."""
    made, some = 0, []
    for one in offers:
        some.append(one)
        if len(some) == BATCH:
            made += _insert(some)
            some.clear()
    return made + (_insert(some) if some else 0)


def _insert(offers: Sequence[Offer]) -> int:
    values = {
        "recipient": [one.recipient for one in offers],
        "key": [one.key for one in offers],
        "subject": [one.subject for one in offers],
        "topic": [str(one.topic) for one in offers],
        "priority": [priority(one.topic) for one in offers],
        "title": [fit(one.title, "title") for one in offers],
        "text": [fit(one.why, "text") for one in offers],
        "why": [fit(one.why, "why") for one in offers],
        "url": [one.url for one in offers],
        "acts": [json.dumps(one.acts) if one.acts else "{}" for one in offers],
        "at": [one.at for one in offers],
        "in_digest": [one.in_digest for one in offers],
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_OFFER, values)
        return cursor.rowcount


@cache
def priority(topic: str) -> int:
    """Of a topic; more is more important."""
    return MOST - topics.weight(topic)


def withdraw(pks: Collection[int]) -> int:
    """The reason of these nudges (by id) is gone: they are told no more, and stand in no inbox; returns how many there were."""
    return Notification.objects.filter(pk__in=list(pks), kind=Notification.Kind.NUDGE).withdraw()


def withdraw_about(recipient: int, subject: str, given: Collection[str]) -> int:
    """The same for all of these topics about a subject; returns how many there were."""
    about = Notification.objects.filter(recipient=recipient, subject=subject, kind=Notification.Kind.NUDGE, mute__in=list(given))
    return about.withdraw()
