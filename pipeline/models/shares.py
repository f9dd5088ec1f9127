"""Who may see another rep's boards."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from teams import rights
from teams.models import Rep, User


class ShareQuerySet(models.QuerySet):
    """Shares, always asked for through the person who looks."""

    def given_by(self, user: User) -> Self:
        """Those of the person's own boards, the ones that hold and the revoked ones."""
        return self.filter(rights.mine(user, "owner"))

    def held_by(self, user: User) -> Self:
        """Those that let the person see another rep's boards. Both must be on file and able to log in."""
        owner_is_here = Q(owner__status=Rep.Status.ACTIVE, owner__user__is_active=True)
        return self.holding().filter(rights.mine(user, "helper"), owner_is_here)

    def visible_to(self, user: User) -> Self:
        """Both kinds."""
        return self.given_by(user) | self.filter(pk__in=self.model.objects.held_by(user))

    def holding(self) -> Self:
        """Not revoked."""
        return self.filter(revoked_at=None)


class Share(models.Model):
    """A rep lets a helper, from the upline or a mentor, see the own boards, from the one of that day on until it is revoked."""

    owner = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="shares_given")
    # None when nobody has the code or phone that was typed: the owner must not learn whether somebody has.
    helper = models.ForeignKey(Rep, on_delete=models.PROTECT, null=True, related_name="shares_held")
    typed = models.CharField(max_length=30, blank=True)  # how the owner named a mentor; "" for somebody of the upline
    may_comment = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        constraints = [
            models.UniqueConstraint(fields=["owner", "helper"], condition=Q(revoked_at=None, typed=""), name="share_once_per_upline"),
            models.UniqueConstraint(fields=["owner", "typed"], condition=Q(revoked_at=None) & ~Q(typed=""), name="share_once_as_typed"),
            models.CheckConstraint(condition=~Q(helper=F("owner")), name="share_with_another"),
            models.CheckConstraint(condition=Q(helper__isnull=False) | ~Q(typed=""), name="share_names_somebody"),
        ]

    def __str__(self) -> str:
        return f"share {self.pk}"
