"""Who calls whom: one caller takes a rep for an hour, and what came of it ends that."""

import datetime as dt

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.call_first import caller_name
from campaigns.models import CallClaim
from cotano.jobs.refusals import Refusal
from teams import rights, touches
from teams.models import Rep, Touch, User

HOLDS = dt.timedelta(hours=1)

# One statement: of two who tap at once the second one finds the first one's row.
TAKE = """
INSERT INTO campaigns_callclaim AS c (rep_id, by_id, until) VALUES (%(rep)s, %(by)s, %(until)s)
ON CONFLICT (rep_id) DO UPDATE SET by_id = excluded.by_id, until = excluded.until
WHERE c.by_id = excluded.by_id OR c.until <= %(now)s"""


@transaction.atomic
def claim_call(rep: Rep, *, by: User, in_charge: bool = False) -> CallClaim:
    """Take the rep for an hour; who has taken them already has another hour.

    Raises Refusal for who is not above the rep nor in charge of them, and (409) when the company has removed the rep or
    somebody else is calling, who is named as on pages of reps, or (`in_charge`) on those of managers and staff.
    """
    _check(rep, by)
    if not Rep.objects.on_file().filter(pk=rep.pk).exists():
        raise Refusal(_("%(rep)s has been removed by the company.") % {"rep": rep.name}, status=409)
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"rep": rep.pk, "by": by.pk, "until": now + HOLDS, "now": now})
        taken = cursor.rowcount == 1
    claim = CallClaim.objects.select_related("by__rep").get(rep=rep)
    if not taken:
        own = getattr(claim.by, "rep", None)
        caller = caller_name(claim.by.name, own and own.name, is_staff=claim.by.is_staff, in_charge=in_charge)
        said = {"caller": caller, "rep": rep.name}
        raise Refusal(_("%(rep)s: %(caller)s is calling just now.") % said, status=409)
    return claim


@transaction.atomic
def finish_call(rep: Rep, *, by: User, channel: str, outcome: str, once: str = "") -> Touch:
    """Note what came of it, and let go of the rep. Raises Refusal as `log_touch` does."""
    touch = touches.log_touch(rep, by=by, channel=channel, outcome=outcome, once=once)
    CallClaim.objects.filter(rep=rep, by=by).delete()
    return touch


@transaction.atomic
def release_call(rep: Rep, *, by: User) -> None:
    """Let go of the rep without a call; nothing when somebody else has taken them. Raises Refusal as `claim_call` does."""
    _check(rep, by)
    CallClaim.objects.filter(rep=rep, by=by).delete()


def _check(rep: Rep, by: User) -> None:
    if rights.is_own(by, rep) or not rights.may_see_rep(by, rep):
        raise Refusal(_("You are not in charge of %(rep)s.") % {"rep": rep.name})
