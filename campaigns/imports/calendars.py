"""The company's file of campaigns."""

import datetime as dt
from bisect import bisect, insort
from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from campaigns import calendars
from campaigns.imports.shared import number_of
from campaigns.models import GRACE, LONGEST, MOST, Campaign
from cotano.jobs import cells
from cotano.jobs.cells import BadRow, spellings
from cotano.jobs.kinds import CODE, SAMPLE, Column, Kind, Run
from cotano.lib import clock
from teams import headings

GRACE_DAYS = spellings("grace, days for late orders, льготные дни, дней на поздние заказы, пільгові дні, днів на пізні замовлення")
FIRST_DAY = spellings(
    "start, starts, start date, first day, from, начало, дата начала, первый день, с, початок, дата початку, перший день, з"
)
LAST_DAY = spellings(
    """
    end, ends, end date, last day, to, конец, окончание, дата окончания, последний день, по, кінець, закінчення, дата закінчення,
    останній день
    """
)
DEADLINE = spellings(
    """
    deadline, order deadline, last order day, дедлайн, последний день заказа, последний день заказов, прием заказов до, срок заказа,
    крайний срок заказа, останній день замовлення, останній день замовлень, прийом замовлень до, термін замовлення
    """
)
TODAY = f"(%(now)s AT TIME ZONE {clock.in_database('t.time_zone')})::date"  # in the market


class Campaigns(Kind):
    """When campaigns are. A calendar is made by its first campaign."""

    name = "campaigns"
    title = _("Campaigns")
    permission = "campaigns.import_campaign"
    columns = (
        Column("calendar", aliases=headings.CALENDAR),
        Column("year", aliases=headings.YEAR),
        Column("number", aliases=(*spellings("no, номер"), *headings.CAMPAIGN)),
        Column("starts_on", aliases=FIRST_DAY),
        Column("ends_on", aliases=LAST_DAY),
        Column("order_deadline", aliases=DEADLINE),
        Column("market", required=False, aliases=headings.MARKET),
        Column("grace_days", required=False, aliases=GRACE_DAYS),
    )
    extras = {"gaps": _("Days without a campaign")}
    staging = {
        "calendar": "text",
        "year": "int",
        "number": "int",
        "starts_on": "date",
        "ends_on": "date",
        "order_deadline": "date",
        "market": "text",
        "grace_days": "int",
        "market_id": "bigint",
        "campaign_id": "bigint",
    }
    key = "calendar, year, number"

    def label(self, row: dict[str, str]) -> str:
        """As it is called."""
        return f"{row.get('calendar', '')} {row.get('year', '')}-{row.get('number', '')}"

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """One campaign."""
        calendar = cells.given(row["calendar"], "calendar", CODE)
        year, number = number_of(row, number="number")
        starts, ends, deadline = cells.day(row["starts_on"]), cells.day(row["ends_on"]), cells.day(row["order_deadline"])
        if not 1 <= (ends - starts).days + 1 <= LONGEST:
            raise BadRow("campaign_length", LONGEST)
        if not starts <= deadline <= ends:
            raise BadRow("deadline_outside", deadline)
        market, grace = cells.optional(row.get("market", ""), "market", CODE), row.get("grace_days", "").strip()
        late = cells.whole(grace, "grace_days", 0, GRACE) if grace else None
        return calendar, year, number, starts, ends, deadline, market, late, None, None

    def apply(self, run: Run) -> None:
        """Find each one's market, refuse overlaps, write."""
        self._find_markets(run)
        run.sql(
            """UPDATE import_stage s SET campaign_id = c.id FROM campaigns_campaign c JOIN campaigns_calendar k ON k.id = c.calendar_id
               WHERE s.verdict IS NULL AND k.code = s.calendar AND c.year = s.year AND c.number = s.number"""
        )
        run.reject(
            "campaign_closed",
            """c.id = s.campaign_id AND c.closed_at IS NOT NULL
               AND (c.starts_on, c.ends_on, c.order_deadline) IS DISTINCT FROM (s.starts_on, s.ends_on, s.order_deadline)""",
            tables="campaigns_campaign c",
        )
        run.reject(
            "campaign_begun",
            f"""c.id = s.campaign_id AND c.closed_at IS NULL AND k.id = c.calendar_id AND t.id = k.market_id
               AND (c.starts_on <= {TODAY} AND s.starts_on <> c.starts_on
                    OR s.ends_on < {TODAY} AND s.ends_on <> c.ends_on)""",
            tables="campaigns_campaign c, campaigns_calendar k, teams_territory t",
        )
        run.reject_lines(self._overlaps(run))
        run.reject(
            "campaigns_too_many",
            "n.line = s.line AND n.place > %(most)s",
            detail="%(most)s",
            tables="""(SELECT f.line, row_number() OVER (PARTITION BY f.calendar, f.year ORDER BY f.line) + (SELECT count(*)
                         FROM campaigns_campaign c JOIN campaigns_calendar k ON k.id = c.calendar_id
                         WHERE k.code = f.calendar AND c.year = f.year) AS place
                       FROM import_stage f WHERE f.verdict IS NULL AND f.campaign_id IS NULL) n""",
            most=MOST,
        )
        run.sql(
            """UPDATE import_stage s SET verdict = CASE WHEN f.campaign_id IS NULL THEN 'c'
                 WHEN (c.starts_on, c.ends_on, c.order_deadline) IS DISTINCT FROM (f.starts_on, f.ends_on, f.order_deadline)
                   OR c.own_grace_days IS DISTINCT FROM coalesce(f.grace_days, c.own_grace_days) THEN 'u'
                 ELSE 's' END
               FROM import_stage f LEFT JOIN campaigns_campaign c ON c.id = f.campaign_id WHERE f.line = s.line AND s.verdict IS NULL"""
        )
        for day in ("starts_on", "ends_on", "order_deadline"):
            run.show_changes(
                f"""SELECT s.line, '{day}', c.{day}, s.{day} FROM import_stage s JOIN campaigns_campaign c ON c.id = s.campaign_id
                    WHERE s.verdict = 'u' AND c.{day} <> s.{day} ORDER BY s.line"""  # noqa: S608  own words
            )
        run.show_changes(
            """SELECT s.line, 'grace_days', c.own_grace_days, s.grace_days
               FROM import_stage s JOIN campaigns_campaign c ON c.id = s.campaign_id
               WHERE s.verdict = 'u' AND c.own_grace_days IS DISTINCT FROM coalesce(s.grace_days, c.own_grace_days) ORDER BY s.line"""
        )
        run.sql(
            """INSERT INTO campaigns_calendar (code, name, market_id, grace_days)
               SELECT DISTINCT calendar, calendar, market_id, 0 FROM import_stage WHERE verdict = 'c' ON CONFLICT (code) DO NOTHING"""
        )
        moved = run.rows(
            """SELECT c.id FROM import_stage s JOIN campaigns_campaign c ON c.id = s.campaign_id
               WHERE s.verdict = 'u' AND c.order_deadline <> s.order_deadline"""
        )
        # Several may change places with each other: first all of them step far aside, then each to its new days.
        for days in ("starts_on = c.starts_on + 400000, ends_on = c.ends_on + 400000, order_deadline = c.order_deadline + 400000",
                     """starts_on = s.starts_on, ends_on = s.ends_on, order_deadline = s.order_deadline,
                        own_grace_days = coalesce(s.grace_days, c.own_grace_days)"""):  # fmt: skip
            run.sql(f"UPDATE campaigns_campaign c SET {days} FROM import_stage s WHERE s.verdict = 'u' AND c.id = s.campaign_id")  # noqa: S608  own words
        for campaign in Campaign.objects.filter(pk__in=[pk for (pk,) in moved]):
            calendars.mark_late(campaign)
        # One that is past when it comes in is history: nothing will ever roll over or be told about it.
        run.sql(
            f"""INSERT INTO campaigns_campaign (calendar_id, year, number, starts_on, ends_on, order_deadline, own_grace_days, closed_at)
               SELECT k.id, s.year, s.number, s.starts_on, s.ends_on, s.order_deadline, s.grace_days,
                 CASE WHEN s.ends_on < {TODAY} THEN %(now)s END
               FROM import_stage s JOIN campaigns_calendar k ON k.code = s.calendar JOIN teams_territory t ON t.id = k.market_id
               WHERE s.verdict = 'c' ORDER BY s.starts_on"""  # noqa: S608  own words
        )
        self._count_gaps(run)

    def _count_gaps(self, run: Run) -> None:
        """Say where days without a campaign lie before or after one of the file."""
        rows = run.rows(
            """WITH c AS (
                 SELECT k.code, c.year, c.number, c.starts_on, c.ends_on,
                        EXISTS (SELECT FROM import_stage s WHERE s.verdict IN ('c', 'u')
                                AND (s.calendar, s.year, s.number) = (k.code, c.year, c.number)) AS is_here
                 FROM campaigns_campaign c JOIN campaigns_calendar k ON k.id = c.calendar_id
                 WHERE k.code IN (SELECT calendar FROM import_stage WHERE verdict IN ('c', 'u'))
               ), n AS (
                 SELECT code, year, number, is_here OR lead(is_here) OVER w AS is_here, lead(starts_on) OVER w - ends_on - 1 AS days,
                        lead(year) OVER w AS next_year, lead(number) OVER w AS next_number
                 FROM c WINDOW w AS (PARTITION BY code ORDER BY starts_on)
               ) SELECT code, year, number, next_year, next_number, days FROM n WHERE is_here AND days > 0 ORDER BY code, year, number"""
        )
        if rows:
            run.extra["gaps"] = sum(row[-1] for row in rows)
            run.lists["gaps"] = [f"{code} {a}-{b:02d} – {c}-{d:02d}: {days}" for code, a, b, c, d, days in rows[:SAMPLE]]

    def _find_markets(self, run: Run) -> None:
        """The calendar's own; else the one that is named; else the one with the calendar's code; else the only one there is."""
        run.sql(
            """UPDATE import_stage s SET market_id = coalesce(
                 (SELECT k.market_id FROM campaigns_calendar k WHERE k.code = s.calendar),
                 CASE WHEN s.market <> '' THEN (SELECT id FROM teams_territory WHERE code = s.market AND kind = 'market') ELSE coalesce(
                   (SELECT id FROM teams_territory WHERE code = s.calendar AND kind = 'market'),
                   (SELECT min(id) FROM teams_territory WHERE kind = 'market' HAVING count(*) = 1)) END)
               WHERE s.verdict IS NULL"""
        )
        run.reject("no_market", "s.market_id IS NULL", detail="s.calendar")
        run.reject("market_other", "t.id = s.market_id AND s.market NOT IN ('', t.code)", detail="t.code", tables="teams_territory t")
        # A new calendar has one market: the one its first line names.
        run.reject(
            "market_other",
            "f.calendar = s.calendar AND f.market_id <> s.market_id",
            detail="t.code",
            tables="""(SELECT DISTINCT ON (calendar) calendar, market_id FROM import_stage WHERE verdict IS NULL ORDER BY calendar, line) f
                      JOIN teams_territory t ON t.id = f.market_id""",
        )

    def _overlaps(self, run: Run) -> list[tuple[int, str, str]]:
        """Lines whose days belong to a campaign that stays as it is, or to an earlier line."""
        query = "SELECT line, calendar, year, number, starts_on, ends_on, campaign_id FROM import_stage WHERE verdict IS NULL ORDER BY line"
        rows = run.rows(query)
        in_file = {row[-1] for row in rows}
        days = ("pk", "calendar__code", "year", "number", "starts_on", "ends_on")
        stored = Campaign.objects.filter(calendar__code__in={row[1] for row in rows}).values_list(*days)
        stay = [row[1:] for row in stored if row[0] not in in_file]
        rejected: list[tuple[int, str, str]] = []
        while True:
            found = _collisions(stay, rows)
            rejected += found
            lines = {line for line, _reason, _detail in found}
            # A line that is rejected leaves its campaign where it was: perhaps where another line wants to be.
            back = {row[-1] for row in rows if row[0] in lines and row[-1]}
            rows = [row for row in rows if row[0] not in lines]
            stay += [row[1:] for row in stored if row[0] in back]
            if not back:
                return rejected


def _collisions(stay: list[tuple], rows: list[tuple]) -> list[tuple[int, str, str]]:
    """The rows (line, calendar, year, number, first, last day, ...) that meet one that stays, or an earlier row."""
    taken: dict[str, list[tuple[dt.date, dt.date, str]]] = defaultdict(list)
    for code, year, number, starts, ends in stay:
        insort(taken[code], (starts, ends, f"{code} {year}-{number:02d}"))
    met = []
    for line, code, year, number, starts, ends, _pk in rows:
        at = bisect(taken[code], (starts, dt.date.max, ""))
        near = [other for other in taken[code][max(at - 1, 0) : at + 1] if other[0] <= ends and other[1] >= starts]
        if near:
            met.append((line, "campaign_overlap", near[0][2]))
        else:
            insort(taken[code], (starts, ends, f"{code} {year}-{number:02d}"))
    return met
