"""Web Push: the deployment's key pair, what a push says, who takes pushes, one sending."""

import base64
import binascii
import enum
import hashlib
import json
import math
import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core import signing
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from py_vapid import Vapid
from py_vapid.utils import b64urlencode
from pywebpush import WebPusher

from notifications import wire
from notifications.models import Device, Notification, PushKey

log = structlog.get_logger("cotano.push")
SESSION_KEY = "push_device"  # in the session: the device that this browser is
DEVICES = 10  # of one person; one more, and the oldest goes
TOKEN = 12 * 3600  # seconds a VAPID token is good for
EARLY = 3600  # seconds before its end at which a new one is made
ACT_TOKEN = 3 * 24 * 3600  # seconds in which a push's buttons work
_ACT_SALT = "notifications.push.act"
BUSY = 429
FAILURES, REST = 3, 30  # posts in a row without an answer, and the seconds of peace after them
HOUR = 3600
TTL = {Notification.Kind.REMINDER: 12 * HOUR}  # seconds a push service keeps it for a phone that is off; others a day
_BASE64URL = re.compile(r"[A-Za-z0-9_-]{0,120}")
_KEY_BYTES, _AUTH_BYTES = 65, 16


class Result(enum.Enum):
    """What came of one sending."""

    TAKEN = "taken"
    GONE = "gone"  # the browser has withdrawn the subscription
    LATER = "later"  # the service is busy or away
    REFUSED = "refused"  # for good


@dataclass(frozen=True)
class Sent:
    """What came of one sending; for LATER, in how many seconds the service wants to be asked again (0: it does not say)."""

    result: Result
    wait: int = 0


@dataclass(frozen=True)
class Message:
    """A push, ready but for its encryption."""

    payload: bytes
    topic: str
    ttl: int
    urgency: str


class BadSubscription(ValueError):
    """What a browser handed in cannot be pushed to."""


# ---- the deployment's key pair
def public_key() -> str:
    """The public key in base64url, to which browsers subscribe."""
    return _push_key().public


def _push_key() -> PushKey:
    """The one pair, made at first use; of two that are made at the same moment the first one saved stays."""
    found = PushKey.objects.first()
    if found is None:
        pair = Vapid()
        pair.generate_keys()
        number = pair.private_key.private_numbers().private_value
        private = b64urlencode(number.to_bytes(32, "big"))
        PushKey.objects.bulk_create([PushKey(private=private, public=_public_of(pair))], ignore_conflicts=True)
        found = PushKey.objects.get()
    return found


def _public_of(pair: Vapid) -> str:
    numbers = pair.public_key.public_numbers()
    return b64urlencode(b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big"))


@cache
def _signer(private: str) -> Vapid:
    return Vapid.from_raw(private.encode())


_tokens: dict[tuple[str, str, str], tuple[float, str]] = {}
_tokens_lock = threading.Lock()


def authorization(origin: str, private: str) -> str:
    """The header by which a push service knows us; one token per origin, kept until an hour before its end."""
    name = (private, origin, settings.PUSH_CONTACT)
    now = time.time()
    with _tokens_lock:
        good_until, header = _tokens.get(name, (0.0, ""))
        if now > good_until - EARLY:
            good_until = now + TOKEN
            claims = {"aud": origin, "sub": settings.PUSH_CONTACT, "exp": int(good_until)}
            header = _signer(private).sign(claims)["Authorization"]
            _tokens[name] = (good_until, header)
    return header


# ---- what a push says
SAID = ("kind", "key", "subject", "title", "text", "url", "acts")  # what `message` reads of a row, beside its recipient


def message(notification: Notification) -> Message:
    """The push for a notification, in its recipient's language."""
    user = notification.recipient
    with translation.override(user.language):
        says = {
            "title": notification.title,
            "text": notification.text or (_("You wanted to be reminded.") if notification.kind == Notification.Kind.REMINDER else ""),
            "url": notification.url,
            "tag": notification.key,
            "lang": user.language,
            "acts": [
                {"name": name, "title": str(Notification.ACTS[name]), "url": url, "token": act_token(user, url)}
                for name, url in notification.acts.items()
                if name in Notification.ACTS
            ],
        }
        pages = [(name, url) for name, url in notification.acts.items() if name in Notification.PAGES]
        says["acts"] += [{"name": name, "title": str(Notification.PAGES[name]), "url": url} for name, url in pages]
        if notification.subject.startswith("lead:"):  # the person's page, where the call button is; many phones show two buttons only
            says["acts"].append({"name": "call", "title": _("Call"), "url": notification.url})
    topic = base64.urlsafe_b64encode(hashlib.sha256(notification.key.encode()).digest()[:24]).decode()
    urgent = notification.kind == Notification.Kind.REMINDER
    payload = json.dumps(says, ensure_ascii=False, separators=(",", ":")).encode()
    return Message(payload, topic, TTL.get(notification.kind, 24 * HOUR), "high" if urgent else "normal")


def act_token(user: AbstractBaseUser, url: str) -> str:
    """What lets a push's button post to `url` as `user`, and nothing else; it travels inside the encrypted push."""
    return signing.dumps([user.pk, url], salt=_ACT_SALT, compress=False)


def act_user(token: str, url: str) -> AbstractBaseUser | None:
    """Whose button this is, or None for a token that is forged, too old, meant for another address or of an ended log-in."""
    try:
        user, meant = signing.loads(token, salt=_ACT_SALT, max_age=ACT_TOKEN)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return get_user_model().objects.filter(pk=user, is_active=True).first() if meant == url else None


# ---- sending
class Origins:
    """Which push services are left in peace for a while, by origin: they asked for it, or they do not answer."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._failed: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    def rest(self, origin: str) -> int:
        """Seconds from now in which nothing is sent there; 0 for none."""
        with self._lock:
            return max(0, math.ceil(self._until.get(origin, 0.0) - time.time()))

    def answered(self, origin: str, wait: int = 0) -> None:
        """It has answered, and wants nothing more for `wait` seconds."""
        with self._lock:
            self._failed.pop(origin, None)
            if wait:
                self._until[origin] = time.time() + wait
            else:
                self._until.pop(origin, None)

    def failed(self, origin: str) -> None:
        """It has not answered; after a few times in a row it gets a rest, so that it does not hold up the others."""
        with self._lock:
            self._failed[origin] += 1
            if self._failed[origin] >= FAILURES:
                self._failed[origin] = 0
                self._until[origin] = time.time() + REST


origins = Origins()


def send(device: Device, push: Message, private: str, lines: wire.Lines) -> Sent:
    """Encrypt and post one push. Never raises: whatever an endpoint does is one of the results. Uses no database."""
    origin = ""
    try:
        to = wire.target(device.endpoint)
        origin = to.origin
        if rest := origins.rest(origin):
            return Sent(Result.LATER, rest)
        keys = {"p256dh": device.p256dh, "auth": device.auth}
        body = WebPusher({"endpoint": device.endpoint, "keys": keys}).encode(push.payload)["body"]
        headers = {
            "Authorization": authorization(to.origin, private),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(push.ttl),
            "Urgency": push.urgency,
            "Topic": push.topic,
        }
        answer = lines.post(to, headers=headers, body=body)
    except wire.Forbidden as reason:
        log.warning("push not sent: address not allowed", device=device.pk, reason=str(reason))
        return Sent(Result.REFUSED)
    except wire.Unreachable as reason:
        log.warning("push service not reached", device=device.pk, reason=str(reason))
        origins.failed(origin)
        return Sent(Result.LATER)
    except Exception as error:  # noqa: BLE001  one broken device must not hold up the others
        log.warning("push not sent", device=device.pk, error=type(error).__name__)
        return Sent(Result.REFUSED)
    busy = answer.status == BUSY
    origins.answered(origin, wait=answer.retry_after if busy else 0)
    return Sent(_result(device, answer.status), answer.retry_after)


def _result(device: Device, status: int) -> Result:
    match status:
        case 200 | 201 | 202 | 204:
            return Result.TAKEN
        case 404 | 410:
            return Result.GONE
        case _ if status == BUSY:
            return Result.LATER
        case _ if status >= 500:  # noqa: PLR2004
            return Result.LATER
    log.warning("push refused", device=device.pk, status=status)
    return Result.REFUSED


def private_key() -> str:
    """The private key in base64url, for `send`."""
    return _push_key().private


# ---- devices
@transaction.atomic
def subscribe(user: AbstractBaseUser, *, endpoint: str, p256dh: str, auth: str, label: str = "") -> Device:
    """Push to this browser from now on. One registered before, also under another log-in, is now this person's.

    Raises BadSubscription for an address that is never posted to and for keys of the wrong size.
    """
    try:
        wire.target(endpoint)
    except wire.Forbidden as reason:
        raise BadSubscription(str(reason)) from None
    if len(_decoded(auth)) != _AUTH_BYTES:
        raise BadSubscription("auth")
    point = _decoded(p256dh)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise BadSubscription("p256dh") from None
    if len(point) != _KEY_BYTES:
        raise BadSubscription("p256dh")
    get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)  # two browsers at once: one after the other
    Device.objects.bulk_create(
        [Device(user=user, endpoint=endpoint, p256dh=p256dh, auth=auth, label=label[:120], created_at=timezone.now())],
        update_conflicts=True,
        unique_fields=["endpoint"],
        update_fields=["user", "p256dh", "auth", "label", "created_at"],
    )
    kept = Device.objects.filter(user=user).order_by("-created_at", "-pk")
    Device.objects.filter(user=user).exclude(pk__in=list(kept.values_list("pk", flat=True)[:DEVICES])).delete()
    return Device.objects.get(endpoint=endpoint)


@transaction.atomic
def unsubscribe(user: AbstractBaseUser, *, endpoint: str) -> int:
    """Push to this browser no more; returns how many of the person's devices that were."""
    return Device.objects.filter(user=user, endpoint=endpoint).delete()[0]


def forget(user: AbstractBaseUser, device: int | None) -> int:
    """The person logs out in the browser that is this device (its id, from the session); returns 1 if it was theirs."""
    return Device.objects.filter(user=user, pk=device).delete()[0] if device else 0


def forget_all(user: AbstractBaseUser, *, but: int | None = None) -> int:
    """Push to none of the person's browsers any more, except to the device `but`; returns how many those were."""
    return Device.objects.filter(user=user).exclude(pk=but).delete()[0]


def forget_users(users: Iterable[int]) -> int:
    """Push to none of the browsers of the users with these ids any more; returns how many those were."""
    return Device.objects.filter(user__in=list(users)).delete()[0]


def _decoded(typed: str) -> bytes:
    """Base64url with or without padding, nothing else in it."""
    bare = typed.rstrip("=")
    if not _BASE64URL.fullmatch(bare):
        raise BadSubscription("base64")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error:
        raise BadSubscription("base64") from None
