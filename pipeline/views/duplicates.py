"""Leads that may be one person: looking through them, merging two, keeping two apart."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cotano.jobs.refusals import Refusal
from leads import people
from leads.duplicates import read_duplicates
from leads.models import Lead
from notifications.doors import login_to_post
from pipeline import merging
from pipeline.forms import MergeForm
from pipeline.models import Merge
from pipeline.views.doors import for_reps
from teams.models import Rep


@require_safe
@for_reps
def duplicates(request: HttpRequest, rep: Rep) -> HttpResponse:
    """Pairs of the rep's leads that may be one person, the surest first."""
    page = read_duplicates(rep, after=request.GET.get("after", ""))
    return render(request, "pipeline/duplicates.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def merge(request: HttpRequest, first: int, second: int) -> HttpResponse:
    """Choose what stays, then make one lead of two."""
    kept, other = (get_object_or_404(Lead.objects.visible_to(request.user), pk=pk) for pk in (first, second))
    form = MergeForm(request.POST or None, first=kept, second=other)
    context = {"first": kept, "second": other, "form": form}
    if request.method != "POST":
        return render(request, "pipeline/merge.html", context)
    if not form.is_valid():
        return render(request, "pipeline/merge.html", context, status=422)
    try:
        merging.merge_leads(kept, other, by=request.user, of_other=form.of_second)
    except Refusal as refusal:
        return render(request, "pipeline/merge.html", {**context, "sentence": refusal.sentence}, status=refusal.status)
    kept.refresh_from_db()
    messages.success(request, _("Merged: %(name)s") % {"name": kept.name})
    return redirect(kept)


@require_POST
@login_to_post
def keep_apart(request: HttpRequest, first: int, second: int) -> HttpResponse:
    """These two are two people."""
    one, two = (get_object_or_404(Lead.objects.visible_to(request.user), pk=pk) for pk in (first, second))
    try:
        people.keep_apart(one, two, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("Kept apart: %(first)s and %(second)s") % {"first": one.name, "second": two.name})
    return redirect("pipeline:duplicates")


@require_POST
@login_to_post
def merge_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Two leads again."""
    found = get_object_or_404(Merge.objects.visible_to(request.user).select_related("kept"), pk=pk)
    try:
        returned = merging.undo_merge(found, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect(found.kept)
    messages.success(request, _("%(name)s is back") % {"name": returned.name})
    return redirect(returned)
