"""Questions about a tree. Lists go by the index, with the bounds read in the same statement; single nodes by the parent links."""

from typing import TYPE_CHECKING

from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models.expressions import RawSQL

from teams.tree.table import Table

if TYPE_CHECKING:
    from teams.tree.nodes import TreeNode

# The ids above a node, nearest first, along the parent links: never twice, so a ring in broken data ends the walk.
_UP = """WITH RECURSIVE up(id) AS (
           SELECT {parent} FROM {table} WHERE id = %s
           UNION SELECT n.{parent} FROM up JOIN {table} n ON n.id = up.id
         ) """


# ---- conditions, for lists
def label_of(model: "type[TreeNode]", node: int, name: str) -> models.Expression:
    """A label of the node with this id, read by the statement that uses it. Plain SQL: a page has several, and a queryset costs more."""
    query = Table.of(model).named("SELECT " + name + " FROM {table} WHERE id = %s")  # noqa: S608  own words
    return RawSQL(query, [node], output_field=models.BigIntegerField())  # noqa: S611  own words


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


def ids_of(tops: models.QuerySet) -> models.QuerySet:
    """Their ids, in no order unless it decides who is among them."""
    return (tops if tops.query.is_sliced else tops.order_by()).values("pk")


def is_one_below_any(tops: models.QuerySet) -> models.Q:
    """The condition "is below a node of `tops`", for few tops in a tree of any size."""
    return _in(tops, _BELOW)


def is_above_any(tops: models.QuerySet, *, or_equal: bool = False) -> models.Q:
    """The condition "is above a node of `tops`" (or one of them), by the parent links."""
    return _in(tops, _ABOVE_OR_EQUAL if or_equal else _ABOVE)


def is_family_of(tops: models.QuerySet) -> models.Q:
    """The condition "is above a node of `tops`, or one of them, or below one"."""
    return _in(tops, f"({_ABOVE_OR_EQUAL}) UNION {_BELOW}")


_WALK = " UNION SELECT n.{parent} FROM up JOIN {table} n ON n.id = up.id) SELECT id FROM up WHERE id IS NOT NULL"
_ABOVE = "WITH RECURSIVE up(id) AS (SELECT {parent} FROM {table} WHERE id IN (%%)" + _WALK  # noqa: S608  the table's own names
_ABOVE_OR_EQUAL = "WITH RECURSIVE up(id) AS (SELECT id FROM {table} WHERE id IN (%%)" + _WALK  # noqa: S608
# On its own: a limit around it would have the planner walk through the whole tree in its order.
_BELOW = (
    "(WITH below AS MATERIALIZED (SELECT d.id FROM {table} t"
    " JOIN {table} d ON d.tree_id = t.tree_id AND d.lft > t.lft AND d.lft < t.rght WHERE t.id IN (%%)) SELECT id FROM below)"
)


def _in(tops: models.QuerySet, query: str) -> models.Q:
    """The condition "is among the ids of this query", in which %% stands for the ids of `tops`."""
    try:
        chosen, values = ids_of(tops).query.sql_with_params()
    except EmptyResultSet:
        return models.Q(pk__in=[])
    parts = Table.of(tops.model).named(query).split("%%")
    return models.Q(pk__in=RawSQL(chosen.join(parts), values * (len(parts) - 1)))  # noqa: S611  statements of the code


# ---- single nodes, by the parent links
def chain(node: "TreeNode") -> list[int]:
    """The ids of the node's parent, grandparent and so on up to the root, walked along the parent links (the truth)."""
    return above(type(node), node.pk)


def above(model: "type[TreeNode]", node: int) -> list[int]:
    """The same for the node with this id."""
    rows = Table.of(model).run(_UP + "SELECT id FROM up", node)  # noqa: S608
    return [pk for (pk,) in rows.fetchall() if pk is not None]


def is_below(model: "type[TreeNode]", node: int, top: int) -> bool:
    """Whether the node with id `node` stands somewhere below `top`, by the parent links. A node is not below itself."""
    found = Table.of(model).run(_UP + "SELECT EXISTS (SELECT FROM up WHERE id = %s)", node, top)  # noqa: S608
    return found.fetchone()[0]


def first_below(
    model: "type[TreeNode]", top: int | None, *, size: int, after: int | None = None, among: tuple[str, list[int]] | None = None
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
