"""Calls, messages and visits of those above a rep or in charge of them."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cotano.jobs import receipts
from cotano.jobs.refusals import Refusal
from teams import activity, rights
from teams.models import ActivityCount, Rep, Touch, User

UNDONE = dt.timedelta(minutes=5)  # how long one's own touch can be taken back


@transaction.atomic
def log_touch(rep: Rep, *, by: User, channel: str, outcome: str, once: str = "") -> Touch:
    """Note that `by` has called, written to or met the rep. The same form (`once`) sent again is the same touch.

    A logged call counts as an action of the rep who called. Raises Refusal for who is not above the rep nor in charge of them,
    and for a rep whom the company has removed.
    """
    if rights.is_own(by, rep) or not rights.may_see_rep(by, rep):
        raise Refusal(_("You are not in charge of %(rep)s.") % {"rep": rep.name})
    if first := receipts.first(by, once, rep.touches.all()):
        return first
    if not Rep.objects.on_file().filter(pk=rep.pk).exists():
        raise Refusal(_("%(rep)s has been removed by the company.") % {"rep": rep.name}, status=409)
    touch = Touch.objects.create(rep=rep, by=by, channel=channel, outcome=outcome, at=timezone.now())
    receipts.note(by, once, str(touch.pk))
    if caller := by.own_rep:
        activity.count(caller, ActivityCount.Kind.CALL)
    return touch


def may_take_back(touch: Touch, by: User) -> bool:
    """Whether the touch is one's own, of a moment ago."""
    return touch.by_id == by.pk and touch.at > timezone.now() - UNDONE


@transaction.atomic
def take_back(rep: Rep, pk: int, *, by: User) -> None:
    """Forget the own touch with this id of the rep, and that it counted. Raises Refusal when it is gone already or too old."""
    touch = Touch.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=pk, rep=rep, by=by).first()
    if touch is None:
        raise Refusal(_("This was taken back already."), status=409)
    if not may_take_back(touch, by):
        raise Refusal(_("This can be taken back for five minutes only."), status=409)
    touch.delete()
    if caller := by.own_rep:
        activity.uncount(caller, ActivityCount.Kind.CALL, touch.at)
