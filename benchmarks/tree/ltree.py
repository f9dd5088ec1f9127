"""The second baseline: PostgreSQL's ltree beside the parent link, with the columns and indexes of a rep."""

from django.db import transaction

from benchmarks.measuring import execute, milliseconds, one

TABLE = "bench_ltree"
_TREE = {"lft", "rght", "tree_id", "level"}


def load() -> float:
    """Make the table from the reps on file, each with the path of ids from its root; returns seconds."""
    execute("CREATE EXTENSION IF NOT EXISTS ltree")
    columns = ", ".join(f'r."{name}"' for name in _columns())

    def act() -> None:
        execute(
            f"""CREATE TABLE {TABLE} AS
                WITH RECURSIVE down(id, path) AS (
                    SELECT id, id::text::ltree FROM teams_rep WHERE sponsor_id IS NULL
                    UNION ALL SELECT r.id, d.path || r.id::text FROM down d JOIN teams_rep r ON r.sponsor_id = d.id
                ) SELECT {columns}, d.path FROM down d JOIN teams_rep r USING (id)"""
        )
        execute(f"ALTER TABLE {TABLE} ADD PRIMARY KEY (id)")
        execute(f"CREATE UNIQUE INDEX ON {TABLE} (path)")
        execute(f"CREATE INDEX ON {TABLE} USING gist (path)")
        for definition in _indexes():
            execute(definition)
        execute(f"ANALYZE {TABLE}")

    return milliseconds(act) / 1000


def _columns() -> list[str]:
    """A rep's columns without the tree's."""
    names = one(
        "SELECT array_agg(attname::text) FROM pg_attribute WHERE attrelid = 'teams_rep'::regclass AND attnum > 0 AND NOT attisdropped"
    )
    return [name for name in names if name not in _TREE]


def _indexes() -> list[str]:
    """The statements of a rep's other indexes, made for this table under names of its own."""
    definitions = one(
        "SELECT array_agg(pg_get_indexdef(indexrelid)) FROM pg_index WHERE indrelid = 'teams_rep'::regclass AND NOT indisprimary"
    )
    heads = [definition.split(" ON public.teams_rep ") for definition in definitions]
    return [
        f"{'CREATE UNIQUE' if head.startswith('CREATE UNIQUE') else 'CREATE'} INDEX ON {TABLE} {body}"
        for head, body in heads
        if not any(word in body for word in _TREE)
    ]


def insert(sponsor: int, number: int) -> float:
    """Put a newcomer under a node; returns milliseconds."""
    names = [name for name in _columns() if name not in {"id", "code", "sponsor_id", "user_id"}]
    columns = ", ".join(f'"{name}"' for name in names)
    return milliseconds(
        lambda: execute(
            f"""INSERT INTO {TABLE} (id, code, sponsor_id, path, {columns})
                SELECT %s, 'L' || %s, id, path || %s::text, {columns} FROM {TABLE} WHERE id = %s""",
            *([10**12 + number] * 3),
            sponsor,
        )
    )


def move(node: int, under: int) -> tuple[float, int]:
    """Put a node with all below under another; returns milliseconds and rows."""

    def act() -> int:
        with transaction.atomic():
            rows = execute(
                f"""UPDATE {TABLE} n SET path = (SELECT path FROM {TABLE} WHERE id = %(under)s) || subpath(n.path, nlevel(t.path) - 1)
                    FROM (SELECT path FROM {TABLE} WHERE id = %(node)s) t WHERE n.path <@ t.path""".replace("%(under)s", "%s").replace(
                    "%(node)s", "%s"
                ),
                under,
                node,
            )
            execute(f"UPDATE {TABLE} SET sponsor_id = %s WHERE id = %s", under, node)
            return rows

    rows: list[int] = []
    return milliseconds(lambda: rows.append(act())), rows[0]


def count(node: int) -> float:
    """Count the downline; returns milliseconds."""
    return milliseconds(lambda: one(f"SELECT count(*) FROM {TABLE} WHERE path <@ (SELECT path FROM {TABLE} WHERE id = %s)", node))


def upline(node: int) -> float:
    """List the sponsors above; returns milliseconds."""
    query = f"SELECT array_agg(id ORDER BY nlevel(path)) FROM {TABLE} WHERE path @> (SELECT path FROM {TABLE} WHERE id = %s)"
    return milliseconds(lambda: one(query, node))


def is_below(node: int, top: int) -> float:
    """Ask whether a node is below another; returns milliseconds."""
    query = f"SELECT (SELECT path FROM {TABLE} WHERE id = %s) <@ (SELECT path FROM {TABLE} WHERE id = %s)"
    return milliseconds(lambda: one(query, node, top))


def page(top: int) -> float:
    """List the first fifty below, each branch together; returns milliseconds."""
    query = f"SELECT * FROM {TABLE} WHERE path <@ (SELECT path FROM {TABLE} WHERE id = %s) ORDER BY path LIMIT 50"
    return milliseconds(lambda: execute(query, top))
