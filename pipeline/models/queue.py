"""Whom the rep has put off in the queue of calls."""

from django.db import models

from leads.models import Lead


class Skip(models.Model):
    """When the rep last skipped the person in the queue; on that day the person comes after the others, on every device."""

    lead = models.OneToOneField(Lead, on_delete=models.CASCADE, primary_key=True, related_name="skip")
    at = models.DateTimeField()

    class Meta:
        verbose_name = "skip"

    def __str__(self) -> str:
        return f"skip of {self.pk}"
