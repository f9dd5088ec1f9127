"""Selling periods, what reps order in them, what they want to reach and what came of it."""

from campaigns.models.calendars import GRACE, LONGEST, MOST, Calendar, Campaign, CampaignQuerySet, DateRange, GroupDeadline
from campaigns.models.calls import CallClaim, CallFirst, CallFirstQuerySet
from campaigns.models.days import DayTotal
from campaigns.models.goals import MOST_COUNT, MOST_MONEY, MOST_PERCENT, Goal, GoalChange, GoalQuerySet, GoalSuggestion
from campaigns.models.nudges import NudgeRule, NudgeRun
from campaigns.models.orders import Order, OrderQuerySet
from campaigns.models.products import MOST_POINTS, Product
from campaigns.models.snapshots import (
    LEVELS,
    MOST_IDLE,
    Cause,
    ClassTotal,
    LevelsField,
    PlaceQuerySet,
    Snapshot,
    SnapshotMark,
    SnapshotQuerySet,
    SnapshotRun,
    Total,
)
from campaigns.models.titles import MOST_OF_A_FIGURE, MOST_PV, MOST_TITLES, Plan, Title, TitleRequirement
from campaigns.models.volumes import MOST_VOLUME, Volume

__all__ = [
    "GRACE",
    "LEVELS",
    "LONGEST",
    "MOST",
    "MOST_COUNT",
    "MOST_IDLE",
    "MOST_MONEY",
    "MOST_OF_A_FIGURE",
    "MOST_PERCENT",
    "MOST_POINTS",
    "MOST_PV",
    "MOST_TITLES",
    "MOST_VOLUME",
    "Calendar",
    "CallClaim",
    "CallFirst",
    "CallFirstQuerySet",
    "Campaign",
    "CampaignQuerySet",
    "Cause",
    "ClassTotal",
    "DateRange",
    "DayTotal",
    "Goal",
    "GoalChange",
    "GoalQuerySet",
    "GoalSuggestion",
    "GroupDeadline",
    "LevelsField",
    "NudgeRule",
    "NudgeRun",
    "Order",
    "OrderQuerySet",
    "PlaceQuerySet",
    "Plan",
    "Product",
    "Snapshot",
    "SnapshotMark",
    "SnapshotQuerySet",
    "SnapshotRun",
    "Title",
    "TitleRequirement",
    "Total",
    "Volume",
]
