"""People with devices, and what is told to them, laid down by few statements."""

import base64
import os

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.measuring import execute, one

_USERS = """
INSERT INTO teams_user (password, is_superuser, email, name, language, zone, theme, is_staff, is_active, date_joined)
SELECT '!', false, 'rep' || n || '@example.com', 'Rep ' || n, 'uk', 'Europe/Kyiv', '', false, true, now() FROM generate_series(1, %s) n"""
_DEVICES = """
INSERT INTO notifications_device (user_id, endpoint, p256dh, auth, label, created_at)
SELECT id, %s || '/' || id, %s, %s, '', now() FROM teams_user"""
_ROWS = """
INSERT INTO notifications_notification
    (recipient_id, kind, key, subject, title, text, url, acts, due_at, state, attempts, pushed_to, sent_at, created_at)
SELECT 1 + n %% (SELECT max(id) FROM teams_user), 'reminder', %s || n, 'lead:' || n, 'Олена Бондаренко',
    'Просила передзвонити після шостої, подобається крем для рук', '/leads/' || n || '/',
    jsonb_build_object('done', '/reminders/' || n || '/done/', 'snooze', '/reminders/' || n || '/snooze/'),
    now() - {age}, %s, 0, '{{}}', CASE %s WHEN 'done' THEN now() END, now()
FROM generate_series(1, %s) n"""
DAY_OLD = "interval '1 day' * (1 + n %% 300)"
JUST_DUE = "interval '1 second'"


def users(n: int) -> None:
    """`n` people who log in, with ids from 1 on."""
    execute("TRUNCATE teams_user RESTART IDENTITY CASCADE")
    execute(_USERS, n)


def subscription() -> dict[str, str]:
    """Keys as a browser makes them."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = point.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return {name: base64.urlsafe_b64encode(value).rstrip(b"=").decode() for name, value in (("p256dh", raw), ("auth", os.urandom(16)))}


def devices(origin: str) -> int:
    """A device each, all of one push service; returns how many."""
    keys = subscription()
    return execute(_DEVICES, origin, keys["p256dh"], keys["auth"])


def rows(n: int, name: str, *, state: str, age: str) -> None:
    """`n` notifications whose keys begin with `name`."""
    execute(_ROWS.format(age=age), name, state, state, n)
    execute("VACUUM ANALYZE notifications_notification")


def left() -> int:
    """How many still wait."""
    return int(one("SELECT count(*) FROM notifications_notification WHERE state IN ('due', 'leased', 'later')"))
