"""A new phone or e-mail for one's own log-in: it counts when a code sent there has come back."""

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from teams import codes
from teams.login import Owner
from teams.login_forms import EmailForm, PhoneForm, note, too_often
from teams.models import Code

THEN = "/profile/"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def phone(request: HttpRequest) -> HttpResponse:
    """Another phone."""
    return _change(request, Code.Purpose.PHONE, PhoneForm(request.POST or None))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def email(request: HttpRequest) -> HttpResponse:
    """Another e-mail."""
    return _change(request, Code.Purpose.EMAIL, EmailForm(request.POST or None))


def _change(request: HttpRequest, purpose: Code.Purpose, form: PhoneForm | EmailForm) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        if ratelimit.consume(request, action="change_phone") and ratelimit.consume(request, action="request_login_code", key=to):
            code = codes.send(purpose, to, owner=Owner(user=request.user))
            return note(request, code, then=THEN, start=request.path)
        form.add_error("to", too_often())
    status = 422 if request.method == "POST" else 200
    return render(request, "teams/contact.html", {"form": form, "purpose": purpose}, status=status)
