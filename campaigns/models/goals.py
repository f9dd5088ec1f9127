"""What is to be reached in a campaign."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Floor
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.calendars import Campaign
from teams import rights
from teams.models import Rep, Territory, User

MOST_MONEY = 10**10  # below this; in the market's currency
MOST_COUNT = 10**8
MOST_PERCENT = 100


class GoalQuerySet(models.QuerySet):
    """Goals, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """A rep's own, those for the own team, and those of the reps below."""
        line = Rep.objects.line_of(user)
        return self.filter(Q(rep__in=line) | Q(leader__in=line))

    def managed_by(self, user: User) -> Self:
        """Those of the territories the person is in charge of, and those that the company has set for reps there.

        What reps want of themselves and their teams is not among them.
        """
        if rights.sees_company(user):
            return self.filter(is_company=True)
        reps = Rep.objects.managed_by(user)
        places = Territory.objects.visible_to(user)
        return self.filter(Q(territory__in=places) | Q(is_company=True) & (Q(rep__in=reps) | Q(leader__in=reps)))


class Goal(models.Model):
    """A figure that a territory (a market: the company there), a leader's team or a rep is to reach in a campaign."""

    class Measure(models.TextChoices):
        """What is counted."""

        ORDERS = "orders", _("orders")
        NET_SALES = "net_sales", _("net sales")
        ACTIVITY = "activity", _("activity %")
        RECRUITS = "recruits", _("recruits")
        CALLS = "calls", _("calls")
        FOLLOW_UPS = "follow_ups", _("follow-ups kept")

    rep = models.ForeignKey(
        Rep, on_delete=models.CASCADE, null=True, blank=True, db_index=False, related_name="goals", verbose_name=_("rep, alone")
    )
    leader = models.ForeignKey(
        Rep,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        db_index=False,
        related_name="team_goals",
        verbose_name=_("leader, with the team"),
    )
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="goals", verbose_name=_("territory")
    )
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="goals", verbose_name=_("campaign"))
    measure = models.CharField(_("measure"), max_length=10, choices=Measure, default=Measure.NET_SALES)
    target = models.DecimalField(_("goal"), max_digits=12, decimal_places=2)
    is_company = models.BooleanField(_("set by the company"), default=False)  # a rep's own word goes before it

    objects = GoalQuerySet.as_manager()

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        permissions = [("import_goal", _("Can import goals"))]
        indexes = [models.Index(fields=["-id"], condition=Q(is_company=True), name="goal_of_company")]
        constraints = [
            models.UniqueConstraint(fields=["rep", "campaign", "measure"], name="goal_of_rep_once"),
            models.UniqueConstraint(fields=["leader", "campaign", "measure"], condition=Q(leader__isnull=False), name="goal_of_team_once"),
            models.UniqueConstraint(
                fields=["territory", "campaign", "measure"],
                condition=Q(territory__isnull=False),
                name="goal_of_territory_once",
                violation_error_message=_("The territory has this goal in the campaign already: change that one."),
            ),
            models.CheckConstraint(
                condition=Q(rep__isnull=False, leader=None, territory=None)
                | Q(rep=None, leader__isnull=False, territory=None)
                | Q(rep=None, leader=None, territory__isnull=False),
                name="goal_has_one_owner",
            ),
            models.CheckConstraint(condition=Q(territory=None) | Q(is_company=True), name="goal_of_territory_is_the_companys"),
            models.CheckConstraint(condition=Q(target__gt=0), name="goal_is_positive"),
            models.CheckConstraint(
                condition=Q(measure="net_sales")
                | Q(measure="activity", target__lte=MOST_PERCENT)
                | Q(measure__in=("orders", "recruits", "calls", "follow_ups"), target__lte=MOST_COUNT, target=Floor("target")),
                name="goal_fits_measure",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.campaign_id}, {self.measure}: {self.target}"

    @property
    def owner(self) -> Rep | Territory:
        """Whose it is (read with select_related)."""
        return self.rep or self.leader or self.territory


class GoalChangeQuerySet(models.QuerySet):
    """What became of goals, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those of a rep's own goals and those for the own team, and of the reps below."""
        line = Rep.objects.line_of(user)
        return self.filter(Q(rep__in=line) | Q(leader__in=line))

    def managed_by(self, user: User) -> Self:
        """Those of the territories the person is in charge of, and of goals of reps there while these were the company's."""
        return self.filter(
            Q(territory__in=Territory.objects.visible_to(user))
            | Q(is_company=True) & (Q(rep__in=Rep.objects.managed_by(user)) | Q(leader__in=Rep.objects.managed_by(user)))
        )


class GoalChange(models.Model):
    """A goal was set (`before` empty), changed or withdrawn (`after` empty): when, by whom. Rows are only added.

    Of a file of the company's (`by` who uploaded it) as well as of people.
    """

    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, null=True, db_index=False, related_name="+", verbose_name=_("rep, alone"))
    leader = models.ForeignKey(
        Rep, on_delete=models.CASCADE, null=True, db_index=False, related_name="+", verbose_name=_("leader, with the team")
    )
    territory = models.ForeignKey(
        Territory, on_delete=models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("territory")
    )
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", verbose_name=_("campaign"))
    measure = models.CharField(_("measure"), max_length=10, choices=Goal.Measure)
    before = models.DecimalField(_("before"), max_digits=12, decimal_places=2, null=True)
    after = models.DecimalField(_("after"), max_digits=12, decimal_places=2, null=True)
    is_company = models.BooleanField(_("set by the company"), default=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, db_index=False, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("when"), default=timezone.now)

    objects = GoalChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a goal")
        verbose_name_plural = _("changes of goals")
        indexes = [
            models.Index(fields=["rep", "campaign", "at"], condition=Q(rep__isnull=False), name="goal_change_of_rep"),
            models.Index(fields=["leader", "campaign", "at"], condition=Q(leader__isnull=False), name="goal_change_of_team"),
            models.Index(fields=["territory", "campaign", "at"], condition=Q(territory__isnull=False), name="goal_change_of_place"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(rep__isnull=False, leader=None, territory=None)
                | Q(rep=None, leader__isnull=False, territory=None)
                | Q(rep=None, leader=None, territory__isnull=False),
                name="goal_change_has_one_owner",
            ),
            models.CheckConstraint(condition=Q(before__isnull=False) | Q(after__isnull=False), name="goal_change_changes"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}, {self.measure}: {self.before} > {self.after}"


class GoalSuggestionQuerySet(models.QuerySet):
    """Suggestions, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those to the rep who the person is, and those that the person has made."""
        return self.filter(rights.mine(user, "rep") | Q(by=user))


class GoalSuggestion(models.Model):
    """Somebody above suggests a goal to a rep. The rep takes it or does not (`taken`; None: not said yet). The last word counts."""

    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, db_index=False, related_name="goal_suggestions", verbose_name=_("rep"))
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", verbose_name=_("campaign"))
    measure = models.CharField(_("measure"), max_length=10, choices=Goal.Measure)
    target = models.DecimalField(_("goal"), max_digits=12, decimal_places=2)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    taken = models.BooleanField(_("taken"), null=True)

    objects = GoalSuggestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suggested goal")
        verbose_name_plural = _("suggested goals")
        constraints = [
            models.UniqueConstraint(fields=["rep", "campaign", "measure", "by"], name="goal_suggestion_once"),
            models.CheckConstraint(condition=Q(target__gt=0), name="goal_suggestion_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.rep_id} {self.campaign_id}, {self.measure}: {self.target}"
