"""A workbook -> lines, next to openpyxl."""

import io
import resource
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import xlsxwriter

from benchmarks.contacts import HEADINGS, people
from benchmarks.figures import Figure, smaller, versus
from benchmarks.measuring import cost, fresh, peak
from cotano.jobs import reading

BASELINE = 20_000  # rows at most


def run(size: int, say: Callable[[str], None]) -> list[Figure]:
    """All figures, for a sheet of `size` rows."""
    data, few = workbook(size), min(size, BASELINE)
    say(f"{size:,} rows, {len(data) / 2**20:.1f} MB")
    with cost() as ours:
        lines = sum(not line.reason for line in reading.table(reading.of_bytes(data)).lines())
    if lines != size:
        raise RuntimeError(f"{lines} lines of {size} rows")
    small = workbook(few)
    say(f"openpyxl: {few:,} rows")
    with cost() as other:
        book = openpyxl.load_workbook(io.BytesIO(small), read_only=True)
        found = sum(1 for _row in book.active.iter_rows(values_only=True)) - 1
    if found != few:
        raise RuntimeError(f"openpyxl found {found} of {few} rows")
    say("memory")
    with TemporaryDirectory(prefix="cotano-bench-") as folder:
        path = Path(folder) / "contacts.xlsx"
        path.write_bytes(data)
        memory = fresh("benchmarks.xlsx", path)
    a_row, baseline = ours.python / size * 1e6, other.python / few * 1e6
    return [
        versus(
            "vs_openpyxl", baseline / a_row, goal=">= 10", baseline=f"openpyxl, read only, {few:,} rows, us a row", baseline_value=baseline
        ),
        smaller("row_us", a_row, "us"),
        smaller("rss_mb", memory["mb"], "MB", "<= 250"),
    ]


def main(path: str) -> dict[str, float]:
    """Read a workbook in a process of its own; returns the memory that it and the reader's own process took, in MB."""
    idle, data = peak(), Path(path).read_bytes()
    lines = sum(1 for _line in reading.table(reading.of_bytes(data)).lines())
    return {"mb": peak() - idle + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, "lines": lines}


def workbook(count: int) -> bytes:
    """A sheet of people."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True, "in_memory": True}) as book:
        sheet, day = book.add_worksheet("People"), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADINGS)
        for line, person in enumerate(people(count, 7), start=1):
            sheet.write_row(line, 0, (person.name, person.phone, person.email))
            if person.birthday:
                sheet.write_datetime(line, 3, person.birthday, day)
            sheet.write_row(line, 4, (",".join(person.tags), person.note))
    return out.getvalue()
