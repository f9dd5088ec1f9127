"""The first baseline: django-mptt as it comes, with the columns and indexes of a rep."""

import random
import threading
from typing import Any

import numpy as np
from django.db import Error, connection, models, transaction
from mptt.exceptions import InvalidMove
from mptt.models import MPTTModel, TreeForeignKey

from benchmarks.measuring import log_bytes, milliseconds, one, rows_of
from benchmarks.tree.downline import Shape, code
from teams.models import Territory

TABLE = "bench_stock"
NEWCOMERS = 0.9  # of the operations of writers side by side; the others are moves
COLUMNS = (
    "id",
    "code",
    "name",
    "phone",
    "email",
    "territory_id",
    "calendar",
    "joined_year",
    "joined_number",
    "title",
    "language",
    "status",
)


class StockRep(MPTTModel):
    """A rep on stock django-mptt."""

    code = models.CharField(max_length=20, unique=True)
    parent = TreeForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=16, blank=True)
    email = models.EmailField(blank=True)
    territory = models.ForeignKey(Territory, on_delete=models.PROTECT, related_name="+")
    calendar = models.CharField(max_length=20)
    joined_year = models.PositiveSmallIntegerField()
    joined_number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=8)
    status = models.CharField(max_length=10)

    class Meta:
        app_label = "benchmarks"
        db_table = TABLE
        indexes = [
            models.Index(fields=["tree_id", "lft"], name="bench_stock_tree"),
            models.Index(fields=["territory", "tree_id", "lft"], name="bench_stock_territory_tree"),
            models.Index(fields=["territory", "calendar", "joined_year", "joined_number"], name="bench_stock_on_file"),
        ]

    def __str__(self) -> str:
        return self.code


def fields(place: int) -> dict[str, Any]:
    """What a new rep has beside the sponsor."""
    return {
        "code": f"N{place}",
        "name": f"Newcomer {place}",
        "phone": "",
        "email": "",
        "territory_id": one("SELECT max(id) FROM teams_territory"),
        "calendar": "UA",
        "joined_year": 2026,
        "joined_number": 1,
        "title": "",
        "language": "uk",
        "status": "active",
    }


def load(above: np.ndarray, shape: Shape) -> None:
    """Make the table anew and fill it with a downline; ids are positions + 1."""
    drop()
    with connection.schema_editor() as editor:
        editor.create_model(StockRep)
    where = one("SELECT max(id) FROM teams_territory")
    columns = (*COLUMNS, "parent_id", "tree_id", "lft", "rght", "level")
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {TABLE} ({', '.join(columns)}) FROM STDIN") as copy:
            for place, (sponsor, left, right, level) in enumerate(
                zip(above.tolist(), shape.left.tolist(), shape.right.tolist(), shape.level.tolist(), strict=True)
            ):
                rep = (place + 1, code(place), "A rep", "", "", where, "UA", 2020, 1, "", "uk", "active")
                copy.write_row((*rep, None if sponsor < 0 else sponsor + 1, 1, left, right, level))
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{TABLE}', 'id'), {len(above)})")
        cursor.execute(f"ANALYZE {TABLE}")


def drop() -> None:
    """Remove the table."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def insert(sponsor: int, number: int) -> tuple[float, int, int]:
    """Put a newcomer under the node with this id; returns milliseconds, rows and bytes of log."""
    new, took, before = fields(number), [], log_bytes()

    def act() -> None:
        took.append(milliseconds(lambda: StockRep.objects.create(parent=StockRep.objects.get(pk=sponsor), **new)))

    with transaction.atomic():
        rows = rows_of(TABLE, act)
    return took[0], rows, log_bytes() - before


def move(node: int, under: int) -> tuple[float, int]:
    """Put a node under another; returns milliseconds and rows."""
    took = []

    def act() -> None:
        took.append(milliseconds(lambda: StockRep.objects.get(pk=node).move_to(StockRep.objects.get(pk=under), "last-child")))

    with transaction.atomic():
        rows = rows_of(TABLE, act)
    return took[0], rows


def stands_below(node: int, top: int) -> bool:
    """Whether a node is below another."""
    return StockRep.objects.get(pk=node).is_descendant_of(StockRep.objects.get(pk=top))


def roll_up(node: int) -> float:
    """Put the first level of a node under its parent; returns milliseconds."""

    def act() -> None:
        with transaction.atomic():
            leaver = StockRep.objects.get(pk=node)
            for child in list(leaver.get_children()):
                child.refresh_from_db()
                child.move_to(StockRep.objects.get(pk=leaver.parent_id), "last-child")

    return milliseconds(act)


def write_side_by_side(writers: int, operations: int, size: int) -> dict[str, Any]:
    """Inserts and moves by threads with a connection each; returns operations per second, errors and broken invariants."""
    ends: list[tuple[int, int]] = []

    def writer(number: int) -> None:
        chance, errors, done = random.Random(number), 0, 0
        for operation in range(operations):
            sponsor, node = chance.randrange(size) + 1, chance.randrange(size) + 1
            try:
                with transaction.atomic():
                    if chance.random() < NEWCOMERS:
                        new = fields(number * 1_000_000 + operation)
                        StockRep.objects.create(parent=StockRep.objects.get(pk=sponsor), **new)
                    else:
                        StockRep.objects.get(pk=node).move_to(StockRep.objects.get(pk=sponsor), "last-child")
                done += 1
            except InvalidMove:
                done += 1
            except Error:
                errors += 1
        ends.append((done, errors))
        connection.close()

    threads = [threading.Thread(target=writer, args=(number,)) for number in range(writers)]

    def act() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    seconds = milliseconds(act) / 1000
    done, errors = (sum(column) for column in zip(*ends, strict=True))
    return {"per_s": done / seconds, "errors": errors, "broken": broken()}


def broken() -> int:
    """Reps with a label somebody else has as well, outside their parent's, or on a wrong level."""
    return one(
        f"""SELECT (SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM (
                      SELECT tree_id, lft AS v FROM {TABLE} UNION ALL SELECT tree_id, rght FROM {TABLE}) l GROUP BY tree_id, v) d)
                 + (SELECT count(*) FROM {TABLE} c JOIN {TABLE} p ON p.id = c.parent_id
                    WHERE NOT (c.tree_id = p.tree_id AND c.lft > p.lft AND c.rght < p.rght AND c.level = p.level + 1))"""
    )


def stale(holders: int, size: int) -> int:
    """How many of the reps loaded before five others joined list somebody foreign."""
    chance = random.Random(3)
    sponsors = set(StockRep.objects.exclude(parent=None).values_list("parent_id", flat=True))
    inner = list(StockRep.objects.filter(pk__in=sponsors, level__gte=1).order_by("pk"))
    held = chance.sample(inner, min(holders, len(inner)))
    for number in range(5):
        StockRep.objects.create(parent=StockRep.objects.get(pk=chance.randrange(size) + 1), **fields(90_000_000 + number))
    parents = dict(StockRep.objects.values_list("pk", "parent_id"))
    return sum(lists_foreign(node.pk, node.get_descendants().values_list("pk", flat=True), parents) for node in held)


def lists_foreign(top: int, listed: Any, parents: dict[int, int | None]) -> bool:  # noqa: ANN401  ids
    """Whether somebody in the list is not below `top`, by the parent links."""
    for node in listed:
        above = parents[node]
        while above is not None and above != top:
            above = parents[above]
        if above is None:
            return True
    return False
