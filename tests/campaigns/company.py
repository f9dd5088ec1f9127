"""The sample company of examples/company, straight into the tables (the import has tests of its own)."""

import csv
import datetime as dt
import json
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from campaigns.models import Calendar, Campaign, Order
from cotano import env
from teams import tree
from teams.models import ActivityCount, Rep, Territory

FOLDER = env.ROOT / "examples" / "company"


def truth():
    return json.loads((FOLDER / "truth.json").read_text())


def rows(name):
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@transaction.atomic
def load():
    territories = _territories()
    campaigns = _campaigns(territories["UA"])
    reps = _reps(territories)
    _orders(campaigns, reps)
    ActivityCount.objects.bulk_create(
        ActivityCount(rep=reps[row["rep_code"]], day=campaigns[row["year"], row["campaign"]].starts_on, kind="earlier", n=row["actions"])
        for row in rows("app_activity")
    )


def _territories():
    made = {}
    for place, row in enumerate(rows("territories")):
        parent = made.get(row["parent_code"])
        fields = {name: row[name] for name in ("code", "name", "kind", "time_zone", "currency", "language", "group")}
        made[row["code"]] = Territory(parent=parent, lft=2 * place + 1, rght=2 * place + 2, tree_id=1, level=0, **fields)
        Territory.objects.bulk_create([made[row["code"]]])
    tree.relabel(Territory, order_by="code")
    return made


def _campaigns(market):
    calendar = Calendar.objects.create(code="UA", name="Ukraine", market=market)
    made = {}
    for row in rows("campaigns"):
        days = {name: dt.date.fromisoformat(row[name]) for name in ("starts_on", "ends_on", "order_deadline")}
        closed_at = timezone.now() if days["ends_on"] < dt.date(2018, 10, 29) else None
        made[row["year"], row["number"]] = Campaign(calendar=calendar, year=row["year"], number=row["number"], closed_at=closed_at, **days)
    Campaign.objects.bulk_create(made.values())
    return made


def _reps(territories):
    found = rows("roster")
    made = {}
    for place, row in enumerate(found):
        year, number = row["joined_campaign"].split("-")
        made[row["code"]] = Rep(
            code=row["code"],
            name=row["name"],
            territory=territories[row["territory_code"]],
            calendar="UA",
            joined_year=year,
            joined_number=number,
            title=row["title"],
            lft=2 * place + 1,
            rght=2 * place + 2,
            tree_id=1,
            level=0,
        )
    Rep.objects.bulk_create(made.values())
    for row in found:
        if row["sponsor_code"]:
            made[row["code"]].sponsor = made[row["sponsor_code"]]
    Rep.objects.bulk_update(made.values(), ["sponsor"], batch_size=500)
    tree.relabel(Rep, order_by="code")
    return made


def _orders(campaigns, reps):
    made = {}
    found = rows("orders")
    for row in sorted(found, key=lambda row: row["kind"] == "return"):
        made[row["order_no"]] = Order(
            number=row["order_no"],
            kind=row["kind"],
            rep=reps[row["rep_code"]],
            campaign=campaigns[row["year"], row["campaign"]],
            placed_on=row["placed_on"],
            amount=Decimal(row["amount"]),
            currency=row["currency"],
            points=row["points"],
        )
    Order.objects.bulk_create(order for order in made.values() if order.kind == "order")
    for row in found:
        if row["returns_order_no"]:
            made[row["order_no"]].returns = made[row["returns_order_no"]]
    Order.objects.bulk_create(order for order in made.values() if order.kind == "return")
