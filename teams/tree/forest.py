"""Writes to whole trees: all labels made again, many nodes placed and moved at once. Columns in, columns out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from django.db import transaction

from cotano.jobs.races import retry_lost_races
from teams.tree import moves, numbering
from teams.tree.reads import above
from teams.tree.table import Table

if TYPE_CHECKING:
    from teams.tree.nodes import TreeNode

# What the index says of a row that was written in bulk, until `adopt` or `relabel` places it in the same transaction.
# The constraints on labels hold when the transaction ends: two rows like this do not outlive it.
UNPLACED: Mapping[str, int] = {"lft": 0, "rght": 1, "tree_id": 0, "level": 0}

LAST = np.iinfo(np.int64).max
READ_ALL = 2500  # nodes are read as fast as one is placed alone
FEW = 10


@dataclass(frozen=True)
class Rows:
    """A whole table, by id; parents are positions."""

    ids: np.ndarray
    parents: np.ndarray
    tree: np.ndarray
    lft: np.ndarray
    rght: np.ndarray
    level: np.ndarray

    @classmethod
    def of(cls, table: Table) -> Self:
        """Everything there is."""
        columns = table.fetch(["id", "coalesce({parent}, -1)", "tree_id", "lft", "rght", "level"], "FROM {table}")
        by_id = np.argsort(columns[0], kind="stable")
        ids, parents, *labels = (column[by_id] for column in columns)
        return cls(ids, positions(ids, parents), *labels)


def positions(ids: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Where each wanted id stands in the ascending `ids`; -1 for those that are not there."""
    if not len(ids):
        return np.full(len(wanted), -1)
    found = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[found] == wanted, found, -1)


def lock(model: "type[TreeNode]", *, shared: bool = False) -> None:
    """Hold the forest of `model` alone until the transaction ends: nobody else writes in it.

    `shared`: only against those who hold it alone. Who adds or moves single nodes holds it so by itself; taken here, it is taken
    before whatever else the caller locks.
    """
    Table.of(model).lock(shared=shared)


@retry_lost_races
@transaction.atomic
def relabel(model: "type[TreeNode]") -> int:
    """Make all labels again from the parent links, evenly over the space; siblings stay in their order. Returns the number of rows written.

    Rows whose labels are right already are not written. Raises Ring when links lead back to themselves; nothing is written then.
    """
    return relabel_table(Table.of(model))


def relabel_table(table: Table) -> int:
    """The same for a table, in the caller's transaction: migrations have no models of this package."""
    table.lock()
    return _write(table, Rows.of(table), {}, keep=False)


@retry_lost_races
@transaction.atomic
def adopt(model: "type[TreeNode]", changes: Iterable[tuple[int, int | None]] = ()) -> int:
    """Give existing rows other parents and place all rows that are UNPLACED; returns the number of rows written.

    `changes` are pairs (id, new parent's id or None), each id once, in any order; raises Ring, with nothing written, when they
    lead back to themselves. UNPLACED rows may carry their parent link already or be among the changes.
    """
    table, links = Table.of(model), dict(changes)
    table.lock()
    count = len(links) + table.run("SELECT count(*) FROM {table} WHERE tree_id = %s", UNPLACED["tree_id"]).fetchone()[0]
    if not count:
        return 0
    if count > FEW + table.run("SELECT count(*) FROM {table}").fetchone()[0] // READ_ALL:
        try:
            return _write(table, Rows.of(table), links, keep=True)
        except LookupError as error:
            raise model.DoesNotExist(*error.args) from error
    unplaced = dict(table.run("SELECT id, {parent} FROM {table} WHERE tree_id = %s", UNPLACED["tree_id"]).fetchall())
    return _adopt_one_by_one(model, links, {node: links.pop(node, parent) for node, parent in unplaced.items()})


def stage_first(model: "type[TreeNode]", keys: np.ndarray, parents: np.ndarray) -> str:
    """Work out the places of the first rows of an empty table, so that they are written once, placed already.

    `parents` are positions (-1: a root), without rings; `keys` (int64) are the caller's names of the rows. Returns the name of a
    temporary table with `key` and the columns of UNPLACED, there until the transaction ends. The caller holds the lock.
    """
    table, shape = Table.of(model), numbering.Shape.of(parents)
    lft, rght = numbering.spread(shape)
    trees = np.array(table.fresh_trees(len(shape.total())), np.int64)
    columns = {"lft": lft, "rght": rght, "tree_id": trees[shape.tree], "level": shape.level}
    table.run("CREATE TEMP TABLE tree_first (key bigint, lft bigint, rght bigint, tree_id bigint, level bigint) ON COMMIT DROP")
    table.send(f"tree_first (key, {', '.join(columns)})", [keys, *columns.values()])
    table.run("ANALYZE tree_first")
    return "tree_first"


def _adopt_one_by_one(model: "type[TreeNode]", links: dict[int, int | None], unplaced: dict[int, int | None]) -> int:
    """Whoever is above goes first: so no node ever stands, on the way, below itself."""
    waiting, written = {**links, **unplaced}, 0
    for start in list(waiting):
        nodes = [start] if start in waiting else []
        while nodes:
            node = nodes[-1]
            parent = waiting[node]
            line = [] if parent is None else [parent, *above(model, parent)]
            first = next((one for one in line if one in waiting), None)
            if first in nodes:
                raise moves.Ring(f"{first} would stand below itself.")
            if first is not None:
                nodes.append(first)
                continue
            written += moves.place_leaf(model, node, parent) if node in unplaced else moves.move_held(model, node, parent)
            del waiting[nodes.pop()]
    return written


def _write(table: Table, rows: Rows, changes: Mapping[int, int | None], *, keep: bool) -> int:
    """Write the labels that follow from the links of `rows` with these changes. `keep`: labels that may stay do."""
    parents, changed = rows.parents.copy(), np.zeros(len(rows.ids), bool)
    if changes:
        nodes = positions(rows.ids, np.fromiter(changes, np.int64, len(changes)))
        new = np.fromiter((-1 if parent is None else parent for parent in changes.values()), np.int64, len(changes))
        above_them = positions(rows.ids, new)
        if (nodes < 0).any() or ((new >= 0) & (above_them < 0)).any():
            raise LookupError("A node, or its new parent, is not there.")
        changed[nodes] = parents[nodes] != above_them
        parents[nodes] = above_them
    placed = (rows.tree > 0) & ~changed
    roots = parents < 0
    order = np.where(placed, np.where(roots, rows.tree, rows.lft), LAST)
    shape = numbering.Shape.of(parents, order)
    if shape.ring.any():
        raise moves.Ring(f"{shape.ring.sum()} nodes stand below themselves, or below such a node.")
    trees = _trees(table, rows.tree, placed, shape)
    tree = trees[shape.tree]
    if keep:
        stays = placed & (tree == rows.tree)
        for front in shape.levels[1:]:
            stays[front] &= stays[parents[front]]
        lft, rght = numbering.spread(shape, stays, rows.lft, rows.rght)
    else:
        lft, rght = numbering.spread(shape)
    differs = changed | (tree != rows.tree) | (lft != rows.lft) | (rght != rows.rght) | (shape.level != rows.level)
    at = np.flatnonzero(differs)
    if not at.size:
        return 0
    links = np.append(rows.ids, 0)[parents[at]]  # 0: none
    return _update(table, [rows.ids[at], links, tree[at], lft[at], rght[at], shape.level[at]])


def _trees(table: Table, known: np.ndarray, placed: np.ndarray, shape: numbering.Shape) -> np.ndarray:
    """The id of each tree: that of its root so far, once, if the sequence has given it; a fresh one for the others."""
    roots = shape.levels[0] if shape.levels else np.zeros(0, np.int64)
    ids = np.where(placed[roots], known[roots], 0)
    first = np.zeros(len(ids), bool)
    first[np.unique(ids, return_index=True)[1]] = True
    fresh = ~first | (ids <= 0) | (ids > table.last_tree())
    ids[fresh] = table.fresh_trees(int(fresh.sum()))
    return ids


def _update(table: Table, columns: list[np.ndarray]) -> int:
    columns_of = "id bigint, parent bigint, tree bigint, lft bigint, rght bigint, level bigint"
    table.run("CREATE TEMP TABLE tree_new (" + columns_of + ") ON COMMIT DROP")
    table.send("tree_new (id, parent, tree, lft, rght, level)", columns)
    table.run("ANALYZE tree_new")
    written = table.run(
        """UPDATE {table} n SET tree_id = l.tree, lft = l.lft, rght = l.rght, level = l.level, {parent} = nullif(l.parent, 0)
           FROM tree_new l WHERE n.id = l.id"""
    ).rowcount
    table.run("DROP TABLE tree_new")
    return written
