"""The demo: a sample company whose campaign 15 of 2018 is moved so that its third day is today. Only the standard library."""

import csv
import datetime as dt
import io
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
FIRST_DAY = dt.date(2018, 10, 29)  # of campaign 15
TODAY = dt.date(2018, 10, 31)  # its third day: the first work list is of this day
PASSWORD = "cotano-demo"  # noqa: S105  of people who do not exist; made only where settings.DEMO says so
REP, LEADER = "40027", "40019"  # codes in the roster
PILOT = ("UA-N-01", "UA-S-01")
LOGINS = [(role, f"{role}@example.com", PASSWORD) for role in ("rep", "leader", "manager", "staff", "analyst", "admin")]
FILES = {  # kind of file -> file of the sample company
    "territories": "territories.csv",
    "campaigns": "campaigns.csv",
    "roster": "roster.csv",
    "orders": "orders.csv",
    "activity": "app_activity.csv",
    "worklist": "worklist_day1.csv",
}
DATES = frozenset({"starts_on", "ends_on", "order_deadline", "placed_on", "call_by"})
YEARS = frozenset({"year"})
CAMPAIGNS = frozenset({"joined_campaign", "last_order_campaign"})  # 2018-14


def moved(path: Path, today: dt.date) -> bytes:
    """A file of the sample company with every date moved by whole days, campaigns' years with them."""
    days = today - TODAY
    years = (FIRST_DAY + days).year - FIRST_DAY.year
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        headings = next(rows)
        writer.writerow(headings)
        for row in rows:
            writer.writerow([_moved(cell, heading, days, years) for cell, heading in zip(row, headings, strict=True)])
    return out.getvalue().encode()


def _moved(cell: str, heading: str, days: dt.timedelta, years: int) -> str:
    if not cell:
        return cell
    if heading in DATES:
        return (dt.date.fromisoformat(cell) + days).isoformat()
    if heading in YEARS:
        return str(int(cell) + years)
    if heading in CAMPAIGNS:
        year, _dash, number = cell.partition("-")
        return f"{int(year) + years}-{number}"
    return cell


def write(folder: Path, today: dt.date) -> list[Path]:
    """Write the moved company, both days' work lists and the sample contacts into a folder; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for path in sorted((EXAMPLES / "company").glob("*.csv")):
        target = folder / path.name
        target.write_bytes(moved(path, today))
        written.append(target)
    for path in sorted((EXAMPLES / "leads").glob("*")):
        target = folder / path.name
        target.write_bytes(path.read_bytes())
        written.append(target)
    return written
