"""People and places: users, reps in their sponsor tree, territories, who manages what, what was done on which day."""

from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cotano.lib import phones, text
from teams import rights
from teams.models.numbers import NUMBERS
from teams.tree import NodeForeignKey, NodeManager, NodeQuerySet, TreeNode, label_constraints, level_index, order_index


class UserManager(BaseUserManager):
    """Makes users by phone or e-mail."""

    def create_user(self, *, phone: str | None = None, email: str | None = None, password: str | None = None, **fields: object) -> "User":
        """Save a new user; at least one of phone (E.164) and e-mail is needed."""
        user = self.model(phone=phone or None, email=self.normalize_email(email).lower() if email else None, **fields)
        user.set_password(password)
        user.save(using=self._db, force_insert=True)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """A user who may do everything in the admin."""
        return self.create_user(email=email, password=password, **{**fields, "is_staff": True, "is_superuser": True})


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who logs in: a rep, a manager, staff, an analyst. What they may see follows from rep, assignment and permissions."""

    class Theme(models.TextChoices):
        """How the pages look."""

        PHONE = "", _("As the phone")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    phone = models.CharField(_("phone"), max_length=16, unique=True, null=True, blank=True)
    email = models.EmailField(_("e-mail"), unique=True, null=True, blank=True)
    name = models.CharField(_("name"), max_length=text.NAME_LONGEST)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="en")
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    theme = models.CharField(_("appearance"), max_length=8, choices=Theme, blank=True, default=Theme.PHONE)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_active = models.BooleanField(_("may log in"), default=True)
    date_joined = models.DateTimeField(_("since"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(condition=Q(phone__isnull=False) | Q(email__isnull=False), name="user_has_phone_or_email"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower"),
            models.CheckConstraint(condition=Q(phone__startswith="+"), name="user_phone_is_e164"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        """For the admin's header."""
        return self.name

    @property
    def is_strict(self) -> bool:
        """Whether the log-in opens the admin: shorter sessions, a second factor."""
        return self.is_staff or self.is_superuser

    @property
    def own_rep(self) -> "Rep | None":
        """The rep who this user is; None for managers and staff, and for a rep the company has removed."""
        try:
            rep = self.rep
        except ObjectDoesNotExist:
            return None
        return rep if rights.is_own(self, rep) else None


class TerritoryQuerySet(NodeQuerySet):
    """Territories, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those the person is in charge of."""
        return self.filter(rights.places(user))


class Territory(TreeNode):
    """A market, a region or a territory. What is blank is taken from the one above."""

    class Kind(models.TextChoices):
        """Its level."""

        MARKET = "market", _("market")
        REGION = "region", _("region")
        TERRITORY = "territory", _("territory")

    class Group(models.TextChoices):
        """Its side in a comparison of pilot and control."""

        NONE = "", _("none")
        PILOT = "pilot", _("pilot")
        CONTROL = "control", _("control")

    code = models.CharField(_("code"), max_length=20, unique=True)
    parent = NodeForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of"))
    name = models.CharField(_("name"), max_length=text.NAME_LONGEST)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, blank=True)
    group = models.CharField(_("group"), max_length=10, choices=Group, blank=True)

    objects = NodeManager.from_queryset(TerritoryQuerySet)()

    class Meta:
        verbose_name = _("territory")
        verbose_name_plural = _("territories")
        permissions = [("import_territory", _("Can import territories"))]
        constraints = [
            *label_constraints("territory"),
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="territory_is_named"),
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="territory_parent_is_another"),
            models.CheckConstraint(
                condition=~Q(kind="market") | (~Q(time_zone="") & ~Q(currency="") & ~Q(language="")),
                name="market_has_zone_currency_language",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    @property
    def region(self) -> str:
        """The country in whose way a market writes phone numbers: its code begins with it ("UA", "UA-N-01"); "" if unknown."""
        country = self.code[:2].upper()
        return country if country in phones.REGIONS else ""


class Assignment(models.Model):
    """A manager's territory (with all below it)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments", verbose_name=_("manager"))
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("territory"))

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [models.UniqueConstraint(fields=["user", "territory"], name="assignment_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.territory}"


class RepQuerySet(NodeQuerySet):
    """Reps, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those of whom the person may know at all: the line of a rep, and those the person is in charge of."""
        return self.filter(rights.managed(user) | rights.line(user)) if not rights.sees_company(user) else self

    def managed_by(self, user: User) -> Self:
        """Those the person is in charge of, for the pages of managers and staff; a manager's own line is not among them."""
        return self.filter(rights.managed(user))

    def line_of(self, user: User) -> Self:
        """The rep who the person is, with all below, for the pages of reps."""
        return self.filter(rights.line(user))

    def on_file(self) -> Self:
        """Not removed by the company."""
        return self.filter(status=Rep.Status.ACTIVE)


class Rep(TreeNode):
    """An independent representative, placed under the rep who recruited them. Known from the roster, with or without a log-in."""

    class Status(models.TextChoices):
        """What the company's roster says."""

        ACTIVE = "active", _("on file")
        REMOVED = "removed", _("removed")

    # Every index here is written anew when labels move, so each serves as many readers as it can: in this order of letters the one
    # of the constraint finds beginnings of a code too.
    code = models.CharField(_("code"), max_length=20, db_collation="C")
    sponsor = NodeForeignKey(  # an index below begins with it
        "self", on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="recruits", verbose_name=_("sponsor")
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="rep", verbose_name=_("log-in")
    )
    name = models.CharField(_("name"), max_length=text.NAME_LONGEST)
    phone = models.CharField(_("phone"), max_length=16, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    # two indexes below begin with it
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="reps", verbose_name=_("territory"), db_index=False)
    # A campaign is named by value: calendar code, year and number.
    calendar = models.CharField(_("calendar"), max_length=20)
    joined_year = models.PositiveSmallIntegerField(_("joined in year"))
    joined_number = models.PositiveSmallIntegerField(_("joined in campaign"))
    title = models.CharField(_("title"), max_length=60, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default="en")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    removed_on = models.DateField(_("removed on"), null=True, blank=True)  # closed campaigns keep who was on file in them
    first_seen_at = models.DateTimeField(_("first seen"), default=timezone.now)

    objects = NodeManager.from_queryset(RepQuerySet)()

    class MPTTMeta:
        parent_attr = "sponsor"

    class Meta:
        verbose_name = _("rep")
        verbose_name_plural = _("reps")
        permissions = [
            ("export_rep", _("Can export the roster")),
            ("import_rep", _("Can import the roster")),
            ("see_company", _("Can see the reps and figures of the whole company")),
            ("change_sponsor", _("Can put a rep under another sponsor")),
        ]
        indexes = [
            level_index("rep_level", condition=Q(status="active")),
            models.Index(fields=["sponsor", "status", "name", "id"], name="rep_recruits"),
            GinIndex(SearchVector("name", config="simple"), name="rep_words"),
            models.Index(fields=["phone"], opclasses=["varchar_pattern_ops"], condition=~Q(phone=""), name="rep_phone"),
            order_index("rep_territory_tree", "territory"),
            models.Index(fields=["territory", "calendar", "joined_year", "joined_number"], name="rep_on_file"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="rep_code_once"),
            *label_constraints("rep", include=["status"]),  # so that those on file are counted without reading them
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="rep_is_named"),
            models.CheckConstraint(condition=~Q(sponsor=models.F("id")), name="rep_sponsor_is_another"),
            models.CheckConstraint(condition=Q(joined_number__range=NUMBERS), name="rep_joined_number_1_99"),
            models.CheckConstraint(condition=Q(phone="") | Q(phone__startswith="+"), name="rep_phone_is_e164"),
            models.CheckConstraint(condition=Q(status="removed") ^ Q(removed_on=None), name="rep_removed_has_day"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class TouchQuerySet(models.QuerySet):
    """Touches, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those of the reps of whom the person may know."""
        return self.filter(rep__in=Rep.objects.visible_to(user))

    def newest_first(self) -> Self:
        """As a list shows them."""
        return self.order_by("-at", "-pk")


class Touch(models.Model):
    """Somebody above a rep, or in charge of them, called, wrote to or met the rep."""

    class Channel(models.TextChoices):
        """The way."""

        CALL = "call", _("Call")
        MESSAGE = "message", _("Message")
        VISIT = "visit", _("Visit")

    class Outcome(models.TextChoices):
        """What it led to. Only who was reached has been in contact."""

        REACHED = "reached", _("We spoke")
        NO_ANSWER = "no_answer", _("No answer")

    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, db_index=False, related_name="touches", verbose_name=_("rep"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    channel = models.CharField(_("way"), max_length=10, choices=Channel)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    at = models.DateTimeField(_("when"), default=timezone.now)

    objects = TouchQuerySet.as_manager()

    class Meta:
        verbose_name = _("touch")
        verbose_name_plural = _("touches")
        indexes = [models.Index(fields=["rep", "-at"], name="touch_rep")]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"


class ActivityCount(models.Model):
    """How often a rep did one kind of thing on one day: all that is kept of it outside the rep's own pages."""

    class Kind(models.TextChoices):
        """What was counted. `earlier` are actions recorded by an earlier system, on the first day of their campaign."""

        LEAD = "lead", _("lead added or changed")
        COMMENT = "comment", _("comment")
        CALL = "call", _("call or message")
        REMINDER = "reminder", _("reminder")
        MOVE = "move", _("card moved")
        PURCHASE = "purchase", _("purchase")
        IMPORT = "import", _("import")
        EARLIER = "earlier", _("earlier system")

    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="activity")
    day = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind)
    n = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activity")
        constraints = [models.UniqueConstraint(fields=["rep", "day", "kind"], name="activity_once_per_day_and_kind")]
        indexes = [models.Index(fields=["day"], name="activity_day")]

    def __str__(self) -> str:
        return f"{self.rep_id} {self.day} {self.kind}: {self.n}"
