"""Ways in: log-ins of browsers, codes to a phone or an e-mail, invitations."""

import datetime as dt
import uuid
from typing import Self

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cotano.lib import text
from teams import rights
from teams.models.people import Rep, Territory, User


class SessionQuerySet(models.QuerySet):
    """Log-ins of browsers."""

    def visible_to(self, user: User) -> Self:
        """One's own, the latest used first; those that would still be let in."""
        now = timezone.now()
        alive = self.filter(user=user, user__is_active=True, expire_date__gt=now)
        if user.is_strict:
            idle, whole = (dt.timedelta(seconds=settings.SESSION_STRICT[name]) for name in ("idle", "whole"))
            alive = alive.filter(seen_at__gt=now - idle, since__gt=now - whole)
        return alive.order_by("-seen_at", "session_key")


class Session(AbstractBaseSession):
    """Django's session with the person whose log-in it holds (nobody's before that)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="sessions")
    number = models.UUIDField(db_index=True, default=uuid.uuid4)  # by which a page names it: the key itself is a secret
    since = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    browser = models.CharField(max_length=80, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta(AbstractBaseSession.Meta):
        constraints = [models.CheckConstraint(condition=Q(user=None) | Q(since__isnull=False, seen_at__isnull=False), name="session_seen")]

    def __str__(self) -> str:
        return f"session of {self.user_id}"


class Code(models.Model):
    """Six digits on their way to a phone or an e-mail address. Who holds `key` may try a few times, for a few minutes.

    One that was asked for with an unknown phone has no digest: it looks like any other and is never right.
    """

    class Purpose(models.TextChoices):
        """What it opens."""

        LOGIN = "login", _("log-in")
        JOIN = "join", _("invitation")
        PHONE = "phone", _("new phone")
        EMAIL = "email", _("new e-mail")
        AGAIN = "again", _("once more who one is")

    key = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=5, choices=Purpose)
    to = models.CharField(max_length=254)
    digest = models.CharField(max_length=64, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, null=True, related_name="+")  # on the roster, yet without a log-in
    invitation = models.ForeignKey("Invitation", on_delete=models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=text.NAME_LONGEST, blank=True)  # typed with an invitation
    tries = models.PositiveSmallIntegerField(default=0)
    sendings = models.PositiveSmallIntegerField(default=1)
    made_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["made_at"], name="code_made")]

    def __str__(self) -> str:
        return f"code {self.pk}"


class InvitationQuerySet(models.QuerySet):
    """Invitations, always asked for through who made them."""

    def visible_to(self, user: User) -> Self:
        """One's own."""
        return self.filter(rights.mine(user, "sponsor"))

    def waiting(self) -> Self:
        """Those that still open the door."""
        return self.filter(used_at=None, revoked_at=None, expires_at__gt=timezone.now(), sponsor__status=Rep.Status.ACTIVE)


class Invitation(models.Model):
    """A link by which one newcomer joins under a rep, once. Only the token's hash is kept: the link is shown when it is made."""

    digest = models.CharField(max_length=64, unique=True)
    sponsor = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="invitations")
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(used_at=None) ^ Q(used_by__isnull=False), name="invitation_used_by")]

    def __str__(self) -> str:
        return f"invitation {self.pk}"
