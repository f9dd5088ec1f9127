"""What is to be reached in a campaign: set by a rep, or by who is in charge of a territory; and what to propose."""

import statistics
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import figures, measures
from campaigns.models import MOST_COUNT, MOST_MONEY, MOST_PERCENT, Campaign, Goal
from cotano.jobs.refusals import Refusal
from teams import rights
from teams.models import Rep, Territory, User
from teams.places import places

LOOK_BACK = 3  # closed campaigns from which a goal is proposed
NUDGE = Decimal("1.05")  # a little more than last time
DIGITS = 2  # of a proposed amount that are not 0
TEN = 10  # up to here a count is not rounded
CHANGE = "campaigns.change_goal"


def fault(measure: str, target: Decimal) -> str:
    """Why a figure cannot be a goal of this measure, by the name of its sentence in files (cotano.jobs.reasons); "" when it can."""
    if target <= 0:
        return "goal_not_positive"
    if measure == Goal.Measure.NET_SALES:
        return "goal_large" if target >= MOST_MONEY else ""
    if measure == Goal.Measure.ACTIVITY:
        return "goal_share" if target > MOST_PERCENT else ""
    if target > MOST_COUNT:
        return "goal_large"
    return "" if target == target.to_integral_value() else "goal_whole"


def refuse_target(measure: str, target: Decimal) -> None:
    """Raise Refusal with a sentence for a figure that cannot be a goal of this measure."""
    match fault(measure, target):
        case "goal_not_positive":
            raise Refusal(_("Enter an amount above zero."))
        case "goal_large":
            most = MOST_MONEY if measure == Goal.Measure.NET_SALES else MOST_COUNT
            raise Refusal(_("A goal stays below %(most)s.") % {"most": f"{most:,}"})
        case "goal_share":
            raise Refusal(_("No more than 100 % can be active."))
        case "goal_whole":
            raise Refusal(_("This is counted in whole numbers."))


@transaction.atomic
def set_goal(rep: Rep, campaign: Campaign, *, by: User, target: Decimal, measure: str = Goal.Measure.NET_SALES) -> Goal:
    """Set or change a rep's own goal. Raises Refusal for a closed campaign or a figure that cannot be one."""
    if not rights.is_own(by, rep):
        raise Refusal(_("Only the rep can set their goal."), status=409)
    _refuse_closed(campaign)
    refuse_target(measure, Decimal(target))
    goal = Goal(rep=rep, campaign=campaign, measure=measure, target=target)
    Goal.objects.bulk_create(
        [goal], update_conflicts=True, unique_fields=["rep", "campaign", "measure"], update_fields=["target", "is_company"]
    )
    return Goal.objects.get(rep=rep, campaign=campaign, measure=measure)


@transaction.atomic
def set_place_goal(territory: Territory, campaign: Campaign, *, by: User, target: Decimal, measure: str) -> Goal:
    """Set or change the goal of a territory with all below it; of a market: the company's there.

    Raises Refusal for a territory the person is not in charge of, a campaign of another market or a closed one, and a figure that
    cannot be a goal.
    """
    if not (by.has_perm(CHANGE) and Territory.objects.visible_to(by).filter(pk=territory.pk).exists()):
        raise Refusal(_("You are not in charge of this territory."), status=409)
    refuse_market(territory, campaign)
    _refuse_closed(campaign)
    refuse_target(measure, Decimal(target))
    said = {"target": target}
    goal, _made = Goal.objects.update_or_create(
        territory=territory, campaign=campaign, measure=measure, defaults=said, create_defaults={**said, "is_company": True}
    )
    return goal


def refuse_market(territory: Territory, campaign: Campaign) -> None:
    """Raise Refusal for a campaign (with its calendar's market) of a market that the territory is not in."""
    if places()[territory.code].market != campaign.calendar.market.code:
        raise Refusal(_("This campaign belongs to another market."))


def _refuse_closed(campaign: Campaign) -> None:
    if Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk).is_closed:
        raise Refusal(_("This campaign is closed. Its goal stays as it was."), status=409)


def proposed(past: Sequence[Decimal | None], measure: str) -> Decimal | None:
    """A goal from the figures of the last three closed campaigns: their median and 5 % more, rounded as people would say it.

    None when nothing is known, or nothing was reached. Amounts are rounded up to two digits that are not 0, counts to a whole number
    (above ten to two digits); a share is rounded to a whole percent and stays within 100.
    """
    known = [Decimal(one) for one in past[-LOOK_BACK:] if one is not None]
    if not known or (middle := statistics.median(known)) <= 0:
        return None
    goal = Decimal(middle) * NUDGE
    if measure == Goal.Measure.ACTIVITY:
        return min(goal.to_integral_value(), Decimal(MOST_PERCENT)) or Decimal(1)
    if measure != Goal.Measure.NET_SALES and goal <= TEN:
        return goal.to_integral_value(ROUND_CEILING)
    unit = Decimal(10) ** (goal.to_integral_value(ROUND_FLOOR).adjusted() - DIGITS + 1) if goal >= 1 else Decimal("0.01")
    goal = (goal / unit).to_integral_value(ROUND_CEILING) * unit
    return min(goal, Decimal(MOST_MONEY - 1 if measure == Goal.Measure.NET_SALES else MOST_COUNT))


def propose(goal: Goal) -> Decimal | None:
    """What to propose for a goal (with its campaign and calendar): from the last three closed campaigns before it. Seven queries."""
    closed = [one for one in figures.closed_campaigns(goal.campaign.calendar) if one.starts_on < goal.campaign.starts_on][-LOOK_BACK:]
    return proposed([row[goal.measure] for row in measures.reached(closed, measures.reps_of(goal))], goal.measure)
