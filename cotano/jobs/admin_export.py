"""Taking a list of the admin out: django-import-export's page, permission and filters over our own way of writing files."""

from typing import ClassVar

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from import_export.admin import ExportMixin

from cotano.jobs import exporting, exports, report
from cotano.jobs.forms import ExportForm
from cotano.jobs.models import Export


class FileExportMixin(ExportMixin):
    """A model's admin with an export page; put it before FileImportMixin. The kind in `export_kind` says the columns."""

    export_kind: ClassVar[str]
    import_export_change_list_template = "admin/import_export/change_list_import_export.html"

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whoever sees the list and may take it out."""
        return exporting.every()[self.export_kind].is_allowed(request.user)

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """Choose a format; the rows that the list shows under the same filters and search, all of them."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        kind = exporting.every()[self.export_kind]
        params = {name: values for name, values in request.GET.lists() if name != "p"}
        form = ExportForm(request.POST or None, formats=kind.formats)
        if request.method == "POST" and form.is_valid():
            try:
                export = exports.begin(kind.name, by=request.user, form=form.cleaned_data["format"], params=params)
            except IncorrectLookupParameters:
                return HttpResponseRedirect(f"{request.path}?e=1")
            if export.state == Export.State.DONE:
                return report.sent(exports.blocks(export, params), export)
            messages.success(request, _("The file is being made. You can leave this page: you will be told when it is ready."))
            return HttpResponseRedirect(exports.page(export))
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": _("Export"),
            "opts": self.opts,
            "form": form,
            "columns": [column.heading for column in kind.columns],
        }
        status = 422 if request.method == "POST" else 200
        return TemplateResponse(request, "jobs/export.html", context, status=status)
