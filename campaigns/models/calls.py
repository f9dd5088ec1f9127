"""Whom to call first, written by campaigns.call_rows alone; who calls whom now."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Subquery, Value
from django.utils.translation import gettext_lazy as _

from campaigns.models.calendars import Campaign
from campaigns.models.titles import TitleRequirement
from teams import rights
from teams.models import Rep, Territory, User


class CallFirstQuerySet(models.QuerySet):
    """Rows of the list, always asked for through the person who looks."""

    def managed_by(self, user: User) -> Self:
        """Those of the reps the person is in charge of today. What a rep wants of themselves is told to nobody but the line."""
        return self.filter(rights.managed(user), rep__territory=F("territory")).exclude(reason=CallFirst.Reason.OWN_GOAL)

    def below(self, rep: Rep, *, many: bool = False) -> Self:
        """Those of the reps below; `many`: so many that one meets some on every stretch of the list."""
        if not many:
            return self.filter(rep__in=Rep.objects.below(rep.pk))
        # Asked row by row in the order of the list: as a join the database would begin with all of them.
        own = Rep.objects.within(rep.pk).filter(pk=OuterRef("pk")).values_list(Value(value=True))
        return self.alias(is_below=Subquery(own)).filter(is_below=True)

    def visible_to(self, user: User) -> Self:
        """Those of all reps of whom the person may know; of oneself nobody is told."""
        return self.filter(rep__in=Rep.objects.visible_to(user)).exclude(rep__user=user)


class CallFirst(models.Model):
    """A rep whom somebody should call in the campaign that runs: the best of the reasons, since when it holds, by when.

    The pass that takes the figures of a running campaign writes the rows of its calendar again. The links have no constraint of
    the database's own, as those of a snapshot: a million rows come from tables that lead to the same places.
    """

    class Reason(models.IntegerChoices):
        """Why, in the order in which they are called."""

        NEWCOMER = 1, _("New, no first order yet")
        TWO_IDLE = 2, _("Two campaigns without an order: one from removal")
        NO_SECOND = 3, _("First order, no second one yet")
        ONE_IDLE = 4, _("No order in the last campaign")
        USUAL = 5, _("Usual orderer, not in yet")
        TITLE = 6, _("One step from the next title")
        GOAL = 7, _("Close to the goal")  # that the company has set
        OWN_GOAL = 8, _("Close to the own goal")

    rep = models.OneToOneField(
        Rep, on_delete=models.CASCADE, primary_key=True, db_constraint=False, related_name="call_first", verbose_name=_("rep")
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="+", verbose_name=_("campaign")
    )
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+", verbose_name=_("territory")
    )
    reason = models.SmallIntegerField(_("why"), choices=Reason)
    by_day = models.DateField(_("by"))
    since = models.DateTimeField(_("since"))  # who was reached later has been called for this reason
    orders_short = models.SmallIntegerField(_("missing orders"), null=True)  # of the goal
    short = models.DecimalField(_("missing"), max_digits=12, decimal_places=2, null=True)  # of the goal, in the market's currency
    # of who is one step from the next title, whatever the reason: what is asked for, how much of it is missing
    requirement = models.ForeignKey(
        TitleRequirement,
        on_delete=models.DO_NOTHING,
        null=True,
        db_index=False,
        db_constraint=False,
        related_name="+",
        verbose_name=_("step"),
    )
    missing = models.BigIntegerField(_("missing of the step"), null=True)

    objects = CallFirstQuerySet.as_manager()

    class Meta:
        verbose_name = _("rep to call first")
        verbose_name_plural = _("reps to call first")
        permissions = [("call_first", _("Can see whom to call first, and note calls"))]
        indexes = [
            models.Index(fields=["reason", "by_day", "rep"], name="call_first_order"),
            models.Index(fields=["territory", "reason", "by_day", "rep"], name="call_first_place"),
        ]

    def __str__(self) -> str:
        return f"{self.rep_id}: {self.reason}"


class CallClaim(models.Model):
    """Somebody is calling the rep. It holds until the given moment, and nobody else calls meanwhile."""

    rep = models.OneToOneField(Rep, on_delete=models.CASCADE, primary_key=True, related_name="call_claim", verbose_name=_("rep"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("by"))
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")

    def __str__(self) -> str:
        return f"{self.rep_id}: {self.by_id}"
