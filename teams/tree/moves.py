"""Writes to a few nodes of a tree: one leaf added, one node moved with all below, a leaver's first level moved up.

Each holds what `teams.tree.table` says, so writers never meet; each writes the rows it names and, when a gap is used up, those
of one stretch of labels that is laid out anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connections, transaction
from mptt.exceptions import InvalidMove

from cotano.jobs.races import retry_lost_races
from teams.tree import space
from teams.tree.reads import is_below
from teams.tree.table import Table

if TYPE_CHECKING:
    from teams.tree.nodes import TreeNode

LEAF = 2  # labels of a node that has nobody below
NARROW = 64  # labels: a gap so small is widened by the next who needs it
MOST = 1000  # parents that get a larger gap in one night


class Ring(InvalidMove):
    """A node would stand below itself."""


class NotPlaced(InvalidMove):
    """The node has no labels yet: `adopt` or `relabel` gives them to rows written in bulk."""


# A gap that was there is gone, or the parent is in another tree: the transaction has to begin again.
_LOST = "DO $$BEGIN RAISE EXCEPTION 'the place in the tree is taken' USING ERRCODE = 'serialization_failure'; END$$"


@dataclass(frozen=True)
class Place:
    """What the index says of a node, and its parent's id."""

    tree: int
    level: int
    lft: int
    rght: int
    parent: int | None = None


# ---- a leaf
def allocate(model: "type[TreeNode]", parent: int | None) -> Place:
    """A place for a new last child of `parent` (an id; None: a new root), held until the transaction ends. Writes only where a gap is full.

    Raises the model's DoesNotExist for an unknown parent.
    """
    table = Table.of(model)
    if not connections[table.alias].in_atomic_block:
        raise transaction.TransactionManagementError("A place in a tree is held by a transaction.")
    if parent is None:
        table.lock(shared=True)
        return Place(table.fresh_trees(1)[0], 0, 1, space.TOP - 1)
    gap = table.run_each(table.locking(shared=True), (_GAP, parent)).fetchone()
    if gap is None:
        raise model.DoesNotExist(f"There is no {model._meta.verbose_name} {parent}.")
    tree, _level, low, high = gap
    if high - low - 1 < NARROW:  # looked at before any lock of the tree: a shared one is never exchanged for the lock alone
        return _take_alone(model, table, parent)
    # The gap is read again after everybody else who wrote under this parent: by a statement that begins when the row is held.
    held, level, low, high = table.run_each(
        table.locking(tree, shared=True), ("SELECT FROM {table} WHERE id = %s FOR NO KEY UPDATE", parent), (_GAP, parent)
    ).fetchone() or (None, 0, 0, 0)
    if held != tree or high - low - 1 < LEAF:
        table.run(_LOST)
    return _next(parent, tree, level, low, high)


def _take_alone(model: "type[TreeNode]", table: Table, parent: int) -> Place:
    """The same where there is hardly room: everybody else waits while the stretch around is laid out anew."""
    place = _hold(model, table, parent)[parent]
    tree, level, low, high = _gap(table, parent)
    if high - low - 1 < NARROW:
        _widen(table, place.tree, high, space.AHEAD)
        tree, level, low, high = _gap(table, parent)
    return _next(parent, tree, level, low, high)


def _next(parent: int, tree: int, level: int, low: int, high: int) -> Place:
    """The place at the beginning of a gap."""
    free = high - low - 1
    if free < LEAF:
        raise OverflowError("There are more nodes than labels.")
    return Place(tree, level + 1, low + 1, low + max(LEAF, free >> space.SHARE), parent)


# (tree, level, the last label in use, the parent's own right label) of the spare gap at the end of a node's children
_GAP = """SELECT tree_id, level, coalesce((SELECT max(d.rght) FROM {table} d
                                           WHERE d.tree_id = p.tree_id AND d.rght < p.rght AND d.rght > p.lft), lft), rght
          FROM {table} p WHERE id = %s"""


def _gap(table: Table, parent: int) -> tuple[int, int, int, int]:
    return table.run(_GAP, parent).fetchone()


def place_leaf(model: "type[TreeNode]", node: int, parent: int | None) -> int:
    """Give a place to a row that was written without one and has nobody below; returns 1."""
    place = allocate(model, parent)
    return (
        Table.of(model)
        .run(
            "UPDATE {table} SET tree_id = %s, level = %s, lft = %s, rght = %s, {parent} = %s WHERE id = %s",
            *(place.tree, place.level, place.lft, place.rght, parent, node),
        )
        .rowcount
    )


# ---- a branch
@retry_lost_races
@transaction.atomic
def move(model: "type[TreeNode]", node: int, under: int | None) -> int:
    """Put a node with all below under another one (ids; None: under nobody, as a root); it becomes the last child there.

    Returns the number of rows written: those of the branch, unless a gap had to be made first; 0 when it stands there already.
    Raises Ring under itself or its own downline, the model's DoesNotExist for unknown ids.
    """
    return move_held(model, node, under)


def move_held(model: "type[TreeNode]", node: int, under: int | None) -> int:
    """The same in the caller's transaction, without a savepoint."""
    table = Table.of(model)
    places = _hold(model, table, node, *([] if under is None else [under]))
    place = places[node]
    if place.parent == under:
        return 0
    if under is None:
        return _make_roots(table, place.tree, place.level, [(node, place.lft, place.rght)])
    if under == node or is_below(model, under, node):
        raise Ring(f"{under} is {node} or stands below it.")
    size = table.run("SELECT count(*) FROM {table} WHERE tree_id = %s AND lft BETWEEN %s AND %s", *_bounds(place)).fetchone()[0]
    written = 0
    tree, level, low, high = _gap(table, under)
    if _step(high - low - 1, size) < max(1, space.SPACING >> 10):
        written += _widen(table, tree, high, 2 * size)
        place = _places(model, table, node)[node]
        tree, level, low, high = _gap(table, under)
    step = _step(high - low - 1, size) or (high - low - 1) // (2 * size)
    if not step:
        raise OverflowError("There are more nodes than labels.")
    table.run(
        _LAID_OUT  # noqa: S608  own words
        + """UPDATE {table} n SET tree_id = %s, level = level + %s, lft = placed.lft, rght = placed.rght,
             {parent} = CASE WHEN n.id = %s THEN %s ELSE n.{parent} END
           FROM placed WHERE placed.id = n.id""",
        *(*_laid_out(*_bounds(place), low, step), tree, level + 1 - place.level, node, under),
    )
    return written + size


def _step(free: int, size: int) -> int:
    """The space between two labels of a branch of `size` nodes that comes into a gap of `free` labels: it leaves at least half."""
    return max(free >> space.SHARE, min(free >> 1, 2 * size * space.SPACING)) // (2 * size)


@retry_lost_races
@transaction.atomic
def roll_up(model: "type[TreeNode]", node: int) -> int:
    """Put everybody directly below a node under the node's own parent (without one: each becomes a root).

    The node stays where it is, with nobody below. Returns the number of rows written: at most all below and the node.
    """
    table = Table.of(model)
    place = _hold(model, table, node)[node]
    children = table.run("SELECT id, lft, rght FROM {table} WHERE {parent} = %s ORDER BY lft", node).fetchall()
    if not children:
        return 0
    if place.parent is None:
        return _make_roots(table, place.tree, place.level + 1, children)
    leaf = _take_alone(model, table, place.parent)
    place = _places(model, table, node)[node]  # the stretch around may have been laid out anew
    # Those below keep their labels and close ranks around the node, which goes to the end of its parent's children.
    written = table.run(
        """UPDATE {table} SET level = level - 1, {parent} = CASE WHEN {parent} = %s THEN %s ELSE {parent} END
           WHERE tree_id = %s AND lft BETWEEN %s AND %s AND id <> %s""",
        *(node, place.parent, *_bounds(place), node),
    ).rowcount
    return written + table.run("UPDATE {table} SET lft = %s, rght = %s WHERE id = %s", leaf.lft, leaf.rght, node).rowcount


def _make_roots(table: Table, tree: int, level: int, branches: Sequence[tuple[int, int, int]]) -> int:
    """Put branches of one tree into trees of their own; `branches` are (id, lft, rght) of their tops, which stand on `level`.

    They keep their labels but for the tops, which span the whole space. Returns the number of rows written.
    """
    nodes, lows, highs = zip(*branches, strict=True)
    return table.run(
        """UPDATE {table} n SET tree_id = c.tree_id, level = n.level - %s,
             lft = CASE WHEN n.id = c.id THEN 1 ELSE n.lft END, rght = CASE WHEN n.id = c.id THEN %s ELSE n.rght END,
             {parent} = CASE WHEN n.id = c.id THEN NULL ELSE n.{parent} END
           FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::bigint[]) AS c(id, tree_id, lft, rght)
           WHERE n.tree_id = %s AND n.lft BETWEEN c.lft AND c.rght""",
        *(level, space.TOP - 1, list(nodes), table.fresh_trees(len(nodes)), list(lows), list(highs), tree),
    ).rowcount


# ---- holding and reading places
def _hold(model: "type[TreeNode]", table: Table, *nodes: int) -> dict[int, Place]:
    """Hold the trees of these nodes alone; returns their places, which stay until the transaction ends."""
    table.lock(shared=True)
    held: set[int] = set()
    while True:
        places = _places(model, table, *nodes)
        if not (missing := {place.tree for place in places.values()} - held):
            return places
        for tree in sorted(missing):
            table.lock(tree)
        held |= missing


def _places(model: "type[TreeNode]", table: Table, *nodes: int) -> dict[int, Place]:
    rows = table.run("SELECT id, tree_id, level, lft, rght, {parent} FROM {table} WHERE id = ANY(%s)", list(nodes)).fetchall()
    if len(rows) < len(set(nodes)):
        raise model.DoesNotExist(f"There is no {model._meta.verbose_name} {sorted(set(nodes) - {row[0] for row in rows})}.")
    if any(tree <= 0 for _node, tree, *_rest in rows):
        raise NotPlaced("Rows written in bulk are placed by `adopt` or `relabel` first.")
    return {node: Place(*place) for node, *place in rows}


def _bounds(place: Place) -> tuple[int, int, int]:
    return place.tree, place.lft, place.rght


# ---- stretches of labels
# The labels of a tree from one to another, both included, laid out anew in their order; `placed` has the new ones of each node.
_LAID_OUT = """WITH label AS (
    SELECT id, lft AS was, true AS is_left FROM {table} WHERE tree_id = %s AND lft BETWEEN %s AND %s
    UNION ALL SELECT id, rght, false FROM {table} WHERE tree_id = %s AND rght BETWEEN %s AND %s
  ), numbered AS (
    SELECT id, is_left,
      %s::bigint + (row_number() OVER (ORDER BY was) + CASE WHEN was >= %s THEN %s ELSE 0 END) * %s::bigint AS label FROM label
  ), placed AS (
    SELECT id, max(label) FILTER (WHERE is_left) AS lft, max(label) FILTER (WHERE NOT is_left) AS rght FROM numbered GROUP BY id
  ) """


def _laid_out(tree: int, first: int, last: int, low: int, step: int, *, at: int = space.TOP, extra: int = 0) -> tuple[int, ...]:
    """The values of `_LAID_OUT`: `step` apart from `low` on, with `extra` places left free before the label `at`."""
    return (tree, first, last, tree, first, last, low, at, extra, step)


def _widen(table: Table, tree: int, at: int, extra: int) -> int:
    """Make room for `extra` labels just before the label `at`: lay out the smallest stretch around it that is sparse enough.

    The caller holds the tree alone. A stretch is an aligned power of two. Returns the number of rows written.
    """
    bits = (4 * extra).bit_length()
    while True:
        size = min(1 << bits, space.TOP)
        low = at & -size
        inside = table.run(
            """SELECT (SELECT count(*) FROM {table} WHERE tree_id = %s AND lft >= %s AND lft < %s)
                    + (SELECT count(*) FROM {table} WHERE tree_id = %s AND rght >= %s AND rght < %s)""",
            *(2 * (tree, low, low + size)),
        ).fetchone()[0]
        step = (size - 1) // (inside + extra + 1)
        if step >= space.SPACING or size == space.TOP:
            break
        bits += 1
    if not step:
        raise OverflowError("There are more nodes than labels.")
    return table.run(
        _LAID_OUT  # noqa: S608  own words
        + """UPDATE {table} n SET lft = coalesce(placed.lft, n.lft), rght = coalesce(placed.rght, n.rght)
           FROM placed WHERE placed.id = n.id""",
        *_laid_out(tree, low, low + size - 1, low, step, at=at, extra=extra),
    ).rowcount


def widen_tight(model: "type[TreeNode]") -> int:
    """Give parents whose spare gap is nearly used up a larger one, at a quiet time; returns how many got one.

    Each in a transaction of its own, so that nobody waits long.
    """
    table = Table.of(model)
    tight = table.run(
        """SELECT id FROM (
             SELECT id, is_left, label - lag(label) OVER (PARTITION BY tree_id ORDER BY label) AS gap FROM (
               SELECT id, tree_id, lft AS label, true AS is_left FROM {table} UNION ALL SELECT id, tree_id, rght, false FROM {table}
             ) AS label
           ) AS gaps
           WHERE NOT is_left AND gap < %s AND EXISTS (SELECT FROM {table} c WHERE c.{parent} = gaps.id) ORDER BY id LIMIT %s""",
        *(space.TIGHT, MOST),
    ).fetchall()
    return sum(_widen_one(model, node) for (node,) in tight)


@retry_lost_races
@transaction.atomic
def _widen_one(model: "type[TreeNode]", node: int) -> int:
    table = Table.of(model)
    try:
        place = _hold(model, table, node)[node]
    except model.DoesNotExist:
        return 0
    _tree, _level, low, high = _gap(table, node)
    if high - low > space.TIGHT:  # by now
        return 0
    _widen(table, place.tree, high, space.AHEAD)
    return 1
