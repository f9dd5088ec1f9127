"""The admin as managers and staff see it."""

from collections.abc import Callable
from functools import wraps

from allauth.account.decorators import secure_admin_login
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.options import TO_FIELD_VAR
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from teams import second_factor

NEEDED = _("Set up an authenticator app or a passkey first: the admin opens with a second factor only.")
View = Callable[..., HttpResponse]


class CotanoSite(AdminSite):
    """Django's admin behind the product's own log-in."""

    site_header = site_title = "Cotano"
    index_title = _("Overview")

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """One log-in page for everybody, with its own limits against guessing; who is logged in without the right gets 403."""
        return secure_admin_login(redirect_to_overview)(request)

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # noqa: FBT001, FBT002  Django's signature
        """No page of the admin, ours included, without a second factor where one is asked for, nor for what Django would stumble over."""
        behind = super().admin_view(view, cacheable)

        @wraps(behind)
        def door(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
            if "\0" in request.GET.get("term", "") or not request.GET.get(TO_FIELD_VAR, "id"):
                raise BadRequest
            if self.has_permission(request) and second_factor.is_missing(request.user):
                messages.warning(request, NEEDED)
                return redirect("mfa_index")
            return behind(request, *args, **named)

        return door


def redirect_to_overview(request: HttpRequest) -> HttpResponse:
    """Where the log-in leads."""
    return redirect("admin:index")
