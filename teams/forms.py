"""What staff type about users."""

from django import forms
from django.contrib.auth.forms import BaseUserCreationForm, ReadOnlyPasswordHashField
from django.utils.translation import gettext_lazy as _

from cotano.lib import text
from teams.history import WHY
from teams.login import PhoneField
from teams.models import User


class UserForm(forms.ModelForm):
    """A user as an administrator sees one; phone as people write it."""

    phone = PhoneField(label=_("Phone"), required=False)

    class Meta:
        model = User
        fields = ("name", "phone", "email", "language", "zone", "is_staff", "is_active", "is_superuser", "groups")

    def clean_name(self) -> str:
        """One line."""
        return text.one_line(self.cleaned_data["name"])

    def clean_phone(self) -> str | None:
        """Unknown is null."""
        return self.cleaned_data["phone"] or None

    def clean_email(self) -> str | None:
        """Small letters; unknown is null."""
        return (self.cleaned_data["email"] or "").lower() or None

    def clean(self) -> dict[str, object]:
        """A person logs in by something."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not cleaned.get("phone") and not cleaned.get("email"):
            raise forms.ValidationError(_("Give a phone or an e-mail: one logs in by it."))
        return cleaned


class KnownUserForm(UserForm):
    """The same for a user who is there: the password shows as how it is kept, with a link to set another."""

    password = ReadOnlyPasswordHashField(label=_("Password"))


class NewUserForm(UserForm, BaseUserCreationForm):
    """The same with a password, typed twice."""

    class Meta:
        model = User
        fields = ("name", "phone", "email", "language", "zone")
        field_classes: dict[str, type] = {}


class WhyForm(forms.Form):
    """The reason of a change that stays on record."""

    why = forms.CharField(label=_("Why"), max_length=WHY, strip=True, widget=forms.TextInput(attrs={"size": 60}))
