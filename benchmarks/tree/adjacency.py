"""The third baseline: the parent link alone, asked by recursive queries, on the reps' own table."""

from benchmarks.measuring import execute, milliseconds, one

_DOWN = """WITH RECURSIVE down(id, path) AS (
    SELECT id, ARRAY[id] FROM teams_rep WHERE id = %s
    UNION ALL SELECT r.id, d.path || r.id FROM down d JOIN teams_rep r ON r.sponsor_id = d.id)"""


def count(node: int) -> float:
    """Count the downline; returns milliseconds."""
    query = """WITH RECURSIVE down(id) AS (
        SELECT id FROM teams_rep WHERE id = %s UNION ALL SELECT r.id FROM down d JOIN teams_rep r ON r.sponsor_id = d.id)
        SELECT count(*) FROM down"""
    return milliseconds(lambda: one(query, node))


def page(top: int) -> float:
    """List the first fifty below, each branch together; returns milliseconds."""
    return milliseconds(lambda: execute(f"{_DOWN} SELECT r.* FROM down JOIN teams_rep r USING (id) ORDER BY down.path LIMIT 50", top))


def sums(values: str, levels: int | None = None) -> float:
    """Sum a column of the table `values` (rep_id, pv) over everybody's downline, or its first levels; returns seconds.

    Every value goes up its chain once.
    """
    limit = "" if levels is None else f"AND up.level < {levels}"
    query = f"""WITH RECURSIVE up(top, pv, level) AS (
        SELECT r.sponsor_id, v.pv, 1 FROM {values} v JOIN teams_rep r ON r.id = v.rep_id WHERE r.sponsor_id IS NOT NULL
        UNION ALL SELECT r.sponsor_id, up.pv, up.level + 1 FROM up JOIN teams_rep r ON r.id = up.top
                  WHERE r.sponsor_id IS NOT NULL {limit})
        SELECT count(*) FROM (SELECT top{", level" if levels else ""}, sum(pv) FROM up GROUP BY top{", level" if levels else ""}) s"""
    return milliseconds(lambda: one(query)) / 1000
