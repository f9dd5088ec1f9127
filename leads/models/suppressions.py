"""Who asked the company not to be contacted."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Suppression(models.Model):
    """Somebody asked the company not to be contacted. Kept as a keyed hash: the table does not tell whom (see leads.suppression)."""

    class Kind(models.TextChoices):
        """What is kept."""

        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")

    key = models.BinaryField(max_length=32)
    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    why = models.CharField(_("why"), max_length=200)
    at = models.DateTimeField(_("since"), default=timezone.now)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("lifted by")
    )
    lifted_why = models.CharField(_("why it was lifted"), max_length=200, blank=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True)

    class Meta:
        verbose_name = _("company refusal")
        verbose_name_plural = _("people who asked not to be contacted")
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(lifted_at=None), name="suppression_once"),
            models.CheckConstraint(condition=~Q(why=""), name="suppression_has_reason"),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None, lifted_why="")
                | Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lifted_why=""),
                name="suppression_lifted_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"suppression {self.pk}"
