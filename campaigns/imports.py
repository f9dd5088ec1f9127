"""The company's files about campaigns, orders and what reps did in an earlier app."""

import datetime as dt
from bisect import bisect, insort
from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from campaigns import deadlines
from campaigns.models import GRACE, LONGEST, MOST, Campaign, Order
from cotano.jobs import cells
from cotano.jobs.cells import BadRow
from cotano.jobs.kinds import CODE, SAMPLE, Column, Kind, Run
from teams.models import ActivityCount

RETURNS = 60  # days after a campaign's end in which its orders may come back
WORDS = {  # as companies write the kind of a line
    **dict.fromkeys(("order", "заказ", "замовлення"), Order.Kind.ORDER),
    **dict.fromkeys(("return", "возврат", "повернення"), Order.Kind.RETURN),
}


def _number(row: dict[str, str], year: str = "year", number: str = "campaign") -> tuple[int, int]:
    """(year, number) of a campaign from two columns."""
    return cells.whole(row[year], year, 1990, 2200), cells.whole(row[number], number, 1, 99)


class Campaigns(Kind):
    """When campaigns are. A calendar is made by its first campaign."""

    name = "campaigns"
    title = _("Campaigns")
    permission = "campaigns.import_campaign"
    columns = (
        Column("calendar"),
        Column("year"),
        Column("number"),
        Column("starts_on"),
        Column("ends_on"),
        Column("order_deadline"),
        Column("market", required=False),
        Column("grace_days", required=False),
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
        year, number = _number(row, number="number")
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
        # Several may change places with each other: first all of them step far aside, then each to its new days.
        for days in ("starts_on = c.starts_on + 400000, ends_on = c.ends_on + 400000, order_deadline = c.order_deadline + 400000",
                     """starts_on = s.starts_on, ends_on = s.ends_on, order_deadline = s.order_deadline,
                        own_grace_days = coalesce(s.grace_days, c.own_grace_days)"""):  # fmt: skip
            run.sql(f"UPDATE campaigns_campaign c SET {days} FROM import_stage s WHERE s.verdict = 'u' AND c.id = s.campaign_id")  # noqa: S608  own words
        # One that is past when it comes in is history: nothing will ever roll over or be told about it.
        run.sql(
            """INSERT INTO campaigns_campaign (calendar_id, year, number, starts_on, ends_on, order_deadline, own_grace_days, closed_at)
               SELECT k.id, s.year, s.number, s.starts_on, s.ends_on, s.order_deadline, s.grace_days,
                 CASE WHEN s.ends_on < (%(now)s AT TIME ZONE t.time_zone)::date THEN %(now)s END
               FROM import_stage s JOIN campaigns_calendar k ON k.code = s.calendar JOIN teams_territory t ON t.id = k.market_id
               WHERE s.verdict = 'c' ORDER BY s.starts_on"""
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


class Orders(Kind):
    """What reps ordered, and what came back."""

    name = "orders"
    title = _("Orders")
    permission = "campaigns.import_order"
    chunked = True
    columns = (
        Column("order_no"),
        Column("kind"),
        Column("returns_order_no", required=False),
        Column("rep_code"),
        Column("year"),
        Column("campaign"),
        Column("placed_on"),
        Column("amount"),
        Column("currency", required=False),
        Column("points", required=False),
    )
    staging = {
        "number": "text",
        "kind": "text",
        "returns_number": "text",
        "rep_code": "text",
        "year": "int",
        "campaign": "int",
        "placed_on": "date",
        "amount": "numeric(12, 2)",
        "currency": "text",
        "points": "int",
        "rep_id": "bigint",
        "campaign_id": "bigint",
        "is_late": "boolean",
    }
    key = "number"

    def label(self, row: dict[str, str]) -> str:
        """Number and rep."""
        return f"{row.get('order_no', '')} {row.get('rep_code', '')}"

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """One order or return."""
        number = cells.given(row["order_no"], "order_no", 40)
        kind = WORDS[cells.choice(row["kind"], "kind", WORDS)]
        returns = cells.optional(row.get("returns_order_no", ""), "returns_order_no", 40)
        amount = cells.money(row["amount"])
        if kind == Order.Kind.ORDER:
            if amount < 0:
                raise BadRow("order_negative")
            if returns:
                raise BadRow("order_names_order")
        elif amount > 0:
            raise BadRow("return_positive")
        elif not returns:
            raise BadRow("return_nameless")
        points = row.get("points", "").strip()
        return (
            number,
            kind,
            returns,
            cells.given(row["rep_code"], "rep_code", CODE),
            *_number(row),
            cells.day(row["placed_on"]),
            amount,
            cells.optional(row.get("currency", ""), "currency", 3).upper(),
            cells.whole(points, "points", -(10**9), 10**9) if points else 0,
            None,
            None,
            False,
        )

    def turn(self, values: Sequence[object]) -> int:
        """A return may name an order below itself in the file."""
        return int(values[1] == Order.Kind.RETURN)

    def apply(self, run: Run) -> None:
        """Check each line against its rep, campaign and order; write what is new."""
        _find_rep_and_campaign(run)
        run.reject(
            "before_joined",
            "r.id = s.rep_id AND (s.year, s.campaign) < (r.joined_year, r.joined_number)",
            detail="r.joined_year || '-' || lpad(r.joined_number::text, 2, '0')",
            tables="teams_rep r",
        )
        run.reject(
            "rep_left",
            "r.id = s.rep_id AND s.kind = 'order' AND r.status = 'removed' AND s.placed_on > r.removed_on",
            detail="r.removed_on",
            tables="teams_rep r",
        )
        market = "campaigns_campaign c JOIN campaigns_calendar k ON k.id = c.calendar_id JOIN teams_territory t ON t.id = k.market_id"
        run.reject("currency_other", "c.id = s.campaign_id AND s.currency NOT IN ('', t.currency)", detail="t.currency", tables=market)
        late = "coalesce(c.own_grace_days, k.grace_days)"
        run.reject(
            "order_too_late",
            f"c.id = s.campaign_id AND s.kind = 'order' AND {late} > 0 AND s.placed_on > c.ends_on + {late}",
            detail=f"c.ends_on + {late}",
            tables=market,
        )
        run.reject(
            "outside_campaign",
            f"""c.id = s.campaign_id AND NOT s.placed_on
                 BETWEEN c.starts_on AND c.ends_on + CASE s.kind WHEN 'return' THEN %(returns)s ELSE {late} END""",
            detail="c.starts_on || ' – ' || c.ends_on",
            tables=market,
            returns=RETURNS,
        )
        run.sql(
            f"""UPDATE import_stage s SET currency = t.currency, is_late = s.kind = 'order' AND s.placed_on > c.order_deadline
                FROM {market} WHERE s.verdict IS NULL AND c.id = s.campaign_id"""  # noqa: S608  own words
        )
        run.sql(
            f"""UPDATE import_stage s SET is_late = s.placed_on > d.order_deadline FROM ({deadlines.NEAREST}) d, teams_rep r
                WHERE s.verdict IS NULL AND s.kind = 'order' AND r.id = s.rep_id
                  AND d.campaign_id = s.campaign_id AND d.territory_id = r.territory_id""",  # noqa: S608  own words
            campaigns=[pk for (pk,) in run.rows("SELECT DISTINCT campaign_id FROM import_stage WHERE verdict IS NULL")],
        )
        self._compare_with_file(run)
        self._check_returns(run)
        run.sql("UPDATE import_stage SET verdict = 'c' WHERE verdict IS NULL")
        for kind, order in (
            ("order", "NULL::bigint"),
            ("return", "(SELECT o.id FROM campaigns_order o WHERE o.number = s.returns_number)"),
        ):
            run.sql(
                f"""INSERT INTO campaigns_order
                      (number, kind, returns_id, rep_id, campaign_id, placed_on, amount, currency, points, is_late)
                    SELECT number, kind, {order}, rep_id, campaign_id, placed_on, amount, currency, points, is_late
                    FROM import_stage s WHERE verdict = 'c' AND kind = %(kind)s ORDER BY line""",  # noqa: S608  own words
                kind=kind,
            )

    def _compare_with_file(self, run: Run) -> None:
        """A number that is on file says the same again or is refused: corrections come as returns."""
        same = """(o.kind, o.rep_id, o.campaign_id, o.placed_on, o.amount, o.currency, o.points, coalesce(b.number, ''))
                  IS NOT DISTINCT FROM (s.kind, s.rep_id, s.campaign_id, s.placed_on, s.amount, s.currency, s.points, s.returns_number)"""
        on_file = "campaigns_order o LEFT JOIN campaigns_order b ON b.id = o.returns_id"
        run.sql(f"UPDATE import_stage s SET verdict = 's' FROM {on_file} WHERE s.verdict IS NULL AND o.number = s.number AND {same}")  # noqa: S608  own words
        run.reject("order_differs", "o.number = s.number", tables="campaigns_order o")

    def _check_returns(self, run: Run) -> None:
        """A return names a known order of the same rep, in the file or on file; all returns together stay within it."""
        run.sql("DROP TABLE IF EXISTS pg_temp.import_orders")
        run.sql(
            """CREATE TEMPORARY TABLE import_orders ON COMMIT DROP AS
               SELECT number, rep_id, amount, 0::numeric AS returned FROM import_stage WHERE verdict IS NULL AND kind = 'order'
               UNION ALL
               SELECT o.number, o.rep_id, o.amount, -coalesce((SELECT sum(b.amount) FROM campaigns_order b WHERE b.returns_id = o.id), 0)
               FROM campaigns_order o
               WHERE o.kind = 'order' AND o.number IN (SELECT returns_number FROM import_stage WHERE verdict IS NULL)"""
        )
        run.reject(
            "return_unknown",
            "s.kind = 'return' AND NOT EXISTS (SELECT FROM import_orders o WHERE o.number = s.returns_number)",
            detail="s.returns_number",
        )
        run.reject(
            "return_other_rep",
            "s.kind = 'return' AND o.number = s.returns_number AND o.rep_id <> s.rep_id",
            detail="o.number",
            tables="import_orders o",
        )
        single = "s.kind = 'return' AND o.number = s.returns_number AND -s.amount > o.amount - o.returned"
        run.reject("return_too_large", single, detail="o.number", tables="import_orders o")
        run.reject(
            "return_too_large",
            "w.line = s.line AND o.number = s.returns_number AND w.together > o.amount - o.returned",
            detail="o.number",
            tables="""import_orders o, (SELECT line, sum(-amount) OVER (PARTITION BY returns_number ORDER BY line) AS together
                                        FROM import_stage WHERE verdict IS NULL AND kind = 'return') w""",
        )


class Activity(Kind):
    """How much reps did in an earlier app, per campaign; kept on the campaign's first day."""

    name = "activity"
    title = _("App activity")
    permission = "campaigns.import_activity"
    chunked = True
    columns = (Column("rep_code"), Column("year"), Column("campaign"), Column("actions"))
    staging = {
        "rep_code": "text",
        "year": "int",
        "campaign": "int",
        "actions": "int",
        "rep_id": "bigint",
        "campaign_id": "bigint",
        "day": "date",
    }
    key = "rep_code, year, campaign"

    def label(self, row: dict[str, str]) -> str:
        """Rep and campaign."""
        return f"{row.get('rep_code', '')} {row.get('year', '')}-{row.get('campaign', '')}"

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """One rep in one campaign."""
        return (
            cells.given(row["rep_code"], "rep_code", CODE),
            *_number(row),
            cells.whole(row["actions"], "actions", 0, 10**6),
            None,
            None,
            None,
        )

    def apply(self, run: Run) -> None:
        """Write what differs."""
        _find_rep_and_campaign(run)
        run.sql("UPDATE import_stage s SET day = c.starts_on FROM campaigns_campaign c WHERE c.id = s.campaign_id")
        run.sql(
            """UPDATE import_stage s SET verdict = CASE WHEN a.id IS NULL THEN 'c' WHEN a.n <> f.actions THEN 'u' ELSE 's' END
               FROM import_stage f LEFT JOIN teams_activitycount a ON a.rep_id = f.rep_id AND a.day = f.day AND a.kind = %(kind)s
               WHERE f.line = s.line AND s.verdict IS NULL""",
            kind=ActivityCount.Kind.EARLIER,
        )
        run.show_changes(
            """SELECT s.line, 'actions', a.n, s.actions FROM import_stage s
               JOIN teams_activitycount a ON a.rep_id = s.rep_id AND a.day = s.day AND a.kind = %(kind)s
               WHERE s.verdict = 'u' ORDER BY s.line LIMIT %(most)s""",
            kind=ActivityCount.Kind.EARLIER,
            most=SAMPLE,
        )
        run.sql(
            """INSERT INTO teams_activitycount (rep_id, day, kind, n)
               SELECT rep_id, day, %(kind)s, actions FROM import_stage WHERE verdict IN ('c', 'u') ORDER BY rep_id, day
               ON CONFLICT (rep_id, day, kind) DO UPDATE SET n = excluded.n""",
            kind=ActivityCount.Kind.EARLIER,
        )


def _find_rep_and_campaign(run: Run) -> None:
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
