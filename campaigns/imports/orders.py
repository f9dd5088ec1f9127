"""The company's files of orders, and of what reps did in an earlier app."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from campaigns import deadlines, snapshots
from campaigns.imports.shared import PLACE, Counted, PerCampaign, find_rep_and_campaign, number_of, reject_before_joined
from campaigns.models import Order
from cotano.jobs import cells
from cotano.jobs.cells import BadRow, spellings
from cotano.jobs.kinds import CODE, SAMPLE, Column, Run
from teams import headings
from teams.models import ActivityCount

RETURNS = 60  # days after a campaign's end in which its orders may come back
WORDS = cells.meanings(  # as companies write the kind of a line
    {
        Order.Kind.ORDER: "sale, заказ, продажа, замовлення, продаж",
        Order.Kind.RETURN: "refund, credit note, возврат, повернення",
    }
)
NUMBER = spellings(
    """
    order, order no, order number, order id, invoice, invoice no, document, номер заказа, № заказа, заказ, заказ №, код заказа, накладная,
    номер накладной, номер документа, номер замовлення, № замовлення, замовлення, замовлення №, код замовлення, накладна, номер накладної
    """
)
RETURNED = spellings(
    """
    returns order, returned order, original order, original order no, order returned, возвращаемый заказ, исходный заказ,
    номер исходного заказа, возврат заказа, возврат к заказу, возвращает заказ, вихідне замовлення, номер вихідного замовлення,
    повернення замовлення, повертає замовлення, повернення до замовлення
    """
)
PLACED = spellings(
    """
    date, order date, placed, date placed, invoice date, дата, дата заказа, дата оформления, дата размещения, дата накладной, дата
    документа, дата замовлення, дата оформлення, дата розміщення, дата накладної
    """
)
AMOUNT = spellings(
    """
    amount, sum, total, order amount, order total, value, net amount, сумма, сумма заказа, итого, стоимость, сума, сума замовлення,
    разом, вартість, всього
    """
)
ACTIONS = spellings("activity, app actions, действия, количество действий, активность, дії, кількість дій, активність")
POINTS = spellings("points, pv, bonus points, баллы, бонусные баллы, балів, бали, бонусні бали, очки")

# A return changes who was active in the campaign of its order, too.
TOUCHED = """
SELECT campaign_id FROM import_stage WHERE verdict = 'c'
UNION
SELECT o.campaign_id FROM import_stage s JOIN campaigns_order o ON o.number = s.returns_number
WHERE s.verdict = 'c' AND s.kind = 'return'"""


class Orders(Counted):
    """What reps ordered, and what came back."""

    name = "orders"
    title = _("Orders")
    permission = "campaigns.import_order"
    columns = (
        Column("order_no", aliases=NUMBER),
        Column(
            "kind", aliases=spellings("type, order type, operation, тип, вид, тип заказа, вид операции, операция, тип замовлення, операція")
        ),
        Column("returns_order_no", required=False, aliases=RETURNED),
        *PLACE,
        Column("placed_on", aliases=PLACED),
        Column("amount", aliases=AMOUNT),
        Column("currency", required=False, aliases=headings.CURRENCY),
        Column("points", required=False, aliases=POINTS),
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
        kind = cells.meaning(row["kind"], "kind", WORDS)
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
            *number_of(row),
            cells.day(row["placed_on"]),
            amount,
            cells.optional(cells.currency(row.get("currency", "")), "currency", 3),
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
        find_rep_and_campaign(run)
        reject_before_joined(run)
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
        run.sql("ANALYZE import_stage (verdict, kind)")
        for kind, order in (
            ("order", "NULL::bigint"),
            ("return", "(SELECT o.id FROM campaigns_order o WHERE o.number = s.returns_number)"),
        ):
            run.write(
                "campaigns_order",
                f"""INSERT INTO campaigns_order
                      (number, kind, returns_id, rep_id, campaign_id, placed_on, amount, currency, points, is_late)
                    SELECT number, kind, {order}, rep_id, campaign_id, placed_on, amount, currency, points, is_late
                    FROM import_stage s WHERE verdict = 'c' AND kind = %(kind)s ORDER BY line""",  # noqa: S608  own words
                kind=kind,
            )

        if not run.dry_run:
            snapshots.mark_lines(run, TOUCHED)

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


class Activity(PerCampaign):
    """How much reps did in an earlier app, per campaign; kept on the campaign's first day."""

    name = "activity"
    title = _("App activity")
    permission = "campaigns.import_activity"
    columns = (*PLACE, Column("actions", aliases=ACTIONS))
    staging = {
        "rep_code": "text",
        "year": "int",
        "campaign": "int",
        "actions": "int",
        "rep_id": "bigint",
        "campaign_id": "bigint",
        "day": "date",
    }

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """One rep in one campaign."""
        return *self.place(row), cells.whole(row["actions"], "actions", 0, 10**6), None, None, None

    def apply(self, run: Run) -> None:
        """Write what differs."""
        find_rep_and_campaign(run)
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
        run.write(
            "teams_activitycount",
            """INSERT INTO teams_activitycount (rep_id, day, kind, n)
               SELECT rep_id, day, %(kind)s, actions FROM import_stage WHERE verdict IN ('c', 'u') ORDER BY rep_id, day
               ON CONFLICT (rep_id, day, kind) DO UPDATE SET n = excluded.n""",
            kind=ActivityCount.Kind.EARLIER,
        )
        if not run.dry_run:
            snapshots.mark_lines(run, "SELECT DISTINCT campaign_id FROM import_stage WHERE verdict IN ('c', 'u')")
