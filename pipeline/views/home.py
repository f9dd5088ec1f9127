"""The first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pipeline.views.doors import for_reps
from teams.models import Rep


@require_safe
@for_reps
def home(request: HttpRequest, rep: Rep) -> HttpResponse:
    """Today: the campaign, the goal, whom to call."""
    return render(request, "pipeline/more.html", {"rep": rep})
