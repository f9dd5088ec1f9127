"""What a browser hands in about itself."""

import json
from typing import Self

from django import forms
from django.http import HttpRequest

from notifications import wire

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
