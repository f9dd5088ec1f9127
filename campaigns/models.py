"""Selling periods and what reps order in them."""

import datetime as dt
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cotano.lib import clock, text
from teams.models import Rep, Territory, User

LONGEST = 60  # days of a campaign


class Calendar(models.Model):
    """The numbered campaigns of a market or of a mail plan in it."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=text.NAME_LONGEST)
    market = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="calendars", verbose_name=_("market"))
    live_from = models.DateField(
        _("live from"),
        null=True,
        blank=True,
        help_text=_("Nothing is sent for campaigns that end before this day. Empty: nothing is sent."),
    )

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        constraints = [models.CheckConstraint(condition=~Q(code=""), name="calendar_is_named")]

    def __str__(self) -> str:
        return self.code

    @property
    def zone(self) -> str:
        """The market's time zone: its midnight begins and ends a campaign (read with select_related)."""
        return self.market.time_zone

    def today(self) -> dt.date:
        """The date in the market."""
        return clock.today(self.zone, timezone.now())


class CampaignQuerySet(models.QuerySet):
    """Campaigns; everybody may see when they are."""

    def running_for(self, rep: Rep) -> "Campaign | None":
        """The campaign of the rep's calendar that runs today in the market, or None."""
        calendar = Calendar.objects.select_related("market").filter(code=rep.calendar).first()
        if calendar is None:
            return None
        today = calendar.today()
        return self.filter(calendar=calendar, starts_on__lte=today, ends_on__gte=today).select_related("calendar__market").first()


class DateRange(Func):
    """Both ends of a campaign as one range."""

    function = "DATERANGE"
    output_field = DateRangeField()


class Campaign(models.Model):
    """A numbered selling period of a calendar. `ends_on` is its last day; `order_deadline` may be earlier."""

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="campaigns", verbose_name=_("calendar"))
    year = models.PositiveSmallIntegerField(_("year"))
    number = models.PositiveSmallIntegerField(_("number"))
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    order_deadline = models.DateField(_("order deadline"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)  # set at once for one that was past when it came in

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        permissions = [
            ("import_campaign", _("Can import campaigns")),
            ("see_reports", _("Can see the campaign figures of what they may see")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "year", "number"], name="campaign_number_once"),
            models.CheckConstraint(condition=Q(number__range=(1, 99)) & Q(year__range=(1990, 2200)), name="campaign_number_1_99"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="campaign_ends_after_start"),
            models.CheckConstraint(
                condition=Q(order_deadline__gte=F("starts_on")) & Q(order_deadline__lte=F("ends_on")), name="campaign_deadline_inside"
            ),
            ExclusionConstraint(
                name="campaign_no_overlap",
                expressions=[
                    ("calendar", RangeOperators.EQUAL),
                    (DateRange("starts_on", "ends_on", RangeBoundary(inclusive_lower=True, inclusive_upper=True)), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["ends_on"], condition=Q(closed_at=None), name="campaign_open")]

    def __str__(self) -> str:
        return f"{self.calendar_id and self.calendar.code} {self.year}-{self.number:02d}"

    @property
    def is_closed(self) -> bool:
        """Closed for every change."""
        return self.closed_at is not None

    @property
    def days(self) -> int:
        """Its length."""
        return (self.ends_on - self.starts_on).days + 1

    def day(self, today: dt.date) -> int:
        """Which day of the campaign `today` is: 1 is the first; never outside the campaign."""
        return min(max((today - self.starts_on).days + 1, 1), self.days)


class OrderQuerySet(models.QuerySet):
    """Orders, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those of the reps the user may see."""
        return self.filter(rep__in=Rep.objects.visible_to(user))

    def managed_by(self, user: User) -> Self:
        """Those of the reps the user is in charge of, for the pages of managers and staff."""
        return self.filter(rep__in=Rep.objects.managed_by(user))


class Order(models.Model):
    """A rep's order to the company, or a return of one (a negative amount that names its order)."""

    class Kind(models.TextChoices):
        """Order or return."""

        ORDER = "order", _("order")
        RETURN = "return", _("return")

    number = models.CharField(_("number"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    returns = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="returned_by", verbose_name=_("returns")
    )
    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="orders", verbose_name=_("rep"))
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="orders", verbose_name=_("campaign"))
    placed_on = models.DateField(_("placed on"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    points = models.IntegerField(_("points"), default=0)
    is_late = models.BooleanField(_("late"), default=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        permissions = [
            ("import_order", _("Can import orders")),
            ("import_activity", _("Can import app activity")),
            ("export_order", _("Can export orders")),
        ]
        indexes = [
            models.Index(fields=["rep", "campaign"], name="order_rep"),
            models.Index(fields=["campaign", "rep"], name="order_campaign"),
            models.Index(fields=["returns"], condition=Q(returns__isnull=False), name="order_returned"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="order", returns=None, amount__gte=0) | Q(kind="return", returns__isnull=False, amount__lte=0),
                name="order_or_return",
            ),
            models.CheckConstraint(condition=~Q(number=""), name="order_has_number"),
        ]

    def __str__(self) -> str:
        return self.number


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
