"""Placing the lines of a file, compared with a plain telling in dictionaries."""

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from teams import placing
from teams.placing import BELOW_REJECTED, NO_PARENT, OK, OTHER, RING, ROOT, UNKNOWN, Lines
from tests import sizes


def rings(parents):
    """The nodes that are their own ancestors."""
    found = set()
    for start in parents:
        node, steps = parents[start], 0
        while node in parents and node != start and steps <= len(parents):
            node, steps = parents[node], steps + 1
        if node == start:
            found.add(start)
    return found


def plainly(stored, wanted, out):
    """Line -> verdict. `stored`: node -> parent; `wanted`: line -> (node, parent); `out`: line -> verdict of the caller."""
    verdict = {line: out.get(line, OK) for line in wanted}
    newcomers = {node for node, _parent in wanted.values()} - set(stored)
    below = defaultdict(list)
    for line, (_node, parent) in wanted.items():
        below[parent].append(line)

    def reject_below(lines):
        for line in list(lines):
            if wanted[line][0] in newcomers:
                more = [one for one in below[wanted[line][0]] if verdict[one] == OK]
                verdict.update(dict.fromkeys(more, BELOW_REJECTED))
                reject_below(more)

    verdict.update({line: NO_PARENT for line, (_node, parent) in wanted.items() if parent == UNKNOWN and verdict[line] == OK})
    reject_below([line for line, why in verdict.items() if why != OK])
    while True:
        used = {wanted[line][0]: wanted[line][1] for line, why in verdict.items() if why == OK}
        on_ring = rings({**stored, **used})
        hit = [
            line
            for line, (node, parent) in wanted.items()
            if verdict[line] == OK and node in on_ring and (node in newcomers or stored[node] != parent)
        ]
        if not hit:
            return verdict, {**stored, **used}
        verdict.update(dict.fromkeys(hit, RING))
        reject_below(hit)


@st.composite
def files(draw):
    """A tree on file (each node's parent is before it), and lines about some of its nodes and newcomers."""
    n = draw(st.integers(0, 12))
    stored = [draw(st.integers(ROOT, node - 1)) for node in range(n)]
    known = draw(st.lists(st.integers(0, n - 1), unique=True)) if n else []
    own = draw(st.permutations([*known, *[-1] * draw(st.integers(0, 8))]))
    nodes = [*range(n), *(n + line for line, node in enumerate(own) if node < 0)]
    wanted = [draw(st.sampled_from([ROOT, UNKNOWN, *nodes])) for _ in own]
    out = [draw(st.sampled_from([0, 0, 0, OTHER])) for _ in own]
    return stored, own, wanted, out


def array(values):
    return np.array(values, np.int64)


@settings(max_examples=2000 if sizes.FULL else 300, deadline=None)
@given(files())
def test_as_told_plainly(file):
    stored, own, wanted, out = file
    n = len(stored)
    placed = placing.place(array(stored), Lines(array(own), array(wanted)), array(out))
    told = {line: (node if node >= 0 else n + line, wanted[line]) for line, node in enumerate(own)}
    verdict, parents = plainly(dict(enumerate(stored)), told, {line: why for line, why in enumerate(out) if why})
    assert placed.verdict.tolist() == [verdict[line] for line in range(len(own))]
    assert {node: parent for node, parent in enumerate(placed.parents.tolist()) if node in parents} == parents
    assert not placing.on_rings(placed.parents).any()


def test_without_lines_and_without_a_tree():
    none = array([])
    assert placing.place(none, Lines(none, none)).parents.tolist() == []
    assert placing.place(array([ROOT, 0]), Lines(none, none)).parents.tolist() == [ROOT, 0]


def test_many_moves_that_go_round_end(monkeypatch):
    """After some rounds every move is rejected: no file can hold a worker up."""
    monkeypatch.setattr(placing, "PATIENCE", 0)
    stored = array([ROOT, 0, 1, ROOT])
    placed = placing.place(stored, Lines(array([0, 3, -1, -1, -1]), array([2, 1, 7, 6, 3])))
    assert placed.verdict.tolist() == [RING, RING, RING, RING, OK]
    assert placed.parents[:4].tolist() == stored.tolist()


def test_a_long_ring_and_a_long_chain():
    n = 20_000
    ring = np.roll(np.arange(n), 1)
    placed = placing.place(array([]), Lines(np.full(n, -1), ring))
    assert (placed.verdict == RING).all()
    chain = np.arange(n) - 1
    assert (placing.place(array([]), Lines(np.full(n, -1), chain)).verdict == OK).all()
    chain[0] = UNKNOWN
    assert np.bincount(placing.place(array([]), Lines(np.full(n, -1), chain)).verdict).tolist() == [0, 1, n - 1]


def test_the_nearest_that_stays():
    parents = array([ROOT, 0, 1, 2, 3, ROOT, 5])
    gone = np.array([False, False, True, True, False, True, False])
    assert placing.nearest(parents, gone).tolist() == [ROOT, 0, 1, 1, 1, ROOT, ROOT]
    chain = np.arange(5000) - 1
    assert placing.nearest(chain, (chain >= 0) & (chain < 4998)).tolist() == [ROOT, *[0] * 4999]
