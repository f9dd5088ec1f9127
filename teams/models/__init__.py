"""People and places, what was done by whom, and the ways in."""

from teams.models.doors import Code, Invitation, InvitationQuerySet, Session, SessionQuerySet
from teams.models.history import HistoryQuerySet, SponsorChange, SponsorChangeQuerySet, StatusChange
from teams.models.numbers import NUMBERS, YEARS
from teams.models.people import (
    ActivityCount,
    Assignment,
    Rep,
    RepQuerySet,
    Territory,
    TerritoryQuerySet,
    Touch,
    TouchQuerySet,
    User,
    UserManager,
)

__all__ = [
    "NUMBERS",
    "YEARS",
    "ActivityCount",
    "Assignment",
    "Code",
    "HistoryQuerySet",
    "Invitation",
    "InvitationQuerySet",
    "Rep",
    "RepQuerySet",
    "Session",
    "SessionQuerySet",
    "SponsorChange",
    "SponsorChangeQuerySet",
    "StatusChange",
    "Territory",
    "TerritoryQuerySet",
    "Touch",
    "TouchQuerySet",
    "User",
    "UserManager",
]
