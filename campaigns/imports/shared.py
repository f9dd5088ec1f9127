"""What the campaigns' kinds of file have in common."""

from collections.abc import Sequence

from campaigns import snapshots
from cotano.jobs import cells
from cotano.jobs.kinds import CODE, Column, Kind, Run
from teams import headings
from teams.models import NUMBERS, YEARS

PLACE = (  # of a line about a rep in a campaign
    Column("rep_code", aliases=headings.REP),
    Column("year", aliases=headings.YEAR),
    Column("campaign", aliases=headings.CAMPAIGN),
)


class Counted(Kind):
    """A file from which figures are taken, by chunks."""

    chunked = True

    def finish(self, run: Run) -> None:
        """Let the figures be taken."""
        snapshots.wake()


class PerCampaign(Counted):
    """One with a line for a rep and a campaign."""

    key = "rep_code, year, campaign"

    def label(self, row: dict[str, str]) -> str:
        """Rep and campaign."""
        return f"{row.get('rep_code', '')} {row.get('year', '')}-{row.get('campaign', '')}"

    def place(self, row: dict[str, str]) -> Sequence[object]:
        """The values of PLACE."""
        return cells.given(row["rep_code"], "rep_code", CODE), *number_of(row)


def reject_before_joined(run: Run) -> None:
    """A line about a campaign before the one in which its rep has joined."""
    run.reject(
        "before_joined",
        "r.id = s.rep_id AND (s.year, s.campaign) < (r.joined_year, r.joined_number)",
        detail="r.joined_year || '-' || lpad(r.joined_number::text, 2, '0')",
        tables="teams_rep r",
    )


def number_of(row: dict[str, str], year: str = "year", number: str = "campaign") -> tuple[int, int]:
    """(year, number) of a campaign from two columns."""
    return cells.whole(row[year], year, *YEARS), cells.whole(row[number], number, *NUMBERS)


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


def find_market(run: Run) -> None:
    """The market that each line names, or the only one there is; unknown ones are rejected."""
    run.sql(
        """UPDATE import_stage s SET market_id = CASE WHEN s.market <> ''
             THEN (SELECT id FROM teams_territory WHERE code = s.market AND kind = 'market')
             ELSE (SELECT min(id) FROM teams_territory WHERE kind = 'market' HAVING count(*) = 1) END
           WHERE s.verdict IS NULL"""
    )
    run.reject("market_missing", "s.market_id IS NULL AND s.market = ''")
    run.reject("market_unknown", "s.market_id IS NULL", detail="s.market")


def reject_repeated(run: Run, columns: str, where: str = "true") -> None:
    """Of undecided lines that mean the same (these columns, found by now) the first one stays; of those for which the condition holds."""
    run.reject(
        "repeated",
        "d.line = s.line AND d.first < s.line",
        detail="d.first",
        tables=f"""(SELECT line, min(line) OVER (PARTITION BY {columns}) AS first
                    FROM import_stage WHERE verdict IS NULL AND {where}) d""",  # noqa: S608  own words
        verdict="d",
    )
