"""The benches there are."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bench:
    """`module.run(size, say)` measures; `size` is the default, `unit` what it counts; `tables`: in a migrated database."""

    name: str
    module: str
    size: int
    unit: str
    about: str
    tables: bool = True


_ALL = (
    Bench("board", "benchmarks.board", 100_000, "people", "a rep's pages with few and with many people; moves by several clients at once"),
    Bench("export", "benchmarks.exporting", 100_000, "contacts", "contacts as CSV and XLSX, next to django-import-export"),
    Bench(
        "import",
        "benchmarks.importing",
        100_000,
        "lines",
        "a rep's contacts from a file, next to django-import-export, bulk_create and COPY",
    ),
    Bench("kpis", "benchmarks.kpis", 1_000_000, "reps", "all figures of a campaign in one pass, next to queries rep by rep; roll-over"),
    Bench("nudges", "benchmarks.nudges", 1_000_000, "rows", "the queue of what is due, next to a task each; pushes, next to pywebpush"),
    Bench("phones", "benchmarks.phones", 500_000, "numbers", "phone numbers as typed, next to the phonenumbers library", tables=False),
    Bench("tree", "benchmarks.tree", 1_000_000, "reps", "the downline: rosters, newcomers, moves, lists, sums, writers side by side"),
    Bench("vcard", "benchmarks.vcard", 20_000, "cards", "a phone's contact cards, next to vobject", tables=False),
    Bench("xlsx", "benchmarks.xlsx", 100_000, "rows", "a workbook, next to openpyxl", tables=False),
)
BENCHES = {bench.name: bench for bench in _ALL}
