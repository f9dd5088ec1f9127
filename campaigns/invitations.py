"""Invitations: one link, one newcomer, three days. Sponsor and territory stand in the row, never in a form."""

import datetime as dt
import hashlib
import secrets

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cotano.jobs.races import retry_lost_races
from cotano.jobs.refusals import Refusal
from teams import actions, joining, rights, tree
from teams.login import owner_of
from teams.models import Code, Invitation, Rep, User
from teams.places import places

GOOD = dt.timedelta(hours=72)
MOST = 30  # that wait at once, of one rep


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(sponsor: Rep, *, by: User) -> tuple[Invitation, str]:
    """Make an invitation into the rep's own line and territory; returns it with its token, which nobody can read again."""
    if not rights.is_own(by, sponsor):
        raise Refusal(_("Only a rep on file can invite."))
    Rep.objects.select_for_update(of=("self",), no_key=True).get(pk=sponsor.pk)
    if Invitation.objects.waiting().filter(sponsor=sponsor).count() >= MOST:
        raise Refusal(_("Too many invitations are waiting. Withdraw one first."))
    token, now = secrets.token_urlsafe(24), timezone.now()
    made = Invitation.objects.create(
        digest=digest(token), sponsor=sponsor, territory=sponsor.territory, created_by=by, created_at=now, expires_at=now + GOOD
    )
    return made, token


def withdraw(invitation: Invitation, *, by: User) -> int:
    """The link opens nothing any more; returns 0 when it did not before."""
    return Invitation.objects.visible_to(by).waiting().filter(pk=invitation.pk).update(revoked_at=timezone.now())


def waiting(token: str) -> Invitation | None:
    """The invitation behind a link, while it opens."""
    return Invitation.objects.waiting().select_related("sponsor", "territory").filter(digest=digest(token)).first()


def accept(code: Code) -> User | None:
    """The newcomer has proved the phone: make the log-in and the rep, and use the invitation up. None when it is over meanwhile.

    Who is known by this phone already comes in as who they are; the invitation is left for somebody new.
    """
    try:
        return retry_lost_races(transaction.atomic(_accept))(code)
    except IntegrityError:  # the phone was taken in this very moment
        return None


def _accept(code: Code) -> User | None:
    tree.lock(Rep, shared=True)
    held = Invitation.objects.waiting().select_for_update(of=("self",), no_key=True).select_related("sponsor", "territory")
    invitation = held.filter(pk=code.invitation_id).first()
    if invitation is None:
        return None
    known = owner_of(code.to)
    if known.user or known.rep:
        return known.user or joining.join_by_roster(known.rep, phone=code.to)
    campaign = Campaign.objects.running_for(invitation.sponsor) or _next(invitation.sponsor)
    if campaign is None:
        return None
    user = User.objects.create_user(
        phone=code.to, name=code.name, language=translation.get_language(), zone=places()[invitation.territory.code].zone
    )
    joined = (campaign.year, campaign.number)
    actions.recruit(invitation.sponsor, invitation.territory, user=user, calendar=invitation.sponsor.calendar, joined=joined)
    Invitation.objects.filter(pk=invitation.pk).update(used_at=timezone.now(), used_by=user)
    return user


def _next(sponsor: Rep) -> Campaign | None:
    """Between two campaigns: the one that comes, else the one that was."""
    campaigns, today = Campaign.objects.filter(calendar__code=sponsor.calendar), timezone.now().date()
    coming = campaigns.filter(starts_on__gte=today).order_by("starts_on").first()
    return coming or campaigns.order_by("-starts_on").first()
