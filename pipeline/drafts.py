"""What was typed when the log-in had ended: kept in the browser's session over the log-in, shown on its page again."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, QueryDict

from leads.models import Lead

View = Callable[..., HttpResponse]
_KEY = "draft"
_FORM = "draft_form"
_FIELDS = 30  # of a form
_SECRET = frozenset({"csrfmiddlewaretoken", "once"})
_LONGEST = 2000


def keep(request: HttpRequest, lead: int) -> None:
    """Keep what was typed about the lead with this id, whoever logs in next; only those who may see the lead will see it."""
    if typed := request.POST.get("text", "")[:_LONGEST].strip():
        request.session[_KEY] = {"lead": lead, "text": typed}


def take(request: HttpRequest, lead: Lead) -> str:
    """What was kept for this lead, once; "" for nothing."""
    kept = request.session.get(_KEY)
    if not kept:
        return ""
    del request.session[_KEY]
    return kept["text"] if kept["lead"] == lead.pk else ""


def keeping_form(view: View) -> View:
    """For views whose form a person fills in at length: when the log-in has ended, what was typed waits on the page (see `typed`)."""

    @wraps(view)
    def door(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        if request.method == "POST" and not request.user.is_authenticated:
            said = [(name, values[:_FIELDS]) for name, values in request.POST.lists() if name not in _SECRET][:_FIELDS]
            kept = {name[:40]: [value[:_LONGEST] for value in values] for name, values in said}
            request.session[_FORM] = {"path": request.path, "said": kept}
        return view(request, *args, **named)

    return door


def typed(request: HttpRequest) -> QueryDict | None:
    """What was kept for the form of this page, once; None for nothing."""
    kept = request.session.get(_FORM)
    if not kept or kept["path"] != request.path:
        return None
    del request.session[_FORM]
    said = QueryDict(mutable=True)
    for name, values in kept["said"].items():
        said.setlist(name, values)
    return said
