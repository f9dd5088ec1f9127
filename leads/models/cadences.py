"""Cadences: series of follow-ups, their steps, and the leads who are in one."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from leads.models.people import Lead
from leads.models.timeline import Attempt
from teams import rights, tree
from teams.models import Rep, Territory, User

STEPS = 30  # of one cadence
FARTHEST = {"days": 730, "weeks": 104, "months": 24}  # of a step, by unit: two years


class CadenceQuerySet(models.QuerySet):
    """Cadences, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those of the company in the rep's market, those a leader above has made for the team, and the own ones."""
        rep = user.own_rep
        if rep is None:
            return self.none()
        places = [rep.territory_id, *tree.above(Territory, rep.territory_id)]
        company = Q(reach=Cadence.Reach.COMPANY) & (Q(market=None) | Q(market__in=places))
        return self.filter(company | Q(reach=Cadence.Reach.TEAM, owner__in=tree.above(Rep, rep.pk)) | Q(owner=rep))

    def owned_by(self, user: User) -> Self:
        """The own ones: those a rep may change."""
        return self.filter(rights.mine(user, "owner"))

    def usable(self) -> Self:
        """Those into which leads can be put: in use, with steps, and not what follows everybody's birthday by itself."""
        return self.filter(is_on=True, steps__isnull=False).exclude(start=Cadence.Start.BIRTHDAY).distinct()


class Cadence(models.Model):
    """A series of follow-ups: of the company (of all or one market), of a leader for the own team, or of a rep alone.

    One that comes with the product has no name of its own and speaks the reader's language.
    """

    class Reach(models.TextChoices):
        """Who may put their leads into it."""

        COMPANY = "company", _("the company")
        TEAM = "team", _("my team")
        OWN = "own", _("only me")

    class Start(models.TextChoices):
        """What puts a lead into it."""

        HAND = "hand", _("by hand")
        DELIVERY = "delivery", _("a delivery")
        HOTNESS = "hotness", _("how hot the person is")
        BIRTHDAY = "birthday", _("a birthday")  # of everybody whose birthday is known: nobody is put into it

    class Standard(models.TextChoices):
        """Those that come with the product."""

        TWO_TWO_TWO = "222", _("2-2-2 after a delivery")
        HOT_5 = "hot5", _("Very hot: every 7 days")
        HOT_4 = "hot4", _("Hot: every 14 days")
        HOT_3 = "hot3", _("Warm: every 30 days")
        HOT_2 = "hot2", _("Cool: every 60 days")
        HOT_1 = "hot1", _("Cold: every 90 days")
        BIRTHDAY = "birthday", _("Birthdays")

    owner = models.ForeignKey(Rep, on_delete=models.CASCADE, null=True, blank=True, related_name="cadences", verbose_name=_("rep"))
    reach = models.CharField(_("of"), max_length=7, choices=Reach, default=Reach.COMPANY)
    market = models.ForeignKey(
        Territory,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("market"),
        help_text=_("Empty: all markets."),
    )
    standard = models.CharField(_("comes with Cotano"), max_length=8, choices=Standard, blank=True)
    own_name = models.CharField(_("name"), max_length=60, blank=True)
    start = models.CharField(_("begins with"), max_length=8, choices=Start, default=Start.HAND)
    hotness = models.PositiveSmallIntegerField(_("how hot"), null=True, blank=True)  # 1 to 5, of those that begin with it
    repeats = models.BooleanField(_("begins again after the last step"), default=False)
    is_on = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = CadenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("cadence")
        verbose_name_plural = _("cadences")
        constraints = [
            models.CheckConstraint(condition=Q(reach="company") ^ Q(owner__isnull=False), name="cadence_has_owner"),
            models.CheckConstraint(condition=Q(owner=None) | Q(market=None, standard="", start="hand"), name="cadence_of_rep_is_plain"),
            models.CheckConstraint(condition=Q(standard="") ^ Q(own_name=""), name="cadence_is_named"),
            models.CheckConstraint(
                condition=Q(start="hotness", hotness__isnull=False, hotness__range=(1, 5)) | ~Q(start="hotness") & Q(hotness=None),
                name="cadence_hotness",
            ),
            models.UniqueConstraint(
                fields=["market", "standard"], condition=~Q(standard=""), nulls_distinct=False, name="cadence_standard_once"
            ),
            # What begins by itself is one per market (and one for all the others).
            models.UniqueConstraint(
                fields=["market", "start", "hotness"],
                condition=Q(is_on=True) & ~Q(start="hand"),
                nulls_distinct=False,
                name="cadence_start_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("pipeline:cadence", args=[self.pk])

    @property
    def name(self) -> str:
        """As the reader sees it."""
        return self.own_name or self.get_standard_display()


class Step(models.Model):
    """One follow-up of a cadence, so long after its clock began."""

    class Unit(models.TextChoices):
        """What `after` counts."""

        DAYS = "days", _("days")
        WEEKS = "weeks", _("weeks")
        MONTHS = "months", _("months")

    cadence = models.ForeignKey(Cadence, on_delete=models.CASCADE, related_name="steps", verbose_name=_("cadence"), db_index=False)
    place = models.PositiveSmallIntegerField(_("place"))  # from 1 on
    after = models.PositiveSmallIntegerField(_("after"))
    unit = models.CharField(_("unit"), max_length=6, choices=Unit, default=Unit.DAYS)
    channel = models.CharField(_("way"), max_length=10, choices=Attempt.Channel, blank=True)
    template = models.CharField(_("message template"), max_length=60, blank=True)  # by name: every language has its own
    text = models.CharField(_("what to say or do"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ("place",)
        constraints = [
            models.UniqueConstraint(fields=["cadence", "place"], name="step_place_once", deferrable=models.Deferrable.DEFERRED),
            models.CheckConstraint(condition=Q(place__range=(1, STEPS)), name="step_place_is_small"),
            models.CheckConstraint(
                condition=Q(*(Q(unit=unit, after__lte=most) for unit, most in FARTHEST.items()), _connector=Q.OR),
                name="step_within_two_years",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cadence_id}, step {self.place}"

    @property
    def words(self) -> str:
        """`2 days`: so long after the clock began."""
        said = {
            self.Unit.DAYS: ngettext("%(n)d day", "%(n)d days", self.after),
            self.Unit.WEEKS: ngettext("%(n)d week", "%(n)d weeks", self.after),
            self.Unit.MONTHS: ngettext("%(n)d month", "%(n)d months", self.after),
        }
        return said[self.Unit(self.unit)] % {"n": self.after}


class EnrolmentQuerySet(models.QuerySet):
    """Leads in cadences, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those of one's own leads."""
        return self.filter(lead__in=Lead.objects.visible_to(user))

    def running(self) -> Self:
        """Not ended."""
        return self.filter(ended_at=None)


class Enrolment(models.Model):
    """A lead is in a cadence. `since` is the day on which its clock began: the start, or the last contact after it."""

    class Ended(models.TextChoices):
        """How it ended."""

        DONE = "done", _("all steps done")
        ORDERED = "ordered", _("ordered")
        NOT_INTERESTED = "not_interested", _("not interested")
        WON = "won", _("the card has come to a good end")
        LOST = "lost", _("the card has come to an end")
        DO_NOT_CONTACT = "do_not_contact", _("do not contact")
        REFUSED = "refused", _("asked the company not to be contacted")
        BY_HAND = "by_hand", _("ended by hand")
        ANEW = "anew", _("began anew")
        GONE = "gone", _("the cadence is no longer in use")

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="enrolments", db_index=False)
    cadence = models.ForeignKey(Cadence, on_delete=models.PROTECT, related_name="enrolments", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    about = models.CharField(max_length=60, blank=True)  # what it began with: "purchase:71"
    words = models.CharField(max_length=120, blank=True)  # the same for people: what was delivered
    started_on = models.DateField()
    since = models.DateField()
    place = models.PositiveSmallIntegerField(default=1)  # of the next step
    next_day = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_as = models.CharField(max_length=14, choices=Ended, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("lead in a cadence")
        verbose_name_plural = _("leads in cadences")
        constraints = [
            models.UniqueConstraint(fields=["lead", "cadence"], condition=Q(ended_at=None), name="enrolment_runs_once"),
            models.CheckConstraint(condition=Q(ended_at=None) ^ Q(next_day=None), name="enrolment_runs_or_ended"),
            models.CheckConstraint(condition=Q(ended_at=None) ^ ~Q(ended_as=""), name="enrolment_ended_has_reason"),
            models.CheckConstraint(condition=Q(since__gte=models.F("started_on")), name="enrolment_since_start"),
        ]
        indexes = [
            models.Index(fields=["next_day"], include=["lead"], condition=Q(ended_at=None), name="enrolment_due"),
            models.Index(fields=["lead", "next_day"], name="enrolment_lead"),
            models.Index(fields=["cadence"], condition=Q(ended_at=None), name="enrolment_cadence"),
        ]

    def __str__(self) -> str:
        return f"enrolment {self.pk}"
