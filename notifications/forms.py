"""What a browser hands in about itself."""

import json
from typing import Self

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from notifications import wire
from notifications.models import Preference
from notifications.topics import Topic

MOST = 20  # nudges a day
SAID = ("quiet_from", "quiet_to", "cap", "by_email", "remind_by_email")  # of a Preference, in a PreferenceForm
BODY_LONGEST = 4096  # bytes


class SubscriptionForm(forms.Form):
    """A push subscription, as the browser's own JSON or as a plain form."""

    endpoint = forms.CharField(max_length=wire.LONGEST, strip=False)
    p256dh = forms.CharField(max_length=120, strip=False)
    auth = forms.CharField(max_length=40, strip=False)

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """The form with what the request brought; anything that is not a subscription is an invalid form."""
        return cls(posted(request))


class EndpointForm(forms.Form):
    """Which subscription to end."""

    endpoint = forms.CharField(max_length=wire.LONGEST, strip=False)


def posted(request: HttpRequest) -> dict[str, object]:
    """The fields of a form or of a JSON object (`keys` flattened); nothing for a body that is neither."""
    if request.content_type != "application/json":
        return request.POST.dict()
    if len(request.body) > BODY_LONGEST:
        return {}
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(said, dict):
        return {}
    keys = said.get("keys")
    flat = {**said, **(keys if isinstance(keys, dict) else {})}
    told = {name: flat.get(name) for name in ("endpoint", "p256dh", "auth")}
    return {name: word for name, word in told.items() if isinstance(word, str) and word.isascii()}


class PreferenceForm(forms.Form):
    """How a person wants to be told of what rules suggest."""

    quiet_from = forms.TimeField(label=_("Quiet from"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    quiet_to = forms.TimeField(label=_("Quiet until"), widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    cap = forms.IntegerField(
        label=_("Suggestions a day at most"),
        min_value=0,
        max_value=MOST,
        help_text=_("The least important are left out. 0: none."),
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )
    by_email = forms.BooleanField(label=_("By e-mail when push is off"), required=False, widget=forms.CheckboxInput({"class": "sw"}))
    remind_by_email = forms.BooleanField(
        label=_("Reminders by e-mail too when push is off"), required=False, widget=forms.CheckboxInput({"class": "sw"})
    )
    wanted = forms.MultipleChoiceField(label=_("What about"), choices=Topic.choices, required=False)

    @classmethod
    def of(cls, preference: Preference) -> Self:
        """The form with what is so now."""
        wanted = [topic for topic in Topic.values if topic not in preference.muted]
        return cls(initial={**{name: getattr(preference, name) for name in SAID}, "wanted": wanted})

    @property
    def topics(self) -> list[tuple[str, str, bool]]:
        """(topic, label, wanted) for each."""
        chosen = set(self["wanted"].value() or ())
        return [(value, str(label), value in chosen) for value, label in Topic.choices]

    @property
    def muted(self) -> list[str]:
        """Those that are not wanted."""
        return [topic for topic in Topic.values if topic not in self.cleaned_data["wanted"]]
