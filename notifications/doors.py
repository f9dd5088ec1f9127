"""Who may press a button: a person who is logged in, or a push's button with the token that came with it."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from notifications import push

View = Callable[..., HttpResponse]


def by_push_button(view: View) -> View:
    """Let a push's button in by its token; everybody else needs a log-in and the CSRF token, as for every other form.

    `request.by_push` tells which. The token came encrypted to one browser, is good for this address and person alone, and ends
    after three days, so a foreign page cannot have it.
    """
    for_people = csrf_protect(login_required(view))

    @csrf_exempt
    @wraps(view)
    def door(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        token = request.POST.get("token", "")
        user = push.act_user(token, request.path) if token else None
        request.by_push = user is not None
        if user is None:
            return for_people(request, *args, **named)
        request.user = user
        return view(request, *args, **named)

    return door
