"""A lead as it is now, held until the transaction ends; and whether the rep may turn to it."""

from django.utils.translation import gettext as _

from cotano.jobs.refusals import Refusal
from leads.models import Lead
from teams.models import User


def hold(lead: Lead, by: User) -> Lead:
    """The lead as it is now, locked until the transaction ends. Raises Refusal when it is no longer theirs."""
    mine = Lead.objects.visible_to(by).select_related("owner__user")
    try:
        return mine.select_for_update(of=("self",), no_key=True).get(pk=lead.pk)
    except Lead.DoesNotExist:
        raise Refusal(_("This person is no longer on your list."), status=409) from None


def refuse_contact(lead: Lead) -> None:
    """Raise Refusal for somebody who asked the company not to be contacted, and for somebody the rep lets be."""
    if lead.refusal_id is not None:
        raise Refusal(_("%(name)s asked the company not to be contacted.") % {"name": lead.name}, status=409)
    if not lead.may_be_contacted:
        raise Refusal(_("%(name)s is marked “do not contact”. Allow contact on the page first.") % {"name": lead.name}, status=409)
