"""Every change to what is told to whom: schedule, withdraw, read."""

import datetime as dt
from collections.abc import Iterable

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction
from django.utils import timezone
from django.utils.text import Truncator
from psycopg.types.json import Jsonb

from notifications.models import Notification

# One statement, so that no two callers and no sweep can pass each other: a waiting one of this key is replaced where it
# stands. Its lease, if it has one, is gone with it: that sweep can neither send nor finish it any more.
_SCHEDULE = """
    INSERT INTO notifications_notification AS n
        (recipient_id, key, subject, kind, title, text, url, acts, due_at, created_at,
         state, attempts, lease_until, pushed_to, sent_at, read_at)
    VALUES (%(recipient)s, %(key)s, %(subject)s, %(kind)s, %(title)s, %(text)s, %(url)s, %(acts)s, %(due_at)s, %(now)s,
            'due', 0, NULL, '{}', NULL, NULL)
    ON CONFLICT (recipient_id, key) WHERE state IN ('due', 'leased') DO UPDATE SET
        subject = excluded.subject, kind = excluded.kind, title = excluded.title, text = excluded.text, url = excluded.url,
        acts = excluded.acts, due_at = excluded.due_at, created_at = excluded.created_at,
        state = 'due', attempts = 0, lease_until = NULL, pushed_to = '{}', sent_at = NULL, read_at = NULL
    RETURNING n.*
"""


def _fit(words: str, field: str) -> str:
    """`words` cut to what the column holds."""
    return Truncator(words).chars(Notification._meta.get_field(field).max_length)


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
) -> Notification:
    """Tell `recipient` at `due_at` (aware), in the caller's transaction.

    `key` names the cause ("reminder:71"): the recipient's waiting notification of that key is replaced, also one that is just
    being sent. `subject` names what it is about ("lead:71"), `url` is where it leads to (a path), `acts` what can be done on the
    spot (a name of Notification.ACTS -> the path to post to). Too long words are cut.
    """
    values = {
        "recipient": recipient.pk,
        "key": key,
        "subject": subject,
        "kind": kind,
        "title": _fit(title, "title"),
        "text": _fit(text, "text"),
        "url": url,
        "acts": Jsonb(acts or {}),
        "due_at": due_at,
        "now": timezone.now(),
    }
    [notification] = Notification.objects.raw(_SCHEDULE, values)
    return notification


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
    return named.filter(state__in=Notification.WAITING).update(state=Notification.State.CANCELLED, lease_until=None)


def withdraw(*, key: str) -> int:
    """Take back what was or is to be told under `key`, from the inbox too: it no longer holds. Returns how many that were."""
    told = Notification.objects.filter(key=key).exclude(state=Notification.State.CANCELLED)
    return told.update(state=Notification.State.CANCELLED, lease_until=None, acts={})


def withdraw_all(recipients: Iterable[int]) -> int:
    """Take back all that was or is to be told to the users with these ids, their inboxes too; returns how many that were."""
    told = Notification.objects.filter(recipient__in=list(recipients)).exclude(state=Notification.State.CANCELLED)
    return told.update(state=Notification.State.CANCELLED, lease_until=None, acts={})


def reword(*, key: str, title: str, text: str) -> int:
    """Change the words of what waits under `key`; what has been sent stays as it was. Returns how many there were."""
    waiting = Notification.objects.filter(key=key, state__in=Notification.WAITING)
    return waiting.update(title=_fit(title, "title"), text=_fit(text, "text"))


def readdress(recipient: AbstractBaseUser, keys: Iterable[str], *, subject: str, url: str) -> int:
    """What the recipient was or is to be told under these keys is about something else now, and leads there; returns how many."""
    return Notification.objects.filter(recipient=recipient, key__in=list(keys)).update(subject=subject, url=url)


def mark_read(user: AbstractBaseUser, *, subject: str) -> int:
    """The person has seen what all that has arrived about `subject` is about; returns how many were unread."""
    return _read(Notification.objects.visible_to(user).filter(subject=subject))


def mark_one_read(notification: Notification) -> int:
    """The person has seen this one; returns 1 if it was unread."""
    return _read(Notification.objects.filter(pk=notification.pk))


def read_all(user: AbstractBaseUser) -> int:
    """The person has seen all that has arrived; returns how many were unread."""
    return _read(Notification.objects.visible_to(user))


def _read(notifications: models.QuerySet) -> int:
    return notifications.unread().update(read_at=timezone.now())
