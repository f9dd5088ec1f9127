"""Pages about the product and the person who uses it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
@login_required
def more(request: HttpRequest) -> HttpResponse:
    """Everything that is not in the bottom bar."""
    return render(request, "pipeline/more.html")


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How to begin, and what does what; open to everybody, also before log-in."""
    return render(request, "pipeline/help.html")
