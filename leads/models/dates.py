"""Days to remember about a lead, beside the birthday."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.people import Lead
from teams.models import User

DATES = 10  # of one lead
DATE_NAME_LONGEST = 60
SHORT_MONTHS = (4, 6, 9, 11)


class ImportantDateQuerySet(models.QuerySet):
    """Dates, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those of one's own leads."""
        return self.filter(lead__in=Lead.objects.visible_to(user))


class ImportantDate(models.Model):
    """A day that comes every year: a wedding, a child's birthday. The year it began with is known or not."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="dates")
    name = models.CharField(_("what"), max_length=DATE_NAME_LONGEST)
    month = models.PositiveSmallIntegerField()
    day = models.PositiveSmallIntegerField()
    year = models.PositiveSmallIntegerField(null=True)

    objects = ImportantDateQuerySet.as_manager()

    class Meta:
        verbose_name = _("date to remember")
        verbose_name_plural = _("dates to remember")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="date_is_named"),
            models.CheckConstraint(
                condition=Q(month__range=(1, 12), day__range=(1, 31))
                & (~Q(month__in=SHORT_MONTHS) | Q(day__lte=30))
                & (~Q(month=2) | Q(day__lte=29)),
                name="date_is_in_the_calendar",
            ),
            models.CheckConstraint(condition=Q(year=None) | Q(year__range=(1850, 2200)), name="date_year_is_sane"),
        ]
        indexes = [models.Index(fields=["month", "day"], name="date_of_the_year")]

    def __str__(self) -> str:
        return self.name
