"""Taking things out: one's own people in several formats, a call list on paper, and files that a worker has made."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cotano.jobs import exporting, exports, report
from cotano.jobs.models import Export
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from leads.models import Lead
from pipeline.call_list import read_call_list
from pipeline.exports import OwnLeads
from pipeline.views.doors import for_reps
from teams import second_factor
from teams.models import Rep


@require_http_methods(["GET", "HEAD", "POST"])
@for_reps
def contacts_export(request: HttpRequest, rep: Rep) -> HttpResponse:
    """Choose a format; take all one's people out. Many of them are made by a worker."""
    if request.method != "POST":
        return render(request, "pipeline/contacts_export.html", {"formats": OwnLeads.formats})
    try:
        export = exports.begin(OwnLeads.name, by=request.user, form=request.POST.get("format", ""), params={})
    except Refusal:
        return render(
            request, "pipeline/contacts_export.html", {"formats": OwnLeads.formats, "sentence": _("Choose a format.")}, status=422
        )
    if export.state == Export.State.DONE:
        return report.sent(exports.blocks(export, {}), export)
    messages.success(request, _("The file is being made. You can leave this page: you will be told when it is ready."))
    return redirect("pipeline:export", export.pk)


@require_safe
@for_reps
def call_list(request: HttpRequest, rep: Rep) -> HttpResponse:
    """Thirty people a sheet, to be printed."""
    page = read_call_list(Lead.objects.visible_to(request.user), after=text.number(request.GET.get("after", "")))
    return render(request, "pipeline/call_list.html", {"page": page, "rep": rep})


@require_safe
@login_required
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the file is, and where to fetch it."""
    found = _mine(request, pk)
    return render(request, "pipeline/export.html", {"export": found, "ready": exports.may_fetch(found, request.user) and found.size})


@require_safe
@login_required
def export_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file itself, for a week, as long as the person may have it."""
    found = _mine(request, pk)
    if not exports.may_fetch(found, request.user) or not found.size:
        raise Http404
    if exporting.every()[found.kind].of_company and second_factor.is_missing(request.user):
        return redirect("mfa_index")
    return report.sent(exports.kept_blocks(found), found)


def _mine(request: HttpRequest, pk: int) -> Export:
    """One's own, as long as one may have what is in it."""
    found = get_object_or_404(Export.objects.visible_to(request.user), pk=pk)
    kind = exporting.every().get(found.kind)
    if kind is None or not kind.is_allowed(request.user):
        raise Http404
    return found
