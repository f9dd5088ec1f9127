"""What was done to many people at once."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from teams import rights
from teams.models import Rep, User


class SelectionQuerySet(models.QuerySet):
    """Selections, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """One's own."""
        return self.filter(rights.mine(user, "owner"))


class Selection(models.Model):
    """An act on many leads of a rep, or a removal, kept for a day so that it can be taken back."""

    class What(models.TextChoices):
        """The act."""

        BOARD = "board"
        TAG = "tag"
        STOP = "stop"
        CADENCE = "cadence"
        REMOVE = "remove"
        ASIDE = "aside"  # one thing beside a lead was removed

    owner = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="selections")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=10, choices=What)
    word = models.CharField(max_length=120, blank=True)  # a tag, the name of a cadence, of who or what was removed
    did = models.JSONField(default=dict)  # what an undo needs: ids, and rows that are gone
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)

    objects = SelectionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["at"], name="selection_old")]

    def __str__(self) -> str:
        return f"selection {self.pk}"
