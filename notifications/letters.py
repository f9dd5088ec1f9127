"""Codes and the like: a few words that leave at once for a phone or an e-mail address, sent by a worker, never by a page.

A page that asks for a code writes a row and rings, whoever is asked for: how long it takes says nothing about who is known.
"""

import datetime as dt
from collections.abc import Collection, Sequence

import structlog
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMessage, get_connection
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from cotano.lib import site
from notifications import sms, tasks
from notifications.models import Letter, Notification, Preference

log = structlog.get_logger("cotano.letters")
TRIES = 3
AGAIN = dt.timedelta(seconds=30)  # after a try that did not succeed, or whose worker died
MAIL_ENDS = dt.timedelta(hours=8)  # an old morning mail, or a reminder of long ago, is of no use
BATCH = 100  # letters of one sweep; the next one goes on

_CLAIM = """
    WITH waiting AS MATERIALIZED (
        SELECT id FROM notifications_letter WHERE not_before <= %(now)s ORDER BY not_before LIMIT 1 FOR UPDATE SKIP LOCKED)
    UPDATE notifications_letter l SET tries = tries + 1, not_before = %(again)s FROM waiting WHERE l.id = waiting.id RETURNING l.*
"""


@transaction.atomic
def post(way: Letter.Way, to: str, text: str, *, subject: str = "") -> None:
    """Send `text` when the caller's transaction is through. With an empty `to` nothing is sent, at the same expense."""
    Letter.objects.create(way=way, to=to, subject=subject[:200], text=text)
    transaction.on_commit(_ring, robust=True)


def wanting_reminders(users: Collection[int]) -> set[int]:
    """Who of these (ids) wants reminders by e-mail. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT user_id FROM notifications_preference WHERE user_id = ANY(%s) AND remind_by_email", [list(users)])
        return {user for (user,) in cursor.fetchall()}


def post_mails(told: Sequence[Notification]) -> int:
    """Write a mail for each of these digests and reminders whose person has an address and no device, and wants such mails.

    Returns how many.
    """
    recipients = get_user_model().objects.filter(pk__in={one.recipient_id for one in told}, is_active=True, devices=None)
    people = {user.pk: user for user in recipients.exclude(email=None).select_related("preference")}
    written = []
    for one in told:
        user = people.get(one.recipient_id)
        if user and _wants(user, one):
            with translation.override(user.language):
                written.append(_mail_of(one, user))
    Letter.objects.bulk_create(written)
    if written:
        transaction.on_commit(_ring, robust=True)
    return len(written)


def _wants(user: AbstractBaseUser, one: Notification) -> bool:
    said = getattr(user, "preference", None) or Preference()
    return said.remind_by_email if one.kind == Notification.Kind.REMINDER else said.by_email


def _mail_of(one: Notification, user: AbstractBaseUser) -> Letter:
    end = site.link(reverse("notifications:mail_off", args=[_preference(user).token]))
    text = one.text or (_("You wanted to be reminded.") if one.kind == Notification.Kind.REMINDER else "")
    words = [one.title, text, site.link(one.url), _("No more of these mails: %(address)s") % {"address": end}]
    return Letter(
        way=Letter.Way.EMAIL,
        to=user.email,
        subject=one.title[:200],
        text="\n\n".join(filter(None, words)),
        unsubscribe=end,
        ends_at=timezone.now() + MAIL_ENDS,
    )


def _preference(user: AbstractBaseUser) -> Preference:
    """The person's row; made when there is none, since the link in the mail needs its token."""
    return Preference.objects.get_or_create(user=user)[0]


def _ring() -> None:
    """Wake a worker. Without the broker the row stands, and the sweep finds it."""
    try:
        tasks.send_letters.delay()
    except (KombuError, RedisError, OSError):
        log.warning("broker away")


def send_waiting() -> int:
    """Send what waits, one by one; returns how many have left. Any number of sweeps may run side by side."""
    left = 0
    Letter.objects.filter(ends_at__lte=timezone.now()).delete()
    for _letter in range(BATCH):
        letter = _claim()
        if letter is None:
            break
        if _send(letter) or letter.tries >= TRIES:
            left += Letter.objects.filter(pk=letter.pk).delete()[0]
    return left


def _claim() -> Letter | None:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "again": now + AGAIN})
        rows = cursor.fetchall()
        names = [column.name for column in cursor.description]
    return Letter(**dict(zip(names, rows[0], strict=True))) if rows else None


def _send(letter: Letter) -> bool:
    """Whether there is nothing more to do for it."""
    if not letter.to:
        return True
    try:
        if letter.way == Letter.Way.SMS:
            sms.send(letter.to, letter.text)
        else:
            _mail(letter)
    except Exception as error:  # noqa: BLE001  whatever a gateway or a mail server does, the next letter is not held up
        log.warning("letter not sent", letter=letter.pk, way=letter.way, error=type(error).__name__, why=_why(error))
        return False
    return True


def _why(error: Exception) -> str:
    """What may be said in a log: our own words; a mail server's answer may repeat the address."""
    return str(error) if isinstance(error, sms.NotSent) else ""


def _mail(letter: Letter) -> None:
    on_terminal = settings.EMAIL_BACKEND.endswith(".console.EmailBackend")
    if on_terminal:
        sms.say(f"E-mail to {letter.to}: {letter.subject} | {letter.text}")
        return
    headers = {"List-Unsubscribe": f"<{letter.unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    with get_connection() as wire:
        EmailMessage(
            letter.subject,
            letter.text,
            settings.DEFAULT_FROM_EMAIL,
            [letter.to],
            headers=headers if letter.unsubscribe else None,
            connection=wire,
        ).send()
