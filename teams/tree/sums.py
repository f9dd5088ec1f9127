"""Sums over downlines, of all nodes at once: one statement is one snapshot, the rest is arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from django.db import connections
from django.db.models import QuerySet

from teams.tree.forest import positions
from teams.tree.numbering import Shape
from teams.tree.table import Table

if TYPE_CHECKING:
    from teams.tree.nodes import TreeNode

LEVELS = 7
WHOLE = frozenset({20, 21, 23})  # PostgreSQL's types bigint, smallint, integer


@dataclass(frozen=True)
class Downlines:
    """Who stands below whom, by given links: what of a whole forest can be asked for without its table.

    All arrays are int64 of shape (nodes,), in the order of `ids` (ascending). Nodes of a ring of links have nobody below them.
    """

    ids: np.ndarray
    shape: Shape

    @classmethod
    def of(cls, ids: np.ndarray, parents: np.ndarray) -> Self:
        """`ids` ascend; `parents` are ids, too: of a node that is not there, -1 for example, for a root."""
        return cls(ids, Shape.of(positions(ids, parents)))

    @property
    def depth(self) -> np.ndarray:
        """How many stand above each node; -1 on a ring."""
        return self.shape.level

    @property
    def size(self) -> np.ndarray:
        """How many stand below each node."""
        return np.maximum(self.shape.size - 1, 0)

    def below(self, values: np.ndarray) -> np.ndarray:
        """The sum over everybody below each node, without its own."""
        return _below(self.shape, values)

    def first_level(self, values: np.ndarray) -> np.ndarray:
        """The sum over the direct children of each node."""
        return self.shape.below(values)

    def highest(self, values: np.ndarray) -> np.ndarray:
        """The highest value among each node and everybody below it."""
        found = values.copy()
        for below in reversed(self.shape.levels[1:]):
            np.maximum.at(found, self.shape.parents[below], found[below])
        return found

    def levels(self, values: np.ndarray, nodes: np.ndarray | None = None) -> np.ndarray:
        """Of shape (7, nodes): the sums over those exactly 1, 2, ... 7 levels below, of all nodes or those at the positions `nodes`."""
        return _by_level(self.shape, values, nodes)


@dataclass(frozen=True)
class Rollup:
    """Per node, in the order of `ids` (ascending): int64 arrays of shape (nodes,). Nodes of a ring of parent links have 0 below them."""

    ids: np.ndarray
    size: np.ndarray  # how many are below
    own: dict[str, np.ndarray]  # by column
    sums: dict[str, np.ndarray]  # over everybody below, without the node's own
    levels: dict[str, np.ndarray]  # of shape (7, nodes): over those exactly 1, 2, ... 7 levels below


def rollup(model: "type[TreeNode]", values: QuerySet | str, columns: Sequence[str]) -> Rollup:
    """Sum values over the downline of every node.

    `values` (a queryset of `values_list`, or SQL without parameters) gives rows of a node's id and one whole number for each of
    `columns`, money in its smallest unit; rows of one node add up, a node without rows has 0.
    """
    table = Table.of(model)
    query, given = values.order_by().query.sql_with_params() if isinstance(values, QuerySet) else (values, ())
    _refuse_fractions(table, query, given, columns)
    names = [f"c{place}" for place in range(len(columns))]
    added, inner = ", ".join(f"sum({name}) AS {name}" for name in names), query.replace("{", "{{").replace("}", "}}")
    by_node = f"(SELECT node, {added} FROM ({inner}) AS given(node, {', '.join(names)}) GROUP BY node)"  # noqa: S608  the caller's
    ids, parents, *own = table.fetch(
        ["n.id", "coalesce(n.{parent}, -1)", *(f"coalesce(v.{name}, 0)" for name in names)],
        "FROM {table} n LEFT JOIN " + by_node + " AS v ON v.node = n.id",
        *given,
    )
    by_id = np.argsort(ids, kind="stable")
    ids = ids[by_id]
    downlines = Downlines.of(ids, parents[by_id])
    totals = {name: column[by_id] for name, column in zip(columns, own, strict=True)}
    return Rollup(
        ids,
        downlines.size,
        totals,
        {name: downlines.below(column) for name, column in totals.items()},
        {name: downlines.levels(column) for name, column in totals.items()},
    )


def _refuse_fractions(table: Table, query: str, given: Sequence[object], columns: Sequence[str]) -> None:
    with connections[table.alias].cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({query}) AS given LIMIT 0", given or None)  # noqa: S608  the caller's statement
        kinds = [column.type_code for column in cursor.description]
    if len(kinds) != len(columns) + 1 or not WHOLE.issuperset(kinds):
        raise TypeError(f"A node's id and {len(columns)} whole numbers are needed, for {', '.join(columns)}.")


def _below(shape: Shape, values: np.ndarray) -> np.ndarray:
    """Everybody below comes right after the node in tree order: a difference of two running sums."""
    total = shape.total()
    placed = shape.level >= 0
    at = (np.cumsum(total) - total)[shape.tree[placed]] + shape.first[placed]
    line = np.zeros(len(at) + 1, values.dtype)
    line[at + 1] = values[placed]
    np.cumsum(line, out=line)
    sums = np.zeros_like(values)
    sums[placed] = line[at + shape.size[placed]] - line[at + 1]
    return sums


def _by_level(shape: Shape, values: np.ndarray, nodes: np.ndarray | None = None) -> np.ndarray:
    """What is k levels below a node is k - 1 levels below its children."""
    levels = np.empty((LEVELS, len(values) if nodes is None else len(nodes)), values.dtype)
    for level in range(LEVELS):
        values = shape.below(values)
        levels[level] = values if nodes is None else values[nodes]
    return levels
