"""Who may come in: pages of reps are for reps."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

View = Callable[..., HttpResponse]


def for_reps(view: Callable[..., HttpResponse]) -> View:
    """Give the view the rep who is logged in; managers and staff go to the admin, anybody else is told what to do."""

    @login_required
    @wraps(view)
    def door(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        rep = request.user.own_rep
        if rep is not None:
            return view(request, rep, *args, **named)
        if request.user.is_staff:
            return redirect("admin:index")
        return render(request, "teams/no_rep.html", status=403)

    return door
