"""The people a rep works with, what was said and done, and when to come back."""

from leads.models.cadences import Cadence, CadenceQuerySet, Enrolment, EnrolmentQuerySet, Step
from leads.models.people import MORE, TAG_LONGEST, TAGS, Distinct, Lead, LeadQuerySet
from leads.models.purchases import MOST_PRICE, MOST_PURCHASES, MOST_QUANTITY, Purchase, PurchaseQuerySet
from leads.models.reminders import Reminder, ReminderQuerySet
from leads.models.suppressions import Suppression
from leads.models.timeline import Attempt, Comment

__all__ = [
    "MORE",
    "MOST_PRICE",
    "MOST_PURCHASES",
    "MOST_QUANTITY",
    "TAGS",
    "TAG_LONGEST",
    "Attempt",
    "Cadence",
    "CadenceQuerySet",
    "Comment",
    "Distinct",
    "Enrolment",
    "EnrolmentQuerySet",
    "Lead",
    "LeadQuerySet",
    "Purchase",
    "PurchaseQuerySet",
    "Reminder",
    "ReminderQuerySet",
    "Step",
    "Suppression",
]
