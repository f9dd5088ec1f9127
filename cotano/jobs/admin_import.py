"""Loading the company's files in the admin: django-import-export's pages over our own pipeline."""

from types import SimpleNamespace
from typing import Any, ClassVar

from django.contrib import messages
from django.core.files.base import File
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from import_export.admin import ImportMixin
from import_export.formats.base_formats import Format
from import_export.results import Error, Result

from cotano.jobs import actions, kinds, running
from cotano.jobs.forms import ConfirmForm, ReadForm, UploadForm
from cotano.jobs.models import Job
from cotano.jobs.refusals import Refusal
from cotano.jobs.storage import UploadStorage
from cotano.lib import text


class TableFile(Format):
    """A CSV or XLSX file; cotano.jobs.reading finds out which."""

    def __init__(self, encoding: str | None = None) -> None:
        self.encoding = encoding

    def get_title(self) -> str:
        """As people call it."""
        return "CSV, XLSX"

    def can_import(self) -> bool:
        """Yes."""
        return True

    def create_dataset(self, in_stream: Job) -> Job:
        """The draft stands for its lines: nobody reads a whole file into memory."""
        return in_stream


class FileResult(Result):
    """The result of a dry run or of a confirmation."""

    job: Job | None = None


class FileResource:
    """Stands where django-import-export expects a resource: hands the draft to the pipeline."""

    kind_name: ClassVar[str]

    def __init__(self, **kwargs: object) -> None:
        self.kind, self.form = kinds.get(self.kind_name), kwargs.get("form")

    @classmethod
    def get_display_name(cls) -> str:
        """What the file holds."""
        return str(kinds.get(cls.kind_name).title)

    def get_user_visible_fields(self) -> list[SimpleNamespace]:
        """The columns of the file."""
        return [SimpleNamespace(column_name=column.name) for column in self.kind.columns]

    def import_data(self, dataset: Job, *, dry_run: bool = False, user: Model, **kwargs: object) -> FileResult:
        """Find out what would become of the file, or let a worker carry it out."""
        result = FileResult()
        result.job = dataset
        try:
            if dry_run:
                actions.check(dataset)
            else:
                if self.kind.questions:
                    actions.change_options(dataset, self.form.answers(self.kind))
                said = kwargs["request"].POST
                if "shown" in said:
                    actions.leave_out(dataset, said.getlist("keep"))
                actions.confirm(dataset, by=user)
        except Refusal as refusal:
            result.append_base_error(Error(refusal))
            if dry_run:
                actions.discard(dataset)
        return result


class FileImportMixin(ImportMixin):
    """A model's admin with an import page for one or more kinds of file; put it before ListAdmin or ModelAdmin."""

    import_kinds: ClassVar[tuple[str, ...]]
    import_template_name = "jobs/import.html"
    import_form_class = UploadForm
    confirm_form_class = ConfirmForm
    tmp_storage_class = UploadStorage

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Whether the person may load one of the kinds."""
        return bool(self.get_import_resource_classes(request))

    def get_import_formats(self) -> list[type[Format]]:
        """One."""
        return [TableFile]

    def get_import_resource_classes(self, request: HttpRequest) -> list[type[FileResource]]:
        """One for each kind that the person may load."""
        allowed = [name for name in self.import_kinds if request.user.has_perm(kinds.get(name).permission)]
        return [type(f"{name.title()}Resource", (FileResource,), {"kind_name": name}) for name in allowed]

    def get_import_form_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """With the person."""
        return {**super().get_import_form_kwargs(request), "user": request.user}

    def get_confirm_form_kwargs(self, request: HttpRequest, import_form: UploadForm | None = None) -> dict[str, Any]:
        """With the person."""
        return {**super().get_confirm_form_kwargs(request, import_form), "user": request.user}

    def write_to_tmp_storage(self, import_file: File, input_format: Format) -> UploadStorage:
        """Keep the upload as a draft, piece by piece."""
        storage = UploadStorage(owner=import_file.uploader, kind=import_file.kind)
        storage.save(import_file)
        return storage

    def import_action(self, request: HttpRequest, **kwargs: object) -> HttpResponse:
        """The upload page; a file that cannot be used is a form error with its sentence, any other leads to its preview."""
        if "draft" in request.GET and self.has_import_permission(request):
            return self._preview(request)
        response = super().import_action(request, **kwargs)
        context = response.context_data
        if result := context.get("result"):
            if not result.has_errors():
                return HttpResponseRedirect(f"?draft={result.job.pk}")
            context["form"].add_error("import_file", str(result.base_errors[0].error))
            context["result"] = context["confirm_form"] = None
        if context["form"].errors:
            response.status_code = 422
        return response

    def _preview(self, request: HttpRequest) -> HttpResponse:
        """What would become of a draft, and how it was read; it can be read otherwise. While a worker checks it: how far it is."""
        allowed = {resource.kind_name for resource in self.get_import_resource_classes(request)}
        drafts = Job.objects.filter(owner=request.user, kind__in=allowed)
        job = get_object_or_404(drafts, pk=text.number(request.GET["draft"]) or 0)
        if job.state not in Job.BEFORE:
            return HttpResponseRedirect(kinds.get(job.kind).page(job))
        try:
            found = actions.checked(job)
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
            return HttpResponseRedirect(request.path)
        form = found and ReadForm(request.POST if request.method == "POST" else None, job=job, read=found.read)
        if form and form.is_valid():
            try:
                actions.read_otherwise(job, form.options())
            except Refusal as refusal:
                form.add_error(None, refusal.sentence)
            else:
                return HttpResponseRedirect(f"?draft={job.pk}")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import"),
            "opts": self.opts,
            "media": self.media,
            "job": job,
            "kind": kinds.get(job.kind),
            "outcome": found,
            "read_form": form,
            "progress": running.progress(job),
        }
        if found:
            kind = kinds.get(job.kind)
            initial = {"import_file_name": job.pk, "original_file_name": job.file_name, "format": "0", "resource": ""}
            context["confirm_form"] = ConfirmForm(user=request.user, initial=initial)
            context["confirm_form"].ask(kind, found.counts)
            context["difference"] = kind.difference(found.counts, found.lists)
        request.current_app = self.admin_site.name
        template = "jobs/_checking.html" if request.htmx and found is None else "jobs/preview.html"
        status = 422 if form and form.errors else 200
        response = TemplateResponse(request, template, context, status=status)
        if request.htmx and found is not None:
            response["HX-Refresh"] = "true"
        return response

    def process_import(self, request: HttpRequest, **kwargs: object) -> HttpResponse:
        """Confirm. A draft that is gone, or somebody else's, leads back to the upload page."""
        response = super().process_import(request, **kwargs)
        if isinstance(response, TemplateResponse):
            confirm_form = response.context_data.pop("confirm_form")
            response.context_data["form"] = form = self.create_import_form(SimpleNamespace(user=request.user, POST=None, FILES=None))
            response.context_data["sentences"] = [sentence for errors in confirm_form.errors.values() for sentence in errors]
            response.context_data["media"] = self.media + form.media
            response.status_code = 422
        return response

    def process_result(self, result: FileResult, request: HttpRequest) -> HttpResponse:
        """On to the job's page."""
        if result.has_errors():
            messages.error(request, str(result.base_errors[0].error))
        else:
            messages.success(request, _("The file is being loaded. You can leave this page: you will be told when it is done."))
        return HttpResponseRedirect(kinds.get(result.job.kind).page(result.job))
