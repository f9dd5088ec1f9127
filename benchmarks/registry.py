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
    Bench("phones", "benchmarks.phones", 500_000, "numbers", "phone numbers as typed, next to the phonenumbers library", tables=False),
    Bench("vcard", "benchmarks.vcard", 20_000, "cards", "a phone's contact cards, next to vobject", tables=False),
    Bench("xlsx", "benchmarks.xlsx", 100_000, "rows", "a workbook, next to openpyxl", tables=False),
)
BENCHES = {bench.name: bench for bench in _ALL}
