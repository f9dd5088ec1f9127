"""What came of a campaign: reps on file, active reps, orders, net sales, actions in the app. Pure reads.

The meanings are those of docs/concepts.md. Every reading takes a fixed number of queries, however many reps it is about;
a rep is counted where the rep stands today.
"""

import datetime as dt
import statistics
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from campaigns.models import Calendar, Campaign, CampaignQuerySet, Order, OrderQuerySet
from teams.models import ActivityCount, Rep, RepQuerySet

ON_REP_PAGE = 13  # campaigns, the one that runs among them
FEWEST = 3  # campaigns without which a correlation says nothing


@dataclass(frozen=True)
class CampaignFigures:
    """One campaign of one set of reps. `net_sales` is in the market's currency."""

    campaign: Campaign
    on_file: int
    active: int
    orders: int
    net_sales: Decimal
    actions: int

    @property
    def active_percent(self) -> float | None:
        """Active of those on file; None when nobody was on file."""
        return 100 * self.active / self.on_file if self.on_file else None

    @property
    def actions_per_rep(self) -> float | None:
        """Actions in the app per rep on file; None when nobody was on file."""
        return self.actions / self.on_file if self.on_file else None


@dataclass(frozen=True)
class RepFigures:
    """One campaign of one rep."""

    campaign: Campaign
    orders: int
    net_sales: Decimal
    actions: int


def calendars_of(reps: RepQuerySet) -> list[Calendar]:
    """The calendars that these reps follow, with their markets, by code."""
    followed = reps.order_by().filter(calendar=OuterRef("code"))
    return list(Calendar.objects.filter(Exists(followed)).select_related("market").order_by("code"))


def closed_campaigns(calendar: Calendar, last: int | None = None) -> list[Campaign]:
    """Closed campaigns of a calendar in their order: all, or the `last` ones."""
    newest_first = (
        Campaign.objects.filter(calendar=calendar, closed_at__isnull=False).select_related("calendar__market").order_by("-starts_on")
    )
    return list(newest_first[:last])[::-1]


def begun_campaigns(calendar: Calendar) -> CampaignQuerySet:
    """Campaigns of a calendar that have ended or run today, newest first."""
    begun = Campaign.objects.filter(calendar=calendar, starts_on__lte=calendar.today())
    return begun.select_related("calendar__market").order_by("-starts_on")


def begun_for(rep: Rep, last: int) -> list[Campaign]:
    """The `last` campaigns of the rep's calendar that have ended or run today, newest first. One query."""
    tomorrow = timezone.now().date() + dt.timedelta(days=1)  # the market's date is at most a day off
    near = Campaign.objects.filter(calendar__code=rep.calendar, starts_on__lte=tomorrow).select_related("calendar__market")
    newest = near.order_by("-starts_on")[: last + 1]
    return [campaign for campaign in newest if campaign.starts_on <= campaign.calendar.today()][:last]


def recent_campaigns(calendar: Calendar, last: int = 3) -> list[Campaign | None]:
    """The `last` campaigns that have ended, in their order, and the one that runs; None where there is none."""
    begun = list(begun_campaigns(calendar)[: last + 1])
    running = begun.pop(0) if begun and begun[0].ends_on >= calendar.today() else None
    ended = begun[:last][::-1]
    return [*[None] * (last - len(ended)), *ended, running]


def running_campaigns() -> list[Campaign]:
    """The campaigns that run today in their markets, one of a calendar at most. One query."""
    return [campaign for campaign in Campaign.objects.near_today().order_by("starts_on") if campaign.is_running]


def is_active_in(campaigns: Collection[Campaign]) -> Q:
    """The condition "the rep is active" in the campaign of these that is of the rep's calendar: an order that was not sent back."""
    kept = not_sent_back(Order.objects.filter(rep=OuterRef("pk")))
    active = Q(pk__in=[])
    for campaign in campaigns:
        active |= Q(calendar=campaign.calendar.code) & Q(Exists(kept.filter(campaign=campaign)))
    return active


def not_sent_back(orders: OrderQuerySet) -> OrderQuerySet:
    """Of these the orders whose returns do not make up for the whole amount."""
    back = Order.objects.filter(returns=OuterRef("pk")).order_by().values("returns").annotate(sum=Sum("amount")).values("sum")
    return orders.filter(kind=Order.Kind.ORDER).alias(back=Subquery(back)).filter(Q(back=None) | Q(back__gt=-F("amount")))


def of_campaigns(campaigns: Sequence[Campaign], reps: RepQuerySet) -> list[CampaignFigures]:
    """The figures of these reps in each of the campaigns, in the given order. Three queries.

    The campaigns come with their calendar (select_related).
    """
    if not campaigns:
        return []
    reps = reps.order_by()
    on_file = _on_file(campaigns, reps)
    ordered = _ordered(campaigns, reps)
    actions = done(campaigns, ActivityCount.objects.filter(rep__in=reps))
    return [
        CampaignFigures(campaign, on_file[campaign.pk], *ordered.get(campaign.pk, (0, 0, Decimal(0))), actions[campaign.pk])
        for campaign in campaigns
    ]


def of_rep(campaigns: Sequence[Campaign], rep: Rep) -> list[RepFigures]:
    """The same for one rep. Two queries."""
    if not campaigns:
        return []
    one = Rep.objects.filter(pk=rep.pk)
    ordered = _ordered(campaigns, one)
    actions = done(campaigns, ActivityCount.objects.filter(rep__in=one))
    return [RepFigures(campaign, *ordered.get(campaign.pk, (0, 0, Decimal(0)))[1:], actions[campaign.pk]) for campaign in campaigns]


def of_rep_page(rep: Rep) -> list[RepFigures]:
    """What a manager's page about the rep shows, and so what the rep is told a manager sees. Newest campaign first. Three queries."""
    return of_rep(begun_for(rep, ON_REP_PAGE), rep)


def orders_of_reps(reps: Collection[int], campaigns: Collection[Campaign]) -> dict[tuple[int, int], int]:
    """(id of a rep, id of a campaign) -> number of orders, without the zeros. One query; meant for a page of reps."""
    rows = Order.objects.filter(kind=Order.Kind.ORDER, rep__in=reps, campaign__in=campaigns)
    counted = rows.values_list("rep", "campaign").annotate(n=Count("pk")).order_by()
    return {(rep, campaign): n for rep, campaign, n in counted}


def pearson(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Pearson's r of the pairs; None for fewer than three of them or when one side never changes."""
    if len(pairs) < FEWEST:
        return None
    try:
        return statistics.correlation(*zip(*pairs, strict=True))
    except statistics.StatisticsError:
        return None


def activity_r(figures: Sequence[CampaignFigures]) -> float | None:
    """Pearson's r of actions per rep against the share of active reps, over campaigns in which somebody was on file."""
    return pearson([(row.actions_per_rep, row.active_percent) for row in figures if row.on_file])


def _on_file(campaigns: Sequence[Campaign], reps: RepQuerySet) -> dict[int, int]:
    """Joined in or before the campaign, not removed before its end. As many rows as there are campaigns to join in."""
    calendars = {campaign.calendar.code for campaign in campaigns}
    joined = reps.filter(calendar__in=calendars).values_list("calendar", "joined_year", "joined_number", "removed_on")
    classes = list(joined.annotate(n=Count("pk")))
    return {
        campaign.pk: sum(
            n
            for calendar, year, number, removed_on, n in classes
            if calendar == campaign.calendar.code
            and (year, number) <= (campaign.year, campaign.number)
            and (removed_on is None or removed_on > campaign.ends_on)
        )
        for campaign in campaigns
    }


def _ordered(campaigns: Sequence[Campaign], reps: RepQuerySet) -> dict[int, tuple[int, int, Decimal]]:
    """Campaign -> (active reps, orders, net sales)."""
    joined = Q(rep__joined_year__lt=F("campaign__year")) | Q(
        rep__joined_year=F("campaign__year"), rep__joined_number__lte=F("campaign__number")
    )
    stayed = Q(rep__removed_on=None) | Q(rep__removed_on__gt=F("campaign__ends_on"))
    is_order = Q(kind=Order.Kind.ORDER)
    makes_active = is_order & Q(rep__calendar=F("campaign__calendar__code")) & joined & stayed & ~Q(pk__in=_sent_back(campaigns, reps))
    rows = (
        Order.objects.filter(campaign__in=campaigns, rep__in=reps)
        .values_list("campaign")
        .annotate(active=Count("rep", distinct=True, filter=makes_active), orders=Count("pk", filter=is_order), net=Sum("amount"))
        .order_by()
    )
    return {campaign: (active, orders, net) for campaign, active, orders, net in rows}


def _sent_back(campaigns: Sequence[Campaign], reps: RepQuerySet) -> QuerySet:
    """Ids of orders of these campaigns whose returns, whenever they came, make up for the whole amount."""
    returns = Order.objects.filter(returns__isnull=False, returns__campaign__in=campaigns, returns__rep__in=reps).order_by()
    return returns.values("returns").annotate(back=Sum("amount")).filter(back__lte=-F("returns__amount")).values("returns")


def done(campaigns: Sequence[Campaign], counts: QuerySet[ActivityCount]) -> dict[int, int]:
    """Id of a campaign -> what these counts add up to from its first day to its last, of the reps who follow its calendar. One query."""
    sums = {
        f"n{campaign.pk}": Sum(
            "n", filter=Q(day__range=(campaign.starts_on, campaign.ends_on), rep__calendar=campaign.calendar.code), default=0
        )
        for campaign in campaigns
    }
    days = (min(campaign.starts_on for campaign in campaigns), max(campaign.ends_on for campaign in campaigns))
    found = counts.filter(day__range=days).aggregate(**sums)
    return {campaign.pk: found[f"n{campaign.pk}"] for campaign in campaigns}
