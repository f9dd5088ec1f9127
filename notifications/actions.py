"""Every change to what is told to whom: schedule, withdraw, read."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.text import Truncator
from psycopg.types.json import Jsonb

from notifications import seen
from notifications.models import Notification, Preference

# One statement, so that no two callers and no sweep can pass each other: a waiting one of this key is replaced where it
# stands. Its lease, if it has one, is gone with it: that sweep can neither send nor finish it any more.
_SAID = ("key", "subject", "kind", "title", "text", "url", "acts", "due_at", "priority", "why", "mute")
_NEW = {
    "created_at": "%(now)s",
    "state": "'due'",
    "attempts": "0",
    "crashes": "0",
    "lease_until": "NULL",
    "pushed_to": "'{}'",
    "sent_at": "NULL",
    "read_at": "NULL",
    "in_digest": "false",
}
_INTO = f"INSERT INTO notifications_notification AS n (recipient_id, {', '.join((*_SAID, *_NEW))})"
_ANEW = f"""ON CONFLICT (recipient_id, key) WHERE state IN ('due', 'leased', 'later') DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in (*_SAID, *_NEW))}"""
_SCHEDULE = f"""{_INTO}
    VALUES (%(recipient)s, {", ".join(f"%({name})s" for name in _SAID)}, {", ".join(_NEW.values())})
    {_ANEW} RETURNING n.*"""
_TYPES = {"acts": "jsonb", "due_at": "timestamptz", "priority": "smallint"}  # all others are text
_SCHEDULE_MANY = f"""{_INTO}
    SELECT recipient, {", ".join(_SAID)}, {", ".join(_NEW.values())}
    FROM unnest(%(recipient)s::bigint[], {", ".join(f"%({name})s::{_TYPES.get(name, 'text')}[]" for name in _SAID)})
         AS t(recipient, {", ".join(_SAID)})
    {_ANEW}"""  # noqa: S608  own words

_REPLAY = """
    UPDATE notifications_notification n SET state = 'due', attempts = 0, crashes = 0, due_at = %(now)s, lease_until = NULL, sent_at = NULL
    FROM (SELECT DISTINCT ON (recipient_id, key) id, recipient_id, key FROM notifications_notification
          WHERE id = ANY(%(ids)s) AND state = 'dead' ORDER BY recipient_id, key, id DESC) chosen
    WHERE n.id = chosen.id AND n.state = 'dead' AND NOT EXISTS (
        SELECT FROM notifications_notification w
        WHERE w.recipient_id = chosen.recipient_id AND w.key = chosen.key AND w.state IN ('due', 'leased', 'later'))
"""


@dataclass(frozen=True)
class Said:
    """What is to be told to one user (by id), as in `schedule`."""

    key: str
    subject: str
    recipient: int
    kind: Notification.Kind
    title: str
    text: str
    url: str
    due_at: dt.datetime
    acts: dict[str, str] = field(default_factory=dict)
    priority: int = 0
    why: str = ""
    mute: str = ""


def fit(words: str, field: str) -> str:
    """`words` cut to what the column holds; most need no look at what a character is.

    The library counts no accents, the column does.
    """
    most = Notification._meta.get_field(field).max_length
    return words if len(words) <= most else Truncator(words).chars(most)[:most]


@transaction.atomic
def schedule(  # noqa: PLR0913  a row has that many columns
    *,
    key: str,
    subject: str,
    recipient: AbstractBaseUser,
    kind: Notification.Kind,
    title: str,
    text: str = "",
    url: str,
    due_at: dt.datetime,
    acts: dict[str, str] | None = None,
    priority: int = 0,
    why: str = "",
    mute: str = "",
) -> Notification:
    """Tell `recipient` at `due_at` (aware), in the caller's transaction.

    `key` names the cause ("reminder:71"): the recipient's waiting notification of that key is replaced, also one that is just
    being sent. `subject` names what it is about ("lead:71"), `url` is where it leads to (a path), `acts` what can be done on the
    spot (a name of Notification.ACTS -> the path to post to). Of a nudge: how much it matters (more first), the sentence that says
    why, and the rule by which it can be muted. Too long words are cut.
    """
    values = {
        "recipient": recipient.pk,
        "key": key,
        "subject": subject,
        "kind": kind,
        "title": fit(title, "title"),
        "text": fit(text, "text"),
        "url": url,
        "acts": Jsonb(acts or {}),
        "due_at": due_at,
        "priority": priority,
        "why": fit(why, "why"),
        "mute": mute,
        "now": timezone.now(),
    }
    [notification] = Notification.objects.raw(_SCHEDULE, values)
    return notification


def schedule_many(said: Sequence[Said]) -> int:
    """The same for many people by one statement; each pair of recipient and key at most once. Returns how many there were."""
    if not said:
        return 0
    columns = {column.name: [getattr(one, column.name) for one in said] for column in fields(Said)}
    columns |= {name: [fit(words, name) for words in columns[name]] for name in ("title", "text", "why")}
    columns["acts"] = [Jsonb(one.acts) for one in said]
    with connection.cursor() as cursor:
        cursor.execute(_SCHEDULE_MANY, {**columns, "now": timezone.now()})
        return cursor.rowcount


@transaction.atomic
def cancel(*, key: str) -> int:
    """Withdraw what waits under `key`, whoever the recipient; returns how many there were. One being sent loses its lease.

    Those told before stay in the inbox, but offer nothing to do any more.
    """
    return cancel_all([key])


def cancel_all(keys: Iterable[str]) -> int:
    """The same for many keys at once."""
    named = Notification.objects.filter(key__in=list(keys))
    named.exclude(state__in=Notification.WAITING).exclude(acts={}).update(acts={})
    named.filter(state=Notification.State.DEAD).update(state=Notification.State.DONE)  # nobody shall send it again
    return named.filter(state__in=Notification.WAITING).update(state=Notification.State.CANCELLED, lease_until=None)


def replay(given_up: Iterable[int]) -> int:
    """Try those with these ids again that were given up, from now on, as if they were new; returns how many those were.

    One whose like waits already stays as it is.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REPLAY, {"ids": list(given_up), "now": timezone.now()})
        return cursor.rowcount


def withdraw(*, key: str) -> int:
    """Take back what was or is to be told under `key`, from the inbox too: it no longer holds. Returns how many that were."""
    return Notification.objects.filter(key=key).withdraw()


def withdraw_all(recipients: Iterable[int]) -> int:
    """Take back all that was or is to be told to the users with these ids, their inboxes too; returns how many that were."""
    return Notification.objects.filter(recipient__in=list(recipients)).withdraw()


def reword(*, key: str, title: str, text: str) -> int:
    """Change the words of what waits under `key`; what has been sent stays as it was. Returns how many there were."""
    waiting = Notification.objects.filter(key=key, state__in=Notification.WAITING)
    return waiting.update(title=fit(title, "title"), text=fit(text, "text"))


def readdress(recipient: AbstractBaseUser, keys: Iterable[str], *, subject: str, url: str) -> int:
    """What the recipient was or is to be told under these keys is about something else now, and leads there; returns how many."""
    return Notification.objects.filter(recipient=recipient, key__in=list(keys)).update(subject=subject, url=url)


def end_mails(preference: Preference) -> None:
    """Neither digests nor reminders come to the person by e-mail any more."""
    Preference.objects.filter(pk=preference.pk).update(by_email=False, remind_by_email=False)


@transaction.atomic
def change_preference(user: AbstractBaseUser, **said: object) -> Preference:
    """Write these fields of the person's settings: quiet_from, quiet_to, cap, by_email, remind_by_email, muted."""
    preference, _made = Preference.objects.get_or_create(user=user)
    for name, value in said.items():
        setattr(preference, name, value)
    preference.save(update_fields=list(said))
    return preference


@transaction.atomic
def mute(user: AbstractBaseUser, topic: str) -> int:
    """Nothing of this kind is suggested to the person any more; what waits is withdrawn. Returns how many that were. Twice is fine."""
    preference, _made = Preference.objects.select_for_update().get_or_create(user=user)
    if topic not in preference.muted:
        preference.muted = [*preference.muted, topic]
        preference.save(update_fields=["muted"])
    waiting = Notification.objects.filter(recipient=user, kind=Notification.Kind.NUDGE, mute=topic, state=Notification.State.HELD)
    return waiting.withdraw()


def mark_read(user: AbstractBaseUser, *, subject: str) -> int:
    """The person has seen what all that has arrived about `subject` is about; returns how many were unread.

    A nudge about it waits a while (notifications.deciding).
    """
    seen.note(user.pk, subject)
    return _read(Notification.objects.visible_to(user).filter(subject=subject))


def mark_all_read(user: AbstractBaseUser, *, subjects: Iterable[str]) -> int:
    """The same about many subjects at once."""
    return _read(Notification.objects.visible_to(user).filter(subject__in=list(subjects)))


def mark_one_read(notification: Notification) -> int:
    """The person has seen this one; returns 1 if it was unread."""
    return _read(Notification.objects.filter(pk=notification.pk))


def read_all(user: AbstractBaseUser) -> tuple[int, dt.datetime]:
    """The person has seen all that has arrived; returns how many were unread, and the moment by which `unread` knows them."""
    at = timezone.now()
    return Notification.objects.visible_to(user).unread().update(read_at=at), at


def unread(user: AbstractBaseUser, at: dt.datetime) -> int:
    """Not seen after all: what was marked as read at just that moment; returns how many that were."""
    return Notification.objects.visible_to(user).filter(read_at=at, due_at__lte=at).update(read_at=None)


def _read(notifications: models.QuerySet) -> int:
    return notifications.unread().update(read_at=timezone.now())
