"""What reps did in the app, day by day of a campaign, per territory. Written with the campaign's other figures."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.calendars import Campaign
from campaigns.models.snapshots import PlaceQuerySet
from teams.models import Territory


class DayTotal(models.Model):
    """A day of a campaign in a territory with all territories below; what an earlier system recorded has no days and is left out."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, db_index=False, related_name="day_totals", verbose_name=_("campaign"))
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+", verbose_name=_("territory"))
    day = models.DateField(_("day"))
    actions = models.BigIntegerField(_("actions"))
    people = models.IntegerField(_("reps who did something"))

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("day")
        verbose_name_plural = _("days")
        constraints = [models.UniqueConstraint(fields=["campaign", "territory", "day"], name="day_total_once")]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.territory_id}, {self.day}"
