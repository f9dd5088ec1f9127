"""Codes: six digits by text message or e-mail, good for ten minutes and five tries.

A try is counted in the database before it is compared, under the row's lock: of any number of guesses at once five are looked at.
(django-allauth keeps the code and the count in the session, where guesses at the same moment all read the count before them.)
"""

import datetime as dt
import enum
import hmac
import secrets
import unicodedata

from allauth.core.internal.cryptokit import generate_user_code
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from notifications import letters
from notifications.models import Letter
from teams.login import Owner
from teams.models import Code, Invitation
from teams.sessions import SessionStore

DIGITS = settings.ACCOUNT_LOGIN_BY_CODE_FORMAT["length"]
TRIES = settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS
SENDINGS = 1 + settings.ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND
GOOD = dt.timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
PAUSE = dt.timedelta(seconds=30)  # between two sendings
KEPT = dt.timedelta(days=1)


class Answer(enum.Enum):
    """What came of a try."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"  # too late, too many tries, or used already


def digits(typed: str) -> str:
    """The digits of what was typed or pasted, in any script, without spaces and dashes."""
    found = (unicodedata.decimal(sign, None) for sign in typed[:40])
    return "".join(str(digit) for digit in found if digit is not None)


@transaction.atomic
def send(purpose: Code.Purpose, to: str, *, owner: Owner, real: bool = True, invitation: Invitation | None = None, name: str = "") -> Code:
    """Make a code and send it to `to` (as `teams.login.plain` writes it). Unless `real`, nobody gets one; all else is the same."""
    code = Code.objects.create(
        key=secrets.token_urlsafe(32), purpose=purpose, to=to, user=owner.user, rep=owner.rep, invitation=invitation, name=name
    )
    _write(code, real=real)
    return code


def wait(code: Code) -> int:
    """The seconds until other digits may be sent for the same code: the n-th time n pauses after it was made."""
    left = code.made_at + code.sendings * PAUSE - timezone.now()
    return max(0, -(-left // dt.timedelta(seconds=1)))


@transaction.atomic
def send_again(key: str) -> bool:
    """Send other digits for the same code; the tries go on. False when it was sent often enough, a moment ago, or is over."""
    code = _open(key).select_for_update(no_key=True).first()
    if code is None or code.sendings >= SENDINGS or wait(code):
        return False
    code.sendings += 1
    code.save(update_fields=["sendings"])
    _write(code, real=bool(code.digest))
    return True


def _write(code: Code, *, real: bool) -> None:
    sent = generate_user_code(**settings.ACCOUNT_LOGIN_BY_CODE_FORMAT)
    Code.objects.filter(pk=code.pk).update(digest=_digest(code.key, sent) if real else "")
    with translation.override(_language(code)):
        text = _("%(code)s is your code for Cotano. It is good for 10 minutes. Give it to nobody.") % {"code": sent}
        subject = _("Your code for Cotano")
    letters.post(Letter.Way.EMAIL if "@" in code.to else Letter.Way.SMS, code.to if real else "", text, subject=subject)


def _language(code: Code) -> str:
    person = code.user or code.rep
    return person.language if person else translation.get_language()


def _digest(key: str, sent: str) -> str:
    return salted_hmac("teams.codes", f"{key}:{sent}", algorithm="sha256").hexdigest()


def _open(key: str) -> QuerySet[Code]:
    return Code.objects.filter(key=key, used_at=None, tries__lt=TRIES, made_at__gt=timezone.now() - GOOD)


def waiting(key: str) -> Code | None:
    """The code that can still be tried under this key."""
    return _open(key).select_related("user", "rep").first()


@transaction.atomic
def try_code(key: str, typed: str) -> tuple[Answer, Code | None]:
    """One try. The right digits use the code up."""
    code = _open(key).select_for_update(no_key=True, of=("self",)).select_related("user", "rep").first()
    if code is None:
        return Answer.OVER, None
    code.tries += 1
    right = hmac.compare_digest(code.digest, _digest(key, digits(typed))) if code.digest else False
    code.used_at = timezone.now() if right else None
    code.save(update_fields=["tries", "used_at"])
    if right:
        return Answer.RIGHT, code
    return (Answer.WRONG if code.tries < TRIES else Answer.OVER), code


@transaction.atomic
def forget_old() -> int:
    """Delete codes of yesterday and sessions that have ended; returns how many codes those were."""
    SessionStore.clear_expired()
    return Code.objects.filter(made_at__lt=timezone.now() - KEPT).delete()[0]
