"""Calendars and their campaigns."""

import datetime as dt
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cotano.lib import clock, text
from teams.models import NUMBERS, YEARS, Rep, Territory

LONGEST = 60  # days of a campaign
GRACE = 30  # days after a campaign's end in which late orders may count, at most
MOST = 52  # campaigns of one calendar in a year


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
    grace_days = models.PositiveSmallIntegerField(
        _("days for late orders"),
        default=0,
        help_text=_("An order placed in so many days after a campaign's end still counts in it, and is marked late."),
    )
    minimum_order = models.DecimalField(
        _("smallest order"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("What a rep's order comes to at least, in the market's currency; reps see how far they are. Empty: there is none."),
    )

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="calendar_is_named"),
            models.CheckConstraint(condition=Q(grace_days__lte=GRACE), name="calendar_grace_is_short"),
            models.CheckConstraint(condition=Q(minimum_order=None) | Q(minimum_order__gte=0), name="calendar_minimum_not_negative"),
        ]

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

    def near_today(self) -> Self:
        """Those that run today somewhere, with calendar and market: `is_running` tells which of them do so in their market."""
        around, a_day = timezone.now().date(), dt.timedelta(days=1)  # the market's date is at most a day off
        return self.filter(starts_on__lte=around + a_day, ends_on__gte=around - a_day).select_related("calendar__market")

    def with_groups(self) -> Self:
        """`has_groups`: whether a territory has an order deadline of its own in it; without one nobody need be asked for the rep's."""
        return self.annotate(has_groups=Exists(GroupDeadline.objects.filter(campaign=OuterRef("pk"))))

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
    own_grace_days = models.PositiveSmallIntegerField(
        _("days for late orders"), null=True, blank=True, help_text=_("Empty: as many as the calendar says.")
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)  # set at once for one that was past when it came in
    # Closed, but open again for late orders up to this day; then it closes by itself.
    reopened_until = models.DateField(_("open for late orders until"), null=True, blank=True)

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
            models.CheckConstraint(condition=Q(number__range=NUMBERS) & Q(year__range=YEARS), name="campaign_number_1_99"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="campaign_ends_after_start"),
            models.CheckConstraint(
                condition=Q(order_deadline__gte=F("starts_on")) & Q(order_deadline__lte=F("ends_on")), name="campaign_deadline_inside"
            ),
            models.CheckConstraint(condition=Q(own_grace_days__lte=GRACE), name="campaign_grace_is_short"),
            models.CheckConstraint(condition=Q(reopened_until=None) | Q(closed_at__isnull=False), name="campaign_reopened_was_closed"),
            ExclusionConstraint(
                name="campaign_no_overlap",
                expressions=[
                    ("calendar", RangeOperators.EQUAL),
                    (DateRange("starts_on", "ends_on", RangeBoundary(inclusive_lower=True, inclusive_upper=True)), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["ends_on"], condition=Q(closed_at=None), name="campaign_open"),
            models.Index(fields=["reopened_until"], condition=Q(reopened_until__isnull=False), name="campaign_reopened"),
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id and self.calendar.code} {self.year}-{self.number:02d}"

    @property
    def is_closed(self) -> bool:
        """Closed for every change."""
        return self.closed_at is not None

    @property
    def is_reopened(self) -> bool:
        """Closed for boards and goals, open for the deadlines of its orders."""
        return self.reopened_until is not None

    @property
    def late_until(self) -> dt.date:
        """The last day on which a late order still counts in it (read with the calendar)."""
        own = self.own_grace_days
        return self.ends_on + dt.timedelta(days=self.calendar.grace_days if own is None else own)

    @property
    def begins_at(self) -> dt.datetime:
        """The moment in which its first day begins in its market (read with calendar and market, as the next two)."""
        return clock.midnight(self.starts_on, self.calendar.zone)

    @property
    def over_at(self) -> dt.datetime:
        """The moment in which its last day is over in its market."""
        return clock.midnight(self.ends_on + dt.timedelta(days=1), self.calendar.zone)

    @property
    def is_running(self) -> bool:
        """Whether today in its market is one of its days."""
        return self.starts_on <= self.calendar.today() <= self.ends_on

    @property
    def days(self) -> int:
        """Its length."""
        return (self.ends_on - self.starts_on).days + 1

    def day(self, today: dt.date) -> int:
        """Which day of the campaign `today` is: 1 is the first; never outside the campaign."""
        return min(max((today - self.starts_on).days + 1, 1), self.days)


class GroupDeadline(models.Model):
    """The order deadline of the reps of a territory with all below it, in one campaign; of several the nearest territory's holds."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="group_deadlines", verbose_name=_("campaign"))
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+", verbose_name=_("territory"))
    order_deadline = models.DateField(_("order deadline"))

    class Meta:
        verbose_name = _("order deadline of a territory")
        verbose_name_plural = _("order deadlines of territories")
        constraints = [models.UniqueConstraint(fields=["campaign", "territory"], name="group_deadline_once")]

    def __str__(self) -> str:
        return f"{self.territory}: {self.order_deadline}"
