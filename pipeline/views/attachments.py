"""Pictures and documents of a lead: the list, a new one, one of them to look at, removing one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cotano.jobs.refusals import Refusal
from leads import attachments as store
from leads.models import ATTACHMENTS, Attachment, Lead
from notifications.doors import login_to_post
from pipeline import removing, selected

# A file is somebody else's work: nothing in it may run, load or frame anything, whatever a browser takes it for.
LOCKED = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; sandbox"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def attachments(request: HttpRequest, pk: int) -> HttpResponse:
    """The files of a lead; keep one more."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user), pk=pk)
    if request.method != "POST":
        return _page(request, lead)
    upload = request.FILES.get("file")
    if upload is None:
        return _page(request, lead, sentence=_("Choose a file first."), status=422)
    try:
        made = store.attach(lead, upload, by=request.user, once=request.POST.get("once", ""))
    except Refusal as refusal:
        return _page(request, lead, sentence=refusal.sentence, status=refusal.status)
    messages.success(request, _("Kept: %(name)s") % {"name": made.name})
    return redirect("pipeline:attachments", pk=lead.pk)


def _page(request: HttpRequest, lead: Lead, *, sentence: str = "", status: int = 200) -> HttpResponse:
    context = {"lead": lead, "files": lead.attachments.order_by("-at", "-pk"), "most": ATTACHMENTS, "sentence": sentence}
    return render(request, "pipeline/attachments.html", context, status=status)


@require_safe
@login_required
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """The file itself: a picture to look at, a document to take."""
    found = get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk)
    try:
        opened = store.path(found.file).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    headers = {"Content-Security-Policy": LOCKED, "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
    return FileResponse(opened, as_attachment=not found.is_image, filename=found.name, content_type=found.kind, headers=headers)


@require_POST
@login_to_post
def attachment_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove the file; the toast takes it back."""
    found = get_object_or_404(Attachment.objects.visible_to(request.user).select_related("lead"), pk=pk)
    try:
        removal = removing.remove_aside(found, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    else:
        if removal:
            messages.success(request, selected.said(removal), extra_tags=reverse("pipeline:selection_undo", args=[removal.pk]))
    return redirect("pipeline:attachments", pk=found.lead_id)
