"""Two leads that became one."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cotano.lib import text
from leads.models import Lead
from teams import rights
from teams.models import Rep, User


class MergeQuerySet(models.QuerySet):
    """Merges, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those of one's own leads."""
        return self.filter(rights.mine(user, "owner"))

    def holding(self) -> Self:
        """Not undone."""
        return self.filter(undone_at=None)


class Merge(models.Model):
    """Two leads of a rep became one: what has to be known to tell of it and to undo it (see pipeline.merging)."""

    owner = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="merges")
    kept = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="merges")
    gone = models.BigIntegerField()  # the id of the lead that is no more
    gone_name = models.CharField(max_length=text.NAME_LONGEST)
    stayed = models.CharField(max_length=40, blank=True)  # the stage of the card that stayed where both had one
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)
    lead = models.JSONField()  # the row of the lead that is no more
    before = models.JSONField()  # what the kept one said
    after = models.JSONField()  # what it has said since
    moved = models.JSONField()  # table -> ids of the rows that were the other's
    cards = models.JSONField()  # rows of cards that gave way, each with the moves that went to the card that stayed

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [models.UniqueConstraint(fields=["gone"], condition=Q(undone_at=None), name="merge_of_gone")]
        indexes = [models.Index(fields=["kept", "-at"], name="merge_timeline"), models.Index(fields=["owner"], name="merge_owner")]

    def __str__(self) -> str:
        return f"merge {self.pk}"
