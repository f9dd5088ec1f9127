"""What was said and done about a lead."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.models.channels import Channel
from leads.models.people import Lead
from leads.models.templates import TEMPLATE_NAME


class Comment(models.Model):
    """Something a rep wrote down about a lead."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="comments")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=2000)
    spoke = models.BooleanField(default=False, db_default=False)  # they spoke: a contact
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="comment_says_something")]
        indexes = [models.Index(fields=["lead", "-at"], name="comment_timeline")]

    def __str__(self) -> str:
        return f"comment {self.pk}"


class Attempt(models.Model):
    """A tap on call or message, or a visit, and what came of it."""

    Channel = Channel

    class Outcome(models.TextChoices):
        """What it led to."""

        NO_ANSWER = "no_answer", _("No answer")
        CALL_LATER = "call_later", _("Call later")
        INTERESTED = "interested", _("Interested")
        ORDERED = "ordered", _("Ordered")
        NOT_INTERESTED = "not_interested", _("Not interested")

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="attempts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel)
    at = models.DateTimeField(default=timezone.now)
    template = models.CharField(max_length=TEMPLATE_NAME, blank=True, default="", db_default="")  # the name of the text that was sent
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    outcome_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(outcome="") ^ Q(outcome_at__isnull=False), name="attempt_outcome_has_time")]
        indexes = [
            models.Index(fields=["lead", "-at"], name="attempt_timeline"),
            models.Index(fields=["at"], condition=Q(outcome=""), name="attempt_silent"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"
