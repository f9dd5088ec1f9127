"""Forms about what a lead buys."""

import datetime as dt
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.models import Product
from cotano.jobs import cells
from cotano.jobs.cells import BadRow
from cotano.lib import text
from leads import my_order
from leads.models import MOST_PRICE, MOST_QUANTITY, Purchase
from leads.purchases import Mark
from teams.models import Territory

AMOUNT_LONGEST = 24  # characters


class PurchaseForm(forms.Form):
    """What is bought, how many, at what price for one; one line of the market's product list, or whatever is typed."""

    item = forms.CharField(
        label=_("What"),
        max_length=text.NAME_LONGEST,
        error_messages={"required": _("Enter what they buy.")},
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
    )
    quantity = forms.IntegerField(
        label=_("How many"),
        min_value=1,
        max_value=MOST_QUANTITY,
        initial=1,
        widget=forms.TextInput({"inputmode": "numeric", "maxlength": 8, "autocomplete": "off"}),
    )
    price = forms.CharField(
        label=_("Price for one"),
        max_length=AMOUNT_LONGEST,
        error_messages={"required": _("Enter a price from 0 up, such as 120 or 120.50.")},
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )
    product = forms.CharField(required=False, max_length=text.DIGITS, widget=forms.HiddenInput)

    def __init__(self, *args: object, market: Territory, **options: object) -> None:
        super().__init__(*args, **options)
        self.market = market

    @classmethod
    def of(cls, purchase: Purchase, market: Territory) -> "PurchaseForm":
        """The form filled with what is known."""
        known = {"item": purchase.item, "quantity": purchase.quantity, "price": plain(purchase.price), "product": purchase.product_id or ""}
        return cls(initial=known, market=market)

    def clean_item(self) -> str:
        """One line, without what cannot be seen."""
        item = text.one_line(self.cleaned_data["item"])
        if not item:
            raise forms.ValidationError(_("Enter what they buy."))
        return item

    def clean_price(self) -> Decimal:
        """An amount as people write it: `1 234,56`, `120.5`, `120`."""
        try:
            price = cells.money(self.cleaned_data["price"])
        except BadRow:
            price = Decimal(-1)
        if not 0 <= price < MOST_PRICE:
            raise forms.ValidationError(_("Enter a price from 0 up, such as 120 or 120.50."))
        return price

    def clean_product(self) -> Product | None:
        """The line of the list, as long as the item is called so."""
        product = my_order.product(self.market, self.cleaned_data["product"])
        return product if product and product.name == self.cleaned_data.get("item") else None


class MarkForm(forms.Form):
    """What has happened to a purchase; for a delivery, on which day. `off` takes it back."""

    mark = forms.ChoiceField(choices=Mark.choices)
    off = forms.ChoiceField(choices=[("yes", "yes")], required=False)
    on = forms.DateField(label=_("Delivered on"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def day(self, today: dt.date) -> dt.date:
        """The day of a delivery: today unless another one is given."""
        return self.cleaned_data["on"] or today


def plain(amount: Decimal) -> str:
    """`120`, `120.50`: an amount as it is typed."""
    return str(amount.to_integral_value() if amount == amount.to_integral_value() else amount)
