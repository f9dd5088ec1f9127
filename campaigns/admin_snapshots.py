"""When the figures of campaigns were taken, why, and what that changed: a list to read."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.models import SnapshotRun
from cotano.lib.admin import ListAdmin
from teams import rights


class SnapshotRunAdmin(ListAdmin):
    """The newest first. A frozen campaign that a late file has changed says so, with the file and the number of rows."""

    list_display = ("campaign", "at", "cause", "file", "reps", "changed")
    list_filter = ("cause",)
    fields = ("campaign", "at", "cause", "file", "reps", "changed")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """They are about the whole company."""
        runs = SnapshotRun.objects.select_related("campaign__calendar", "job")
        return runs if rights.sees_company(request.user) else runs.none()

    def file(self, run: SnapshotRun) -> str:
        """Which brought it about, by name."""
        return run.job.file_name if run.job else "–"

    file.short_description = _("file")
