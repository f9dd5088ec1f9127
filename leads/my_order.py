"""What a rep's people buy, read: the market's product list, a lead's purchases, and all of them in a campaign: my order."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, When
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaigns import deadlines
from campaigns.models import Campaign, Product
from cotano.lib import money, text
from leads.models import Lead, Purchase
from teams.models import Rep, Territory

SHOWN = 6  # purchases of a lead at once: what is unfinished before what is done, then the newest
FOUND = 8  # products that are offered while one types
PAGE = 30  # customers of my order at once
PAST = 12  # campaigns that are offered beside the one shown
LINES = 1000  # of the list for the company, of a file, of a sheet of paper
LONGEST = 60  # characters by which a product is looked for


def product(market: Territory, typed: str) -> Product | None:
    """A line of the market's list by the id that a form gives; None for anything else. One query, none without an id."""
    number = text.number(typed)
    return Product.objects.filter(market=market, pk=number).first() if number else None


def products(market: Territory, typed: str) -> list[Product]:
    """The first products of the market that have the words in their name, or whose code begins so. One query, none without words."""
    words = text.one_line(typed)[:LONGEST].split()
    if not words:
        return []
    named = Q()
    for word in words:
        named &= Q(name__icontains=word)
    return list(Product.objects.filter(named | Q(code__istartswith=words[0]), market=market).order_by("name", "pk")[:FOUND])


def of_lead(lead: Lead) -> QuerySet[Purchase]:
    """The lead's purchases as its page shows them."""
    done = Case(When(delivered_on__isnull=False, paid_at__isnull=False, then=1), default=0)
    return lead.purchases.standing().select_related("campaign").alias(done=done).order_by("done", "-wanted_at", "-pk")


# ---- my order
@dataclass(frozen=True)
class Totals:
    """All purchases of the campaign together; money in the currency of the campaign's market."""

    lines: int
    people: int
    cost: Decimal
    to_place: int  # wanted only
    to_place_cost: Decimal
    to_deliver: int  # ordered, and not with the customer yet
    owed: Decimal  # not paid for


@dataclass(frozen=True)
class Customer:
    """Somebody who buys in the campaign, with all of it."""

    lead: Lead
    purchases: list[Purchase]

    @property
    def cost(self) -> Decimal:
        """What all of it comes to."""
        return sum((purchase.cost for purchase in self.purchases), Decimal(0))

    @property
    def owed(self) -> Decimal:
        """What is not paid for."""
        return sum((purchase.cost for purchase in self.purchases if not purchase.paid_at), Decimal(0))

    @property
    def is_waiting(self) -> bool:
        """Whether something has not been delivered."""
        return any(not purchase.delivered_on for purchase in self.purchases)


@dataclass(frozen=True)
class MyOrder:
    """One page. `deadline` is the rep's own, None when the campaign is closed; `more_after` the lead after which the next page begins."""

    campaign: Campaign
    deadline: dt.date | None
    totals: Totals
    customers: list[Customer]
    more_after: int | None
    campaigns: list[Campaign]  # in which the rep's people bought, newest first

    @property
    def currency(self) -> str:
        """The market's."""
        return self.campaign.calendar.market.currency

    @property
    def minimum(self) -> Decimal | None:
        """What an order has to come to, where the company says so."""
        return self.campaign.calendar.minimum_order or None

    @property
    def short(self) -> Decimal:
        """How much is missing to it."""
        return max((self.minimum or Decimal(0)) - self.totals.cost, Decimal(0))

    @property
    def percent(self) -> int:
        """How much of it is reached."""
        return min(int(100 * self.totals.cost / self.minimum), 100) if self.minimum else 100


def campaigns_of(rep: Rep) -> QuerySet[Campaign]:
    """The campaigns in which the rep's people bought, newest first, with calendar and market."""
    bought = Purchase.objects.standing().filter(campaign=OuterRef("pk"), rep=rep)
    return Campaign.objects.filter(Exists(bought)).select_related("calendar__market").order_by("-starts_on", "-pk")


def campaign_to_show(rep: Rep, number: int | None) -> Campaign | None:
    """The campaign with this id, if it is of the rep's calendar; without one that which runs, else the newest in which was bought."""
    own = Campaign.objects.filter(calendar__code=rep.calendar).select_related("calendar__market")
    if number is not None:
        return own.filter(pk=number).first()
    return Campaign.objects.running_for(rep) or own.filter(pk__in=campaigns_of(rep).order_by().values("pk")).order_by("-starts_on").first()


def purchases_in(rep: Rep, campaign: Campaign) -> QuerySet[Purchase]:
    """All that the rep's people buy in a campaign."""
    return Purchase.objects.standing().filter(campaign=campaign, rep=rep)


def read_order(rep: Rep, campaign: Campaign, *, after: int | None = None) -> MyOrder:
    """A page of my order: who buys what, customers by name. Five queries, two more where territories have deadlines of their own."""
    bought = purchases_in(rep, campaign)
    found = Lead.objects.filter(owner=rep, pk__in=bought.values("lead")).for_contacts()
    if after is not None and (last := Lead.objects.filter(owner=rep, pk=after).values_list("sort_key", "pk").first()):
        found = found.behind(*last)
    people = list(found[: PAGE + 1])
    shown = people[:PAGE]
    return MyOrder(
        campaign=campaign,
        deadline=None if campaign.is_closed else deadlines.of_rep(rep, campaign),
        totals=_totals(bought),
        customers=_with_purchases(shown, bought),
        more_after=shown[-1].pk if len(people) > PAGE else None,
        campaigns=list(campaigns_of(rep).filter(calendar=campaign.calendar_id)[:PAST]),
    )


def _totals(bought: QuerySet[Purchase]) -> Totals:
    cost = F("quantity") * F("price")
    to_place = Q(ordered_at=None, delivered_on=None)
    none = Decimal(0)
    return Totals(
        **bought.aggregate(
            lines=Count("pk"),
            people=Count("lead", distinct=True),
            cost=Sum(cost, default=none),
            to_place=Count("pk", filter=to_place),
            to_place_cost=Sum(cost, filter=to_place, default=none),
            to_deliver=Count("pk", filter=Q(ordered_at__isnull=False, delivered_on=None)),
            owed=Sum(cost, filter=Q(paid_at=None), default=none),
        )
    )


def _with_purchases(people: list[Lead], bought: QuerySet[Purchase]) -> list[Customer]:
    of_each: dict[int, list[Purchase]] = {lead.pk: [] for lead in people}
    for purchase in bought.filter(lead__in=of_each).order_by("pk") if people else ():
        of_each[purchase.lead_id].append(purchase)
    return [Customer(lead, of_each[lead.pk]) for lead in people]


def lines(rep: Rep, campaign: Campaign) -> list[Purchase]:
    """The purchases by customer and time, each with its lead, for a file or a sheet of paper; the first LINES. One query."""
    return list(purchases_in(rep, campaign).select_related("lead").order_by("lead__sort_key", "lead", "pk")[:LINES])


def as_text(rep: Rep, campaign: Campaign) -> str:
    """What is to be ordered from the company, item by item, to be sent or typed in: all that is wanted and not ordered yet. One query."""
    wanted = purchases_in(rep, campaign).to_place().values("item", "product__code", "price").annotate(n=Sum("quantity")).order_by("item")
    currency = campaign.calendar.market.currency
    said = [_("Campaign %(number)s") % {"number": campaign.number}]
    total = Decimal(0)
    for row in wanted[:LINES]:
        code = f"{row['product__code']} " if row["product__code"] else ""
        said.append(f"{code}{row['item']} × {row['n']}")
        total += row["n"] * row["price"]
    said.append(_("Total: %(amount)s") % {"amount": money.exact(total, currency, get_language())})
    return "\n".join(said)
