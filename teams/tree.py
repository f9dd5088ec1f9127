"""Trees of reps (by sponsor) and of territories, on django-mptt. The only module that names its columns or methods.

The parent link is the truth; lft, rght, tree_id and level are an index over it that can be made again at any time.
A rebuilt index spreads its labels over the whole label space.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from django.db import connections, models, transaction
from mptt.managers import TreeManager
from mptt.models import MPTTModel, TreeForeignKey

__all__ = [
    "UNPLACED",
    "NodeForeignKey",
    "NodeManager",
    "NodeQuerySet",
    "TreeNode",
    "above",
    "at_or_below_any",
    "at_or_below_one",
    "below_outer",
    "chain",
    "find_cycles",
    "first_below",
    "level_index",
    "lock",
    "order_index",
    "relabel",
]

TOP = 2**62  # labels lie in [1, TOP)
_NAMESPACE = 0x436F  # of PostgreSQL's advisory locks; the second key is the model's
# What the index says of a node before `relabel` has placed it: for rows written by one statement.
UNPLACED: Mapping[str, int] = {"lft": 0, "rght": 0, "tree_id": 0, "level": 0}

NodeForeignKey = TreeForeignKey


class NodeQuerySet(models.QuerySet):
    """Reads of a tree. The bounds of a node are read in the same statement that uses them, never from an instance."""

    def in_tree_order(self) -> Self:
        """Each parent before its children, each branch together."""
        return self.order_by("tree_id", "lft")

    def below(self, node: int) -> Self:
        """All descendants of the node with this id, without the node itself."""
        own = self.model.objects.filter(pk=node).order_by()
        tree, low, high = (models.Subquery(own.values(name)) for name in ("tree_id", "lft", "rght"))
        return self.filter(tree_id=tree, lft__gt=low, lft__lt=high)

    def at_or_below(self, tops: models.QuerySet) -> Self:
        """The nodes of `tops` (a queryset of this model) and all their descendants; meant for small trees."""
        return self.filter(at_or_below_any(tops))

    def on_level(self, node: int, steps: int) -> Self:
        """The nodes exactly `steps` below the node with this id: its children's children for 2. Goes by a `level_index`."""
        own = self.model.objects.filter(pk=node).order_by()
        level = models.Subquery(own.values("level"), output_field=models.IntegerField()) + steps
        return self.below(node).filter(level=level)

    def within(self, node: int) -> Self:
        """The same as `below`, for nodes that another index has found: the one over the tree is left aside."""
        own = self.model.objects.filter(pk=node).order_by()
        tree, low, high = (models.Subquery(own.values(name)) for name in ("tree_id", "lft", "rght"))
        place = {"tree_place": models.F("tree_id") + 0, "place": models.F("lft") + 0}
        return self.alias(**place).filter(tree_place=tree, place__gt=low, place__lt=high)

    def after(self, node: int) -> Self:
        """Those that come later in the order of the tree than the node with this id, of the same tree."""
        own = self.model.objects.filter(pk=node).order_by()
        return self.filter(lft__gt=models.Subquery(own.values("lft")))

    def with_depth(self) -> Self:
        """`depth`: 0 for a root."""
        return self.annotate(depth=models.F("level"))


class NodeManager(TreeManager.from_queryset(NodeQuerySet)):
    """django-mptt's manager, without its default order (a page names its own)."""

    def get_queryset(self) -> NodeQuerySet:
        """All rows in no order."""
        return super().get_queryset().order_by()


class TreeNode(MPTTModel):
    """A row of a tree. Its place changes through a new parent link and `relabel`."""

    lft = models.BigIntegerField(editable=False)
    rght = models.BigIntegerField(editable=False)
    tree_id = models.IntegerField(editable=False)
    level = models.SmallIntegerField(editable=False)

    objects = NodeManager()

    class Meta:
        abstract = True


def at_or_below_one(top: models.QuerySet) -> models.Q:
    """The condition "is the node of `top` or below it"; `top` is a queryset of at most one node. Without one it never holds."""
    tree, low, high = (models.Subquery(top.order_by().values(name)) for name in ("tree_id", "lft", "rght"))
    return models.Q(tree_id=tree, lft__gte=low, lft__lt=high)


def at_or_below_any(tops: models.QuerySet) -> models.Q:
    """The condition "is a node of `tops` or below one"; `tops` is a queryset of the same model. Meant for small trees."""
    outer = models.OuterRef
    return models.Q(models.Exists(tops.filter(tree_id=outer("tree_id"), lft__lte=outer("lft"), rght__gte=outer("rght")).order_by()))


def below_outer() -> models.Q:
    """The condition "is below the row of the query around this one", for a subquery that counts."""
    outer = models.OuterRef
    return models.Q(tree_id=outer("tree_id"), lft__gt=outer("lft"), lft__lt=outer("rght"))


def order_index(name: str, *first: str, include: Sequence[str] = ()) -> models.Index:
    """The index that reads nodes in tree order; or those of one value of `first`, in that order. It knows the columns of `include` too."""
    return models.Index(fields=[*first, "tree_id", "lft"], name=name, include=include or None)


def level_index(name: str, *, condition: models.Q | None = None) -> models.Index:
    """The index that reads the nodes of one level below a node in tree order."""
    return models.Index(fields=["tree_id", "level", "lft"], name=name, condition=condition)


def lock(model: type[TreeNode]) -> None:
    """Hold the tree of `model` until the transaction ends: writers of one tree come one after the other."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_NAMESPACE, model._meta.db_table])


def chain(node: TreeNode) -> list[int]:
    """The ids of the node's parent, grandparent and so on up to the root, walked along the parent links (the truth)."""
    return above(type(node), node.pk)


def above(model: type[TreeNode], node: int) -> list[int]:
    """The same for the node with this id."""
    meta = model._meta
    parent = meta.get_field(model._mptt_meta.parent_attr)
    quote = connections["default"].ops.quote_name
    table, column = quote(meta.db_table), quote(parent.column)
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"""WITH RECURSIVE up(id, steps) AS (
                    SELECT {column}, 1 FROM {table} WHERE id = %s
                    UNION ALL SELECT n.{column}, steps + 1 FROM up JOIN {table} n ON n.id = up.id WHERE n.{column} IS NOT NULL
                ) CYCLE id SET is_ring USING path
                SELECT id FROM up WHERE NOT is_ring ORDER BY steps""",  # noqa: S608  the table's own names
            [node],
        )
        return [pk for (pk,) in cursor.fetchall() if pk is not None]


def first_below(
    model: type[TreeNode], top: int | None, *, size: int, after: int | None = None, among: tuple[str, list[int]] | None = None
) -> list[int]:
    """The ids of the nodes next below `top` (None: of the tops of all trees) in the order of the tree, at most `size`, after node `after`.

    `among` = (column, values) leaves all other nodes out as if their children stood in their place: what comes is the next level of
    the tree of those nodes. One probe of the index per node (and per value), however many there are below.
    """
    quote = connections["default"].ops.quote_name
    table = quote(model._meta.db_table)
    if top is None:
        later, bounds = "(n.tree_id, n.lft) > (w.tree_id, w.rght)", "SELECT -1 AS tree_id, -1::bigint AS lft, -1::bigint AS rght"
    else:
        later = "n.tree_id = w.tree_id AND n.lft > w.rght AND n.lft < w.high"
        bounds = f"SELECT tree_id, lft, rght FROM {table} WHERE id = %(top)s"  # noqa: S608  own names
    one = f"SELECT n.id, n.tree_id, n.lft, n.rght FROM {table} n WHERE {later} {{}} ORDER BY n.tree_id, n.lft LIMIT 1"  # noqa: S608
    probe = one.format("")
    if among:
        of_value = one.format(f"AND n.{quote(model._meta.get_field(among[0]).column)} = v.value")
        probe = f"SELECT p.* FROM unnest(%(values)s::bigint[]) v(value), LATERAL ({of_value}) p ORDER BY p.tree_id, p.lft LIMIT 1"  # noqa: S608
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"""WITH RECURSIVE top AS ({bounds}), last AS (SELECT tree_id, rght FROM {table} WHERE id = %(after)s),
                walk(n, id, tree_id, rght, high) AS (
                    SELECT 0, NULL::bigint, coalesce((SELECT tree_id FROM last WHERE top.tree_id IN (-1, last.tree_id)), tree_id),
                           greatest((SELECT rght FROM last WHERE top.tree_id IN (-1, last.tree_id)), lft), rght FROM top
                    UNION ALL SELECT w.n + 1, x.id, x.tree_id, x.rght, w.high FROM walk w, LATERAL ({probe}) x WHERE w.n < %(size)s
                ) SELECT id FROM walk WHERE n > 0 ORDER BY n""",  # noqa: S608  own names
            {"top": top, "after": after, "size": size, "values": among[1] if among else []},
        )
        return [pk for (pk,) in cursor.fetchall()]


def find_cycles(parents: Mapping[str, str]) -> set[str]:
    """Every node that can never be placed because its chain of parents comes back to itself, or leads into such a ring.

    `parents` maps a code to its parent's code ("" for a root).
    """
    state: dict[str, bool] = {}  # True: leads to a root
    for start in parents:
        chain: list[str] = []
        node = start
        while node in parents and node not in state:
            state[node] = False  # until proved otherwise; meeting it again means a ring
            chain.append(node)
            node = parents[node]
        good = state[node] if node in state and node not in chain else node not in parents
        for passed in chain:
            state[passed] = good
    return {node for node, good in state.items() if not good}


def _labels(parents: Iterable[tuple[int, int | None]]) -> list[tuple[int, int, int, int, int]]:
    """(id, tree_id, lft, rght, level) of every node, from (id, parent id) pairs in the wished order of siblings."""
    children: dict[int | None, list[int]] = defaultdict(list)
    count = 0
    for node, parent in parents:
        children[parent].append(node)
        count += 1
    gap = TOP // (2 * count + 2)
    labels: list[tuple[int, int, int, int, int]] = []
    for tree, root in enumerate(children[None], start=1):
        at = gap
        open_nodes = [(root, at, iter(children[root]))]
        while open_nodes:
            node, left, rest = open_nodes[-1]
            at += gap
            child = next(rest, None)
            if child is None:
                open_nodes.pop()
                labels.append((node, tree, left, at, len(open_nodes)))
            else:
                open_nodes.append((child, at, iter(children[child])))
    return labels


@transaction.atomic
def relabel(model: type[TreeNode], *, order_by: str) -> int:
    """Make the index over the tree of `model` again from its parent links; returns the number of rows changed.

    The caller has written the parent links in the same transaction, under `lock`. Siblings stand in the order of the
    column `order_by`. The label space is laid out anew only where an order or a parent differs.
    """
    lock(model)
    parent = model._meta.get_field(model._mptt_meta.parent_attr).attname
    rows = model.objects.order_by(order_by).values_list("pk", parent)
    labels = _labels(rows)
    table = connections["default"].ops.quote_name(model._meta.db_table)
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"""UPDATE {table} n SET tree_id = l.tree_id, lft = l.lft, rght = l.rght, level = l.level
                FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::bigint[], %s::smallint[]) AS l(id, tree_id, lft, rght, level)
                WHERE n.id = l.id AND (n.tree_id, n.lft, n.rght, n.level) IS DISTINCT FROM (l.tree_id, l.lft, l.rght, l.level)""",  # noqa: S608  the table's own name
            [list(column) for column in zip(*labels, strict=True)] or [[]] * 5,
        )
        return cursor.rowcount
