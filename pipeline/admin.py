"""The company's work lists in the admin: who is to be called by whom. Cards and leads are the reps' own and not here."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cotano.jobs.admin_export import FileExportMixin
from cotano.jobs.admin_import import FileImportMixin
from cotano.lib.admin import ListAdmin
from pipeline.models import WorkItem
from teams.models import Rep


class DoneFilter(admin.SimpleListFilter):
    """Still on the list, or done."""

    title = _("state")
    parameter_name = "done"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        """Two."""
        return [("no", _("on the list")), ("yes", _("done"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The items in that state."""
        wanted = {"no": True, "yes": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(done_at__isnull=wanted)


@admin.register(WorkItem)
class WorkItemAdmin(FileExportMixin, FileImportMixin, ListAdmin):
    """What the company itself has sent; nothing of what reps made of it."""

    import_kinds = ("worklist",)
    export_kind = "worklist"
    list_display = ("list_name", "rep", "person_code", "reason", "call_by", "done_at")
    fields = ("list_name", "rep", "person_code", "reason", "last_order", "call_by", "done_at")
    list_filter = (DoneFilter,)
    search_fields = ("rep__code", "person_code")
    search_help_text = _("Code of the rep or of the person, in full")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Those of the reps one may see."""
        return WorkItem.objects.managed_by(request.user).select_related("rep")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Exact, so that both ways go by an index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        reps = list(Rep.objects.managed_by(request.user).filter(code=term).values_list("pk", flat=True))
        return queryset.filter(rep__in=reps) if reps else queryset.filter(person_code=term), False
