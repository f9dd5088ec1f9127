"""What a lead buys: noted, changed, taken back; marked as ordered, delivered and paid for, one by one or many at once.

What is wanted belongs to a campaign that is not closed. Delivered and paid for it is often after that, so these two are open
for ever. Every act locks the leads first, in the order of their ids.
"""

import datetime as dt
from decimal import Decimal

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Product
from cotano.jobs import receipts
from cotano.jobs.races import retry_lost_races
from cotano.jobs.refusals import Refusal
from cotano.lib import clock, text
from leads import cadences
from leads.actions import note_contact
from leads.holding import hold
from leads.models import MOST_PRICE, MOST_PURCHASES, MOST_QUANTITY, Lead, Purchase
from teams import activity
from teams.models import ActivityCount, User

EARLIEST = dt.timedelta(days=366)  # that a delivery may have been ago
CENT = Decimal("0.01")


class Mark(models.TextChoices):
    """What may be noted about a purchase."""

    ORDERED = "ordered", _("ordered")
    DELIVERED = "delivered", _("delivered")
    PAID = "paid", _("paid")


_NOTED = {Mark.ORDERED: "ordered_at", Mark.DELIVERED: "delivery_noted_at", Mark.PAID: "paid_at"}


@retry_lost_races
@transaction.atomic
def add_purchase(
    lead: Lead, campaign: Campaign, *, by: User, item: str, quantity: int, price: Decimal, product: Product | None = None, once: str = ""
) -> Purchase:
    """Note that the lead wants something in this campaign, at a price for one in the market's currency. It is a contact.

    The same form (`once`) sent again returns the first one. `campaign` comes with calendar and market. Raises Refusal (409) for a
    campaign that is closed or not the rep's, and for what cannot be bought: nothing, too many, at a price that is none.
    """
    lead = hold(lead, by)
    if first := receipts.first(by, once, lead.purchases.all()):
        return first
    if campaign.calendar.code != lead.owner.calendar:
        raise Refusal(_("This is not a campaign of yours."), status=409)
    _refuse_closed(campaign)
    if lead.purchases.standing().filter(campaign=campaign).count() >= MOST_PURCHASES:
        raise Refusal(_("One person has at most %(most)d purchases in a campaign.") % {"most": MOST_PURCHASES})
    purchase = Purchase.objects.create(
        rep=lead.owner,
        lead=lead,
        campaign=campaign,
        currency=campaign.calendar.market.currency,
        wanted_at=timezone.now(),
        by=by,
        **_clean(campaign, item, quantity, price, product),
    )
    receipts.note(by, once, str(purchase.pk))
    note_contact(lead, purchase.wanted_at)
    _count(purchase)
    return purchase


@retry_lost_races
@transaction.atomic
def edit_purchase(purchase: Purchase, *, by: User, item: str, quantity: int, price: Decimal, product: Product | None = None) -> Purchase:
    """Change what is bought, how many, at what price. The same once more changes nothing. Raises the refusals of `add_purchase`."""
    purchase = _hold_one(purchase, by)
    _refuse_closed(purchase.campaign)
    new = _clean(purchase.campaign, item, quantity, price, product)
    changed = [name for name, value in new.items() if getattr(purchase, name) != value]
    if changed:
        for name in changed:
            setattr(purchase, name, new[name])
        purchase.save(update_fields=changed)
        _count(purchase)
    return purchase


@retry_lost_races
@transaction.atomic
def remove_purchase(purchase: Purchase, *, by: User) -> Purchase:
    """It came to nothing. Twice is fine. Raises Refusal (409) for one of a closed campaign."""
    return _write_removed(_hold_one(purchase, by, removed=True), timezone.now())


@retry_lost_races
@transaction.atomic
def restore_purchase(purchase: Purchase, *, by: User) -> Purchase:
    """It was removed by mistake. Twice is fine. Raises Refusal (409) when the campaign has closed since."""
    return _write_removed(_hold_one(purchase, by, removed=True), None)


def _write_removed(purchase: Purchase, at: dt.datetime | None) -> Purchase:
    if bool(purchase.removed_at) == bool(at):
        return purchase
    _refuse_closed(purchase.campaign)
    purchase.removed_at = at
    purchase.save(update_fields=["removed_at"])
    if at:
        cadences.undo_delivery([purchase])
    _count(purchase)
    return purchase


# ---- ordered, delivered, paid for
@retry_lost_races
@transaction.atomic
def order(purchases: models.QuerySet[Purchase], *, by: User) -> list[Purchase]:
    """The rep has ordered these from the company: those that are only wanted are marked, and returned.

    Those of a closed campaign, and those handed over already, stay as they are.
    """
    return _mark(purchases.to_place().filter(campaign__closed_at=None), by, ordered_at=timezone.now())


@retry_lost_races
@transaction.atomic
def deliver(purchases: models.QuerySet[Purchase], *, by: User, on: dt.date) -> list[Purchase]:
    """The customers have got these on the day `on` of the rep's clock: those that were not delivered yet are marked, and returned.

    Follow-ups begin (cadences.start_after_delivery). Raises Refusal for a day ahead, or more than a year ago.
    """
    today = clock.today(by.zone, timezone.now())
    if on > today:
        raise Refusal(_("A delivery cannot lie in the future."))
    if on < today - EARLIEST:
        raise Refusal(_("This delivery is too long ago."))
    delivered = _mark(purchases.filter(delivered_on=None), by, delivered_on=on, delivery_noted_at=timezone.now())
    cadences.start_after_delivery(delivered, by=by)
    return delivered


@retry_lost_races
@transaction.atomic
def settle(purchases: models.QuerySet[Purchase], *, by: User) -> list[Purchase]:
    """The customers have paid for these: those that were not paid for yet are marked, and returned."""
    return _mark(purchases.filter(paid_at=None), by, paid_at=timezone.now())


@retry_lost_races
@transaction.atomic
def take_back(mark: Mark, purchases: models.QuerySet[Purchase], *, by: User, noted_at: dt.datetime | None = None) -> list[Purchase]:
    """It was a mistake: the mark is off again, of those that bear it; `noted_at`: of those that got it at that moment.

    Returns them as they are now. What was ordered in a closed campaign stays ordered.
    """
    field = _NOTED[Mark(mark)]
    marked = purchases.filter(**({field: noted_at} if noted_at else {f"{field}__isnull": False}))
    if mark == Mark.ORDERED:
        marked = marked.filter(campaign__closed_at=None)
    if mark != Mark.DELIVERED:
        return _mark(marked, by, **{field: None})
    taken_back = _mark(marked, by, **{field: None}, delivered_on=None)
    cadences.undo_delivery(taken_back)
    return taken_back


def _mark(purchases: models.QuerySet[Purchase], by: User, **values: object) -> list[Purchase]:
    """Write the same on all of them that are the person's, in one action; returns them as they are now."""
    mine = purchases.visible_to(by)
    leads = Lead.objects.filter(pk__in=mine.order_by().values("lead")).order_by("pk").select_for_update(no_key=True)
    if not leads.values_list("pk", flat=True):
        return []
    held = list(mine.order_by("pk").select_related("rep__user", "lead").select_for_update(of=("self",), no_key=True))
    if held:
        Purchase.objects.filter(pk__in=[purchase.pk for purchase in held]).update(**values)
        for purchase in held:
            for name, value in values.items():
                setattr(purchase, name, value)
        _count(held[0])
    return held


# ---- what every act needs
def _hold_one(purchase: Purchase, by: User, *, removed: bool = False) -> Purchase:
    """The purchase as it is now, locked behind its lead. Raises Refusal (409) when it is gone."""
    mine = Purchase.objects.removable_by(by) if removed else Purchase.objects.visible_to(by)
    Lead.objects.filter(pk__in=mine.filter(pk=purchase.pk).values("lead")).select_for_update(no_key=True).first()
    held = mine.filter(pk=purchase.pk).select_related("rep__user", "lead", "campaign__calendar__market").order_by()
    if found := held.select_for_update(of=("self",), no_key=True).first():
        return found
    raise Refusal(_("This purchase was removed before."), status=409)


def _refuse_closed(campaign: Campaign) -> None:
    if campaign.is_closed:
        raise Refusal(_("Campaign %(number)s is closed: what is wanted in it cannot change.") % {"number": campaign.number}, status=409)


def _clean(campaign: Campaign, item: str, quantity: int, price: Decimal, product: Product | None) -> dict[str, object]:
    """The fields of what is bought. A product is named as on the list of the campaign's market."""
    name = text.one_line(item) or (product.name if product else "")
    if not name:
        raise Refusal(_("Enter what they buy."))
    if len(name) > text.NAME_LONGEST:
        raise Refusal(_("A name has at most %(most)d characters.") % {"most": text.NAME_LONGEST})
    if not 1 <= quantity <= MOST_QUANTITY:
        raise Refusal(_("Enter a quantity from 1 to %(most)d.") % {"most": MOST_QUANTITY})
    if not price.is_finite() or not 0 <= price < MOST_PRICE or price != price.quantize(CENT):
        raise Refusal(_("Enter a price from 0 up, such as 120 or 120.50."))
    if product and product.market_id != campaign.calendar.market_id:
        raise Refusal(_("This product is not on the list of your market."))
    return {"item": name, "quantity": quantity, "price": price, "product": product}


def _count(purchase: Purchase) -> None:
    activity.count(purchase.rep, ActivityCount.Kind.PURCHASE)
