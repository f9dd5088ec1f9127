"""Log-in by phone or e-mail: what django-allauth asks about our users."""

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cotano.lib import phones
from notifications import push
from teams.models import Territory, User


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


class LoginAdapter(DefaultAccountAdapter):
    """Phones are E.164 in `User.phone`; nobody signs up alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Reps come by the roster or by invitation."""
        return False

    def logout(self, request: HttpRequest) -> None:
        """With the log-in end the pushes to this browser."""
        if request.user.is_authenticated:
            push.forget(request.user, request.session.get(push.SESSION_KEY))
        super().logout(request)

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

    def set_phone(self, user: User, phone: str, verified: bool) -> None:  # noqa: FBT001  allauth's signature
        """Keep a phone."""
        user.phone = phone
        user.save(update_fields=["phone"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        """A confirmed phone is the one that is kept."""
        self.set_phone(user, phone, verified=True)
