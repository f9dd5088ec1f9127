"""Rows of figures: who may read them, what the database refuses."""

import pytest
from django.db import IntegrityError, transaction

from campaigns.models import ClassTotal, Snapshot, Total
from tests import make


@pytest.fixture
def company(db):
    places = make.territories(extra=("03",))
    running = make.campaigns(make.calendar(places["UA"]))[1]
    top = make.rep("top", places["UA-N-01"])
    leg = make.rep("leg", places["UA-N-02"], sponsor=top)
    stranger = make.rep("other", places["UA-N-03"])
    for rep in (top, leg, stranger):
        snapshot(running, rep, on_file=True)
    for place in places.values():
        Total.objects.create(campaign=running, territory=place)
        ClassTotal.objects.create(campaign=running, territory=place, joined_year=2020, joined_number=1, on_file=1, active=0)
    return places, running, top, leg


def snapshot(campaign, rep, **figures):
    return Snapshot.objects.create(
        campaign=campaign,
        rep=rep,
        sponsor=rep.sponsor,
        territory=rep.territory,
        joined_year=rep.joined_year,
        joined_number=rep.joined_number,
        **figures,
    )


def codes(rows):
    return sorted(rows.values_list("rep__code", flat=True))


def test_everybody_reads_the_snapshots_of_reps_they_may_see(company):
    places, _running, top, leg = company
    manager = make.manager(places["UA-N-02"])
    assert codes(Snapshot.objects.visible_to(top.user)) == ["leg", "top"]
    assert codes(Snapshot.objects.line_of(leg.user)) == ["leg"]
    assert codes(Snapshot.objects.managed_by(top.user)) == []
    assert codes(Snapshot.objects.managed_by(manager)) == ["leg"]
    assert codes(Snapshot.objects.visible_to(make.analyst())) == ["leg", "other", "top"]


@pytest.mark.parametrize("model", [Total, ClassTotal])
def test_totals_are_read_by_who_is_in_charge_of_the_territory(company, model):
    places, _running, top, _leg = company
    region = make.manager(places["UA-N"])
    assert model.objects.visible_to(top.user).count() == 0
    assert sorted(model.objects.visible_to(region).values_list("territory__code", flat=True)) == ["UA-N", "UA-N-01", "UA-N-02", "UA-N-03"]
    assert model.objects.visible_to(make.analyst()).count() == 5


def test_levels_are_seven_numbers_always(company):
    _places, running, top, leg = company
    Snapshot.objects.filter(rep=top).update(level_people=[1, 2, 3, 4, 5, 6, 7])
    read = Snapshot.objects.filter(campaign=running, rep__in=[top, leg]).order_by("rep__code")
    assert [row.level_people for row in read] == [[0] * 7, [1, 2, 3, 4, 5, 6, 7]]
    assert list(read.values_list("level_active", flat=True)) == [[0] * 7, [0] * 7]
    assert codes(Snapshot.objects.filter(level_people__0__gte=1)) == ["top"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"active": True},
        {"on_file": True, "active": True, "idle": 1},
        {"idle": 1},
        {"answered": True},
        {"reminders_due": 1, "reminders_kept": 2},
    ],
)
def test_the_database_refuses_figures_that_contradict_each_other(company, wrong):
    places, running, _top, _leg = company
    with pytest.raises(IntegrityError), transaction.atomic():
        snapshot(running, make.rep("new", places["UA-N-01"]), **wrong)


def test_a_rep_has_one_row_in_a_campaign(company):
    _places, running, top, _leg = company
    with pytest.raises(IntegrityError), transaction.atomic():
        snapshot(running, top)
