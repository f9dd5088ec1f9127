"""What reps may order from the company: an optional list for each market."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cotano.lib import text
from teams.models import Territory

MOST_POINTS = 10**6


class Product(models.Model):
    """Something on a market's list, at the price for its reps; in the market's currency."""

    market = models.ForeignKey(Territory, on_delete=models.PROTECT, db_index=False, related_name="products", verbose_name=_("market"))
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=text.NAME_LONGEST)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    points = models.PositiveIntegerField(_("points"), default=0)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        permissions = [("import_product", _("Can import the product list"))]
        constraints = [
            models.UniqueConstraint(fields=["market", "code"], name="product_code_once"),
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="product_is_named"),
            models.CheckConstraint(condition=Q(price__gte=0), name="product_price_not_negative"),
            models.CheckConstraint(condition=Q(points__lte=MOST_POINTS), name="product_points_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
