"""What is told to whom and when. A row here is the truth; workers and the broker only carry it out."""

import datetime as dt
import secrets
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.topics import Topic

MUTED = 50  # rules of one person


def new_token() -> str:
    """What nobody guesses."""
    return secrets.token_urlsafe(32)


def useless_at() -> dt.datetime:
    """When a code is good for nothing any more."""
    return timezone.now() + dt.timedelta(minutes=10)


class NotificationQuerySet(models.QuerySet):
    """Notifications, always asked for through the person who looks."""

    def visible_to(self, user: models.Model) -> Self:
        """A person's own; nothing once the log-in is switched off."""
        return self.filter(recipient=user) if user.is_active else self.none()

    def for_inbox(self) -> Self:
        """What has arrived, newest first (due is a question of the clock, not of a worker)."""
        return self.arrived().order_by("-due_at", "-pk")

    def withdraw(self) -> int:
        """Take these back, from the inbox too: they no longer hold, and offer nothing to do; returns how many that were."""
        told = self.exclude(state=Notification.State.CANCELLED)
        return told.update(state=Notification.State.CANCELLED, lease_until=None, acts={})

    def unread(self) -> Self:
        """Arrived and not yet seen."""
        return self.arrived().filter(read_at=None)

    def arrived(self) -> Self:
        """In the app from their minute on. Of a digest there stands what it tells, not the digest."""
        return self.filter(state__in=Notification.ARRIVED, due_at__lte=timezone.now()).exclude(kind=Notification.Kind.DIGEST)


class Notification(models.Model):
    """One thing to tell one person at one moment. `key` names its cause: a new one of that key replaces the one that waits."""

    class Kind(models.TextChoices):
        """Why it is told."""

        REMINDER = "reminder", _("reminder")
        SUMMARY = "summary", _("summary of a closed campaign")
        JOB = "job", _("result of an import")
        NOTICE = "notice", _("notice")
        NUDGE = "nudge", _("nudge")  # suggested by a rule; when it is told, notifications.deciding says
        DIGEST = "digest", _("digest")

    class State(models.TextChoices):
        """Where it stands on its way."""

        HELD = "held", _("waiting for its moment")  # a nudge that deciding has not let go yet
        DUE = "due", _("waiting")
        LEASED = "leased", _("being sent")
        LATER = "later", _("to be tried again")
        DONE = "done", _("sent")
        CANCELLED = "cancelled", _("withdrawn")
        DEAD = "dead", _("given up")
        DROPPED = "dropped", _("left out")  # more nudges than a day may have

    WAITING = (State.DUE, State.LEASED, State.LATER)
    ARRIVED = (*WAITING, State.DONE, State.DEAD)  # in the app it stands from its minute on, whatever the push did

    ACTS = {"done": _("Done"), "snooze": _("Tomorrow 10:00")}
    PAGES = {"message": _("Message")}  # what is gone to instead, to be done there

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    key = models.CharField(_("key"), max_length=60)
    subject = models.CharField(_("subject"), max_length=60, blank=True)
    title = models.CharField(_("title"), max_length=200)
    text = models.CharField(_("text"), max_length=500, blank=True)
    url = models.CharField(_("address"), max_length=200)
    acts = models.JSONField(default=dict, blank=True)  # done on the spot: a name in ACTS -> where to post, one in PAGES -> a page
    # Of a nudge: how much it matters (more first), the sentence that says why it is told, the rule by which it can be muted, and
    # whether a digest tells it instead of a push of its own.
    priority = models.PositiveSmallIntegerField(_("priority"), default=0, db_default=0)
    why = models.CharField(_("why"), max_length=200, blank=True, db_default="")
    mute = models.CharField(_("rule"), max_length=30, choices=Topic, blank=True, default="", db_default="")
    in_digest = models.BooleanField(_("in the digest"), default=False, db_default=False)
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DUE)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    crashes = models.PositiveSmallIntegerField(_("lost with a worker"), default=0, db_default=0)  # leases that ended unheard of
    # The lease's end is also its token: whoever changes it ends the lease. Of one to be tried again: not before this.
    lease_until = models.DateTimeField(null=True)
    pushed_to = ArrayField(models.BigIntegerField(), default=list)  # devices that have it: a second try leaves them out
    sent_at = models.DateTimeField(_("sent"), null=True)
    read_at = models.DateTimeField(_("read"), null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        permissions = [("replay_notification", "Can have messages tried again")]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "key"], condition=Q(state__in=["due", "leased", "later"]), name="notification_waits_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["leased", "later"], lease_until__isnull=False) | ~Q(state__in=["leased", "later"]),
                name="notification_lease_ends",
            ),
            # A nudge is told once for its cause, whatever became of it.
            models.UniqueConstraint(fields=["recipient", "key"], condition=Q(kind="nudge"), name="notification_nudges_once"),
            models.CheckConstraint(condition=Q(kind="nudge") ^ Q(mute=""), name="notification_nudge_has_rule"),
            models.CheckConstraint(condition=Q(kind="nudge") | ~Q(state="held"), name="notification_nudges_are_held"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="due") & ~Q(kind="reminder"), name="notification_due_other"),
            models.Index(fields=["due_at"], condition=Q(state="due", kind="reminder"), name="notification_due_reminder"),
            models.Index(fields=["-due_at", "-id"], condition=Q(state="dead"), name="notification_dead"),
            models.Index(fields=["due_at"], condition=Q(state="held"), name="notification_held"),
            models.Index(fields=["id"], condition=Q(kind="nudge", state="done", read_at=None), name="notification_nudge_unread"),
            models.Index(fields=["lease_until"], condition=Q(state__in=["leased", "later"]), name="notification_leased"),
            models.Index(fields=["recipient", "-due_at"], name="notification_inbox"),
            models.Index(fields=["key"], name="notification_key"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Preference(models.Model):
    """How a person wants to be told. Language and time zone stand in the user's row; who has no row here has the defaults."""

    QUIET_FROM, QUIET_TO, CAP = dt.time(21), dt.time(8), 8

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="preference")
    quiet_from = models.TimeField(_("quiet from"), default=QUIET_FROM)  # wall-clock; equal to quiet_to: never quiet
    quiet_to = models.TimeField(_("quiet until"), default=QUIET_TO)
    cap = models.PositiveSmallIntegerField(_("nudges a day at most"), default=CAP)
    muted = ArrayField(models.CharField(max_length=30), size=MUTED, default=list, blank=True, verbose_name=_("muted rules"))
    by_email = models.BooleanField(_("e-mail when push is off"), default=True)
    remind_by_email = models.BooleanField(_("reminders by e-mail when push is off"), default=False, db_default=False)
    token = models.CharField(max_length=43, unique=True, default=new_token)  # of the link by which mails are ended

    class Meta:
        verbose_name = _("notification settings")
        verbose_name_plural = _("notification settings")
        constraints = [models.CheckConstraint(condition=Q(cap__lte=100), name="preference_cap")]

    def __str__(self) -> str:
        return f"preference {self.pk}"

    @property
    def gets_mails(self) -> bool:
        """Whether anything may come by e-mail."""
        return self.by_email or self.remind_by_email

    @classmethod
    def of(cls, user: models.Model) -> Self:
        """The person's row, or one with the defaults that is not saved."""
        return cls.objects.filter(user=user).first() or cls(user=user)


class Device(models.Model):
    """A browser that takes push messages. Registered again under another log-in, it moves there."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="devices")
    endpoint = models.CharField(max_length=1000, unique=True)
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=40)
    label = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")

    def __str__(self) -> str:
        return self.label or f"device {self.pk}"


class PushKey(models.Model):
    """The one key pair by which push services know this deployment (VAPID). Made on first use; browsers subscribe to it."""

    only = models.BooleanField(primary_key=True, default=True)
    private = models.CharField(max_length=100)
    public = models.CharField(max_length=120)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only=True), name="push_key_is_one")]

    def __str__(self) -> str:
        return "push key"


class Traffic(models.Model):
    """What was told in one hour, of one kind, by how many seconds late it was; what is to be tried again; what was given up."""

    hour = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=Notification.Kind)
    in_5 = models.IntegerField(default=0)
    in_10 = models.IntegerField(default=0)
    in_30 = models.IntegerField(default=0)
    in_60 = models.IntegerField(default=0)
    in_300 = models.IntegerField(default=0)
    beyond = models.IntegerField(default=0)
    later = models.IntegerField(default=0)
    dead = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hour", "kind"], name="traffic_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.hour:%Y-%m-%d %H}"


class Letter(models.Model):
    """A few words on their way to a phone or an e-mail address: a code, a digest. Gone when they have left, or are of no use any more.

    Empty `to`: sent to nobody.
    """

    class Way(models.TextChoices):
        """How it travels."""

        SMS = "sms", _("text message")
        EMAIL = "email", _("e-mail")

    way = models.CharField(max_length=5, choices=Way)
    to = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    unsubscribe = models.CharField(
        max_length=300, blank=True, db_default=""
    )  # the address that ends such mails, of those that can be ended
    ends_at = models.DateTimeField(default=useless_at)  # then it is of no use any more
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)  # moved on by whoever takes it: nobody else does until then
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["not_before"], name="letter_waiting")]

    def __str__(self) -> str:
        return f"letter {self.pk}"
