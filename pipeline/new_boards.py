"""The stages of new boards: the company's template with what the rep has added; else those of the board before; else the standard ones."""

from typing import Any

from django.db import connection

from pipeline.models import Stage

STANDARD = [
    (Stage.Standard.PROSPECTS, Stage.End.OPEN),
    (Stage.Standard.CONTACTED, Stage.End.OPEN),
    (Stage.Standard.OFFER, Stage.End.OPEN),
    (Stage.Standard.ORDERED, Stage.End.WON),
    (Stage.Standard.DECLINED, Stage.End.LOST),
]
VALUES = {"standard": [str(name) for name, _end in STANDARD], "ends": [str(end) for _name, end in STANDARD]}

# Stages for those of the boards `b` that have none. A stage of the rep's own comes after as many of the others as on the board before.
LAY_OUT = """
WITH new AS MATERIALIZED (
  SELECT b.id, t.id AS template,
    (SELECT o.id FROM pipeline_board o JOIN campaigns_campaign p ON p.id = o.campaign_id
     WHERE o.rep_id = b.rep_id AND p.starts_on < c.starts_on ORDER BY p.starts_on DESC LIMIT 1) AS last
  FROM pipeline_board b JOIN campaigns_campaign c ON c.id = b.campaign_id JOIN campaigns_calendar k ON k.id = c.calendar_id
  LEFT JOIN pipeline_boardtemplate t ON t.market_id = k.market_id
    AND EXISTS (SELECT FROM pipeline_templatestage s WHERE s.template_id = t.id)
  WHERE {which} AND NOT EXISTS (SELECT FROM pipeline_stage s WHERE s.board_id = b.id)
), laid AS (
  SELECT n.id AS board_id, s.place::numeric AS spot, s.standard, s.own_name, s."end", s."limit", s.days, s.needs, true AS is_company
  FROM new n JOIN pipeline_templatestage s ON s.template_id = n.template
  UNION ALL
  SELECT n.id,
    (SELECT count(*) FROM pipeline_stage x WHERE x.board_id = n.last AND x.place < s.place AND (x.is_company OR x.standard <> '')) + .5,
    s.standard, s.own_name, s."end", s."limit", s.days, s.needs, false
  FROM new n JOIN pipeline_stage s ON s.board_id = n.last
  WHERE n.template IS NOT NULL AND s.place IS NOT NULL AND NOT s.is_company AND s.standard = ''
    AND NOT EXISTS (SELECT FROM pipeline_templatestage x WHERE x.template_id = n.template AND lower(x.own_name) = lower(s.own_name))
  UNION ALL
  SELECT n.id, s.place, s.standard, s.own_name, s."end", s."limit", s.days, s.needs, false
  FROM new n JOIN pipeline_stage s ON s.board_id = n.last WHERE n.template IS NULL AND s.place IS NOT NULL
  UNION ALL
  SELECT n.id, s.place, s.standard, '', s."end", NULL, NULL, '{{}}', false
  FROM new n CROSS JOIN unnest(%(standard)s::text[], %(ends)s::text[]) WITH ORDINALITY AS s(standard, "end", place)
  WHERE n.template IS NULL AND NOT EXISTS (SELECT FROM pipeline_stage x WHERE x.board_id = n.last)
)
INSERT INTO pipeline_stage (board_id, place, standard, own_name, "end", "limit", days, needs, is_company)
SELECT board_id, row_number() OVER (PARTITION BY board_id ORDER BY spot, own_name),
  standard, own_name, "end", "limit", days, needs, is_company
FROM laid"""


def lay_out_statement(which: str) -> str:
    """The statement that gives stages to the boards `b` of a condition, those that have none; its values are VALUES and the condition's."""
    return LAY_OUT.format(which=which)


def lay_out(board: int) -> None:
    """Give a board (its id) its stages, if it has none."""
    values: dict[str, Any] = {**VALUES, "board": board}
    with connection.cursor() as cursor:
        cursor.execute(lay_out_statement("b.id = %(board)s"), values)
