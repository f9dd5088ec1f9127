"""What a rep wants to reach in a campaign."""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Goal
from cotano.jobs.refusals import Refusal
from teams import rights
from teams.models import Rep, User


@transaction.atomic
def set_goal(rep: Rep, campaign: Campaign, *, by: User, net_sales: Decimal) -> Goal:
    """Set or change the goal (net sales, the market's currency). Raises Refusal for a closed campaign or a goal that is not above 0."""
    if not rights.is_own(by, rep):
        raise Refusal(_("Only the rep can set their goal."), status=409)
    if Campaign.objects.get(pk=campaign.pk).is_closed:
        raise Refusal(_("This campaign is closed. Its goal stays as it was."), status=409)
    if net_sales <= 0:
        raise Refusal(_("Enter an amount above zero."))
    goal = Goal(rep=rep, campaign=campaign, net_sales=net_sales)
    Goal.objects.bulk_create([goal], update_conflicts=True, unique_fields=["rep", "campaign"], update_fields=["net_sales"])
    return Goal.objects.get(rep=rep, campaign=campaign)
