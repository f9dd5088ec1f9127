"""What the campaigns' kinds of file have in common."""

from cotano.jobs import cells
from cotano.jobs.kinds import Run


def number_of(row: dict[str, str], year: str = "year", number: str = "campaign") -> tuple[int, int]:
    """(year, number) of a campaign from two columns."""
    return cells.whole(row[year], year, 1990, 2200), cells.whole(row[number], number, 1, 99)


def find_rep_and_campaign(run: Run) -> None:
    """The rep of each line, and the campaign of the rep's calendar; unknown ones are rejected."""
    run.sql("UPDATE import_stage s SET rep_id = r.id FROM teams_rep r WHERE s.verdict IS NULL AND r.code = s.rep_code")
    run.reject("rep_unknown", "s.rep_id IS NULL", detail="s.rep_code")
    run.sql(
        """UPDATE import_stage s SET campaign_id = c.id
           FROM teams_rep r JOIN campaigns_calendar k ON k.code = r.calendar JOIN campaigns_campaign c ON c.calendar_id = k.id
           WHERE s.verdict IS NULL AND r.id = s.rep_id AND c.year = s.year AND c.number = s.campaign"""
    )
    run.reject(
        "campaign_unknown",
        "s.campaign_id IS NULL AND r.id = s.rep_id",
        detail="r.calendar || ' ' || s.year || '-' || lpad(s.campaign::text, 2, '0')",
        tables="teams_rep r",
    )
