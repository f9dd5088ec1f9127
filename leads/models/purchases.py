"""What leads buy from a rep."""

from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Product
from cotano.lib import text
from leads.models.people import Lead
from teams import rights
from teams.models import Rep, User

MOST_QUANTITY = 9999
MOST_PRICE = Decimal(10) ** 9  # below this; of one, in the market's currency
MOST_PURCHASES = 100  # of one lead in one campaign


class PurchaseQuerySet(models.QuerySet):
    """Purchases, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """A rep's own; those that were removed are not there."""
        return self.removable_by(user).standing()

    def removable_by(self, user: User) -> Self:
        """The same, and those that the rep has removed and may take back."""
        return self.filter(rights.mine(user, "rep"))

    def standing(self) -> Self:
        """Not removed."""
        return self.filter(removed_at=None)

    def to_place(self) -> Self:
        """What somebody wants and the rep has neither ordered nor handed over."""
        return self.standing().filter(ordered_at=None, delivered_on=None)

    def cost(self) -> Decimal:
        """What they come to together. One query."""
        return self.aggregate(cost=Sum(F("quantity") * F("price"), default=Decimal(0)))["cost"]


class Purchase(models.Model):
    """A lead buys something from the rep, in a campaign: wanted, then ordered from the company, delivered, paid for (when is free)."""

    class State(models.TextChoices):
        """How far it has come; whether it is paid for stands beside it."""

        WANTED = "wanted", _("wanted")
        ORDERED = "ordered", _("ordered")
        DELIVERED = "delivered", _("delivered")

    # The lead's owner, who never changes: a rep's purchases of a campaign are found without a look at the leads.
    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, db_index=False, related_name="purchases")
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, db_index=False, related_name="purchases")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, db_index=False, related_name="purchases")
    product = models.ForeignKey(Product, on_delete=models.SET_NULL, null=True, db_index=False, related_name="purchases")
    item = models.CharField(_("item"), max_length=text.NAME_LONGEST)
    quantity = models.PositiveSmallIntegerField(_("quantity"), default=1)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)  # of one
    currency = models.CharField(_("currency"), max_length=3)
    wanted_at = models.DateTimeField(_("wanted"), default=timezone.now)
    ordered_at = models.DateTimeField(_("ordered"), null=True)
    delivered_on = models.DateField(_("delivered"), null=True)
    delivery_noted_at = models.DateTimeField(null=True)  # when the rep said so: what was said at once is taken back at once
    paid_at = models.DateTimeField(_("paid"), null=True)
    removed_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        constraints = [
            models.CheckConstraint(condition=~Q(item="") & ~Q(currency=""), name="purchase_is_named"),
            models.CheckConstraint(condition=Q(quantity__range=(1, MOST_QUANTITY)), name="purchase_quantity_1_9999"),
            models.CheckConstraint(condition=Q(delivered_on=None) ^ Q(delivery_noted_at__isnull=False), name="purchase_delivery_was_noted"),
            models.CheckConstraint(condition=Q(price__gte=0, price__lt=MOST_PRICE), name="purchase_price_bounded"),
        ]
        indexes = [
            models.Index(fields=["campaign", "rep", "lead"], name="purchase_order"),
            models.Index(fields=["lead", "-wanted_at"], name="purchase_timeline"),
            models.Index(fields=["product"], condition=Q(product__isnull=False), name="purchase_product"),
        ]

    def __str__(self) -> str:
        return f"purchase {self.pk}"

    @property
    def state(self) -> State:
        """How far it has come."""
        if self.delivered_on:
            return self.State.DELIVERED
        return self.State.ORDERED if self.ordered_at else self.State.WANTED

    def get_state_display(self) -> str:
        """The same in the reader's language."""
        return self.state.label

    @property
    def cost(self) -> Decimal:
        """What all of it comes to."""
        return self.quantity * self.price
