"""From which campaign on a rep has another sponsor: at once into the running one, planned for a coming one, never a closed one."""

from django.utils.translation import gettext as _

from campaigns import snapshots
from campaigns.models import Campaign
from cotano.jobs.refusals import Refusal
from teams import history
from teams.models import Rep, SponsorChange, User


def change_sponsor(rep: Rep, to: Rep | None, *, by: User, why: str, campaign: Campaign | None = None) -> SponsorChange:
    """Put the rep under the sponsor `to` (None: a root) from `campaign` on, one of the rep's calendar; without one from today on.

    Raises Refusal, with the tree untouched.
    """
    running = Campaign.objects.running_for(rep)
    if campaign is None or campaign == running:
        return history.change_sponsor(rep, to, by=by, why=why, campaign=(running.year, running.number) if running else None)
    if campaign.calendar.code != rep.calendar:
        raise Refusal(_("Campaign %(campaign)s is not of the calendar %(calendar)s.") % {"campaign": campaign, "calendar": rep.calendar})
    if campaign.starts_on <= campaign.calendar.today():
        raise Refusal(_("Campaign %(campaign)s has ended: what it showed does not change.") % {"campaign": campaign})
    return history.plan_change(rep, to, by=by, why=why, campaign=(campaign.year, campaign.number))


def coming(rep: Rep, most: int = 6) -> list[Campaign]:
    """The running campaign of the rep's calendar and those after it, that a change may start with."""
    running = Campaign.objects.running_for(rep)
    known = Campaign.objects.filter(calendar__code=rep.calendar).select_related("calendar__market").order_by("starts_on")
    first = known.filter(starts_on__gte=running.starts_on) if running else known.filter(closed_at=None)
    return [one for one in first[:most] if one == running or one.starts_on > one.calendar.today()]


def apply_started() -> int:
    """Apply every planned change whose campaign has started in its market, the earliest first; returns how many were applied.

    Any number may run at once. A campaign that started and ended while nothing ran is made up for.
    """
    applied = 0
    for calendar, year, number in history.planned_campaigns():
        campaign = Campaign.objects.select_related("calendar__market").filter(calendar__code=calendar, year=year, number=number).first()
        if campaign and campaign.starts_on <= campaign.calendar.today():
            snapshots.freeze_ended(campaign.calendar_id)  # the one before keeps the tree as it was
            applied += history.apply_planned(calendar, year, number)
    return applied
