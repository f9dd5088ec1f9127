"""The company's orders, in the admin."""

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.models import Order
from cotano.jobs.admin_export import FileExportMixin
from cotano.jobs.admin_import import FileImportMixin
from cotano.lib.admin import ListAdmin
from teams.models import Rep


class OrderAdmin(FileExportMixin, FileImportMixin, ListAdmin):
    """Orders of the reps one may see, newest first."""

    import_kinds = ("orders", "activity", "volumes")
    export_kind = "orders"
    list_display = ("number", "kind", "rep", "campaign", "placed_on", "amount", "currency", "points", "is_late")
    fields = ("number", "kind", "returned_order", "rep", "campaign", "placed_on", "amount", "currency", "points", "is_late")
    search_fields = ("number", "rep__code")
    search_help_text = _("Number of the order or code of the rep, in full")
    list_filter = ("kind",)
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Those of the reps one may see."""
        return Order.objects.managed_by(request.user).select_related("rep", "campaign__calendar", "returns").order_by(*self.ordering)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Exact, so that both ways go by an index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        reps = Rep.objects.managed_by(request.user).filter(code=term).values_list("pk", flat=True)
        return queryset.filter(Q(number=term) | Q(rep__in=list(reps))), False

    @admin.display(description=_("returns"))
    def returned_order(self, order: Model) -> str:
        """The order a return is about."""
        return order.returns.number if order.returns else ""
