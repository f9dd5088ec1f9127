"""What an act answers: a toast and an empty sheet to htmx, a message and the way back to a plain form, a status to a push's button."""

import json
from urllib.parse import parse_qs, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRefresh

from leads.models import Lead

CHANGED = "lead-changed"  # the event by which open pages show a lead afresh


def done(request: HttpRequest, lead: Lead, sentence: str, *, undo: str = "") -> HttpResponse:
    """Carried out: close the sheet, say so, let the page behind it show the lead afresh. `undo` is where it can be taken back."""
    if getattr(request, "by_push", False):
        return HttpResponse(status=204)
    if request.htmx:
        return tell(render(request, "_toast.html", {"sentence": sentence, "undo": undo}), lead)
    messages.success(request, sentence, extra_tags=undo)
    return HttpResponseRedirect(back(request, lead))


def done_task(request: HttpRequest, sentence: str, *, undo: str = "") -> HttpResponse:
    """The same about a task: back to the page of tasks, where it can be undone."""
    if getattr(request, "by_push", False):
        return HttpResponse(status=204)
    messages.success(request, sentence, extra_tags=undo)
    if request.htmx:
        return HttpResponseClientRefresh()
    there = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(there if safe else reverse("pipeline:tasks"))


def tell(response: HttpResponse, lead: Lead) -> HttpResponse:
    """Tell the open page that the lead has changed."""
    response["HX-Trigger"] = json.dumps({CHANGED: {"lead": lead.pk}})
    return response


def on_lead_page(request: HttpRequest, lead: Lead) -> bool:
    """Whether the page behind the sheet is this lead's own."""
    return bool(request.htmx) and request.htmx.current_url_abs_path == lead.get_absolute_url()


def on_board(request: HttpRequest) -> bool:
    """Whether the page behind the sheet is a board."""
    return bool(request.htmx) and (request.htmx.current_url_abs_path or "").startswith(reverse("pipeline:boards"))


def in_queue(request: HttpRequest) -> bool:
    """Whether the person works through the queue: it is the page behind the sheet, or led to the page the form stood on."""
    came_from = request.htmx.current_url if request.htmx else request.headers.get("Referer")
    try:
        page = urlsplit(came_from or "")
    except ValueError:  # no address at all
        return False
    return "queue" in request.GET or page.path == reverse("pipeline:queue") or "queue" in parse_qs(page.query)


def back(request: HttpRequest, lead: Lead) -> str:
    """Where the form says it came from, if that is one of our pages; the queue for who works through it; else the lead's page."""
    there = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    if safe:
        return there
    return reverse("pipeline:queue") if in_queue(request) else lead.get_absolute_url()
