"""Whatever is wrong with a tree is found, counted, told and mended."""

import json

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from cotano.celery import app
from teams import tasks, tree
from teams.models import Rep, Territory
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def places():
    return make.territories()


@pytest.fixture
def break_it(places):
    """Writes what the constraints would refuse at the end of the transaction, and mends it before."""

    def broken(code, **values):
        Territory.objects.filter(code=code).update(**values)

    yield broken
    tree.relabel(Territory)
    assert set(tree.check(Territory).values()) == {0}


def wrong():
    return {name: n for name, n in tree.check(Territory).items() if n}


def test_a_right_tree_has_nothing_wrong(places):
    assert wrong() == {}
    assert tree.check(Rep) == dict.fromkeys(tree.check(Territory), 0)


@pytest.mark.parametrize(
    ("code", "values", "found"),
    [
        ("UA-N-01", {"level": 5}, {"level": 1}),
        ("UA-N", {"level": 0}, {"level": 3}),
        ("UA-N-01", {"tree_id": 99}, {"outside parent": 1}),
        ("UA-N-01", {"rght": F("rght") + 2**61}, {"outside parent": 1, "sibling overlap": 1}),
        ("UA-N-01", {"tree_id": 0}, {"unplaced": 1, "outside parent": 1}),
        ("UA-N-02", {"lft": F("lft") - 2**60}, {"sibling overlap": 1}),
        ("UA", {"lft": 0}, {"label range": 1}),
    ],
)
def test_each_invariant_is_looked_at(places, break_it, code, values, found):
    tree.relabel(Territory)  # so that the labels are those the cases were written for
    break_it(code, **values)
    assert wrong() == found


def test_one_label_twice_and_two_roots_in_one_tree(places, break_it):
    other = Territory.objects.create(code="X", name="X", kind="region")
    top = Territory.objects.get(code="UA")
    break_it("X", tree_id=top.tree_id, lft=top.lft, rght=top.rght)
    assert wrong() == {"label twice": 2, "tree shared": 1}
    assert other.pk


def test_a_ring_is_found(places, break_it):
    break_it("UA-N", parent=places["UA-N-01"])
    assert tree.check(Territory)["ring"] == 3
    break_it("UA-N", parent=places["UA"])


def refused_at_the_end(values):
    Territory.objects.filter(code="UA-N-01").update(**values)
    connection.check_constraints()


@pytest.mark.parametrize(
    "values", [{"lft": F("rght")}, {"tree_id": 10**6, "lft": 5, "rght": 6}], ids=["lft is rght", "the labels of another"]
)
def test_the_database_refuses_what_it_can(places, values):
    Territory.objects.filter(code="UA-N-02").update(tree_id=10**6, lft=5, rght=7)
    with pytest.raises(IntegrityError, match=r"territory_(lft_before_rght|lft_once)"), transaction.atomic():
        refused_at_the_end(values)
    tree.relabel(Territory)


def test_the_command_says_what_is_wrong(places, break_it, capsys):
    call_command("check_tree")
    assert capsys.readouterr().out == "The trees are right.\n"
    break_it("UA-N", level=9)
    with pytest.raises(SystemExit) as end:
        call_command("check_tree")
    assert (end.value.code, capsys.readouterr().out) == (1, "teams.territory: level: 3\n")
    with pytest.raises(SystemExit) as end:
        call_command("check_tree", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (end.value.code, sorted(told)) == (1, ["teams.rep", "teams.territory"])
    assert told["teams.territory"] == tree.check(Territory)


def test_at_night_trees_are_looked_at(places, break_it, caplog):
    with caplog.at_level("INFO", logger="teams.tree"):
        tasks.check_trees()
    assert [record.getMessage() for record in caplog.records] == ["the tree of teams.territory is right", "the tree of teams.rep is right"]
    caplog.clear()
    break_it("UA-N", level=9)
    tasks.check_trees()
    assert [(record.levelname, record.getMessage().split(";")[0]) for record in caplog.records if record.levelname != "INFO"] == [
        ("ERROR", "the tree of teams.territory is broken: {'level': 3}")
    ]


def test_at_night_gaps_are_widened(places):
    north, last = (Territory.objects.get(code=code) for code in ("UA-N", "UA-N-02"))
    Territory.objects.filter(pk=north.pk).update(rght=last.rght + 3)
    tasks.widen_tight()
    north, last = (Territory.objects.get(code=code) for code in ("UA-N", "UA-N-02"))
    assert north.rght - last.rght > tree.space.TIGHT
    assert wrong() == {}


def test_both_run_every_night():
    nightly = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    for name in ("teams.check_trees", "teams.widen_tight"):
        assert name in app.tasks
        assert (len(nightly[name].hour), len(nightly[name].minute)) == (1, 1)
