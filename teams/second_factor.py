"""The second factor: authenticator apps, passkeys, recovery codes. Whoever may open the admin needs one."""

import base64
from functools import cache

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.utils.crypto import salted_hmac

from teams.models import User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes alone are none


@cache
def _box(secret: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(salted_hmac("teams.second_factor", "", secret=secret, algorithm="sha256").digest()))


class SecondFactorAdapter(DefaultMFAAdapter):
    """What an app and we share is kept encrypted: a copy of the database alone makes no codes."""

    def encrypt(self, text: str) -> str:
        """With a key made of SECRET_KEY."""
        return _box(settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The same back."""
        return _box(settings.SECRET_KEY).decrypt(encrypted_text.encode()).decode()

    def _get_site_name(self) -> str:
        """Shown by apps and browsers; never the host that a request named."""
        return "Cotano"


def is_missing(user: User) -> bool:
    """Whether the person must set up a second factor before any page of the admin opens."""
    return settings.SECOND_FACTOR and user.is_strict and not Authenticator.objects.filter(user=user, type__in=FACTORS).exists()
