"""Calls, messages and visits of those above a rep or in charge of them."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cotano.jobs import receipts
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from teams import activity, rights
from teams.models import ActivityCount, Rep, Touch, User


@transaction.atomic
def log_touch(rep: Rep, *, by: User, channel: str, outcome: str, once: str = "") -> Touch:
    """Note that `by` has called, written to or met the rep. The same form (`once`) sent again is the same touch.

    A logged call counts as an action of the rep who called. Raises Refusal for who is not above the rep nor in charge of them,
    and for a rep whom the company has removed.
    """
    if rights.is_own(by, rep) or not rights.may_see_rep(by, rep):
        raise Refusal(_("You are not in charge of %(rep)s.") % {"rep": rep.name})
    if (receipt := receipts.once(by, once)) and (first := rep.touches.filter(pk=text.number(receipt.made)).first()):
        return first
    if not Rep.objects.on_file().filter(pk=rep.pk).exists():
        raise Refusal(_("%(rep)s has been removed by the company.") % {"rep": rep.name}, status=409)
    touch = Touch.objects.create(rep=rep, by=by, channel=channel, outcome=outcome, at=timezone.now())
    receipts.note(by, once, str(touch.pk))
    if caller := by.own_rep:
        activity.count(caller, ActivityCount.Kind.CALL)
    return touch
