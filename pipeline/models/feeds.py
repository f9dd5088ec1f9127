"""The private link by which a calendar program reads a rep's reminders."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from teams.models import Rep


class FeedQuerySet(models.QuerySet):
    """Links; who knows one is as good as the rep, so none opens for a rep who may not log in."""

    def opening(self) -> Self:
        """Those of reps on file whose log-in works."""
        return self.filter(Q(rep__status=Rep.Status.ACTIVE, rep__user__is_active=True))


class Feed(models.Model):
    """One link per rep; a new one ends the old. Only a digest of it is kept, so it is shown once."""

    rep = models.OneToOneField(Rep, on_delete=models.CASCADE, primary_key=True, related_name="feed")
    digest = models.CharField(max_length=64, unique=True)  # SHA-256, hexadecimal
    made_at = models.DateTimeField(default=timezone.now)

    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = "calendar link"

    def __str__(self) -> str:
        return f"calendar link of {self.pk}"
