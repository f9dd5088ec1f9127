"""The admin as managers and staff see it."""

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _


class CotanoSite(AdminSite):
    """Django's admin behind the product's own log-in."""

    site_header = site_title = "Cotano"
    index_title = _("Overview")

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """One log-in page for everybody; a logged-in person without the right sees Django's refusal."""
        return login_required(super().login)(request, extra_context)
