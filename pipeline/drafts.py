"""A comment typed when the log-in had ended: kept in the browser's session over the log-in, shown on the lead's page again."""

from django.http import HttpRequest

from leads.models import Lead

_KEY = "draft"
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
