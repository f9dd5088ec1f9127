"""The company's list of products."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from campaigns.imports.shared import find_market, reject_repeated
from campaigns.models import MOST_POINTS
from cotano.jobs import cells
from cotano.jobs.cells import BadRow, spellings
from cotano.jobs.kinds import CODE, SAMPLE, Column, Kind, Run
from cotano.lib.text import NAME_LONGEST
from teams import headings

PRODUCT = spellings(
    """
    product code, sku, article, item code, код, код товара, артикул, код продукта,
    номер продукта, код товару, код продукту, номер продукту
    """
)
NAME = spellings("name, product, product name, title, название, наименование, товар, продукт, назва, найменування")
PRICE = spellings("cost, rep price, цена, цена представителя, стоимость, ціна, ціна представника, вартість")
POINTS = spellings("pv, bonus points, баллы, бонусные баллы, бали, бонусні бали, очки")


class Products(Kind):
    """What reps may order. A product that has no line stays as it is."""

    name = "products"
    title = _("Products")
    permission = "campaigns.import_product"
    chunked = True
    columns = (
        Column("market", required=False, aliases=headings.MARKET),
        Column("code", aliases=PRODUCT),
        Column("name", aliases=NAME),
        Column("price", aliases=PRICE),
        Column("points", required=False, aliases=POINTS),
    )
    staging = {
        "market": "text",
        "code": "text",
        "name": "text",
        "price": "numeric(12, 2)",
        "points": "int",
        "market_id": "bigint",
        "product_id": "bigint",
    }
    key = "market, code"

    def label(self, row: dict[str, str]) -> str:
        """Code and name."""
        return f"{row.get('code', '')} {row.get('name', '')}"

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """One product."""
        price = cells.money(row["price"])
        if price < 0:
            raise BadRow("price_negative", row["price"][: cells.SHOWN])
        points = row.get("points", "").strip()
        return (
            cells.optional(row.get("market", ""), "market", CODE),
            cells.given(row["code"], "code", 40),
            cells.given(row["name"], "name", NAME_LONGEST),
            price,
            cells.whole(points, "points", 0, MOST_POINTS) if points else None,
            None,
            None,
        )

    def apply(self, run: Run) -> None:
        """Write what differs; points that the file does not tell stay."""
        find_market(run)
        run.sql(
            """UPDATE import_stage s SET product_id = p.id FROM campaigns_product p
               WHERE s.verdict IS NULL AND p.market_id = s.market_id AND p.code = s.code"""
        )
        run.reject_claimed("product_id")
        reject_repeated(run, "market_id, code", "product_id IS NULL")
        run.sql(
            """UPDATE import_stage s SET verdict = 's' FROM campaigns_product p WHERE s.verdict IS NULL AND p.id = s.product_id
               AND (p.name, p.price, p.points) = (s.name, s.price, coalesce(s.points, p.points))"""
        )
        for what in ("name", "price", "points"):
            run.show_changes(
                f"""SELECT s.line, '{what}', p.{what}, s.{what} FROM import_stage s JOIN campaigns_product p ON p.id = s.product_id
                    WHERE s.verdict IS NULL AND p.{what} <> s.{what} ORDER BY s.line LIMIT %(most)s""",  # noqa: S608  own words
                most=SAMPLE,
            )
        run.sql("UPDATE import_stage SET verdict = CASE WHEN product_id IS NULL THEN 'c' ELSE 'u' END WHERE verdict IS NULL")
        run.sql(
            """UPDATE campaigns_product p SET name = s.name, price = s.price, points = coalesce(s.points, p.points)
               FROM import_stage s WHERE s.verdict = 'u' AND p.id = s.product_id"""
        )
        run.sql(
            """INSERT INTO campaigns_product (market_id, code, name, price, points)
               SELECT market_id, code, name, price, coalesce(points, 0) FROM import_stage WHERE verdict = 'c' ORDER BY line"""
        )
