"""Selling periods, what reps order in them and what they want to reach."""

from campaigns.models.calendars import LONGEST, Calendar, Campaign, CampaignQuerySet, DateRange
from campaigns.models.goals import Goal, GoalQuerySet
from campaigns.models.orders import Order, OrderQuerySet

__all__ = [
    "LONGEST",
    "Calendar",
    "Campaign",
    "CampaignQuerySet",
    "DateRange",
    "Goal",
    "GoalQuerySet",
    "Order",
    "OrderQuerySet",
]
