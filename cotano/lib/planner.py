"""What PostgreSQL believes about the sizes of tables, told to it when a file has just changed them."""

from django.db.backends.utils import CursorWrapper

FEW = 500  # rows that no plan is wrong about


def grown(cursor: CursorWrapper, table: str, rows: int) -> bool:
    """Look at `table` again when the `rows` just written are more than it was believed to hold; returns whether that was so.

    The database looks by itself within a minute; until then the first file of a company would be joined line by line with tables
    that it believes to be empty. Slow growth is left to it. Somebody else who is just looking is not waited for. Needs the right to
    MAINTAIN, which PostgreSQL knows from 17 on; before, a table of somebody else's is left as it is.
    """
    if rows < FEW:
        return False
    cursor.execute("SELECT reltuples < %s FROM pg_class WHERE oid = %s::regclass", [rows, table])
    [believed_less] = cursor.fetchone()
    if believed_less:
        cursor.execute(f"ANALYZE (SKIP_LOCKED) {table}")
    return believed_less
