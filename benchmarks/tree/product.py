"""The product's own tree of reps, asked and changed as its pages do."""

import contextlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from django.db import connection, transaction

from benchmarks.measuring import Cost, cost, execute, log_bytes, milliseconds, one, result, rows_of, start
from benchmarks.tree import downline
from teams import tree
from teams.models import Rep

TABLE = "teams_rep"
BLOCK = 5_000  # rows sent at once
LABELS = ("tree_id", "lft", "rght", "level")


def recruit(sponsor: int, number: int) -> Rep:
    """Put a newcomer under the rep with this id."""
    above = Rep.objects.get(pk=sponsor)
    return Rep.objects.create(
        code=f"N{number}",
        sponsor=above,
        name=f"Newcomer {number}",
        territory_id=above.territory_id,
        calendar="UA",
        joined_year=2026,
        joined_number=1,
        language="uk",
    )


def insert(sponsor: int, number: int) -> float:
    """The same; returns milliseconds with its commit."""
    return milliseconds(lambda: recruit(sponsor, number))


def insert_counted(sponsor: int, number: int) -> tuple[int, int]:
    """The same; returns rows and bytes of log."""
    before = log_bytes()
    with transaction.atomic():
        rows = rows_of(TABLE, lambda: recruit(sponsor, number))
    return rows, log_bytes() - before


def move(node: int, under: int) -> int:
    """Put a rep with all below under another; returns rows. Under one's own downline nothing happens."""
    with contextlib.suppress(tree.Ring):
        return tree.move(Rep, node, under=under)
    return 0


def move_timed(node: int, under: int) -> tuple[float, int]:
    """The same; returns milliseconds with the commit, and the rows that were written."""
    rows: list[int] = []

    def act() -> None:
        with transaction.atomic():
            rows.append(rows_of(TABLE, lambda: tree.move(Rep, node, under=under)))

    return milliseconds(act), rows[0]


def roll_up(node: int) -> int:
    """Put a leaver's first level under the leaver's sponsor."""
    return tree.roll_up(Rep, node)


def count(node: int) -> float:
    """Count the downline; returns milliseconds."""
    return milliseconds(lambda: Rep.objects.below(node).count())


def upline(node: int) -> float:
    """List the sponsors above; returns milliseconds."""
    return milliseconds(lambda: tree.above(Rep, node))


def is_below(node: int, top: int) -> float:
    """Ask whether a rep is in another's downline; returns milliseconds."""
    return milliseconds(lambda: tree.is_below(Rep, node, top))


def stands_below(node: int, top: int) -> bool:
    """Whether a rep is in another's downline."""
    return tree.is_below(Rep, node, top)


def page(top: int) -> float:
    """List the first fifty below, each branch together; returns milliseconds."""
    return milliseconds(lambda: list(Rep.objects.below(top).in_tree_order()[:50]))


def links() -> tuple[np.ndarray, np.ndarray]:
    """Ids and positions of the sponsors (-1: none), by id."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT array_agg(id ORDER BY id), array_agg(coalesce(sponsor_id, 0) ORDER BY id) FROM {TABLE}")
        ids, sponsors = (np.array(column, dtype=np.int64) for column in cursor.fetchone())
    return ids, np.where(sponsors > 0, np.searchsorted(ids, sponsors), -1)


def listed(rep: Rep) -> list[int]:
    """The ids that django-mptt's own method lists below an instance that was loaded earlier."""
    return list(rep.get_descendants().values_list("pk", flat=True))


def first_load(above: np.ndarray) -> Cost:
    """Label a downline and copy it into a fresh table like the reps', indexes last. The table is gone afterwards."""
    places = one("SELECT array_agg(id ORDER BY code) FROM teams_territory WHERE kind = 'territory'")
    rows = [downline.roster_row(place, int(sponsor)) for place, sponsor in enumerate(above)]

    with cost() as taken:
        execute(f"CREATE TABLE bench_first (LIKE {TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)")
        labels = tree.labels(above)
        columns = "id, code, sponsor_id, name, phone, email, territory_id, calendar, joined_year, joined_number, title, language, status"
        statement = f"COPY bench_first ({columns}, first_seen_at, {', '.join(LABELS)}) FROM STDIN"
        lines = _lines(rows, above, labels, places)
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            while block := "".join(islice(lines, BLOCK)):
                copy.write(block)
        for definition in one("SELECT array_agg(pg_get_indexdef(indexrelid)) FROM pg_index WHERE indrelid = %s::regclass", TABLE):
            head, body = definition.split(f" ON public.{TABLE} ")
            execute(f"{'CREATE UNIQUE' if 'UNIQUE' in head else 'CREATE'} INDEX ON bench_first {body}")

    execute("DROP TABLE bench_first")
    return taken


def _lines(rows: list[tuple[str, ...]], above: np.ndarray, labels: tree.Labels, places: list[int]) -> Iterator[str]:
    """Finished rows in COPY's text form."""
    numbers = (part.tolist() for part in (above, labels.tree, labels.lft, labels.rght, labels.level))
    for place, (rep, sponsor, *where) in enumerate(zip(rows, *numbers, strict=True)):
        code, _above, name, phone, email, _place, joined, title, language, status = rep
        year, number = joined.split("-")
        known = (code, sponsor + 1 if sponsor >= 0 else "\\N", name, phone, email, places[place % len(places)], "UA", year, number)
        yield "\t".join(map(str, (place + 1, *known, title, language, status, "now", *where))) + "\n"


def write_side_by_side(writers: int, operations: int) -> dict[str, Any]:
    """Mixed operations by processes; returns operations per second, errors by kind, milliseconds of each operation."""
    processes = [start("benchmarks.tree.writer", number + 1, operations) for number in range(writers)]
    for process in processes:
        process.stdout.readline()
    reports: list[dict[str, Any]] = []

    def act() -> None:
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        reports.extend(result(process) for process in processes)

    seconds = milliseconds(act) / 1000
    errors = sum(sum(report["errors"].values()) for report in reports)
    took = [each for report in reports for each in report["ms"]]
    kinds = sorted({kind for report in reports for kind in report["errors"]})
    return {"per_s": (len(took) - errors) / seconds, "errors": errors, "kinds": kinds, "ms": took}


def roll_up_volumes(ids: np.ndarray, above: np.ndarray, levels: int) -> tuple[Cost, int]:
    """Sum `bench_volume` over everybody's downline and its first levels; returns the cost, and the number of reps whose sums are wrong."""
    with cost() as taken:
        rollup = tree.rollup(Rep, "SELECT rep_id, pv FROM bench_volume", ("pv",))
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(pv ORDER BY rep_id) FROM bench_volume")
        values = np.array(cursor.fetchone()[0], dtype=np.int64)
    below, first = downline.sums(above, values, levels)
    wrong = (rollup.ids != ids) | (rollup.sums["pv"] != below) | (rollup.levels["pv"] != first.T).any(axis=0)
    return taken, int(wrong.sum())
