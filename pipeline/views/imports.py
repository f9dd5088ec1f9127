"""A rep brings people from a file: choose it, check what would become of it, confirm, see what became of it."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cotano.jobs import actions, report, running
from cotano.jobs.forms import ReadForm
from cotano.jobs.models import Job, JobQuerySet
from cotano.jobs.outcome import TAKEN
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from pipeline.forms import BoardChoiceForm, ContactsFileForm, regions
from pipeline.undo import is_offered, outlook, undo_import
from pipeline.views.doors import for_reps
from teams.models import Rep

EARLIER = 10  # imports shown below the form
BAR = 300  # units of the bar of counts
REFUSED = ("rejected", "duplicate", "suppressed")
CLASSES = (("created", "v1"), ("updated", "v2"), ("unchanged", "v4"), ("duplicate", "v3"), ("rejected", "v5"))


@dataclass(frozen=True)
class Segment:
    """A part of the bar of counts."""

    look: str
    start: int
    width: int


@require_http_methods(["GET", "HEAD", "POST"])
@for_reps
def contacts_import(request: HttpRequest, rep: Rep) -> HttpResponse:
    """Choose a file, or paste a page."""
    earlier = _jobs(request).exclude(state__in=Job.BEFORE).order_by("-pk")[:EARLIER]
    posted = request.method == "POST"
    form = ContactsFileForm(request.POST, request.FILES) if posted else ContactsFileForm()
    if posted and form.is_valid():
        try:
            job = _brought(form, request, rep)
        except Refusal as refusal:
            form.add_error("file" if form.cleaned_data["file"] else "page", refusal.sentence)
        else:
            return redirect("pipeline:contacts_check", pk=job.pk)
    status = 422 if form.errors else 200
    return render(request, "pipeline/contacts_import.html", {"form": form, "earlier": earlier}, status=status)


def _brought(form: ContactsFileForm, request: HttpRequest, rep: Rep) -> Job:
    """The checked draft of what the form brings. Raises Refusal for what cannot be used."""
    file, page = form.cleaned_data["file"], form.cleaned_data["page"]
    name = "" if file else _("pasted list") + ".txt"
    job = actions.keep_upload(request.user, "leads", file or page.encode("utf-8", "replace"), name=name, options={"rep": rep.pk})
    try:
        return actions.check(job)
    except Refusal:
        actions.discard(job)
        raise


@require_http_methods(["GET", "HEAD", "POST"])
@for_reps
def contacts_check(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """What would become of each line; leave some out, read the file otherwise, confirm it."""
    job = get_object_or_404(_jobs(request), pk=pk)
    if job.state not in Job.BEFORE:
        return redirect("pipeline:job", pk=job.pk)
    try:
        found = actions.checked(job)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("pipeline:contacts_import")
    if found is None:
        return _checking(request, job)
    posted = request.POST if request.method == "POST" else None
    reading = posted is not None and "read" in posted
    board = BoardChoiceForm(None if reading else posted, staged="stage" in found.read.columns)
    region = job.options.get("region") or rep.territory.region
    read = ReadForm(posted if reading else None, job=job, read=found.read, regions=regions(region), region=region)
    try:
        if reading and read.is_valid():
            actions.read_otherwise(job, read.options())
            return redirect("pipeline:contacts_check", pk=job.pk)
        if not reading and board.is_valid():
            actions.change_options(job, {"board": board.cleaned_data["board"]})
            if "shown" in request.POST:
                actions.leave_out(job, request.POST.getlist("keep"), board.cleaned_data["lines"])
            actions.confirm(job, by=request.user)
            return redirect("pipeline:job", pk=job.pk)
    except Refusal as refusal:
        read.add_error(None, refusal.sentence)
    kept = {text.number(line) for line in request.POST.getlist("keep")} if "shown" in request.POST else None
    hidden = any(found.counts[word] > len(found.samples[word]) for word in ("created", "updated"))
    context = {
        "job": job,
        "form": board,
        "read": read,
        "outcome": found,
        "segments": _segments(found.counts),
        "kept": kept,
        "hidden": hidden,
    }
    return render(request, "pipeline/contacts_check.html", context, status=422 if read.errors or board.errors else 200)


def _checking(request: HttpRequest, job: Job) -> HttpResponse:
    """How far a worker has checked the file; htmx asks every 2 seconds."""
    template = "pipeline/_checking.html" if request.htmx else "pipeline/contacts_checking.html"
    return render(request, template, {"job": job, "progress": running.progress(job)})


@require_safe
@for_reps
def job(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """How far the import is, then what became of it; htmx asks for the moving part every 2 seconds."""
    found = get_object_or_404(_jobs(request), pk=pk)
    if found.state in Job.BEFORE:
        return redirect("pipeline:contacts_check", pk=found.pk)
    context = {
        "job": found,
        "waits": found.state in Job.OPEN,
        "progress": running.progress(found) if found.state == Job.State.RUNNING else None,
        "rejected": report.rejected(found, after=text.number(request.GET.get("after", "")) or 0),
        "taken": sum(found.counts.get(word, 0) for word in TAKEN),
        "refused": sum(found.counts.get(word, 0) for word in REFUSED),
        "not_taken": sum(found.counts.get(word, 0) for word in (*REFUSED, "left_out")),
        "undoable": is_offered(found),
    }
    if found.undone_at or context["undoable"]:
        context["outlook"] = outlook(found)
    return render(request, "pipeline/_job.html" if request.htmx else "pipeline/job.html", context)


@require_POST
@for_reps
def undo(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """Take an import back; its page tells who stays and why."""
    found = get_object_or_404(_jobs(request).exclude(state__in=Job.BEFORE), pk=pk)
    try:
        undo_import(found, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("pipeline:job", pk=found.pk)


@require_safe
@for_reps
def job_errors(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """The rejected lines, to correct and upload again."""
    return report.error_file(get_object_or_404(_jobs(request).exclude(state__in=Job.BEFORE), pk=pk))


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
