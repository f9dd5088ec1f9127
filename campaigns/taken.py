"""Figures of campaigns taken because a person asks for them."""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import snapshots
from campaigns.models import Campaign, Cause, SnapshotMark
from cotano.jobs.refusals import Refusal
from teams.models import User

ASK = "campaigns.import_order"


@transaction.atomic
def ask(*, by: User) -> list[Campaign]:
    """Have a worker take the figures of each calendar's running or newest campaign, and of those before that have none.

    Returns the campaigns that did not wait for it already. Raises Refusal for who may not load orders.
    """
    if not by.has_perm(ASK):
        raise Refusal(_("You may not have the figures taken."), status=403)
    tomorrow = timezone.now().date() + dt.timedelta(days=1)  # the market's date is at most a day off
    begun = Campaign.objects.filter(starts_on__lte=tomorrow).select_related("calendar__market").order_by("calendar", "-starts_on")
    newest = {}
    for campaign in begun.filter(starts_on__gt=tomorrow - dt.timedelta(days=400)):
        if campaign.starts_on <= campaign.calendar.today():
            newest.setdefault(campaign.calendar_id, campaign)
    waiting = set(SnapshotMark.objects.filter(campaign__in=newest.values(), cause=Cause.ASKED).values_list("campaign", flat=True))
    asked = [one for one in newest.values() if one.pk not in waiting]
    snapshots.mark([one.pk for one in asked], cause=Cause.ASKED)
    return asked
