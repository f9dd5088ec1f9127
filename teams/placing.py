"""Where the lines of a file belong in a tree: unknown parents, rings and what hangs on them, found in arrays, never row by row.

A node is a number: 0 to n-1 are on file, n + i is the newcomer of line i (unused when line i is about a node on file).
"""

from dataclasses import dataclass
from itertools import count

import numpy as np

ROOT, UNKNOWN = -1, -2  # as a parent
OK, NO_PARENT, BELOW_REJECTED, RING, OTHER = range(5)  # what becomes of a line; from OTHER on: the caller's own reasons
PATIENCE = 8  # rounds of breaking rings before every move is rejected

Ints = np.ndarray  # of int64 unless a comment says otherwise


@dataclass(frozen=True)
class Lines:
    """The lines of a file: `own` is the node on file that a line is about (-1: a newcomer), `wanted` the parent node it names."""

    own: Ints
    wanted: Ints  # a node, ROOT or UNKNOWN


@dataclass(frozen=True)
class Placed:
    """What becomes of each line (OK, NO_PARENT, ...), and the parent of every node afterwards (ROOT: none)."""

    verdict: Ints
    parents: Ints


def place(stored: Ints, lines: Lines, rejected: Ints | None = None) -> Placed:
    """Reject the lines that cannot be placed; whatever is rejected, the rest can be. O(nodes) and some frontier steps.

    `stored` is the parent of every node on file, free of rings. `rejected` (int8, one per line, 0: not) are lines that the
    caller has rejected already, by reasons from OTHER on. A line about a node on file that is rejected leaves it where it is.
    """
    n, m = len(stored), len(lines.own)
    node = np.where(lines.own >= 0, lines.own, n + np.arange(m))
    verdict = np.zeros(m, np.int8) if rejected is None else rejected.astype(np.int8)
    parents = np.concatenate([stored, np.full(m, ROOT, np.int64)])
    verdict[(verdict == OK) & (lines.wanted == UNKNOWN)] = NO_PARENT
    below = _children(lines.wanted, n + m)
    _reject_below(verdict, lines, node, below, np.flatnonzero(verdict))
    used = verdict == OK
    parents[node[used]] = lines.wanted[used]
    known = lines.own >= 0
    back = np.full(m, ROOT, np.int64)  # where a rejected line leaves its node
    back[known] = stored[lines.own[known]]
    movable = ~known | (back != lines.wanted)
    for rounds in count():
        ring = on_rings(parents)
        if not ring.any():
            break
        bad = ring[node] if rounds < PATIENCE else ring[node] | known
        hit = np.flatnonzero(bad & movable & (verdict == OK))
        verdict[hit] = RING
        hit = np.concatenate([hit, _reject_below(verdict, lines, node, below, hit)])
        parents[node[hit]] = back[hit]
    return Placed(verdict, parents)


def astray(parents: Ints) -> Ints:
    """Mask (bool) of the nodes that no chain of parents leads from to a root: those on a ring, and below one. O(n log n)."""
    up = parents.copy()
    for _step in range(max(len(parents), 1).bit_length()):
        inner = up >= 0
        if not inner.any():
            break
        up[inner] = up[up[inner]]
    return up >= 0


def on_rings(parents: Ints) -> Ints:
    """Mask (bool) of the nodes that are their own ancestors."""
    ring = astray(parents)
    left = np.flatnonzero(ring)
    children = np.bincount(parents[left], minlength=len(parents))
    ends = left[children[left] == 0]
    while len(ends):
        ring[ends] = False
        above = parents[ends]
        np.subtract.at(children, above, 1)
        ends = np.unique(above)
        ends = ends[children[ends] == 0]
    return ring


def nearest(parents: Ints, gone: Ints) -> Ints:
    """For every node its nearest ancestor that is not in the mask `gone` (ROOT: none); `parents` is free of rings."""
    up = parents.copy()
    while len(low := np.flatnonzero((up >= 0) & gone[np.maximum(up, 0)])):
        up[low] = up[up[low]]  # halves the way each time: nodes that are gone have climbed as well
    return up


def _children(wanted: Ints, nodes: int) -> tuple[Ints, Ints]:
    """The lines that name each node as parent: (lines grouped by it, where each group begins)."""
    order = np.argsort(wanted, kind="stable")
    return order, np.searchsorted(wanted[order], np.arange(nodes + 1))


def _reject_below(verdict: Ints, lines: Lines, node: Ints, below: tuple[Ints, Ints], lost: Ints) -> Ints:
    """Reject the lines that hang on newcomers who were rejected (line numbers `lost`), in place; returns the lines this rejected."""
    order, start = below
    found = [np.empty(0, np.int64)]
    lost = lost[lines.own[lost] < 0]
    while len(lost):
        first, after = start[node[lost]], start[node[lost] + 1]
        sizes = after - first
        total = int(sizes.sum())
        if not total:
            break
        shift = np.repeat(first - np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes)
        hit = order[shift + np.arange(total)]
        hit = hit[verdict[hit] == OK]
        verdict[hit] = BELOW_REJECTED
        found.append(hit)
        lost = hit[lines.own[hit] < 0]
    return np.concatenate(found)
