"""A rep's actions are counted per day, where the rep lives."""

import datetime as dt

import pytest
import time_machine

from teams import activity
from teams.models import ActivityCount, Rep, Territory, User


@pytest.fixture
def rep(db):
    place = Territory(code="UA", name="Ukraine", kind="market", time_zone="Europe/Kyiv", currency="UAH", language="uk")
    place.save()
    user = User.objects.create_user(email="r@example.com", name="R", zone="Asia/Tokyo")
    rep = Rep(code="1", name="R", user=user, territory=place, calendar="UA", joined_year=2018, joined_number=1)
    rep.save()
    return rep


@time_machine.travel("2018-11-07 16:00+00:00", tick=False)
def test_counts_add_up_on_the_reps_own_day(rep):
    activity.count(rep, ActivityCount.Kind.CALL)
    activity.count(rep, ActivityCount.Kind.CALL, 2)
    activity.count(rep, ActivityCount.Kind.MOVE)
    assert list(ActivityCount.objects.order_by("kind").values_list("day", "kind", "n")) == [
        (dt.date(2018, 11, 8), "call", 3),
        (dt.date(2018, 11, 8), "move", 1),
    ]
