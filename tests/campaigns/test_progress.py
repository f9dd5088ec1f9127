"""A rep's progress: sales against the goal and the last campaign, what was kept up."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from campaigns.goals import set_goal
from campaigns.models import Campaign, Order
from campaigns.progress import read_progress
from teams.models import ActivityCount

PAGE = reverse("campaigns:progress")


def order(rep, campaign, day, amount=100, returns=None):
    return Order.objects.create(
        number=f"N{Order.objects.count()}",
        kind="return" if returns else "order",
        returns=returns,
        rep=rep,
        campaign=campaign,
        placed_on=campaign.starts_on + dt.timedelta(day - 1),
        amount=amount,
        currency="UAH",
    )


def act(rep, day, n=1, kind="call"):
    ActivityCount.objects.create(rep=rep, day=day, kind=kind, n=n)


def test_sales_day_by_day_against_the_goal(rep, company):
    set_goal(rep.rep, company.campaign, by=rep.user, target=2100)
    order(rep.rep, company.campaign, 1, 100)
    order(rep.rep, company.campaign, 3, 150)
    response = rep.get(PAGE)
    now = response.context["progress"].now
    assert (now.day, now.net_sales, now.goal, now.pace.ahead) == (3, 250, 2100, -50)
    assert [day.sales for day in now.told] == [100, 100, 250]
    assert ([day.number for day in now.days], [day.number for day in now.days if day.is_today]) == (list(range(1, 22)), [3])
    text = response.content.decode()
    assert ("₴50 behind" in text, "₴1,850 in 19 days to go" in text) == (True, True)


def test_against_the_last_campaign_on_the_same_day(rep, company):
    order(rep.rep, company.before, 2, 300)
    order(rep.rep, company.before, 4, 999)  # later than today is in this one
    order(rep.rep, company.campaign, 1, 100)
    act(rep.rep, company.before.starts_on, 4)
    act(rep.rep, company.before.starts_on + dt.timedelta(3), 9)
    act(rep.rep, company.campaign.starts_on, 2)
    beside = read_progress(rep.rep).now.beside
    assert [(one.name, one.now, one.before, one.width, one.old_width) for one in beside] == [
        ("actions", 2, 4, 50, 100),
        ("orders", 1, 1, 100, 100),
        ("net_sales", 100, 300, 33, 100),
    ]


def test_campaigns_in_a_row_with_an_order_kept(rep, company):
    assert read_progress(rep.rep).campaigns_in_a_row == 0
    first = order(rep.rep, company.before, 2, 300)
    assert read_progress(rep.rep).campaigns_in_a_row == 1  # this one still runs
    order(rep.rep, company.campaign, 1)
    assert read_progress(rep.rep).campaigns_in_a_row == 2
    order(rep.rep, company.before, 3, -300, returns=first)
    assert read_progress(rep.rep).campaigns_in_a_row == 1


def test_weeks_in_a_row_with_something_done(rep, company):
    today = company.calendar.today()
    monday = today - dt.timedelta(today.weekday())
    assert read_progress(rep.rep).weeks_in_a_row == 0
    act(rep.rep, monday - dt.timedelta(1))
    act(rep.rep, monday - dt.timedelta(8))
    act(rep.rep, monday - dt.timedelta(15), kind="earlier")
    assert read_progress(rep.rep).weeks_in_a_row == 2  # this one still lasts
    act(rep.rep, today)
    assert read_progress(rep.rep).weeks_in_a_row == 3


def test_between_campaigns_and_before_the_first(rep, company):
    with time_machine.travel(dt.datetime.combine(company.following.ends_on + dt.timedelta(3), dt.time(12), dt.UTC)):
        rep = type(rep)(rep.user, rep.rep)
        response = rep.get(PAGE)
        assert (response.status_code, response.context["progress"].now) == (200, None)
    Campaign.objects.filter(pk=company.before.pk).delete()
    assert read_progress(rep.rep).now.beside == []
    Campaign.objects.all().delete()
    assert read_progress(rep.rep).now is None


def test_only_ones_own(rep, upline, stranger, manager, company):
    order(stranger.rep, company.campaign, 1, 777)
    order(upline.rep, company.campaign, 1, 777)
    assert rep.get(PAGE).context["progress"].now.net_sales == 0
    assert manager.get(PAGE).status_code == 302
    assert rep.post(PAGE).status_code == 405


@pytest.mark.parametrize("page", ["pipeline:home", "pipeline:profile", "pipeline:more"])
def test_the_way_there(rep, company, page):
    assert rep.get(reverse(page)).content.decode().count(f'href="{PAGE}"') == 1


def test_the_same_queries_for_one_and_for_three(rep, company, django_assert_num_queries):
    order(rep.rep, company.campaign, 1)
    rep.get(PAGE)
    for n in range(3):
        with django_assert_num_queries(10):
            rep.get(PAGE)
        order(rep.rep, company.campaign, n + 1)
        act(rep.rep, company.campaign.starts_on + dt.timedelta(n))
