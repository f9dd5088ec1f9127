"""When to come back to a lead, and tasks: the same about no lead, with a title."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.models.people import Lead
from teams import rights
from teams.models import Rep, User

TITLE_LONGEST = 200  # characters of a task


class ReminderQuerySet(models.QuerySet):
    """Reminders and tasks, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """One's own."""
        return self.filter(rights.mine(user, "owner"))

    def open(self) -> Self:
        """Neither done nor withdrawn nor missed."""
        return self.filter(state=Reminder.State.OPEN)


class Reminder(models.Model):
    """A person set it: come back to this lead, or to this task, at this wall-clock time. `due_at` is that time's moment in `zone`.

    One that repeats is a row for each time: the row that ends makes the next one (`after` names it).
    """

    class State(models.TextChoices):
        """Open until done or withdrawn; one that repeats is missed when its next time comes."""

        OPEN = "open", _("open")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("withdrawn")
        MISSED = "missed", _("missed")

    class Repeat(models.TextChoices):
        """How often it comes again, always at the same wall-clock time."""

        NEVER = "", _("Once")
        DAILY = "daily", _("Every day")
        WORKDAYS = "workdays", _("On work days")
        WEEKLY = "weekly", _("Every week")

    owner = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="reminders", db_index=False)  # also of the lead
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, null=True, related_name="reminders")
    title = models.CharField(_("task"), max_length=TITLE_LONGEST, blank=True)  # of a task: exactly one of lead and title
    repeat = models.CharField(_("repeat"), max_length=10, choices=Repeat, default=Repeat.NEVER, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    day = models.DateField(_("day"))
    time = models.TimeField(_("time"))
    zone = models.CharField(max_length=64)
    due_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)  # when it comes again, of an open one that repeats
    after = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="next", db_index=False)  # the time before
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.CheckConstraint(condition=Q(state="open") ^ Q(ended_at__isnull=False), name="reminder_open_or_ended"),
            models.CheckConstraint(condition=Q(lead__isnull=False) ^ ~Q(title=""), name="reminder_lead_or_title"),
            models.CheckConstraint(
                condition=Q(next_at__isnull=True) | Q(next_at__gt=F("due_at")) & ~Q(repeat="") & Q(state="open"),
                name="reminder_next_is_later",
            ),
            models.UniqueConstraint(fields=["after"], condition=Q(after__isnull=False), name="reminder_comes_again_once"),
        ]
        indexes = [
            models.Index(fields=["owner", "due_at"], condition=Q(state="open"), name="reminder_ahead"),
            models.Index(fields=["owner", "-ended_at"], condition=Q(ended_at__isnull=False), name="reminder_ended"),
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="reminder_next"),
            models.Index(fields=["lead", "due_at"], condition=Q(state="open"), name="reminder_open"),
            models.Index(fields=["lead", "-created_at"], name="reminder_timeline"),
            models.Index(fields=["day"], name="reminder_day"),  # the reminders of a campaign are counted
        ]

    def __str__(self) -> str:
        return f"reminder {self.pk}"
