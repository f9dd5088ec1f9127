"""The index over the tree against plain walks along the parent links."""

import random

import pytest
from django.db import connection

from teams.models import Rep, Territory
from teams.tree import find_cycles, lock, relabel

pytestmark = pytest.mark.django_db


def plant(parents):
    """Reps 0..n-1; `parents[i]` is the sponsor's number or None."""
    market = Territory(
        code="UA", name="Ukraine", kind="market", time_zone="Europe/Kyiv", currency="UAH", language="uk", lft=0, rght=0, tree_id=0, level=0
    )
    Territory.objects.bulk_create([market])
    place = {"lft": 0, "rght": 0, "tree_id": 0, "level": 0}
    reps = [
        Rep(code=f"{i:05}", name=f"Rep {i}", territory=market, calendar="UA", joined_year=2018, joined_number=1, **place)
        for i in range(len(parents))
    ]
    Rep.objects.bulk_create(reps)
    for rep, sponsor in zip(reps, parents, strict=True):
        rep.sponsor_id = None if sponsor is None else reps[sponsor].pk
    Rep.objects.bulk_update(reps, ["sponsor"])
    return reps


def below(parents, top):
    """Everybody under `top`, found the slow way."""
    found, before = {top}, 0
    while len(found) != before:
        before = len(found)
        found |= {i for i, sponsor in enumerate(parents) if sponsor in found}
    return found - {top}


@pytest.mark.parametrize("seed", range(5))
def test_below_is_what_the_parent_links_say(seed):
    chance = random.Random(seed)
    parents = [None if i == 0 or chance.random() < 0.05 else chance.randrange(i) for i in range(60)]
    reps = plant(parents)
    relabel(Rep, order_by="code")
    for i, rep in enumerate(reps):
        assert set(Rep.objects.below(rep.pk).values_list("code", flat=True)) == {reps[j].code for j in below(parents, i)}


def test_tree_order_puts_parents_before_children_and_branches_together():
    plant([None, 0, 0, 1, None, 1])
    relabel(Rep, order_by="code")
    rows = Rep.objects.in_tree_order().with_depth().values_list("code", "depth")
    assert list(rows) == [("00000", 0), ("00001", 1), ("00003", 2), ("00005", 2), ("00002", 1), ("00004", 0)]


def test_relabelling_an_unchanged_tree_writes_nothing():
    plant([None, 0, 0, 1])
    assert relabel(Rep, order_by="code") == 4
    assert relabel(Rep, order_by="code") == 0


def test_a_chain_5000_deep_is_taken():
    reps = plant([None, *range(4999)])
    relabel(Rep, order_by="code")
    assert Rep.objects.below(reps[0].pk).count() == 4999


def test_at_or_below_takes_the_tops_too():
    reps = plant([None, 0, 1, None])
    relabel(Rep, order_by="code")
    found = Rep.objects.at_or_below(Rep.objects.filter(pk=reps[1].pk))
    assert set(found.values_list("code", flat=True)) == {"00001", "00002"}


@pytest.mark.parametrize(
    ("parents", "never"),
    [
        ({"a": "", "b": "a"}, set()),
        ({"a": "a"}, {"a"}),
        ({"a": "b", "b": "a", "c": "b", "d": ""}, {"a", "b", "c"}),
        ({"a": "unknown"}, set()),
        ({"c": "b", "b": "a", "a": ""}, set()),
    ],
)
def test_find_cycles(parents, never):
    assert find_cycles(parents) == never


def test_a_writer_holds_the_lock_of_the_tree():
    lock(Rep)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()")
        assert cursor.fetchone() == (1,)
