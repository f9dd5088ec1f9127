"""What people type to come in."""

import time
from typing import Any

from allauth.account.forms import LoginForm
from allauth.core import ratelimit
from django import forms
from django.conf import settings
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from teams import codes, joining, login
from teams.models import Code, User

PROVED = "proved"  # in a session: by whom a code has come back last, and when (seconds since 1970)
CODE = "code"  # in a session: the code that was sent last, and where to go afterwards


def too_often() -> forms.ValidationError:
    """The same words for every limit."""
    return forms.ValidationError(_("Too many tries. Please wait a little and try again."))


def note(request: HttpRequest, code: Code, *, then: str | None = None, start: str = "") -> HttpResponse:
    """Let this browser try the code; returns the way to the page that asks for it. `start`: the page to ask for another one."""
    request.session[CODE] = {"key": code.key, "then": then or "", "start": start}
    return redirect("teams:code")


def note_proof(request: HttpRequest, user: User) -> None:
    """A code that was sent to the user has just come back from this browser."""
    request.session[PROVED] = [user.pk, int(time.time())]


def is_proved(request: HttpRequest) -> bool:
    """Whether who is logged in did so a few minutes ago at most."""
    user, at = request.session.get(PROVED, (None, 0))
    return user == request.user.pk and time.time() - at < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


class PasswordForm(SetPasswordForm):
    """A new password, twice; the old one is not asked for."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = _("At least 8 characters; no common word and not your name.")
        self.fields["new_password2"].label = _("The same once more")
        self.fields["new_password2"].help_text = ""

    def save(self) -> None:
        """Write it, and no other column."""
        joining.set_password(self.user, self.cleaned_data["new_password1"])


class EntryForm(LoginForm):
    """A phone or an e-mail: a code is sent. With a password in it as well, that is what counts."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("Phone or e-mail")
        self.fields["password"].required = False

    def _clean_without_password(self, email: str | None, phone: str | None) -> dict[str, Any]:
        """Say nothing about whether anybody is known by it."""
        to = login.plain(self.cleaned_data["login"])
        if not to:
            self.add_error("login", _("This is neither a phone number nor an e-mail address."))
        elif not ratelimit.consume(self.request, action="request_login_code", key=to):
            raise too_often()
        self.cleaned_data["to"] = to
        return self.cleaned_data

    def _login_by_code(self, request: HttpRequest, redirect_url: str | None, credentials: dict[str, str]) -> HttpResponse:
        to = self.cleaned_data["to"]
        owner = login.owner_of(to)
        code = codes.send(Code.Purpose.LOGIN, to, owner=owner, real=owner != login.Owner())
        return note(request, code, then=redirect_url)


class CodeForm(forms.Form):
    """Six digits."""

    code = forms.CharField(max_length=40)

    def clean_code(self) -> str:
        """A slip of the finger costs no try."""
        typed = codes.digits(self.cleaned_data["code"])
        if len(typed) != codes.DIGITS:
            raise forms.ValidationError(_("The code has 6 digits."))
        return typed


class PhoneForm(forms.Form):
    """One's new phone."""

    to = login.PhoneField(label=_("New phone"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}))


class EmailForm(forms.Form):
    """One's new e-mail."""

    to = forms.EmailField(label=_("New e-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    def clean_to(self) -> str:
        """In small letters."""
        return self.cleaned_data["to"].lower()
