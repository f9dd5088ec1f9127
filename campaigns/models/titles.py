"""A market's ladder of titles and its plan of compensation by levels: both are the company's, as data."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.snapshots import LEVELS
from teams.models import Territory

MOST_TITLES = 99  # of a market
MOST_OF_A_FIGURE = 10**9
MOST_PV = 10**9


class Title(models.Model):
    """A step of the ladder; place 1 is the lowest."""

    market = models.ForeignKey(Territory, on_delete=models.PROTECT, db_index=False, related_name="titles", verbose_name=_("market"))
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=60)
    place = models.PositiveSmallIntegerField(_("place"))

    class Meta:
        verbose_name = _("title")
        verbose_name_plural = _("titles")
        permissions = [("import_title", _("Can import the ladder of titles and the plan"))]
        constraints = [
            models.UniqueConstraint(fields=["market", "code"], name="title_code_once"),
            models.UniqueConstraint(fields=["market", "place"], name="title_place_once", deferrable=models.Deferrable.DEFERRED),
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="title_is_named"),
            models.CheckConstraint(condition=Q(place__range=(1, MOST_TITLES)), name="title_place_1_99"),
        ]

    def __str__(self) -> str:
        return self.name


class TitleRequirement(models.Model):
    """What a title asks of a rep in a campaign: a figure of at least so much. All of a title's must be met."""

    class Figure(models.TextChoices):
        """What is asked for; the figures of a snapshot."""

        PV = "pv", _("personal volume")
        GV = "gv", _("group volume")
        ORDERS = "orders", _("orders")
        ACTIVE = "active_first_level", _("active first level")
        RECRUITS = "recruits", _("recruits")
        LEGS = "legs_with_title", _("legs with a title")

    title = models.ForeignKey(Title, on_delete=models.CASCADE, db_index=False, related_name="requirements", verbose_name=_("title"))
    figure = models.CharField(_("figure"), max_length=18, choices=Figure)
    at_least = models.PositiveIntegerField(_("at least"), validators=[MinValueValidator(1), MaxValueValidator(MOST_OF_A_FIGURE)])
    of_title = models.ForeignKey(
        Title, on_delete=models.PROTECT, null=True, blank=True, related_name="required_by", verbose_name=_("of the title, or a higher one")
    )

    class Meta:
        verbose_name = _("requirement of a title")
        verbose_name_plural = _("requirements of titles")
        constraints = [
            models.UniqueConstraint(fields=["title", "figure", "of_title"], nulls_distinct=False, name="requirement_once"),
            models.CheckConstraint(condition=Q(at_least__range=(1, MOST_OF_A_FIGURE)), name="requirement_bounded"),
            models.CheckConstraint(condition=Q(of_title=None) | ~Q(of_title=F("title")), name="requirement_of_another_title"),
            models.CheckConstraint(
                condition=Q(figure="legs_with_title", of_title__isnull=False)
                | Q(figure__in=("pv", "gv", "orders", "active_first_level", "recruits"), of_title=None),
                name="requirement_names_title_for_legs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title_id}: {self.figure} {self.at_least}"


class Plan(models.Model):
    """What a level pays, for an estimate: a share of its volume, to who has a personal volume of at least so much."""

    market = models.ForeignKey(Territory, on_delete=models.PROTECT, db_index=False, related_name="plan", verbose_name=_("market"))
    depth = models.PositiveSmallIntegerField(_("level below"))
    percent = models.DecimalField(_("%"), max_digits=5, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(100)])
    minimum_pv = models.PositiveIntegerField(_("from a personal volume of"), default=0, validators=[MaxValueValidator(MOST_PV)])

    class Meta:
        verbose_name = _("level of the plan")
        verbose_name_plural = _("plan by levels")
        constraints = [
            models.UniqueConstraint(fields=["market", "depth"], name="plan_level_once"),
            models.CheckConstraint(condition=Q(depth__range=(1, LEVELS)), name="plan_level_1_7"),
            models.CheckConstraint(condition=Q(percent__range=(0, 100)), name="plan_percent_0_100"),
            models.CheckConstraint(condition=Q(minimum_pv__lte=MOST_PV), name="plan_minimum_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.market_id} {self.depth}: {self.percent} %"
