"""Places in a forest as arrays: from parent links to levels, sizes and labels, in a few passes and without an object per node.

Nodes are positions 0, 1, ... of the arrays; `parents[i]` is the position of the parent, -1 for a root. All arrays are int64.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from teams.tree import space


@dataclass(frozen=True)
class Labels:
    """A new index. `tree` counts the roots from 0 in their order; nodes of a ring have -1 there and no labels."""

    tree: np.ndarray
    lft: np.ndarray
    rght: np.ndarray
    level: np.ndarray
    ring: np.ndarray  # bool: on a ring of parent links, or below one


@dataclass(frozen=True)
class Shape:
    """Where each node stands. Nodes of a ring have level, tree and first -1."""

    parents: np.ndarray
    levels: list[np.ndarray]  # the nodes of each level, siblings together and in their order; the last may be empty
    children: np.ndarray  # how many
    level: np.ndarray
    tree: np.ndarray  # the number of its root, from 0
    size: np.ndarray  # with all below
    first: np.ndarray  # how many nodes of its tree come before it in tree order

    @classmethod
    def of(cls, parents: np.ndarray, order: np.ndarray | None = None) -> Self:
        """The shape of a forest; siblings, and roots, stand in the order of `order`, by default of their positions."""
        count = len(parents)
        grouped = np.argsort(parents, kind="stable") if order is None else np.lexsort((order, parents))
        roots = int(np.count_nonzero(parents < 0))
        children = np.bincount(parents[parents >= 0], minlength=count)
        starts = roots + np.cumsum(children) - children
        level, tree = np.full(count, -1), np.full(count, -1)
        front = grouped[:roots]
        tree[front] = np.arange(roots)
        levels = []
        while front.size:
            level[front] = len(levels)
            levels.append(front)
            front = grouped[_runs(starts[front], children[front])]
            tree[front] = tree[parents[front]]
        size, first = np.where(level < 0, 0, 1), np.where(level < 0, -1, 0)
        for front, below in reversed(list(pairwise(levels))):
            size[front] += _sums(size[below], children[front])
        for front, below in pairwise(levels):
            mine = children[front]
            before = np.cumsum(size[below]) - size[below]
            base = np.append(before, 0)[np.cumsum(mine) - mine]  # of the first child
            first[below] = before + np.repeat(first[front] + 1 - base, mine)
        return cls(parents, levels, children, level, tree, size, first)

    @property
    def ring(self) -> np.ndarray:
        """The nodes that no root leads to."""
        return self.level < 0

    def total(self) -> np.ndarray:
        """The number of nodes of each tree."""
        roots = self.levels[0] if self.levels else np.zeros(0, np.int64)
        return self.size[roots]

    def below(self, values: np.ndarray) -> np.ndarray:
        """The sum over the direct children of each node."""
        sums = np.zeros_like(values)
        for front, below in pairwise(self.levels):
            sums[front] = _sums(values[below], self.children[front])
        return sums


def labels(parents: np.ndarray) -> Labels:
    """The index of a whole forest, its labels spread evenly over the space; siblings stand in the order of their positions."""
    shape = Shape.of(parents)
    lft, rght = spread(shape)
    return Labels(shape.tree, lft, rght, shape.level, shape.ring)


def spread(shape: Shape, kept: np.ndarray | None = None, lft: np.ndarray | None = None, rght: np.ndarray | None = None) -> tuple:
    """The labels (lft, rght) of a forest without rings counted in.

    Nodes of the mask `kept` keep the labels they have, where that leaves enough room for the others; without a mask all
    labels are new and even. Labels that are kept but do not ascend in tree order are of no use: all are new then.
    """
    placed = np.flatnonzero(shape.level >= 0)
    total, tree = shape.total(), shape.tree[placed]
    slots = 2 * total + 2  # of each tree: a bound, two for each node, a bound
    start = np.cumsum(slots) - slots
    left = start[tree] + 1 + 2 * shape.first[placed] - shape.level[placed]
    right = left + 2 * shape.size[placed] - 1
    line, known = np.zeros(int(slots.sum()), np.int64), np.zeros(int(slots.sum()), bool)
    bounds = np.zeros(len(line), bool)
    bounds[start] = bounds[start + slots - 1] = True
    line[start + slots - 1] = space.TOP
    known |= bounds
    if kept is not None:
        stay = kept[placed]
        line[left[stay]], line[right[stay]] = lft[placed][stay], rght[placed][stay]
        known[left[stay]] = known[right[stay]] = True
        _make_room(line, known, bounds)
    at = np.flatnonzero(known)
    missing, room = np.diff(at) - 1, np.diff(line[at])
    if (missing > 0).any() and (room[missing > 0] <= missing[missing > 0]).any():
        raise OverflowError("There are more nodes than labels.")
    segment = np.cumsum(known) - 1
    step = np.append(np.maximum(room, 0) // (missing + 1), 0)
    line = line[at][segment] + step[segment] * (np.arange(len(line)) - at[segment])
    new_lft, new_rght = np.zeros(len(shape.level), np.int64), np.zeros(len(shape.level), np.int64)
    new_lft[placed], new_rght[placed] = line[left], line[right]
    return new_lft, new_rght


def _make_room(line: np.ndarray, known: np.ndarray, bounds: np.ndarray) -> None:
    """Forget known labels around each place where too many new ones have to go in, until they fit."""
    reach = 1
    while True:
        at = np.flatnonzero(known)
        missing, room = np.diff(at) - 1, np.diff(line[at])
        between_trees = bounds[at[:-1]] & bounds[at[1:]]  # or a whole tree without a known label
        if ((room <= 0) & ~between_trees).any():
            known[:] = bounds
            return
        tight = np.flatnonzero((missing > 0) & ~between_trees & (room // (missing + 1) < space.SPACING))
        if not tight.size:
            return
        change = np.zeros(len(at) + 1, np.int64)
        np.add.at(change, np.maximum(tight + 1 - reach, 0), 1)
        np.add.at(change, np.minimum(tight + 1 + reach, len(at)), -1)
        forgotten = at[np.cumsum(change[:-1]) > 0]
        known[forgotten] = bounds[forgotten]
        reach *= 2


def _runs(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Start, start + 1, ... of every run, one run after the other."""
    ends = np.cumsum(lengths)
    return np.repeat(starts - (ends - lengths), lengths) + np.arange(ends[-1] if len(ends) else 0)


def _sums(values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The sums of consecutive runs of these lengths."""
    running = np.concatenate(([0], np.cumsum(values)))
    ends = np.cumsum(lengths)
    return running[ends] - running[ends - lengths]
