"""The people a rep works with, what was said and done, and when to come back."""

from leads.models.attachments import ATTACHMENT_LARGEST, ATTACHMENT_NAME_LONGEST, ATTACHMENTS, Attachment, AttachmentQuerySet
from leads.models.cadences import FARTHEST, STEPS, Cadence, CadenceQuerySet, Enrolment, EnrolmentQuerySet, Step
from leads.models.channels import Channel
from leads.models.checks import CHECK_LONGEST, CHECKS, Check, CheckQuerySet
from leads.models.dates import DATE_NAME_LONGEST, DATES, ImportantDate, ImportantDateQuerySet
from leads.models.people import ASIDE_LONGEST, MORE, TAG_LONGEST, TAGS, Distinct, Lead, LeadQuerySet
from leads.models.purchases import MOST_PRICE, MOST_PURCHASES, MOST_QUANTITY, Purchase, PurchaseQuerySet
from leads.models.reminders import Reminder, ReminderQuerySet
from leads.models.suppressions import Suppression
from leads.models.tags import COLOURS, Tag, TagQuerySet
from leads.models.templates import MOST_TEMPLATES, TEMPLATE_NAME, TEMPLATE_TEXT, MessageTemplate, MessageTemplateQuerySet
from leads.models.timeline import Attempt, Comment

__all__ = [
    "ASIDE_LONGEST",
    "ATTACHMENTS",
    "ATTACHMENT_LARGEST",
    "ATTACHMENT_NAME_LONGEST",
    "CHECKS",
    "CHECK_LONGEST",
    "COLOURS",
    "DATES",
    "DATE_NAME_LONGEST",
    "FARTHEST",
    "MORE",
    "MOST_PRICE",
    "MOST_PURCHASES",
    "MOST_QUANTITY",
    "MOST_TEMPLATES",
    "STEPS",
    "TAGS",
    "TAG_LONGEST",
    "TEMPLATE_NAME",
    "TEMPLATE_TEXT",
    "Attachment",
    "AttachmentQuerySet",
    "Attempt",
    "Cadence",
    "CadenceQuerySet",
    "Channel",
    "Check",
    "CheckQuerySet",
    "Comment",
    "Distinct",
    "Enrolment",
    "EnrolmentQuerySet",
    "ImportantDate",
    "ImportantDateQuerySet",
    "Lead",
    "LeadQuerySet",
    "MessageTemplate",
    "MessageTemplateQuerySet",
    "Purchase",
    "PurchaseQuerySet",
    "Reminder",
    "ReminderQuerySet",
    "Step",
    "Suppression",
    "Tag",
    "TagQuerySet",
]
