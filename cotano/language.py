"""The language of somebody who has not logged in; later it is part of the person's profile."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from cotano.middleware import LANGUAGE_COOKIE

YEAR = 365 * 24 * 3600  # seconds


class LanguageForm(forms.Form):
    """A language of the product and the page to come back to."""

    language = forms.ChoiceField(choices=settings.LANGUAGES)
    next = forms.CharField(required=False)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the chosen language in this browser and go back to the page."""
    form = LanguageForm(request.POST)
    there = form.data.get("next", "")
    safe = url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(there if safe else resolve_url(settings.LOGIN_URL))
    if form.is_valid():
        response.set_cookie(
            LANGUAGE_COOKIE, form.cleaned_data["language"], max_age=YEAR, secure=request.is_secure(), httponly=True, samesite="Lax"
        )
    return response
