"""The page that asks for a code, whatever the code is for."""

from allauth.account.utils import perform_login
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from cotano.lib import phones
from teams import codes
from teams.login_forms import CODE, CodeForm, note_proof
from teams.models import Code


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the digits; the right ones lead on."""
    noted = request.session.get(CODE) or {}
    sent = codes.waiting(noted.get("key", ""))
    if sent is None:
        return _over(request)
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
        return _over(request)
    return _come_in(request, sent, noted)


def _page(request: HttpRequest, sent: Code, form: CodeForm, status: int = 200) -> HttpResponse:
    by_mail = "@" in sent.to
    context = {
        "form": form,
        "by_mail": by_mail,
        "to": sent.to if by_mail else phones.spoken(sent.to),
        "start": _start(request),
        "again": sent.sendings < codes.SENDINGS,
        "wait": _wait(sent),
        "purpose": sent.purpose,
    }
    return render(request, "account/code.html", context, status=status)


def _wait(sent: Code) -> str:
    """The sentence that says when a new code may be asked for; "" for now."""
    n = codes.wait(sent)
    return ngettext("A new code can be sent in %(n)d second.", "A new code can be sent in %(n)d seconds.", n) % {"n": n} if n else ""


def _start(request: HttpRequest) -> str:
    return (request.session.get(CODE) or {}).get("start") or reverse("account_login")


def _over(request: HttpRequest) -> HttpResponse:
    """Back to where a code is asked for."""
    start = _start(request)
    if request.session.pop(CODE, None):
        messages.error(request, _("This code is over. Please ask for a new one."))
    return redirect(start)


def _come_in(request: HttpRequest, sent: Code, noted: dict[str, str]) -> HttpResponse:
    changes = sent.purpose in {Code.Purpose.PHONE, Code.Purpose.EMAIL}
    if (changes or sent.purpose == Code.Purpose.AGAIN) and sent.user != request.user:
        return _over(request)
    user = import_string(settings.CODE_ENDS[sent.purpose])(sent)
    if user is None:
        return _over(request)
    del request.session[CODE]
    if sent.purpose == Code.Purpose.AGAIN:
        note_proof(request, user)
        return redirect(noted["then"])
    if changes:
        messages.success(request, _("Saved."))
        return redirect(noted["then"] or "/")
    note_proof(request, user)
    return perform_login(request, user, email_verification="none", redirect_url=noted["then"] or None)


@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Send other digits to the same phone or e-mail, within the limits of asking for codes."""
    sent = codes.waiting((request.session.get(CODE) or {}).get("key", ""))
    if sent is None:
        return _over(request)
    if sent.sendings < codes.SENDINGS and (sentence := _wait(sent)):
        messages.error(request, sentence)
    elif ratelimit.consume(request, action="request_login_code", key=sent.to) and codes.send_again(sent.key):
        messages.success(request, _("A new code is on its way."))
    else:
        messages.error(request, _("Too many tries. Please wait a little and try again."))
    return redirect("teams:code")
