"""The page that asks for a code, whatever the code is for."""

from allauth.account.utils import perform_login
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cotano.lib import phones
from teams import codes, joining
from teams.login_forms import CODE, CodeForm
from teams.models import Code

START = {Code.Purpose.LOGIN: "account_login"}  # where a code of this kind is asked for


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the digits; the right ones lead on."""
    noted = request.session.get(CODE) or {}
    sent = codes.waiting(noted.get("key", ""))
    if sent is None:
        return _over(request, None)
    if request.method != "POST":
        return _page(request, sent, CodeForm())
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, sent, form, status=422)
    answer, sent = codes.try_code(sent.key, form.cleaned_data["code"])
    if answer is codes.Answer.WRONG:
        left = codes.TRIES - sent.tries
        says = ngettext("This is not the code. %(n)d try is left.", "This is not the code. %(n)d tries are left.", left) % {"n": left}
        form.add_error("code", says)
        return _page(request, sent, form, status=422)
    if answer is codes.Answer.OVER:
        return _over(request, sent)
    del request.session[CODE]
    return _come_in(request, sent, noted.get("then") or None)


def _page(request: HttpRequest, sent: Code, form: CodeForm, status: int = 200) -> HttpResponse:
    by_mail = "@" in sent.to
    context = {
        "form": form,
        "by_mail": by_mail,
        "to": sent.to if by_mail else phones.spoken(sent.to),
        "start": START[sent.purpose],
        "again": sent.sendings < codes.SENDINGS,
        "purpose": sent.purpose,
    }
    return render(request, "account/code.html", context, status=status)


def _over(request: HttpRequest, sent: Code | None) -> HttpResponse:
    """Back to where a code is asked for."""
    if request.session.pop(CODE, None):
        messages.error(request, _("This code is over. Please ask for a new one."))
    return redirect(START[sent.purpose] if sent else "account_login")


def _come_in(request: HttpRequest, sent: Code, then: str | None) -> HttpResponse:
    user = sent.user or joining.join_by_roster(sent.rep, phone=sent.to)
    if user is None:
        return _over(request, sent)
    return perform_login(request, user, email_verification="none", redirect_url=then)


@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Send other digits to the same phone or e-mail, within the limits of asking for codes."""
    sent = codes.waiting((request.session.get(CODE) or {}).get("key", ""))
    if sent is None:
        return _over(request, None)
    if ratelimit.consume(request, action="request_login_code", key=sent.to) and codes.send_again(sent.key):
        messages.success(request, _("A new code is on its way."))
    else:
        messages.error(request, _("Too many tries. Please wait a little and try again."))
    return redirect("teams:code")
