"""What is to be reached in a campaign: set and withdrawn by a rep, or by who is in charge of a territory; suggested by the line above.

Every change is kept (`GoalChange`). And what to propose.
"""

import statistics
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from campaigns import figures, measures
from campaigns.models import MOST_COUNT, MOST_MONEY, MOST_PERCENT, Campaign, Goal, GoalChange, GoalSuggestion
from campaigns.pace import said_figure
from cotano.jobs.refusals import Refusal
from notifications import actions as notifications
from notifications.models import Notification
from teams import rights
from teams.models import Rep, Territory, User
from teams.places import places

LOOK_BACK = 3  # closed campaigns from which a goal is proposed
NUDGE = Decimal("1.05")  # a little more than last time
DIGITS = 2  # of a proposed amount that are not 0
TEN = 10  # up to here a count is not rounded
CHANGE = "campaigns.change_goal"
DELETE = "campaigns.delete_goal"


def short(amount: Decimal) -> Decimal:
    """`8000`, not `8000.00`."""
    return amount.to_integral_value() if amount == amount.to_integral_value() else amount


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
    return _set_own({"rep": rep}, campaign, by=by, target=target, measure=measure)


@transaction.atomic
def set_team_goal(leader: Rep, campaign: Campaign, *, by: User, target: Decimal, measure: str) -> Goal:
    """The same for a leader with all below: the leader's own word for the team."""
    return _set_own({"leader": leader}, campaign, by=by, target=target, measure=measure)


def _set_own(owner: dict[str, Rep], campaign: Campaign, *, by: User, target: Decimal, measure: str) -> Goal:
    (rep,) = owner.values()
    if not rights.is_own(by, rep):
        raise Refusal(_("Only the rep can set their goal."), status=409)
    _refuse_closed(campaign)
    refuse_target(measure, Decimal(target))
    return _write(owner, campaign, by=by, target=target, measure=measure, is_company=False)


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
    return _write({"territory": territory}, campaign, by=by, target=target, measure=measure, is_company=True)


def _write(owner: dict[str, Rep | Territory], campaign: Campaign, *, by: User, target: Decimal, measure: str, is_company: bool) -> Goal:
    """Write the goal and what has changed. The campaign is locked: nobody else writes one of its goals now."""
    same = {**owner, "campaign": campaign, "measure": measure}
    before = Goal.objects.filter(**same).values_list("target", flat=True).first()
    goal, _made = Goal.objects.update_or_create(**same, defaults={"target": target, "is_company": is_company})
    if before != Decimal(target):
        GoalChange.objects.create(**same, before=before, after=target, is_company=is_company, by=by)
    return goal


@transaction.atomic
def withdraw_goal(goal: Goal, *, by: User) -> None:
    """Take a goal back: a rep the own one and the own team's, who is in charge a territory's, staff any of the company's.

    The goal comes with its owner. Nothing when it is gone already. Raises Refusal (409) for somebody else's goal and a closed campaign.
    """
    if not _may_withdraw(goal, by):
        raise Refusal(_("This goal was set by somebody else."), status=409)
    _refuse_closed(goal.campaign)
    found = Goal.objects.select_for_update(of=("self",)).filter(pk=goal.pk).first()
    if found is None:
        return
    owner = {"rep_id": found.rep_id, "leader_id": found.leader_id, "territory_id": found.territory_id}
    said = {"campaign_id": found.campaign_id, "measure": found.measure, "is_company": found.is_company}
    GoalChange.objects.create(**owner, **said, before=found.target, by=by)
    found.delete()


def _may_withdraw(goal: Goal, by: User) -> bool:
    if not goal.is_company:
        return rights.is_own(by, goal.owner)
    return may_delete(by) and (rights.sees_company(by) or Goal.objects.managed_by(by).filter(pk=goal.pk, territory__isnull=False).exists())


def may_delete(user: User) -> bool:
    """Whether the person takes back goals of territories at all."""
    return user.has_perm(DELETE)


@transaction.atomic
def suggest_goal(rep: Rep, campaign: Campaign, *, by: User, target: Decimal, measure: str) -> GoalSuggestion:
    """Suggest a goal to a rep below (with the log-in), who is told and takes it or does not. The same suggestion again is told once.

    Raises Refusal for who is not above the rep, a closed campaign, a rep whom the company has removed, and a figure that cannot be one.
    """
    if not rights.in_downline(rights.own_rep_id(by), rep.pk):
        raise Refusal(_("You are not in charge of %(rep)s.") % {"rep": rep.name})
    if rep.status != Rep.Status.ACTIVE:
        raise Refusal(_("%(rep)s has been removed by the company.") % {"rep": rep.name}, status=409)
    _refuse_closed(campaign)
    refuse_target(measure, Decimal(target))
    same = {"rep": rep, "campaign": campaign, "measure": measure, "by": by}
    before = GoalSuggestion.objects.filter(**same, target=target).exclude(taken=False).first()
    if before is not None:
        return before
    said = {"target": target, "at": timezone.now(), "taken": None}
    suggestion, _made = GoalSuggestion.objects.update_or_create(**same, defaults=said)
    _tell(suggestion)
    return suggestion


def _tell(suggestion: GoalSuggestion) -> None:
    """The rep learns of it, in the own language."""
    recipient = suggestion.rep.user
    if recipient is None or not recipient.is_active:
        return
    with translation.override(recipient.language):
        notifications.schedule(
            key=f"goal:{suggestion.pk}",
            subject=f"goal:{suggestion.pk}",
            recipient=recipient,
            kind=Notification.Kind.NOTICE,
            title=_("%(name)s suggests a goal") % {"name": suggestion.by.name},
            text=said_goal(suggestion),
            url=reverse("campaigns:goals"),
            due_at=timezone.now(),
        )


def said_goal(goal: Goal | GoalSuggestion) -> str:
    """`Orders: 20`. The campaign comes with its calendar's market."""
    told = said_figure(goal.target, goal.measure, goal.campaign.calendar.market.currency)
    return _("%(measure)s: %(figure)s") % {"measure": capfirst(goal.get_measure_display()), "figure": told}


@transaction.atomic
def answer_suggestion(suggestion: GoalSuggestion, *, by: User, take: bool) -> None:
    """Take the suggested goal as one's own, or say no. Raises Refusal for another rep, and as `set_goal` does."""
    if not rights.is_own(by, suggestion.rep):
        raise Refusal(_("Only the rep can set their goal."), status=409)
    if take:
        set_goal(suggestion.rep, suggestion.campaign, by=by, target=suggestion.target, measure=suggestion.measure)
    GoalSuggestion.objects.filter(pk=suggestion.pk).update(taken=take)
    notifications.cancel(key=f"goal:{suggestion.pk}")


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
    """What to propose for a goal (with its campaign and calendar): from the last three closed campaigns before it. Two queries."""
    closed = [one for one in figures.closed_campaigns(goal.campaign.calendar) if one.starts_on < goal.campaign.starts_on][-LOOK_BACK:]
    return proposed([row[goal.measure] for row in measures.reached(closed, goal)], goal.measure)
