"""What came of a campaign, one row per rep: frozen when it closes. Written by campaigns.snapshots alone, read by pages.

A row says where the rep stood then, so a later change of sponsor, territory or title changes no past campaign.
Columns of one width stand together: at 1,000,000 reps a byte a row is a megabyte a campaign. The links have no constraint of
the database's own, which would look each of 4,000,000 up, one by one, for more time than all the rest takes: the pass reads
every one of them from the table it leads to, holds the campaign's row meanwhile, and reps, territories and campaigns with
figures are not deleted.
"""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.calendars import Campaign
from teams.models import Rep, Territory, User

LEVELS = 7
MOST_IDLE = 32_000  # campaigns in a row are counted up to here


class LevelsField(ArrayField):
    """Seven whole numbers, for those exactly 1, 2, ... 7 levels below. Stored empty when nobody is below; read as seven always."""

    def __init__(self, **named: object) -> None:
        """Numbers of `base_field`, by default bigint."""
        super().__init__(**{"base_field": models.BigIntegerField(), "default": list, "blank": True, **named})

    def from_db_value(self, value: list[int] | None, *_: BaseDatabaseWrapper | object) -> list[int]:
        """The seven."""
        return value or [0] * LEVELS


class SnapshotQuerySet(models.QuerySet):
    """Snapshots of reps, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those of the reps of whom the person may know."""
        return self.filter(rep__in=Rep.objects.visible_to(user))

    def managed_by(self, user: User) -> Self:
        """Those of the reps the person is in charge of, for the pages of managers and staff."""
        return self.filter(rep__in=Rep.objects.managed_by(user))

    def line_of(self, user: User) -> Self:
        """That of the rep who the person is, and those of all below today, for the pages of reps."""
        return self.filter(rep__in=Rep.objects.line_of(user))


class Snapshot(models.Model):
    """A rep in a campaign: where the rep stood, what the rep did, what those below did together (without the rep).

    There is a row for everybody of the campaign's calendar who was on file, ordered, joined, left or came back in it, and for
    everybody above one of them, whatever their own calendar: so the sums of the legs and the rep's own are always the team's.
    """

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, db_index=False, db_constraint=False, related_name="snapshots", verbose_name=_("campaign")
    )
    rep = models.ForeignKey(
        Rep, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="snapshots", verbose_name=_("rep")
    )
    # where the rep stood
    sponsor = models.ForeignKey(
        Rep, on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="+", verbose_name=_("sponsor")
    )
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+", verbose_name=_("territory")
    )
    # own figures
    pv = models.BigIntegerField(_("personal volume"), default=0)
    actions = models.BigIntegerField(_("actions"), default=0)
    # of everybody below
    team_orders = models.BigIntegerField(_("team: orders"), default=0)
    team_actions = models.BigIntegerField(_("team: actions"), default=0)
    gv = models.BigIntegerField(_("group volume"), default=0)  # with the rep's own
    depth = models.IntegerField(_("depth in the tree"), default=0)  # 0: no sponsor
    people = models.IntegerField(_("team: on file"), default=0)
    team_active = models.IntegerField(_("team: active"), default=0)
    team_appointed = models.IntegerField(_("team: appointments"), default=0)
    team_removed = models.IntegerField(_("team: removals"), default=0)
    team_calls = models.IntegerField(_("team: calls"), default=0)
    team_reminders_kept = models.IntegerField(_("team: reminders kept"), default=0)
    calls = models.IntegerField(_("calls"), default=0)
    orders = models.IntegerField(_("orders"), default=0)
    late_orders = models.IntegerField(_("late orders"), default=0)
    reminders_due = models.IntegerField(_("reminders due"), default=0)
    reminders_kept = models.IntegerField(_("reminders kept"), default=0)
    joined_year = models.SmallIntegerField(_("joined in year"))
    joined_number = models.SmallIntegerField(_("joined in campaign"))
    idle = models.SmallIntegerField(_("campaigns without an order"), default=0)  # in a row, this one included; 0: active or not on file
    on_file = models.BooleanField(_("on file"), default=False)
    active = models.BooleanField(_("active"), default=False)
    is_weekly = models.BooleanField(_("weekly user"), default=False)
    appointed = models.BooleanField(_("joined in it"), default=False)
    removed = models.BooleanField(_("removed in it"), default=False)
    reinstated = models.BooleanField(_("taken back in it"), default=False)
    first_order = models.BooleanField(_("first order"), default=False)  # the first ever known is in this campaign
    is_newcomer = models.BooleanField(_("newcomer"), default=False)
    answered = models.BooleanField(_("contacted within 24 h"), null=True)  # None: no newcomer, or there is still time
    net_sales = models.DecimalField(_("net sales"), max_digits=14, decimal_places=2, default=0)
    team_net_sales = models.DecimalField(_("team: net sales"), max_digits=16, decimal_places=2, default=0)
    title = models.CharField(_("title"), max_length=60, blank=True)
    level_people = LevelsField(base_field=models.IntegerField(), verbose_name=_("levels 1-7: on file"))
    level_active = LevelsField(base_field=models.IntegerField(), verbose_name=_("levels 1-7: active"))
    level_pv = LevelsField(verbose_name=_("levels 1-7: volume"))
    # legs in which somebody has the title at place 1, 2, ... of the market's ladder or a higher one; None: in no leg
    leg_titles = ArrayField(models.IntegerField(), null=True, verbose_name=_("legs with a title"))

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "rep"], name="snapshot_once"),
            models.CheckConstraint(condition=Q(active=False) | Q(on_file=True, idle=0), name="snapshot_active_is_on_file"),
            models.CheckConstraint(condition=Q(idle=0) | Q(on_file=True, idle__gt=0), name="snapshot_idle_is_on_file"),
            models.CheckConstraint(condition=Q(answered=None) | Q(is_newcomer=True), name="snapshot_answered_newcomer"),
            models.CheckConstraint(condition=Q(reminders_kept__lte=models.F("reminders_due")), name="snapshot_kept_was_due"),
        ]
        indexes = [
            models.Index(fields=["campaign", "sponsor"], name="snapshot_legs"),
            models.Index(fields=["campaign", "territory", "idle"], name="snapshot_place"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.rep_id}"


class PlaceQuerySet(models.QuerySet):
    """Sums of territories, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those of the territories the person is in charge of."""
        return self.filter(territory__in=Territory.objects.visible_to(user))


class Total(models.Model):
    """A campaign in a territory with all territories below: sums over the reps who stood there then."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, db_index=False, related_name="totals", verbose_name=_("campaign"))
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="totals", verbose_name=_("territory"))
    on_file = models.IntegerField(_("reps on file"), default=0)
    active = models.IntegerField(_("active reps"), default=0)
    orders = models.BigIntegerField(_("orders"), default=0)
    late_orders = models.BigIntegerField(_("late orders"), default=0)
    net_sales = models.DecimalField(_("net sales"), max_digits=16, decimal_places=2, default=0)  # in the currency of the campaign's market
    pv = models.BigIntegerField(_("volume"), default=0)
    actions = models.BigIntegerField(_("actions"), default=0)
    calls = models.BigIntegerField(_("calls"), default=0)
    weekly = models.IntegerField(_("weekly users"), default=0)
    appointed = models.IntegerField(_("appointments"), default=0)
    removed = models.IntegerField(_("removals"), default=0)
    reinstated = models.IntegerField(_("reinstatements"), default=0)
    idle1 = models.IntegerField("I1", default=0)
    idle2 = models.IntegerField("I2", default=0)
    idle3 = models.IntegerField("I3", default=0)  # three and more
    newcomers = models.IntegerField(_("newcomers"), default=0)
    answered = models.IntegerField(_("contacted within 24 h"), default=0)
    unanswered = models.IntegerField(_("not contacted within 24 h"), default=0)
    reminders_due = models.BigIntegerField(_("reminders due"), default=0)
    reminders_kept = models.BigIntegerField(_("reminders kept"), default=0)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("total")
        verbose_name_plural = _("totals")
        constraints = [models.UniqueConstraint(fields=["campaign", "territory"], name="total_once")]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.territory_id}"


class ClassTotal(models.Model):
    """Of the class of reps who joined in one campaign: who is still on file and active in a later one, in a territory with all below."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, db_index=False, related_name="classes", verbose_name=_("campaign"))
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+", verbose_name=_("territory"))
    joined_year = models.SmallIntegerField(_("joined in year"))
    joined_number = models.SmallIntegerField(_("joined in campaign"))
    on_file = models.IntegerField(_("reps on file"))
    active = models.IntegerField(_("active reps"))

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "territory", "joined_year", "joined_number"], name="class_once"),
            models.CheckConstraint(condition=Q(active__gte=0, active__lte=models.F("on_file")), name="class_active_is_on_file"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.territory_id}, {self.joined_year}-{self.joined_number:02d}"


class Cause(models.TextChoices):
    """Why figures were taken."""

    ORDERS = "orders", _("a file")
    NIGHTLY = "nightly", _("every night")
    CLOSED = "closed", _("the campaign closed")
    LATE = "late", _("a file after the campaign was closed")
    ASKED = "asked", _("staff asked")


class SnapshotRun(models.Model):
    """The figures of a campaign were taken: when, why, and how many rows changed. A frozen campaign changed by a file says so here."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, db_index=False, related_name="runs", verbose_name=_("campaign"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    cause = models.CharField(_("why"), max_length=7, choices=Cause)
    job = models.ForeignKey("jobs.Job", on_delete=models.SET_NULL, null=True, db_index=False, related_name="+", verbose_name=_("file"))
    reps = models.IntegerField(_("reps"))
    changed = models.IntegerField(_("rows that changed"))

    class Meta:
        verbose_name = _("taking of figures")
        verbose_name_plural = _("takings of figures")
        indexes = [models.Index(fields=["campaign", "-at"], name="snapshot_run_newest")]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.cause} {self.at:%Y-%m-%d %H:%M}"

    @classmethod
    def newest(cls, campaign: models.OuterRef | Campaign) -> models.Subquery:
        """When the figures of a campaign were taken last, for the query around it."""
        return models.Subquery(cls.objects.filter(campaign=campaign).order_by("-at").values("at")[:1])


class SnapshotMark(models.Model):
    """What a campaign's figures depend on has changed: they wait to be taken. Only added, and removed by the pass that saw it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    cause = models.CharField(max_length=7, choices=Cause)
    job = models.ForeignKey("jobs.Job", on_delete=models.CASCADE, null=True, db_index=False, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.cause}"
