"""The table of a tree in SQL: its names, its locks, whole columns as arrays.

The protocol of writers, in the order in which they take what they hold until their transaction ends:
1. the lock of the forest: shared by who writes in some trees, alone for who writes in all of them;
2. the lock of each tree: shared by who adds a leaf, alone for who moves nodes or labels; several in the order of their ids;
3. the row of the parent under whom a leaf is added.
Nobody goes from a shared lock to the lock alone but by rolling back to before the shared one.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from django.db import connections
from django.db.backends.utils import CursorWrapper

from cotano.lib import arrays

if TYPE_CHECKING:
    from teams.tree.nodes import TreeNode

SEQUENCE = "teams_tree"  # of the ids of all trees
FOREST = 0  # no tree has this id: the key of the forest's lock


@dataclass(frozen=True)
class Table:
    """Where a tree is stored. `name` and `parent` (the column of the parent link) are quoted."""

    name: str
    parent: str
    alias: str = "default"

    @classmethod
    def of(cls, model: "type[TreeNode]") -> Self:
        """The table of a model."""
        meta, quote = model._meta, connections["default"].ops.quote_name
        return cls(quote(meta.db_table), quote(meta.get_field(model._mptt_meta.parent_attr).column))

    def run(self, statement: str, *values: object) -> CursorWrapper:
        """Carry out a statement, in which {table} and {parent} stand for the names."""
        cursor = connections[self.alias].cursor()
        cursor.execute(self.named(statement), values)
        return cursor

    def run_each(self, *steps: tuple) -> CursorWrapper:
        """Carry out statements, each (statement, value, ...), in one trip; returns the result of the last.

        Each sees what was committed before it began, so one may wait for a lock and the next read what became of it.
        """
        cursor = self.run("; ".join(statement for statement, *_values in steps), *(value for step in steps for value in step[1:]))
        while cursor.nextset():
            pass
        return cursor

    def named(self, statement: str) -> str:
        """The statement with the table's own names."""
        return statement.format(table=self.name, parent=self.parent)

    # ---- locks
    def lock(self, tree: int = FOREST, *, shared: bool = False) -> None:
        """Hold a tree, or the whole forest, until the transaction ends."""
        self.run(*self.locking(tree, shared=shared))

    def locking(self, tree: int = FOREST, *, shared: bool = False) -> tuple[str, int, int]:
        """The statement that does so, for `run_each`."""
        kind = "_shared" if shared else ""
        return f"SELECT pg_advisory_xact_lock{kind}(%s, %s)", self._key, tree

    @property
    def _key(self) -> int:
        """The first of the two numbers of an advisory lock."""
        return zlib.crc32(f"tree of {self.name}".encode()) - 2**31

    def last_tree(self) -> int:
        """The largest id that any tree can have."""
        return self.run(f"SELECT last_value FROM {SEQUENCE}").fetchone()[0]  # noqa: S608  own name

    def fresh_trees(self, count: int) -> list[int]:
        """The ids of that many new trees, ascending."""
        cursor = connections[self.alias].cursor()
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [SEQUENCE, count])
        return sorted(tree for (tree,) in cursor.fetchall())

    # ---- whole columns
    def fetch(self, columns: Sequence[str], rest: str, *values: object) -> list[np.ndarray]:
        """One int64 array per column of `SELECT columns rest`. No Python object stays per row. {table} and {parent} stand for the names."""
        with connections[self.alias].cursor() as cursor, connections[self.alias].wrap_database_errors:
            return arrays.fetch(cursor, [self.named(column) for column in columns], self.named(rest), values)

    def send(self, into: str, columns: Sequence[np.ndarray]) -> None:
        """Copy int64 arrays of one length into `into`, "table (column, ...)" of bigint columns."""
        with connections[self.alias].cursor() as cursor, connections[self.alias].wrap_database_errors:
            arrays.send(cursor, into, columns)
