"""The downline of a company, next to stock django-mptt, to ltree and to recursive queries over the parent link.

The reps come in by the company's roster, as in life; then newcomers, moves, lists, sums, a new labelling, writers side by side.
What stock django-mptt needs hours for is measured on fewer reps, and the figure's baseline says so.
"""

import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import company
from benchmarks.figures import Figure, quotient, smaller, versus
from benchmarks.measuring import cost, execute, fresh, median, milliseconds, p95
from benchmarks.tree import adjacency, downline, ltree, product, stock
from teams import tree
from teams.models import Rep

STOCK = 100_000  # reps at most
REBUILT = 10_000  # by stock django-mptt
SMALL = 2_000  # for its concurrency and its stale instances
INSERTS, READS, MOVES = 400, 300, 20
WRITERS, OPERATIONS, HOLDERS = 4, 300, 150
STOCK_OPERATIONS = 25  # of each writer: most wait a second for their deadlock
LEVELS = 7
MTREE, LTREE, CTE = "django-mptt", "ltree, SQL alone", "recursive query, SQL alone"
Say = Callable[[str], None]


@dataclass
class Downline:
    """The reps on file: ids, positions of the sponsors, what follows from them."""

    ids: np.ndarray
    above: np.ndarray
    shape: downline.Shape
    chance: random.Random

    def near(self, size: int, count: int) -> list[int]:
        """The positions of the `count` branches nearest to `size` reps (themselves counted), never the root's."""
        order = np.argsort(np.abs(self.shape.size - size), kind="stable")
        return [int(place) for place in order if self.above[place] >= 0][:count]

    def some(self, most: int) -> list[int]:
        """Ids of anybody; of few reps, as many as there are."""
        return [int(self.ids[self.chance.randrange(len(self.ids))]) for _ in range(min(most, len(self.ids)))]

    def outside(self, place: int, is_below: Callable[[int, int], bool]) -> tuple[int, int]:
        """The id at `place`, and that of somebody who is not below it now."""
        node = int(self.ids[place])
        while True:
            (other,) = self.some(1)
            if other != node and not is_below(other, node):
                return node, other


def run(size: int, say: Say) -> list[Figure]:
    """All figures, for a downline of `size` reps."""
    above = downline.parents(size)
    company.territories()
    figures = [*rosters(above, say)]
    execute("VACUUM ANALYZE teams_rep")
    ids, sponsors = product.links()
    reps = Downline(ids, sponsors, downline.shape(sponsors), random.Random(downline.SEED))
    old = Stock(min(size, STOCK), say)
    say("ltree: the same reps")
    ltree.load()
    for part in (lists, sums, inserts, moves, stale):
        say(part.__name__)
        figures += part(reps, old)
    for part in (relabelling, together):
        say(part.__name__)
        figures += part(old)
    return figures


class Stock:
    """What stock django-mptt takes, on `size` reps; told as `of`."""

    def __init__(self, size: int, say: Say) -> None:
        say(f"django-mptt: {size:,} reps")
        self.size, self.of = size, f"{MTREE}, {size:,} reps"
        above = downline.parents(size)
        shape, chance = downline.shape(above), random.Random(downline.SEED)
        stock.load(above, shape)
        reps = Downline(np.arange(1, size + 1), above, shape, chance)
        some = reps.some(50)
        self.upline = median([milliseconds(lambda node=node: list(stock.StockRep.objects.get(pk=node).get_ancestors())) for node in some])
        self.page = median([milliseconds(lambda: list(stock.StockRep.objects.get(pk=1).get_descendants()[:50])) for _ in range(5)])
        say("django-mptt: inserts")
        self.inserts = [stock.insert(node, number) for number, node in enumerate(reps.some(6))]
        say("django-mptt: moves")
        nodes = reps.near(100, 2)
        self.moves = [(*stock.move(*reps.outside(node, stock.stands_below)), int(shape.size[node])) for node in nodes]
        leaver = next((place for place in reps.near(30, size) if 2 <= shape.recruits[place] <= 4), None)  # noqa: PLR2004  a few recruits
        self.roll_up = stock.roll_up(leaver + 1) if leaver is not None else None
        few = min(size, REBUILT)
        say(f"django-mptt: rebuild of {few:,}")
        part = above[:few]
        stock.load(part, downline.shape(part))
        self.rebuild, self.rebuilt = milliseconds(stock.StockRep.objects.rebuild) / 1000, f"{MTREE}, {few:,} reps"
        small = min(size, SMALL)
        say(f"django-mptt: writers and stale instances, {small:,} reps")
        part = above[:small]
        stock.load(part, downline.shape(part))
        self.stale = stock.stale(HOLDERS, small)
        stock.load(part, downline.shape(part))
        self.together, self.together_of = (
            stock.write_side_by_side(WRITERS, min(STOCK_OPERATIONS, size // 20), small),
            f"{MTREE}, {small:,} reps",
        )
        stock.drop()


def rosters(above: np.ndarray, say: Say) -> list[Figure]:
    """A first roster by its labels alone, then by its file; the same file again."""
    say("a first roster: labels and COPY")
    first = product.first_load(above)
    with tempfile.TemporaryDirectory(prefix="cotano-bench-") as folder:
        path = Path(folder) / "roster.csv"
        size = downline.write_roster(path, above)
        say(f"a first roster: its file of {size / 2**20:.0f} MB")
        file = fresh("benchmarks.tree.loading", path)
        if file["counts"].get("created") != len(above):
            raise RuntimeError(f"the roster was not loaded: {file}")
        execute("VACUUM ANALYZE teams_rep")
        say(f"the same roster again ({file})")
        again = fresh("benchmarks.tree.loading", path)
    say(f"the tree's part of it ({again})")
    with cost() as noop:
        rows = tree.relabel(Rep)
    return [
        smaller("roster_first_s", first.wall, "s", "<= 20"),
        smaller("roster_first_cpu_s", first.processor, "s"),
        smaller("roster_file_s", file["seconds"], "s", "<= 120"),
        smaller("roster_file_cpu_s", file["processor"], "s"),
        smaller("roster_noop_s", noop.wall, "s", "<= 5"),
        smaller("roster_noop_cpu_s", noop.processor, "s"),
        smaller("roster_noop_rows", rows, "rows", "== 0"),
        smaller("roster_noop_file_s", again["seconds"], "s"),
        smaller("roster_peak_mb", max(file["peak_mb"], again["peak_mb"]), "MB", "<= 1024"),
    ]


def lists(reps: Downline, old: Stock) -> list[Figure]:
    """Upline, "in my downline?", pages and counts."""
    nodes, tops = reps.some(READS), reps.some(READS)
    tops[::2] = [int(reps.ids[reps.above[np.searchsorted(reps.ids, node)]]) for node in nodes[::2]]  # half of the answers are yes
    pairs = list(zip(nodes, tops, strict=True))
    upline = median([product.upline(node) for node in nodes])
    below = median([product.is_below(*pair) for pair in pairs])
    ltree_below = median([ltree.is_below(*pair) for pair in pairs])
    ltree_upline = median([ltree.upline(node) for node in nodes])
    # the whole company, who has the most recruits, a middle branch, a small one
    places = [0, int(np.argmax(reps.shape.recruits)), *reps.near(10_000, 1), *reps.near(100, 1)]
    pages = {int(reps.ids[place]): [product.page(int(reps.ids[place])) for _ in range(20)] for place in places}
    worst = max(pages, key=lambda top: median(pages[top]))
    page = median(pages[worst])
    with cost() as fifty:
        for _ in range(50):
            product.page(worst)
    ltree_page, cte_page = (median([way.page(worst) for _ in range(times)]) for way, times in ((ltree, 5), (adjacency, 1)))
    middle = int(reps.ids[places[2]])
    count, ltree_count, cte_count = (median([way.count(middle) for _ in range(5)]) for way in (product, ltree, adjacency))
    return [
        smaller("upline_ms", upline, "ms", "<= 2", baseline=old.of, baseline_value=old.upline),
        versus("upline_vs_ltree", quotient(ltree_upline, upline) or 0, baseline=f"{LTREE}, ms", baseline_value=ltree_upline),
        smaller("in_downline_ms", below, "ms", "<= 1", baseline=LTREE, baseline_value=ltree_below),
        smaller("page_50_ms", page, "ms", "<= 5", baseline=CTE, baseline_value=cte_page),
        smaller("page_50_cpu_ms", fifty.processor / 50 * 1000, "ms"),
        versus("page_50_vs_stock", quotient(old.page, page) or 0, baseline=f"{old.of}, ms", baseline_value=old.page),
        versus("page_50_vs_ltree", quotient(ltree_page, page) or 0, baseline=f"{LTREE}, ms", baseline_value=ltree_page),
        smaller("count_10k_ms", count, "ms", baseline=CTE, baseline_value=cte_count),
        versus("count_10k_vs_ltree", quotient(ltree_count, count) or 0, baseline=f"{LTREE}, ms", baseline_value=ltree_count),
    ]


def sums(reps: Downline, old: Stock) -> list[Figure]:
    """Group volumes of everybody, whole downlines and seven levels."""
    execute("CREATE TABLE bench_volume AS SELECT id AS rep_id, (hashint8(id) & 1023)::bigint AS pv FROM teams_rep")
    execute("ALTER TABLE bench_volume ADD PRIMARY KEY (rep_id)")
    execute("ANALYZE bench_volume")
    took, wrong = product.roll_up_volumes(reps.ids, reps.above, LEVELS)
    cte, cte_levels = adjacency.sums("bench_volume"), adjacency.sums("bench_volume", LEVELS)
    execute("DROP TABLE bench_volume")
    return [
        smaller("rollup_s", took.wall, "s", "<= 15", baseline=CTE, baseline_value=cte),
        smaller("rollup_cpu_s", took.processor, "s"),
        smaller("levels_s", took.wall, "s", "<= 15", baseline=CTE, baseline_value=cte_levels),
        smaller("rollup_wrong", wrong, "reps", "== 0"),
    ]


def inserts(reps: Downline, old: Stock) -> list[Figure]:
    """Newcomers under anybody."""
    sponsors = reps.some(INSERTS)
    with cost() as all_of_them:
        took = [product.insert(node, number) for number, node in enumerate(sponsors)]
    # The second newcomer of a sponsor: what a page costs that is written for the first time after a checkpoint is not counted.
    counted = [
        [product.insert_counted(node, 10_000 + 2 * number + again) for again in (0, 1)][1] for number, node in enumerate(sponsors[:50])
    ]
    rows, log = (list(column) for column in zip(*counted, strict=True))
    others = [ltree.insert(node, number) for number, node in enumerate(sponsors[:200])]
    stock_ms, stock_rows, stock_log = (list(column) for column in zip(*old.inserts, strict=True))
    return [
        smaller("insert_ms_median", median(took), "ms", "<= 5", baseline=old.of, baseline_value=median(stock_ms)),
        smaller("insert_ms_p95", p95(took), "ms", "<= 15", baseline=old.of, baseline_value=p95(stock_ms)),
        smaller("insert_cpu_ms", all_of_them.processor / len(took) * 1000, "ms"),
        smaller("insert_rows", max(rows), "rows", "== 1", baseline=old.of, baseline_value=median(stock_rows)),
        smaller("insert_wal_bytes", median(log), "bytes", "<= 2048", baseline=old.of, baseline_value=median(stock_log)),
        versus("insert_vs_stock", median(stock_ms) / median(took), baseline=f"{old.of}, ms", baseline_value=median(stock_ms)),
        versus("insert_vs_ltree", median(others) / median(took), baseline=f"{LTREE}, ms", baseline_value=median(others)),
    ]


def moves(reps: Downline, old: Stock) -> list[Figure]:
    """Branches of a hundred and of ten thousand under anybody else; a leaver whose recruits go up."""
    over, hundred, ltree_hundred = [], [], []
    for place in reps.near(100, MOVES):
        node, under = reps.outside(place, product.stands_below)
        took, rows = product.move_timed(node, under)
        hundred.append(took)
        over.append(rows - int(Rep.objects.below(node).count()) - 1)
        ltree_hundred.append(ltree.move(node, under)[0])
    (place,) = reps.near(10_000, 1)
    node, under = reps.outside(place, product.stands_below)
    large, rows = product.move_timed(node, under)
    over.append(rows - int(Rep.objects.below(node).count()) - 1)
    ltree_large, _rows = ltree.move(node, under)
    few = (3, 10)  # recruits
    leavers = [place for place in reps.near(30, 500) if few[0] <= reps.shape.recruits[place] <= few[1]][:MOVES]
    rolled = [milliseconds(lambda place=place: product.roll_up(int(reps.ids[place]))) for place in leavers]
    stock_ms, stock_rows, stock_size = (list(column) for column in zip(*old.moves, strict=True))
    return [
        smaller("move_rows_over_m", max(over), "rows", "<= 1", baseline=old.of, baseline_value=median(stock_rows) - median(stock_size)),
        smaller("move_100_ms", median(hundred), "ms", "<= 60", baseline=old.of, baseline_value=median(stock_ms)),
        versus("move_100_vs_ltree", median(ltree_hundred) / median(hundred), baseline=f"{LTREE}, ms", baseline_value=median(ltree_hundred)),
        smaller("move_10000_ms", large, "ms", "<= 1000", baseline=LTREE, baseline_value=ltree_large),
        smaller("roll_up_ms", median(rolled or [0]), "ms", baseline=old.of, baseline_value=old.roll_up),
    ]


def relabelling(old: Stock) -> list[Figure]:
    """All labels anew, after newcomers and moves."""
    execute("VACUUM ANALYZE teams_rep")
    with cost() as took:
        rows = tree.relabel(Rep)
    return [
        smaller("relabel_s", took.wall, "s", "<= 90", baseline=old.rebuilt, baseline_value=old.rebuild),
        smaller("relabel_cpu_s", took.processor, "s"),
        smaller("relabel_rows", rows, "rows"),
    ]


def stale(reps: Downline, old: Stock) -> list[Figure]:
    """Reps loaded before others joined list nobody foreign."""
    inner = [place for place in reps.near(30, 10 * HOLDERS) if reps.shape.recruits[place]]
    held = list(Rep.objects.filter(pk__in=[int(reps.ids[place]) for place in reps.chance.sample(inner, min(HOLDERS, len(inner)))]))
    for number, sponsor in enumerate(reps.some(5)):
        product.recruit(sponsor, 90_000_000 + number)
    ids, above = product.links()
    parents = {node: int(ids[place]) if place >= 0 else None for node, place in zip(ids.tolist(), above.tolist(), strict=True)}
    foreign = sum(stock.lists_foreign(rep.pk, product.listed(rep), parents) for rep in held)
    return [smaller("stale_foreign", foreign, "reps", "== 0", baseline=f"{old.together_of}", baseline_value=old.stale)]


def together(old: Stock) -> list[Figure]:
    """Writers side by side on the whole company, then every invariant checked."""
    ours = product.write_side_by_side(WRITERS, min(OPERATIONS, Rep.objects.count() // 4))
    broken = sum(tree.check(Rep).values())
    was, of = old.together, old.together_of
    return [
        Figure("concurrent_ops_per_s", ours["per_s"], "per s", ">= 100", of, was["per_s"], quotient(ours["per_s"], was["per_s"])),
        smaller("concurrent_errors", ours["errors"], "errors", "== 0", baseline=of, baseline_value=was["errors"]),
        smaller("concurrent_broken", broken, "reps", "== 0", baseline=of, baseline_value=was["broken"]),
        smaller("concurrent_ms_median", median(ours["ms"]), "ms"),
        smaller("concurrent_ms_p95", p95(ours["ms"]), "ms"),
    ]
