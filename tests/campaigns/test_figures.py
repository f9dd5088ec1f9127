"""The figures against a plain reading of their definitions, and against the sample company's known truth."""

import datetime as dt
import random
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns import figures
from campaigns.models import Calendar, Campaign, Order
from teams import tree
from teams.models import ActivityCount, Rep, Territory
from tests.campaigns import company

pytestmark = pytest.mark.django_db

START = dt.date(2024, 1, 1)


@pytest.fixture
def calendar():
    market = Territory(code="UA", name="Ukraine", kind="market", time_zone="Europe/Kyiv", currency="UAH", language="uk")
    Territory.objects.bulk_create([place(market, 0)])
    tree.relabel(Territory)
    return Calendar.objects.create(code="UA", name="Ukraine", market=market)


@pytest.fixture
def campaigns(calendar):
    made = [
        Campaign(
            calendar=calendar,
            year=2024,
            number=n + 1,
            starts_on=START + dt.timedelta(21 * n),
            ends_on=START + dt.timedelta(21 * n + 20),
            order_deadline=START + dt.timedelta(21 * n + 18),
            closed_at=timezone.now(),
        )
        for n in range(4)
    ]
    return Campaign.objects.bulk_create(made)


def place(node, n):
    node.lft, node.rght, node.tree_id, node.level = 2 * n + 1, 2 * n + 2, n + 1, 0
    return node


def add_reps(count, territory, **fields):
    known = Rep.objects.count()
    made = [
        Rep(**{"code": f"R{known + n}", "name": f"Rep {known + n}", "calendar": "UA", "joined_year": 2024, "joined_number": 1, **fields})
        for n in range(count)
    ]
    for n, rep in enumerate(made):
        rep.territory = territory
        place(rep, known + n)
    return Rep.objects.bulk_create(made)


def add_order(rep, campaign, amount, returns=None):
    return Order.objects.create(
        number=f"N{Order.objects.count()}",
        kind="return" if returns else "order",
        returns=returns,
        rep=rep,
        campaign=campaign,
        placed_on=campaign.starts_on,
        amount=amount,
        currency="UAH",
    )


def act(rep, day, n, kind="call"):
    ActivityCount.objects.create(rep=rep, day=day, kind=kind, n=n)


def one(campaign, reps=None):
    return figures.of_campaigns([campaign], Rep.objects.all() if reps is None else reps)[0]


def test_on_file_from_the_campaign_of_joining_until_removed(calendar, campaigns):
    add_reps(1, calendar.market, joined_number=2)
    add_reps(1, calendar.market, joined_number=1, status="removed", removed_on=campaigns[1].ends_on)
    add_reps(1, calendar.market, joined_number=1, status="removed", removed_on=campaigns[1].ends_on + dt.timedelta(1))
    add_reps(1, calendar.market, joined_year=2025, joined_number=1)
    add_reps(1, calendar.market, joined_year=2023, joined_number=17)
    add_reps(1, calendar.market, calendar="OTHER")
    assert [row.on_file for row in figures.of_campaigns(campaigns, Rep.objects.all())] == [3, 3, 2, 2]


def test_active_is_counted_once_and_not_for_an_order_sent_back(calendar, campaigns):
    first, second = campaigns[:2]
    twice, sent_back, part_back, only_return = add_reps(4, calendar.market)
    add_order(twice, first, 100)
    add_order(twice, first, 50)
    gone = add_order(sent_back, first, 80)
    add_order(sent_back, first, -30, returns=gone)
    add_order(sent_back, second, -50, returns=gone)  # the rest comes back a campaign later
    kept = add_order(part_back, first, 80)
    add_order(part_back, first, -79, returns=kept)
    add_order(only_return, second, -50, returns=add_order(only_return, first, 50))
    row = one(first)
    assert (row.on_file, row.active, row.orders, row.net_sales) == (4, 2, 5, Decimal(251))
    row = one(second)
    assert (row.on_file, row.active, row.orders, row.net_sales) == (4, 0, 0, Decimal(-100))


def test_who_left_or_was_not_there_yet_is_not_active_but_sales_stay(calendar, campaigns):
    (left,) = add_reps(1, calendar.market, status="removed", removed_on=campaigns[0].starts_on)
    (later,) = add_reps(1, calendar.market, joined_number=2)
    add_order(left, campaigns[0], 10)
    add_order(later, campaigns[0], 5)
    row = one(campaigns[0])
    assert (row.on_file, row.active, row.orders, row.net_sales, row.active_percent) == (0, 0, 2, Decimal(15), None)


def test_actions_count_from_the_first_day_to_the_last(calendar, campaigns):
    (rep,) = add_reps(1, calendar.market)
    day = dt.timedelta(1)
    act(rep, campaigns[1].starts_on - day, 1)
    act(rep, campaigns[1].starts_on, 2)
    act(rep, campaigns[1].starts_on, 4, kind="comment")
    act(rep, campaigns[1].ends_on, 8)
    act(rep, campaigns[1].ends_on + day, 16)
    assert [row.actions for row in figures.of_campaigns(campaigns, Rep.objects.all())] == [1, 14, 16, 0]
    assert [row.actions for row in figures.of_rep(campaigns, rep)] == [1, 14, 16, 0]


def test_only_the_asked_reps_count(calendar, campaigns):
    other = Territory(code="UA-1", name="Elsewhere", kind="territory", parent=calendar.market)
    Territory.objects.bulk_create([place(other, 1)])
    (mine,) = add_reps(1, calendar.market)
    (theirs,) = add_reps(1, other)
    for rep in (mine, theirs):
        add_order(rep, campaigns[0], 7)
        act(rep, campaigns[0].starts_on, 3)
    row = one(campaigns[0], Rep.objects.filter(territory=other))
    assert (row.on_file, row.active, row.orders, row.net_sales, row.actions) == (1, 1, 1, Decimal(7), 3)


@pytest.mark.parametrize("seed", range(4))
def test_figures_equal_a_plain_reading(calendar, campaigns, seed):
    chance = random.Random(seed)
    reps = []
    for _ in range(12):
        fields = {
            "joined_year": chance.choice([2023, 2024]),
            "joined_number": chance.randint(1, 5),
            "calendar": chance.choice(["UA", "UA", "UA", "B"]),
        }
        if chance.random() < 0.3:
            fields |= {"status": "removed", "removed_on": START + dt.timedelta(chance.randint(0, 90))}
        reps += add_reps(1, calendar.market, **fields)
    for _ in range(40):
        order = add_order(chance.choice(reps), chance.choice(campaigns), chance.randint(0, 5))
        while chance.random() < 0.4:
            add_order(order.rep, chance.choice(campaigns), -chance.randint(0, 5), returns=order)
    for rep in reps:
        for day in chance.sample(range(90), 5):
            act(rep, START + dt.timedelta(day), chance.randint(1, 9))
    assert figures.of_campaigns(campaigns, Rep.objects.all()) == [plain(campaign) for campaign in campaigns]


def plain(campaign):
    """As docs/concepts.md says it."""
    reps, orders = list(Rep.objects.all()), list(Order.objects.select_related("returns"))
    on_file = {
        rep.pk
        for rep in reps
        if rep.calendar == "UA"
        and (rep.joined_year, rep.joined_number) <= (campaign.year, campaign.number)
        and not (rep.removed_on and rep.removed_on <= campaign.ends_on)
    }
    mine = [order for order in orders if order.campaign_id == campaign.pk]
    active = set()
    for order in mine:
        returns = [other.amount for other in orders if other.returns_id == order.pk]
        if order.kind == "order" and not (returns and order.amount + sum(returns) <= 0):
            active.add(order.rep_id)
    days = ActivityCount.objects.filter(day__gte=campaign.starts_on, day__lte=campaign.ends_on, rep__calendar="UA")
    return figures.CampaignFigures(
        campaign=campaign,
        on_file=len(on_file),
        active=len(active & on_file),
        orders=sum(order.kind == "order" for order in mine),
        net_sales=sum((order.amount for order in mine), Decimal(0)),
        actions=sum(count.n for count in days),
    )


def test_three_queries_for_one_rep_and_for_many(calendar, campaigns, django_assert_num_queries):
    add_reps(1, calendar.market)
    for _ in range(2):
        with django_assert_num_queries(3):
            figures.of_campaigns(campaigns, Rep.objects.all())
        add_reps(5, calendar.market)


def test_no_campaigns_no_figures(calendar):
    assert figures.of_campaigns([], Rep.objects.all()) == []
    assert figures.closed_campaigns(calendar) == []
    assert figures.recent_campaigns(calendar) == [None, None, None, None]


def test_recent_campaigns_are_the_last_ended_and_the_running_one(calendar, campaigns, time_machine):
    time_machine.move_to(dt.datetime(2024, 2, 27, 12, tzinfo=dt.UTC))
    assert figures.recent_campaigns(calendar, 2) == campaigns[0:3]
    assert figures.recent_campaigns(calendar, 3) == [None, *campaigns[0:3]]
    time_machine.move_to(dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC))
    assert figures.recent_campaigns(calendar, 2) == [*campaigns[2:4], None]


def test_r_needs_three_campaigns_and_a_change():
    assert figures.pearson([(1.0, 2.0), (2.0, 3.0)]) is None
    assert figures.pearson([(1.0, 2.0), (1.0, 3.0), (1.0, 4.0)]) is None
    assert figures.pearson([(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]) == pytest.approx(1.0)


def test_the_pilot_of_the_sample_company_has_its_known_figures():
    company.load()
    truth = company.truth()
    campaigns = list(Campaign.objects.filter(year=2018, number__range=(9, 14)).select_related("calendar").order_by("number"))
    found = figures.of_campaigns(campaigns, Rep.objects.filter(territory__group="pilot"))
    assert [round(row.active_percent, 1) for row in found] == truth["pilot_active_percent"] == [55.4, 55.5, 62.1, 63.6, 65.1, 66.8]
    assert [round(row.actions_per_rep, 1) for row in found] == truth["pilot_actions_per_rep"]
    assert round(figures.activity_r(found), 3) == truth["pearson_r"] == 0.967
