"""The checklist of a lead."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.people import Lead
from teams.models import User

CHECKS = 30  # of one lead
CHECK_LONGEST = 200


class CheckQuerySet(models.QuerySet):
    """Items, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those of one's own leads."""
        return self.filter(lead__in=Lead.objects.visible_to(user))


class Check(models.Model):
    """Something to do with a lead, in its place on the list; done or not."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="checks", db_index=False)
    text = models.CharField(_("what"), max_length=CHECK_LONGEST)
    place = models.PositiveSmallIntegerField()
    done_at = models.DateTimeField(null=True)

    objects = CheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("checklist item")
        verbose_name_plural = _("checklist items")
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="check_says_something")]
        indexes = [models.Index(fields=["lead", "place", "id"], name="check_list")]

    def __str__(self) -> str:
        return f"check {self.pk}"
