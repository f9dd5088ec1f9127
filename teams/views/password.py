"""A new password without the old one, for who shows once more that the phone or e-mail is theirs."""

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cotano.lib import phones
from teams import codes, sessions
from teams.login import Owner
from teams.login_forms import PROVED, PasswordForm, is_proved, note, too_often
from teams.models import Code


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def set_password(request: HttpRequest) -> HttpResponse:
    """With a code that came back a few minutes ago: the new password. Without: a button that sends one."""
    if not is_proved(request):
        return _send_code(request) if request.method == "POST" else _page(request)
    form = PasswordForm(request.user, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form=form, status=422 if request.method == "POST" else 200)
    form.save()
    del request.session[PROVED]
    update_session_auth_hash(request, request.user)
    sessions.end_others(request.user, but=request.session.session_key)
    messages.success(request, _("Saved."))
    return redirect("pipeline:profile")


def _send_code(request: HttpRequest) -> HttpResponse:
    to = request.user.phone or request.user.email
    if not ratelimit.consume(request, action="request_login_code", key=to):
        return _page(request, error=too_often().message, status=422)
    code = codes.send(Code.Purpose.AGAIN, to, owner=Owner(user=request.user))
    return note(request, code, then=request.path, start=request.path)


def _page(request: HttpRequest, *, form: PasswordForm | None = None, error: str = "", status: int = 200) -> HttpResponse:
    user = request.user
    context = {"form": form, "error": error, "to": phones.spoken(user.phone) if user.phone else user.email}
    return render(request, "teams/password.html", context, status=status)
