"""Which nudges a market sends, within which limits, and when each of its zones was last gone through."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.topics import Topic
from teams.models import Territory

LONGEST = 60  # days
MOST = 8  # of one rule for one rep and day


class NudgeRule(models.Model):
    """How one kind of nudge works in a market, or (without a market) in all that have no row of their own. No row: the defaults."""

    market = models.ForeignKey(
        Territory,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("market"),
        limit_choices_to={"kind": "market"},
        help_text=_("Empty: all markets without a line of their own."),
    )
    topic = models.CharField(_("nudge"), max_length=12, choices=Topic)
    is_on = models.BooleanField(_("is sent"), default=True)
    days = models.PositiveSmallIntegerField(
        _("days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST)],
        help_text=_("How long before a day, or after a contact, it is sent. Empty: as Cotano has it."),
    )
    most = models.PositiveSmallIntegerField(
        _("most a day"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST)],
        help_text=_("For one rep. Empty: as Cotano has it."),
    )

    class Meta:
        verbose_name = _("nudge rule")
        verbose_name_plural = _("nudge rules")
        constraints = [
            models.UniqueConstraint(
                fields=["market", "topic"],
                nulls_distinct=False,
                name="nudge_rule_once",
                violation_error_message=_("There is a line for this nudge and market."),
            ),
            models.CheckConstraint(condition=Q(days__range=(1, LONGEST)), name="nudge_rule_days"),
            models.CheckConstraint(condition=Q(most__range=(1, MOST)), name="nudge_rule_most"),
        ]

    def __str__(self) -> str:
        return f"{self.get_topic_display()}: {self.market or '*'}"


class NudgeRun(models.Model):
    """The last day for which a market's reps of one time zone were gone through by the rules that look once a day."""

    market = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="+", db_index=False)
    zone = models.CharField(max_length=64)
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["market", "zone"], name="nudge_run_once")]

    def __str__(self) -> str:
        return f"{self.market_id} {self.zone} {self.day}"
