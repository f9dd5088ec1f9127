"""The first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pipeline.home import read_home
from pipeline.views.doors import for_reps
from teams.models import Rep


@require_safe
@for_reps
def home(request: HttpRequest, rep: Rep) -> HttpResponse:
    """Today: the campaign, the goal, whom to call; `?all=1` shows more people."""
    everybody = request.GET.get("all") == "1"
    page = read_home(rep, everybody=everybody)
    return render(request, "pipeline/home.html", {"rep": rep, "page": page, "everybody": everybody, "today": timezone.localdate()})
