"""When to come back to a lead."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.models.people import Lead
from teams.models import User


class ReminderQuerySet(models.QuerySet):
    """Reminders, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those about one's own leads."""
        return self.filter(lead__in=Lead.objects.visible_to(user))


class Reminder(models.Model):
    """A person set it: come back to this lead at this wall-clock time. `due_at` is that time's moment in `zone`."""

    class State(models.TextChoices):
        """Open until done or withdrawn."""

        OPEN = "open", _("open")
        DONE = "done", _("done")
        CANCELLED = "cancelled", _("withdrawn")

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="reminders")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    day = models.DateField(_("day"))
    time = models.TimeField(_("time"))
    zone = models.CharField(max_length=64)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [models.CheckConstraint(condition=Q(state="open") ^ Q(ended_at__isnull=False), name="reminder_open_or_ended")]
        indexes = [
            models.Index(fields=["lead", "due_at"], condition=Q(state="open"), name="reminder_open"),
            models.Index(fields=["lead", "-created_at"], name="reminder_timeline"),
            models.Index(fields=["day"], name="reminder_day"),  # the reminders of a campaign are counted
        ]

    def __str__(self) -> str:
        return f"reminder {self.pk}"
