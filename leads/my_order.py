"""What a rep's people buy, read: the market's product list, a lead's purchases, and all of them in a campaign: my order."""

from django.db.models import Case, Q, QuerySet, When

from campaigns.models import Product
from cotano.lib import text
from leads.models import Lead, Purchase
from teams.models import Territory

SHOWN = 6  # purchases of a lead at once: what is unfinished before what is done, then the newest
FOUND = 8  # products that are offered while one types
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
