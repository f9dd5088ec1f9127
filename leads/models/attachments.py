"""Pictures and documents that a rep keeps with a lead."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.models.people import Lead
from teams.models import User

ATTACHMENTS = 20  # of one lead
ATTACHMENT_LARGEST = 10 * 2**20  # bytes
ATTACHMENT_NAME_LONGEST = 120


class AttachmentQuerySet(models.QuerySet):
    """Attachments, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those of one's own leads."""
        return self.filter(lead__in=Lead.objects.visible_to(user))


class Attachment(models.Model):
    """A file as it came; what it is was read from its content. `file` is its name in the store (see leads.attachments)."""

    class Kind(models.TextChoices):
        """What is allowed, as the web names it."""

        JPEG = "image/jpeg", "JPEG"
        PNG = "image/png", "PNG"
        WEBP = "image/webp", "WebP"
        PDF = "application/pdf", "PDF"

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="attachments")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=ATTACHMENT_NAME_LONGEST)
    kind = models.CharField(max_length=15, choices=Kind)
    size = models.PositiveIntegerField()  # bytes
    file = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField(default=timezone.now)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0, size__lte=ATTACHMENT_LARGEST), name="attachment_is_bounded"),
            models.CheckConstraint(condition=~Q(name=""), name="attachment_is_named"),
        ]

    def __str__(self) -> str:
        return f"attachment {self.pk}"

    @property
    def is_image(self) -> bool:
        """Whether a browser shows it as a picture."""
        return self.kind.startswith("image/")
