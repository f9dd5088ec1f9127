"""Log-in by phone or e-mail: what django-allauth asks about our users, and who stands behind what somebody typed."""

import time
from dataclasses import dataclass
from typing import Any

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from cotano.lib import phones
from notifications import letters, push
from notifications.models import Letter
from teams import rights, sessions
from teams.models import Rep, Territory, User


class PhoneField(forms.CharField):
    """A phone as people write it, in the way of any of the company's markets; cleaned to E.164."""

    def clean(self, value: str) -> str:
        """E.164, or a sentence; an empty one stays empty where none is required."""
        typed = super().clean(value)
        if not typed:
            return ""
        for region in [territory.region for territory in Territory.objects.filter(kind=Territory.Kind.MARKET)] or [""]:
            try:
                return phones.e164(typed, region)
            except phones.BadPhone:
                continue
        raise forms.ValidationError(_("This is not a phone number."))


def plain(typed: str) -> str:
    """An e-mail in small letters or a phone as E.164, however it was written; "" for anything else."""
    try:
        validate_email(typed.strip())
    except ValidationError:
        try:
            return PhoneField(required=False).clean(typed)
        except forms.ValidationError:
            return ""
    return typed.strip().lower()


@dataclass(frozen=True)
class Owner:
    """Who stands behind a phone or an e-mail: a user, or a rep on the roster who has no log-in yet, or nobody."""

    user: User | None = None
    rep: Rep | None = None


def owner_of(to: str) -> Owner:
    """Look `to` (as `plain` writes it) up; as many queries for somebody as for nobody.

    A phone on the roster belongs to a rep only if it is there once; phones of users who were switched off or removed belong to nobody.
    """
    by_mail = "@" in to
    users = list(User.objects.select_related("rep").filter(**{"email" if by_mail else "phone": to}))
    reps = list(Rep.objects.on_file().filter(phone="" if by_mail else to).exclude(phone="")[:2])
    if users:
        return Owner(user=users[0]) if rights.may_come_in(users[0]) else Owner()
    return Owner(rep=reps[0]) if len(reps) == 1 and reps[0].user_id is None else Owner()


class LoginAdapter(DefaultAccountAdapter):
    """Phones are E.164 in `User.phone`; nobody signs up alone; mails leave as letters."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Reps come by the roster or by invitation."""
        return False

    def pre_login(self, request: HttpRequest, user: User, **kwargs: object) -> HttpResponse | None:
        """A rep whom the company has removed is answered as somebody who was switched off."""
        if not rights.may_come_in(user):
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **kwargs)

    def login(self, request: HttpRequest, user: User) -> None:
        """Note what browser it is, for the person's list of devices."""
        super().login(request, user)
        request.session[sessions.BROWSER] = sessions.label(request.headers.get("User-Agent", ""))

    def logout(self, request: HttpRequest) -> None:
        """With the log-in end the pushes to this browser."""
        if request.user.is_authenticated:
            push.forget(request.user, request.session.get(push.SESSION_KEY))
        super().logout(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Not in the first minutes after the log-in: who has just shown who they are need not do so twice."""
        since = self.request.session.get(sessions.SINCE, 0)
        fresh = time.time() - since < account_settings.REAUTHENTICATION_TIMEOUT
        return not fresh and super().is_reauthentication_required(app=app, **kwargs)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """As a letter: no page waits for a mail server."""
        mail = self.render_mail(template_prefix, email, {"request": self.request, "email": email, **context})
        letters.post(Letter.Way.EMAIL, email, str(mail.body), subject=mail.subject)

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        """The phone and whether it is confirmed (the company's roster vouches for it)."""
        return (user.phone, True) if user.phone else None

    def get_user_by_phone(self, phone: str) -> User | None:
        """The user with this phone, typed in any way a person writes it."""
        try:
            return User.objects.filter(phone=PhoneField().clean(phone)).first()
        except forms.ValidationError:
            return None

    def phone_form_field(self, **kwargs: object) -> PhoneField:
        """The field of the log-in form."""
        return PhoneField(**kwargs)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ANN401  allauth's signature
        """Failed passwords are counted for what was typed, phones too, however written and whatever host was named."""
        typed = str(credentials.get("email") or credentials.get("phone") or credentials.get("username") or "")
        return plain(typed) or typed.strip().lower()
