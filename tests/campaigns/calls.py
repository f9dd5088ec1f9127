"""Figures of campaigns written by hand, and the call-first list made from them."""

import datetime as dt

from django.db import connection, transaction
from django.utils import timezone

from campaigns import call_rows
from campaigns.models import Campaign, Order, Snapshot


def past(company, back):
    """A closed campaign before the cast's own closed one: 1 ends where that begins."""
    starts = company.before.starts_on - dt.timedelta(21 * back)
    return Campaign.objects.create(
        calendar=company.calendar,
        year=company.before.year,
        number=company.before.number - back,
        starts_on=starts,
        ends_on=starts + dt.timedelta(20),
        order_deadline=starts + dt.timedelta(18),
        closed_at=timezone.now(),
    )


def snapshot(campaign, rep, **figures):
    """A row on file; by default without an order."""
    given = {"idle": 0 if figures.get("active") else 1, "orders": int(figures.get("active", False)), **figures}
    return Snapshot.objects.create(
        campaign=campaign,
        rep=rep,
        sponsor=rep.sponsor,
        territory=rep.territory,
        joined_year=rep.joined_year,
        joined_number=rep.joined_number,
        on_file=True,
        **given,
    )


def order(rep, campaign, amount=100, *, returns=None):
    return Order.objects.create(
        number=f"N{Order.objects.count()}",
        kind="return" if returns else "order",
        returns=returns,
        rep=rep,
        campaign=campaign,
        placed_on=campaign.starts_on,
        amount=-amount if returns else amount,
        currency="UAH",
    )


def idle(company, rep, campaigns=1):
    """The rep has not ordered in the last closed campaign (nor in the one before ...), nor in the one that runs."""
    snapshot(company.before, rep, idle=campaigns)
    snapshot(company.campaign, rep, idle=campaigns + 1)


def write(campaign):
    """What the pass does after the figures."""
    with transaction.atomic(), connection.cursor() as cursor:
        return call_rows.write(cursor, Campaign.objects.select_related("calendar__market").get(pk=campaign.pk))
