"""The company's file of goals: of territories (a market: the company's there), of leaders' teams, of reps."""

import re
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from campaigns import goals
from campaigns.imports.shared import number_of, reject_repeated
from campaigns.models import MOST_MONEY, Goal
from cotano.jobs import cells
from cotano.jobs.cells import BadRow, spellings
from cotano.jobs.kinds import CODE, SAMPLE, Column, Kind, Run
from teams import headings

MEASURES = cells.meanings(
    {
        Goal.Measure.ORDERS: "order count, number of orders, заказы, количество заказов, замовлення, кількість замовлень",
        Goal.Measure.NET_SALES: "net sales, sales, продажи, чистые продажи, продажі, чисті продажі",
        Goal.Measure.ACTIVITY: "activity %, активность, активность %, процент активности, активність, активність %, відсоток активності",
        Goal.Measure.RECRUITS: "appointments, newcomers, новички, рекруты, назначения, новачки, рекрути, призначення",
        Goal.Measure.CALLS: "звонки, дзвінки",
        Goal.Measure.FOLLOW_UPS: "follow-ups, follow-ups kept, напоминания, выполненные напоминания, нагадування, виконані нагадування",
    }
)
LEADER = spellings("leader, team of, leader's code, лидер, код лидера, команда, команда лидера, лідер, код лідера, команда лідера")
MEASURE = spellings("kpi, indicator, показатель, что считается, показник, що рахується")
TARGET = spellings("target, plan, цель, план, ціль, значение, значення")
OWNERS = ("territory", "rep", "leader")


class Goals(Kind):
    """What is to be reached. What a rep has set stays."""

    name = "goals"
    title = _("Goals")
    permission = "campaigns.import_goal"
    chunked = True
    columns = (
        Column("territory_code", required=False, aliases=headings.TERRITORY),
        Column("rep_code", required=False, aliases=headings.REP),
        Column("leader_code", required=False, aliases=LEADER),
        Column("calendar", required=False, aliases=headings.CALENDAR),
        Column("year", aliases=headings.YEAR),
        Column("campaign", aliases=headings.CAMPAIGN),
        Column("measure", aliases=MEASURE),
        Column("goal", aliases=TARGET),
    )
    staging = {
        "territory_code": "text",
        "rep_code": "text",
        "leader_code": "text",
        "calendar": "text",
        "year": "int",
        "campaign": "int",
        "measure": "text",
        "target": "numeric(12, 2)",
        "territory_id": "bigint",
        "rep_id": "bigint",
        "leader_id": "bigint",
        "campaign_id": "bigint",
        "goal_id": "bigint",
    }
    key = "territory_code, rep_code, leader_code, calendar, year, campaign, measure"

    def label(self, row: dict[str, str]) -> str:
        """Whose, when and what."""
        words = (row.get(name, "") for name in ("territory_code", "rep_code", "leader_code", "year", "campaign", "measure"))
        return " ".join(filter(None, words))

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """One goal."""
        owners = [cells.optional(row.get(f"{owner}_code", ""), f"{owner}_code", CODE) for owner in OWNERS]
        if len(list(filter(None, owners))) != 1:
            raise BadRow("goal_owner")
        measure = cells.meaning(row["measure"], "measure", MEASURES)
        calendar = cells.optional(row.get("calendar", ""), "calendar", CODE)
        return (*owners, calendar, *number_of(row), measure, _target(row["goal"], measure), None, None, None, None, None)

    def apply(self, run: Run) -> None:
        """Find owner and campaign, compare with what is there, write what differs."""
        run.sql(
            "UPDATE import_stage s SET territory_id = t.id FROM teams_territory t WHERE s.verdict IS NULL AND t.code = s.territory_code"
        )
        run.reject("territory_unknown", "s.territory_code <> '' AND s.territory_id IS NULL", detail="s.territory_code")
        for owner in ("rep", "leader"):
            run.sql(f"UPDATE import_stage s SET {owner}_id = r.id FROM teams_rep r WHERE s.verdict IS NULL AND r.code = s.{owner}_code")  # noqa: S608  own words
            run.reject("rep_unknown", f"s.{owner}_code <> '' AND s.{owner}_id IS NULL", detail=f"s.{owner}_code")
            run.reject("rep_removed", f"r.id = s.{owner}_id AND r.status <> 'active'", detail="r.code", tables="teams_rep r")
        self._find_calendars(run)
        run.sql(
            """UPDATE import_stage s SET campaign_id = c.id FROM campaigns_campaign c JOIN campaigns_calendar k ON k.id = c.calendar_id
               WHERE s.verdict IS NULL AND k.code = s.calendar AND c.year = s.year AND c.number = s.campaign"""
        )
        run.reject(
            "campaign_unknown", "s.campaign_id IS NULL", detail="s.calendar || ' ' || s.year || '-' || lpad(s.campaign::text, 2, '0')"
        )
        for owner in OWNERS:  # one by one, so that each goes by its own index
            run.sql(
                f"""UPDATE import_stage s SET goal_id = g.id FROM campaigns_goal g
                    WHERE s.verdict IS NULL AND g.{owner}_id = s.{owner}_id AND g.campaign_id = s.campaign_id AND g.measure = s.measure"""  # noqa: S608  own words
            )
        run.reject_claimed("goal_id")
        # Of new ones as well the first line stays, whether it named the calendar or not.
        reject_repeated(run, "territory_id, rep_id, leader_id, campaign_id, measure", "goal_id IS NULL")
        run.sql(
            """UPDATE import_stage s SET verdict = 's' FROM campaigns_goal g
               WHERE s.verdict IS NULL AND g.id = s.goal_id AND g.target = s.target"""
        )
        run.reject("goal_own", "g.id = s.goal_id AND NOT g.is_company", detail="trim_scale(g.target)", tables="campaigns_goal g")
        run.reject("goal_closed", "c.id = s.campaign_id AND c.closed_at IS NOT NULL", tables="campaigns_campaign c")
        run.show_changes(
            """SELECT s.line, 'goal', trim_scale(g.target), trim_scale(s.target)
               FROM import_stage s JOIN campaigns_goal g ON g.id = s.goal_id
               WHERE s.verdict IS NULL ORDER BY s.line LIMIT %(most)s""",
            most=SAMPLE,
        )
        run.sql("UPDATE import_stage SET verdict = CASE WHEN goal_id IS NULL THEN 'c' ELSE 'u' END WHERE verdict IS NULL")
        run.sql(
            """INSERT INTO campaigns_goalchange
                 (territory_id, rep_id, leader_id, campaign_id, measure, before, after, is_company, by_id, at)
               SELECT s.territory_id, s.rep_id, s.leader_id, s.campaign_id, s.measure, g.target, s.target, true, %(by)s, %(now)s
               FROM import_stage s LEFT JOIN campaigns_goal g ON g.id = s.goal_id WHERE s.verdict IN ('c', 'u') ORDER BY s.line""",
            by=run.job.owner_id,
        )
        run.sql(
            "UPDATE campaigns_goal g SET target = s.target FROM import_stage s WHERE s.verdict = 'u' AND g.id = s.goal_id AND g.is_company"
        )
        run.sql(
            """INSERT INTO campaigns_goal (territory_id, rep_id, leader_id, campaign_id, measure, target, is_company)
               SELECT territory_id, rep_id, leader_id, campaign_id, measure, target, true
               FROM import_stage WHERE verdict = 'c' ORDER BY line
               ON CONFLICT DO NOTHING"""
        )

    def _find_calendars(self, run: Run) -> None:
        """A rep's own; of a territory the one that is named, its market's only one, or the one with the market's code."""
        run.sql(
            """UPDATE import_stage s SET calendar = CASE WHEN s.calendar IN ('', r.calendar) THEN r.calendar ELSE '' END
               FROM teams_rep r WHERE s.verdict IS NULL AND r.id = coalesce(s.rep_id, s.leader_id)"""
        )
        run.sql(
            """WITH RECURSIVE up AS (
                 SELECT id AS of, id, parent_id, kind, code FROM teams_territory
                 WHERE id IN (SELECT territory_id FROM import_stage WHERE verdict IS NULL)
                 UNION ALL SELECT up.of, t.id, t.parent_id, t.kind, t.code FROM up JOIN teams_territory t ON t.id = up.parent_id
               ), own AS (
                 SELECT up.of, k.code, k.code = up.code AS is_namesake, count(*) OVER (PARTITION BY up.of) AS n
                 FROM up JOIN campaigns_calendar k ON k.market_id = up.id WHERE up.kind = 'market'
               )
               UPDATE import_stage s SET calendar = coalesce(
                 (SELECT code FROM own WHERE own.of = s.territory_id
                  AND (own.code = s.calendar OR s.calendar = '' AND (own.n = 1 OR own.is_namesake))), '')
               WHERE s.verdict IS NULL AND s.territory_id IS NOT NULL"""
        )
        run.reject("calendar_unclear", "s.calendar = ''")


def _target(raw: str, measure: str) -> Decimal:
    """The figure, within what its measure allows."""
    words = raw.strip().removesuffix("%").strip()
    if re.fullmatch(r"\d[\d\s.,'’]*", words) and len(re.sub(r"[.,]\d{1,2}$|\D", "", words).lstrip("0")) >= len(str(MOST_MONEY)):
        raise BadRow("goal_large", raw[: cells.SHOWN])
    target = cells.money(words)
    if reason := goals.fault(measure, target):
        raise BadRow(reason, "" if reason == "goal_not_positive" else raw[: cells.SHOWN])
    return target
