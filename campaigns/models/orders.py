"""What reps order from the company."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.calendars import Campaign
from teams.models import Rep, User


class OrderQuerySet(models.QuerySet):
    """Orders, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those of the reps the user may see."""
        return self.filter(rep__in=Rep.objects.visible_to(user))

    def managed_by(self, user: User) -> Self:
        """Those of the reps the user is in charge of, for the pages of managers and staff."""
        return self.filter(rep__in=Rep.objects.managed_by(user))


class Order(models.Model):
    """A rep's order to the company, or a return of one (a negative amount that names its order)."""

    class Kind(models.TextChoices):
        """Order or return."""

        ORDER = "order", _("order")
        RETURN = "return", _("return")

    number = models.CharField(_("number"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    returns = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="returned_by", verbose_name=_("returns")
    )
    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="orders", verbose_name=_("rep"))
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="orders", verbose_name=_("campaign"))
    placed_on = models.DateField(_("placed on"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    points = models.IntegerField(_("points"), default=0)
    is_late = models.BooleanField(_("late"), default=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        permissions = [
            ("import_order", _("Can import orders")),
            ("import_activity", _("Can import app activity")),
            ("export_order", _("Can export orders")),
        ]
        indexes = [
            models.Index(fields=["rep", "campaign"], name="order_rep"),
            models.Index(fields=["campaign", "rep"], name="order_campaign"),
            models.Index(fields=["returns"], condition=Q(returns__isnull=False), name="order_returned"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="order", returns=None, amount__gte=0) | Q(kind="return", returns__isnull=False, amount__lte=0),
                name="order_or_return",
            ),
            models.CheckConstraint(condition=~Q(number=""), name="order_has_number"),
        ]

    def __str__(self) -> str:
        return self.number
