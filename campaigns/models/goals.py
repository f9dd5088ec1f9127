"""What is to be reached in a campaign."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.calendars import Campaign
from teams.models import Rep, User


class GoalQuerySet(models.QuerySet):
    """Goals, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """A rep's own, and those of the reps below."""
        return self.filter(rep__in=Rep.objects.line_of(user))


class Goal(models.Model):
    """What a rep wants to reach in a campaign: net sales, in the market's currency."""

    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="goals")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="goals")
    net_sales = models.DecimalField(_("net sales"), max_digits=12, decimal_places=2)

    objects = GoalQuerySet.as_manager()

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        constraints = [
            models.UniqueConstraint(fields=["rep", "campaign"], name="goal_once"),
            models.CheckConstraint(condition=Q(net_sales__gt=0), name="goal_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.rep_id} {self.campaign_id}: {self.net_sales}"
