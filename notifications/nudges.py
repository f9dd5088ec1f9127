"""Nudges are offered here by the rules; when and whether they are told, notifications.deciding says."""

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import groupby
from operator import itemgetter

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone, translation

from notifications import topics
from notifications.actions import fit
from notifications.models import Notification
from notifications.topics import Topic

BATCH = 2000  # sentences held at once
MOST = 100  # the priority of the most important topic; each next one has one less

# The rows stay in the database: only what makes different sentences comes here, and goes back with its words.
_FOUND = """
CREATE TEMP TABLE nudge_found (recipient_id bigint, language text, key text, about bigint, name text, said text) ON COMMIT DROP"""
_WORDS = """
CREATE TEMP TABLE nudge_words (
  language text, said text, title text, text text, why text, url text, acts text, at timestamptz
) ON COMMIT DROP"""
_DIFFERENT = "SELECT DISTINCT language, said FROM nudge_found ORDER BY language"
_OFFER = """
INSERT INTO notifications_notification (recipient_id, key, subject, kind, mute, priority, title, text, why, url, acts, due_at, created_at,
  in_digest, state, attempts, pushed_to)
SELECT f.recipient_id, f.key, replace(%(subject)s, '{id}', f.about::text), 'nudge', %(topic)s, %(priority)s, coalesce(w.title, f.name),
  w.text, w.why, coalesce(w.url, replace(%(url)s, '{id}', f.about::text)),
  replace(coalesce(w.acts, %(acts)s), '{id}', f.about::text)::jsonb,
  coalesce(w.at, %(at)s), %(now)s, w.at IS NULL, 'held', 0, '{}'
FROM nudge_found f JOIN nudge_words w ON w.said = f.said AND w.language = f.language
ORDER BY f.ctid ON CONFLICT DO NOTHING"""


@dataclass(frozen=True)
class Words:
    """What a nudge says: `why` is the sentence that says why it is told; a `title`, `url` or `acts` where those of the row are not meant.

    With a moment `at` of its own it does not stand in the digest of the morning with others.
    """

    why: str
    title: str = ""
    url: str = ""
    acts: dict[str, str] | None = None
    at: dt.datetime | None = None


@dataclass(frozen=True)
class Found:
    """What a rule has found for many people, as a query.

    `query` yields rows (id of the recipient, their language, key, id of what it is about, its name, said). The key names the cause: of
    one cause a person is told once, for ever. `said` is a JSON list as text; `words` makes the sentences of it, in the language of the
    recipient, and is asked once for all rows that say the same.

    `subject`, `url` and the addresses in `acts` (as in `actions.schedule`) may have the id in them, as `{id}`. Not told before `at`.
    """

    topic: Topic
    query: str
    values: dict[str, object]
    words: Callable[..., Words]
    at: dt.datetime
    subject: str
    url: str
    acts: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def offer(found: Iterable[Found]) -> int:
    """Offer all that is found; five statements each at most, sentences in memory for a BATCH. Returns how many nudges are new."""
    with connection.cursor() as cursor:
        cursor.execute(_FOUND)
        cursor.execute(_WORDS)
        made = sum(_offer(cursor, one) for one in found)
        cursor.execute("DROP TABLE nudge_found, nudge_words")
    return made


def _offer(cursor: CursorWrapper, found: Found) -> int:
    cursor.execute(f"INSERT INTO nudge_found {found.query}", found.values)
    if not cursor.rowcount:
        return 0
    for some in _different():
        rows = list(_worded(some, found.words))
        with cursor.copy("COPY nudge_words FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    values = {
        "topic": str(found.topic),
        "priority": priority(found.topic),
        "subject": found.subject,
        "url": found.url,
        "acts": json.dumps(found.acts),
        "at": found.at,
        "now": timezone.now(),
    }
    cursor.execute(_OFFER, values)
    made = cursor.rowcount
    cursor.execute("TRUNCATE nudge_found, nudge_words")
    return made


def _different() -> Iterator[list[tuple[str, str]]]:
    """What the rows say, and in which language: each once."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(_DIFFERENT)
        while rows := cursor.fetchmany(BATCH):
            yield rows


def _worded(rows: Iterable[tuple[str, str]], words: Callable[..., Words]) -> Iterator[tuple[object, ...]]:
    """Rows of nudge_words, cut to size."""
    for language, some in groupby(rows, key=itemgetter(0)):
        with translation.override(language):
            for _language, said in some:
                one = words(*json.loads(said, parse_float=Decimal))
                own = (one.url or None, json.dumps(one.acts) if one.acts else None, one.at)
                yield (language, said, fit(one.title, "title") or None, fit(one.why, "text"), fit(one.why, "why"), *own)


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
