"""What the company and its people did to reps: other sponsors, removals, returns. Rows stay."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from teams import rights
from teams.models.numbers import NUMBERS, YEARS
from teams.models.people import Rep, User


class HistoryQuerySet(models.QuerySet):
    """What happened to reps, always asked for through the person who looks."""

    def managed_by(self, user: User) -> Self:
        """What happened to the reps the person is in charge of."""
        return self.filter(rep__in=Rep.objects.managed_by(user))


class SponsorChangeQuerySet(HistoryQuerySet):
    """Changes of sponsor."""

    def naming(self, user: User) -> Self:
        """With the territories whose reps may be named to the person: what the words of a change need."""
        places = rights.territories_of(user)
        named = {f"{side}_named": Exists(places.filter(pk=OuterRef(f"{side}__territory"))) for side in ("was", "to")}
        return self.annotate(**named).select_related("rep", "was", "to", "by", "settled_by")


class SponsorChange(models.Model):
    """A rep gets another sponsor: who wanted it, when and why. Rows are added and settled, never removed.

    A planned one names the campaign it starts with, of the rep's calendar, and waits for it. `to` and `was` None: no sponsor, a root.
    """

    class State(models.TextChoices):
        """Where it stands."""

        PLANNED = "planned", _("planned")
        APPLIED = "applied", _("applied")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Cause(models.TextChoices):
        """Where it comes from."""

        PERSON = "person", _("a person")
        ROSTER = "roster", _("the roster")
        ROLL_UP = "roll_up", _("the sponsor was removed")

    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, db_index=False, related_name="sponsor_changes", verbose_name=_("rep"))
    was = models.ForeignKey(Rep, on_delete=models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("from"))
    to = models.ForeignKey(Rep, on_delete=models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("to"))
    # A campaign is named by value; the company's roster names none.
    calendar = models.CharField(_("calendar"), max_length=20)
    year = models.PositiveSmallIntegerField(_("year"), null=True)
    number = models.PositiveSmallIntegerField(_("number"), null=True)
    state = models.CharField(_("state"), max_length=9, choices=State)
    cause = models.CharField(_("cause"), max_length=7, choices=Cause)
    why = models.CharField(_("why"), max_length=200, blank=True)
    end = models.CharField(_("why it was withdrawn"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False, related_name="+", verbose_name=_("by"))
    job = models.ForeignKey("jobs.Job", on_delete=models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("file"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    settled_at = models.DateTimeField(_("applied or withdrawn"), null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("withdrawn by")
    )

    objects = SponsorChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of sponsor")
        verbose_name_plural = _("changes of sponsor")
        indexes = [
            models.Index(fields=["rep", "-id"], name="sponsor_change_rep"),
            models.Index(fields=["calendar", "year", "number"], condition=Q(state="planned"), name="sponsor_change_planned"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["rep", "calendar", "year", "number"], condition=Q(state="planned"), name="sponsor_change_planned_once"
            ),
            models.CheckConstraint(condition=~Q(to=models.F("rep")) & ~Q(was=models.F("rep")), name="sponsor_change_names_others"),
            models.CheckConstraint(condition=Q(was__isnull=False) | Q(to__isnull=False), name="sponsor_change_changes"),
            models.CheckConstraint(condition=Q(state="planned") ^ Q(settled_at__isnull=False), name="sponsor_change_settled"),
            models.CheckConstraint(
                condition=Q(year=None, number=None) & ~Q(state="planned")
                | Q(year__isnull=False, number__isnull=False, year__range=YEARS, number__range=NUMBERS),
                name="sponsor_change_campaign",
            ),
            models.CheckConstraint(condition=~Q(cause="person") | ~Q(why=""), name="sponsor_change_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.rep}, {self.get_state_display()}"

    @property
    def is_planned(self) -> bool:
        """Whether it waits for its campaign."""
        return self.state == self.State.PLANNED

    # ---- words for people; each needs `naming`
    @property
    def was_words(self) -> str:
        """The sponsor before, unless that one is nobody the person may know of."""
        return _named(self.was, named=self.was_named)

    @property
    def to_words(self) -> str:
        """The same of the sponsor after."""
        return _named(self.to, named=self.to_named)

    @property
    def campaign_words(self) -> str:
        """The campaign it starts with; the company's roster names none."""
        return f"{self.calendar} {self.year}-{self.number:02d}" if self.year else self.calendar

    @property
    def end_words(self) -> str:
        """Why it was withdrawn; what a person has not typed may name the sponsor."""
        told = not self.end or self.settled_by_id or self.to is None or self.to_named
        return self.end if told else gettext("It had become impossible.")


def _named(rep: Rep | None, *, named: bool) -> str:
    if rep is None:
        return gettext("nobody")
    return str(rep) if named else gettext("outside your territories")


class StatusChange(models.Model):
    """The company removed a rep, or took one back: by which file, when and why. Rows are only ever added."""

    class Why(models.TextChoices):
        """What the company's file said."""

        STATUS = "status", _("the roster says so")
        ABSENT = "absent", _("no longer in the roster")

    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, db_index=False, related_name="status_changes", verbose_name=_("rep"))
    status = models.CharField(_("status"), max_length=10, choices=Rep.Status)
    why = models.CharField(_("why"), max_length=6, choices=Why)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False, related_name="+", verbose_name=_("by"))
    job = models.ForeignKey("jobs.Job", on_delete=models.PROTECT, db_index=False, related_name="+", verbose_name=_("file"))
    at = models.DateTimeField(_("when"), default=timezone.now)

    objects = HistoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("removal or return")
        verbose_name_plural = _("removals and returns")
        indexes = [models.Index(fields=["rep", "-id"], name="status_change_rep")]
        constraints = [models.CheckConstraint(condition=~Q(status="active", why="absent"), name="status_change_back_is_said")]

    def __str__(self) -> str:
        return f"{self.rep_id}: {self.status}"
