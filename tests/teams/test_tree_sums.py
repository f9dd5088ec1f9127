"""Sums over downlines against plain walks."""

import random

import numpy as np
import pytest
from django.db.models import F, Value

from teams import tree
from teams.models import Rep
from tests import sizes


@pytest.fixture
def forest(company):
    """Reps at random places, in any order of ids; returns {id: sponsor's id}."""
    chance = random.Random(4)
    common = {"territory": company.territory, "calendar": "UA", "joined_year": 2018, "joined_number": 1}
    reps = Rep.objects.bulk_create(Rep(code=f"{i}", name="R", **common, **tree.UNPLACED) for i in range(sizes.NODES))
    chance.shuffle(reps)
    pairs = [
        (rep.pk, None if i == 0 or chance.random() < 0.05 else chance.choice(reps[max(0, i - 9) : i]).pk) for i, rep in enumerate(reps)
    ]
    tree.adopt(Rep, pairs)
    return dict(pairs)


def levels_below(links, top):
    """[those one level below, those two levels below, ...], to the end."""
    found, line = [], [top]
    while line := [node for node, sponsor in links.items() if sponsor in line]:
        found.append(line)
    return found


def test_sums_sizes_and_levels_are_what_the_links_say(forest):
    pv = {node: random.Random(node).randrange(-50, 10**12) for node in forest}
    Rep.objects.filter(pk__in=list(forest)[::3]).update(title="counts")
    for node, value in pv.items():
        Rep.objects.filter(pk=node).update(joined_year=value % 30000)
    counted = Rep.objects.filter(title="counts").values_list("pk", "joined_year", Value(2))
    own = {node: value % 30000 if node in list(forest)[::3] else 0 for node, value in pv.items()}
    found = tree.rollup(Rep, counted, ["year", "two"])
    assert found.ids.tolist() == sorted(forest)
    for at, node in enumerate(found.ids.tolist()):
        below = levels_below(forest, node)
        assert found.size[at] == sum(map(len, below))
        assert found.own["year"][at] == own[node]
        assert found.sums["year"][at] == sum(own[one] for line in below for one in line)
        assert found.sums["two"][at] == sum(2 for line in below for one in line if one in list(forest)[::3])
        assert found.levels["year"][:, at].tolist() == [sum(own[one] for one in line) for line in [*below, *[[]] * 7][:7]]


def test_rows_of_one_node_add_up_and_sql_will_do(forest):
    found = tree.rollup(Rep, "SELECT id, 7 % 4 FROM teams_rep UNION ALL SELECT id, 10 FROM teams_rep", ["n"])
    assert (found.own["n"] == 13).all()
    assert (found.sums["n"] == 13 * found.size).all()


def test_fractions_are_refused(forest):
    with pytest.raises(TypeError):
        tree.rollup(Rep, "SELECT id, 0.5 FROM teams_rep", ["n"])
    with pytest.raises(TypeError):
        tree.rollup(Rep, Rep.objects.values_list("pk", F("joined_year")), ["n", "m"])


def test_nobody_has_nothing(db):
    found = tree.rollup(Rep, "SELECT 1::bigint, 2", ["n"])
    assert (len(found.ids), found.levels["n"].shape) == (0, (7, 0))


def test_one_statement_reads_everything(forest, django_assert_num_queries):
    with django_assert_num_queries(2):  # the first asks for the types alone
        tree.rollup(Rep, Rep.objects.values_list("pk", "joined_year"), ["n"])


def test_labels_are_computed_from_links_in_any_order():
    parents = np.array([3, -1, 0, 1, -1, 6, 5, 6, 1])  # 5 and 6 are a ring, 7 hangs on it
    found = tree.labels(parents)
    assert found.ring.tolist() == [False, False, False, False, False, True, True, True, False]
    assert found.level.tolist() == [2, 0, 3, 1, 0, -1, -1, -1, 1]
    assert found.tree.tolist() == [0, 0, 0, 0, 1, -1, -1, -1, 0]
    inner = [node for node in range(9) if parents[node] >= 0 and not found.ring[node]]
    assert all(found.lft[parents[n]] < found.lft[n] < found.rght[n] < found.rght[parents[n]] for n in inner)
    assert found.rght[3] < found.lft[8]  # siblings in the order of their positions


def test_no_nodes_no_labels():
    assert [len(column) for column in vars(tree.labels(np.zeros(0, np.int64))).values()] == [0] * 5


def test_downlines_of_given_links():
    ids = np.array([3, 5, 8, 9, 20])
    found = tree.Downlines.of(ids, np.array([-1, 3, 5, 3, 77]))  # 77 is not there: 20 is a root
    assert found.depth.tolist() == [0, 1, 2, 1, 0]
    assert found.size.tolist() == [3, 1, 0, 0, 0]
    values = np.array([1, 2, 4, 8, 16])
    assert found.below(values).tolist() == [14, 4, 0, 0, 0]
    assert found.levels(values)[:3].tolist() == [[10, 4, 0, 0, 0], [4, 0, 0, 0, 0], [0, 0, 0, 0, 0]]


def test_the_highest_of_each_branch_and_the_sums_of_the_first_level():
    chance = random.Random(9)
    ids = np.arange(1, 201)
    links = {node: chance.choice([-1, *range(1, node)]) if node > 1 else -1 for node in ids.tolist()}
    values = np.array([chance.randrange(-5, 100) for _ in ids])
    found = tree.Downlines.of(ids, np.array([links[node] for node in ids.tolist()]))
    branch = {node: [node, *(one for level in levels_below(links, node) for one in level)] for node in links}
    assert found.highest(values).tolist() == [max(values[one - 1] for one in branch[node]) for node in ids.tolist()]
    assert found.first_level(values).tolist() == [
        sum(values[one - 1] for one, sponsor in links.items() if sponsor == node) for node in ids.tolist()
    ]
    ring = tree.Downlines.of(np.array([1, 2, 3]), np.array([2, 1, -1]))
    assert ring.highest(np.array([7, 8, 9])).tolist() == [7, 8, 9]


def test_downlines_on_a_ring_have_nobody_below():
    found = tree.Downlines.of(np.array([1, 2, 3]), np.array([2, 1, -1]))
    assert (found.depth.tolist(), found.size.tolist()) == ([-1, -1, 0], [0, 0, 0])
    assert found.below(np.array([1, 1, 1])).tolist() == [0, 0, 0]


def test_downlines_of_nobody():
    none = np.zeros(0, np.int64)
    found = tree.Downlines.of(none, none)
    assert (found.below(none).tolist(), found.levels(none).shape) == ([], (7, 0))
