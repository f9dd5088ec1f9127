"""The page of an import: how far it is, what became of its lines."""

from collections.abc import Callable
from functools import partial

from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from cotano.jobs import actions, audit, kinds, report, running
from cotano.jobs.models import Job, JobQuerySet
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from cotano.lib.admin import ListAdmin


@admin.register(Job)
class JobAdmin(ListAdmin):
    """One's own imports; all of the company's with that permission. Nothing is changed here."""

    list_display = ("file_name", "kind_of_file", "owner", "created_at", "state", "result")
    list_display_links = ("file_name",)
    list_filter = ("state",)
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> JobQuerySet:
        """What the person may see; drafts belong to the upload page."""
        return Job.objects.visible_to(request.user).exclude(state=Job.State.DRAFT).select_related("owner", "agreed_by")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever may load a kind of file, or see imports."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may load a kind of file, or see imports."""
        user = request.user
        if isinstance(user, AnonymousUser) or not user.is_active:
            return False
        return user.has_perm("jobs.view_job") or any(user.has_perm(kind.permission) for kind in kinds.every().values() if not kind.private)

    def get_urls(self) -> list[URLPattern]:
        """The moving part of the page, and the error file."""
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/progress/", view(self.progress), name="jobs_job_progress"),
            path("<int:pk>/errors/", view(self.errors), name="jobs_job_errors"),
            path("<int:pk>/agree/", view(require_POST(self.agree)), name="jobs_job_agree"),
            path("<int:pk>/decline/", view(require_POST(self.decline)), name="jobs_job_decline"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """The page."""
        return self._show(request, self._find(request, text.number(object_id) or 0), "jobs/job.html")

    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The moving part alone, for htmx every 2 seconds; a page for everybody else."""
        return self._show(request, self._find(request, pk), "jobs/_job.html" if request.htmx else "jobs/job.html")

    def errors(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The error file."""
        job = self._find(request, pk)
        answer = report.error_file(job)
        audit.record_export(by=request.user, subject=f"job:{job.pk}", whose=[job.owner_id])
        return answer

    def agree(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A second person lets a held file be loaded."""
        return self._decide(request, pk, partial(actions.agree, asks=text.number(request.POST.get("asks", ""))))

    def decline(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A held file is not loaded."""
        return self._decide(request, pk, actions.decline)

    def _decide(self, request: HttpRequest, pk: int, act: Callable[..., Job]) -> HttpResponse:
        job = self._find(request, pk)
        try:
            act(job, by=request.user)
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
            page = self._show(request, job, "jobs/job.html")
            page.status_code = refusal.status
            return page
        return HttpResponseRedirect(reverse("admin:jobs_job_change", args=[job.pk]))

    def _find(self, request: HttpRequest, pk: int) -> Job:
        if not self.has_view_permission(request):
            raise Http404
        return get_object_or_404(self.get_queryset(request), pk=pk)

    def _show(self, request: HttpRequest, job: Job, template: str) -> HttpResponse:
        kind = kinds.get(job.kind)
        context = {
            **self.frame(request),
            "title": job.file_name,
            "opts": self.opts,
            "job": job,
            "kind": kind,
            "difference": kind.difference(job.counts, job.lists),
            "may_agree": actions.may_agree(job, request.user),
            "may_decline": actions.may_agree(job, request.user) or job.owner_id == request.user.pk,
            "waits": job.state in Job.OPEN,
            "progress": running.progress(job) if job.state == Job.State.RUNNING else None,
            "rejected": report.rejected(job, after=text.number(request.GET.get("after", "")) or 0),
        }
        return TemplateResponse(request, template, context)

    @admin.display(description=_("kind of file"))
    def kind_of_file(self, job: Job) -> str:
        """In words."""
        known = kinds.every().get(job.kind)
        return str(known.title) if known else job.kind

    @admin.display(description=_("result"))
    def result(self, job: Job) -> str:
        """The counts, or why it failed."""
        return actions.result(job) if job.state == Job.State.DONE else job.sentence
