"""All figures of a campaign by one pass over the company, beside what the same costs when it is asked rep by rep."""

import random
from collections.abc import Callable
from decimal import Decimal

from django.db.models import Count, Q, Sum

from benchmarks import rolling
from benchmarks.figures import Figure, smaller, versus
from benchmarks.kpis import pages, stock
from benchmarks.measuring import cost, fresh, milliseconds, one, peak
from campaigns import snapshots
from campaigns.models import Campaign, Cause, Order, Snapshot
from teams.models import ActivityCount, Rep, User

SAMPLE = 200  # reps who are asked for one by one
CARDS_OF_A_REP = 2  # open ones, over the whole company: those of 20 for each tenth rep
SEED = 7
NAIVE = "each rep's own figures and team by queries of the ORM, {n} reps, seconds for all"
Say = Callable[[str], None]
Part = Callable[[stock.Stock, Say], list[Figure]]
PARTS: tuple[Part, ...] = (pages.figures,)  # what other pages read of these figures, in the same database


def run(size: int, say: Say) -> list[Figure]:
    """All figures, for `size` reps."""
    say("the company")
    user = User.objects.create_user(email="kpis@example.com", name="Kpis")
    laid = stock.load(size, user.pk)
    say(f"{laid.reps:,} reps, {laid.orders:,} orders in the campaign")
    fresh("benchmarks.kpis", laid.before.pk)
    first = _taken(say, laid.running.pk, "the campaign, for the first time")
    with_orders = size // 20
    stock.a_day_of_orders(laid, with_orders)
    again = _taken(say, laid.running.pk, f"after {with_orders:,} more orders")
    nothing = _taken(say, laid.running.pk, "nothing has changed")
    say("rep by rep")
    naive, wrong, asked = _rep_by_rep(laid)
    found = [
        smaller("campaign_s", first["wall"], "s", "<= 60"),
        smaller("campaign_cpu_s", first["processor"], "s"),
        smaller("peak_mb", first["mb"], "MB"),
        smaller("peak_bytes_per_rep", first["mb"] * 2**20 / size, "bytes"),
        versus(
            "vs_per_rep",
            naive * size / first["wall"],
            goal=">= 100",
            baseline=NAIVE.format(n=f"{asked:,}"),
            baseline_value=naive * size,
        ),
        Figure("sample_wrong", wrong, "reps", "== 0"),
        smaller("after_orders_s", again["wall"], "s"),
        smaller("after_orders_rows", again["changed"], "rows"),
        smaller("nothing_new_s", nothing["wall"], "s"),
        Figure("nothing_new_rows", nothing["changed"], "rows", "== 0"),
        smaller(
            "row_bytes", one("SELECT pg_total_relation_size('campaigns_snapshot') / greatest(count(*), 1) FROM campaigns_snapshot"), "bytes"
        ),
    ]
    for part in PARTS:
        found += part(laid, say)
    return found + rolling.figures(CARDS_OF_A_REP * size, say)


def main(campaign: str) -> dict[str, float]:
    """Take one campaign's figures in a process of its own."""
    wanted = Campaign.objects.select_related("calendar__market").get(pk=int(campaign))
    idle = peak()
    with cost() as taken:
        run = snapshots.take(wanted, cause=Cause.ASKED)
    return {"wall": taken.wall, "processor": taken.processor, "mb": peak() - idle, "reps": run.reps, "changed": run.changed}


def _taken(say: Say, campaign: int, when: str) -> dict[str, float]:
    found = fresh("benchmarks.kpis", campaign)
    say(f"{when}: {found['wall']:.1f} s, {found['changed']:,} of {found['reps']:,} rows, {found['mb']:.0f} MB")
    return found


def _rep_by_rep(laid: stock.Stock) -> tuple[float, int, int]:
    """Mean seconds for one rep as a page without snapshots would ask, reps whose snapshot says something else, how many were asked."""
    ids = random.Random(SEED).sample(range(1, laid.reps + 1), min(SAMPLE, laid.reps))
    reps = [rep for rep in Rep.objects.in_bulk(ids).values() if rep.status == Rep.Status.ACTIVE]
    rows = {row.rep_id: row for row in Snapshot.objects.filter(campaign=laid.running, rep__in=reps)}
    wrong, took = 0, []
    for rep in reps:
        said: list[tuple] = []
        took.append(milliseconds(lambda rep=rep, said=said: said.append(_ask(laid.running, rep))) / 1000)
        row = rows[rep.pk]
        wrong += said[0] != (row.orders, row.net_sales, row.actions, row.people, row.team_orders, row.team_net_sales, row.level_people[0])
    return sum(took) / len(took), wrong, len(reps)


def _ask(campaign: Campaign, rep: Rep) -> tuple:
    """Own orders, net sales and actions; people, orders and net sales below; people on the first level."""

    def ordered(reps: object) -> tuple[int, Decimal]:
        found = Order.objects.filter(campaign=campaign, rep__in=reps).aggregate(n=Count("pk", filter=Q(kind="order")), net=Sum("amount"))
        return found["n"], found["net"] or Decimal(0)

    on_file = Q(removed_on=None) | Q(removed_on__gt=campaign.ends_on)
    joined = Q(joined_year__lt=campaign.year) | Q(joined_year=campaign.year, joined_number__lte=campaign.number)
    below = Rep.objects.below(rep.pk)
    days = (campaign.starts_on, campaign.ends_on)
    actions = ActivityCount.objects.filter(rep=rep, day__range=days).aggregate(n=Sum("n", default=0))["n"]
    people = below.filter(on_file, joined).count()
    return (*ordered([rep]), actions, people, *ordered(below), Rep.objects.filter(on_file, joined, sponsor=rep).count())
