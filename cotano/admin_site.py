"""The admin as managers and staff see it."""

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _


class CotanoSite(AdminSite):
    """Django's admin behind the product's own log-in."""

    site_header = site_title = "Cotano"
    index_title = _("Overview")

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """One log-in page for everybody, with its own limits against guessing; who is logged in without the right gets 403."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return login_required(redirect_to_overview)(request)


def redirect_to_overview(request: HttpRequest) -> HttpResponse:
    """Where the log-in leads."""
    return redirect("admin:index")
