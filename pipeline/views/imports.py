"""A rep brings people from a file: choose it, check what would become of it, confirm, see what became of it."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from cotano.jobs import actions, report, running
from cotano.jobs.models import Job, JobQuerySet
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from pipeline.forms import BoardChoiceForm, ContactsFileForm
from pipeline.views.doors import for_reps
from teams.models import Rep

EARLIER = 10  # imports shown below the form
BAR = 300  # units of the bar of counts
WAITING = (Job.State.WAITING, Job.State.RUNNING)
CLASSES = (("created", "v1"), ("updated", "v2"), ("unchanged", "v4"), ("rejected", "v5"))


@dataclass(frozen=True)
class Segment:
    """A part of the bar of counts."""

    look: str
    start: int
    width: int


@require_http_methods(["GET", "HEAD", "POST"])
@for_reps
def contacts_import(request: HttpRequest, rep: Rep) -> HttpResponse:
    """Choose a file."""
    earlier = _jobs(request).exclude(state=Job.State.DRAFT).order_by("-pk")[:EARLIER]
    posted = request.method == "POST"
    form = ContactsFileForm(request.POST, request.FILES) if posted else ContactsFileForm()
    if posted and form.is_valid():
        try:
            job = actions.keep_upload(request.user, "leads", form.cleaned_data["file"], options={"rep": rep.pk})
            try:
                running.run(job, dry_run=True)
            except Refusal:
                actions.discard(job)
                raise
        except Refusal as refusal:
            form.add_error("file", refusal.sentence)
        else:
            return redirect("pipeline:contacts_check", pk=job.pk)
    status = 422 if form.errors else 200
    return render(request, "pipeline/contacts_import.html", {"form": form, "earlier": earlier}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_reps
def contacts_check(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """What would become of each line; confirm it."""
    job = get_object_or_404(_jobs(request), pk=pk)
    if job.state != Job.State.DRAFT:
        return redirect("pipeline:job", pk=job.pk)
    form = BoardChoiceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        job = actions.change_options(job, form.cleaned_data)
        actions.confirm(job, by=request.user)
        return redirect("pipeline:job", pk=job.pk)
    try:
        outcome = running.run(job, dry_run=True)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("pipeline:contacts_import")
    context = {"job": job, "form": form, "outcome": outcome, "segments": _segments(outcome.counts)}
    return render(request, "pipeline/contacts_check.html", context, status=422 if form.errors else 200)


@require_safe
@for_reps
def job(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """How far the import is, then what became of it; htmx asks for the moving part every 2 seconds."""
    found = get_object_or_404(_jobs(request), pk=pk)
    if found.state == Job.State.DRAFT:
        return redirect("pipeline:contacts_check", pk=found.pk)
    context = {
        "job": found,
        "waits": found.state in WAITING,
        "progress": running.progress(found) if found.state == Job.State.RUNNING else None,
        "rejected": report.rejected(found, after=text.number(request.GET.get("after", "")) or 0),
    }
    return render(request, "pipeline/_job.html" if request.htmx else "pipeline/job.html", context)


@require_safe
@for_reps
def job_errors(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """The rejected lines, to correct and upload again."""
    return report.error_file(get_object_or_404(_jobs(request).exclude(state=Job.State.DRAFT), pk=pk))


def _jobs(request: HttpRequest) -> JobQuerySet:
    """The rep's own files of contacts."""
    return Job.objects.visible_to(request.user).filter(owner=request.user, kind="leads")


def _segments(counts: dict[str, int]) -> list[Segment]:
    """The bar: each outcome as wide as its share."""
    lines = sum(counts[word] for word, _look in CLASSES) or 1
    bar, start = [], 0
    for word, look in CLASSES:
        width = round(BAR * counts[word] / lines)
        if width:
            bar.append(Segment(look, start, width))
            start += width
    return bar
