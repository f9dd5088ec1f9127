"""From the temporary tables of a pass to the rows of a campaign: what is new, what differs, what is no longer so."""

from collections.abc import Iterable

from django.db.backends.utils import CursorWrapper

from campaigns import facts
from campaigns.models import Campaign
from cotano.lib import planner
from teams.models import Territory

OWN = (
    *("sponsor_id", "territory_id", "title", "joined_year", "joined_number", "on_file", "active", "orders", "late_orders", "net_sales"),
    *("pv", "actions", "calls", "is_weekly", "appointed", "removed", "reinstated", "is_newcomer", "idle", "first_order", "answered"),
)
TEAM = ("people", "team_active", "team_orders", "team_actions", "team_appointed", "team_removed", "team_calls", "team_reminders_kept")
NEW = """
SELECT o.id AS rep_id, {own}, {team}, coalesce(above.depth + 1, 0) AS depth, o.pv + coalesce(t.team_pv, 0) AS gv,
  CASE WHEN t.id IS NULL THEN 0 ELSE (t.team_cents::numeric / 100)::numeric(16, 2) END AS team_net_sales,
  coalesce(t.level_people::int[], '{{}}') AS level_people, coalesce(t.level_active::int[], '{{}}') AS level_active,
  coalesce(t.level_pv, '{{}}') AS level_pv, g.leg_titles::int[] AS leg_titles
FROM snapshot_own o LEFT JOIN snapshot_team t ON t.id = o.id LEFT JOIN snapshot_team above ON above.id = o.sponsor_id
  LEFT JOIN snapshot_legs g ON g.id = o.id"""
DERIVED = ("depth", "gv", "team_net_sales", "level_people", "level_active", "level_pv", "leg_titles")

# name of a total -> what is summed over the reps
SUMS = {
    **dict.fromkeys(("orders", "late_orders", "net_sales", "pv", "actions", "calls"), ""),
    **{name: f"{name}::int" for name in ("on_file", "active", "appointed", "removed", "reinstated")},
    "weekly": "is_weekly::int",
    "idle1": "(idle = 1)::int",
    "idle2": "(idle = 2)::int",
    "idle3": "(idle >= 3)::int",
    "newcomers": "is_newcomer::int",
    "answered": "(answered IS TRUE)::int",
    "unanswered": "(answered IS FALSE)::int",
}
# not who only stands above
COUNTED = "on_file OR appointed OR removed OR reinstated OR orders > 0 OR net_sales <> 0 OR pv <> 0 OR actions > 0"

INSERT = "INSERT INTO campaigns_snapshot (campaign_id, rep_id, {columns}) SELECT %(campaign)s, n.* FROM ({new}) n"
DELETE = """
DELETE FROM campaigns_snapshot s WHERE s.campaign_id = %(campaign)s AND NOT EXISTS (SELECT FROM snapshot_own o WHERE o.id = s.rep_id)"""
UPDATE = """
UPDATE campaigns_snapshot s SET {set} FROM ({new}) n
WHERE s.campaign_id = %(campaign)s AND s.rep_id = n.rep_id AND ({was}) IS DISTINCT FROM ({is})"""
INSERT_MISSING = f"""{INSERT}
WHERE NOT EXISTS (SELECT FROM campaigns_snapshot s WHERE s.campaign_id = %(campaign)s AND s.rep_id = n.rep_id)"""

ADD_UP = """
CREATE TEMP TABLE snapshot_sums ON COMMIT DROP AS
WITH low AS (SELECT {by}, {sums} FROM snapshot_own WHERE {where} GROUP BY {by}),
sums({by}, {names}) AS (
  SELECT {high_by}, {sums_of_sums}
  FROM low JOIN unnest(%(low)s::bigint[], %(high)s::bigint[]) AS place(low, high) ON place.low = low.territory_id
  GROUP BY {high_by}
)
SELECT * FROM sums"""
DELETE_SUMS = "DELETE FROM {table} s WHERE s.campaign_id = %(campaign)s AND NOT EXISTS (SELECT FROM snapshot_sums n WHERE {same})"
WRITE_SUMS = """
INSERT INTO {table} AS s (campaign_id, {by}, {names}) SELECT %(campaign)s, {by}, {names} FROM snapshot_sums
ON CONFLICT (campaign_id, {by}) DO UPDATE SET {set} WHERE ({was}) IS DISTINCT FROM ({is})"""


def write_reps(cursor: CursorWrapper, campaign: Campaign, *, first: bool) -> int:
    """Write the rows of the campaign that differ; returns how many. `first`: there are none yet."""
    figures = (*OWN, *(column for fact in facts.every() for column in fact.columns))
    columns = (*figures, *TEAM, *DERIVED)
    words = {
        "new": NEW.format(own=_list(figures, "o."), team=", ".join(f"coalesce(t.{name}, 0) AS {name}" for name in TEAM)),
        "columns": _list(columns),
        "set": ", ".join(f"{name} = n.{name}" for name in columns),
        "was": _list(columns, "s."),
        "is": _list(columns, "n."),
    }
    written = 0
    for statement in (INSERT,) if first else (DELETE, UPDATE, INSERT_MISSING):
        cursor.execute(statement.format(**words), {"campaign": campaign.pk})
        written += cursor.rowcount
    planner.grown(cursor, "campaigns_snapshot", written)
    return written


def write_places(cursor: CursorWrapper, campaign: Campaign) -> int:
    """The sums of every territory over its reps and those of the territories below, and of every class in it; returns the rows written."""
    parents = dict(Territory.objects.values_list("pk", "parent"))
    pairs = [(low, high) for low in parents for high in _upwards(low, parents)]
    given = {"campaign": campaign.pk, "low": [low for low, _high in pairs], "high": [high for _low, high in pairs]}
    more = {column: "" for fact in facts.every() for column in fact.columns}
    sums = {name: how or name for name, how in {**SUMS, **more}.items()}
    classes = {name: sums[name] for name in ("on_file", "active")}
    return _write(cursor, given, "campaigns_total", ("territory_id",), sums, COUNTED) + _write(
        cursor, given, "campaigns_classtotal", ("territory_id", "joined_year", "joined_number"), classes, "on_file"
    )


def _write(cursor: CursorWrapper, given: dict[str, object], table: str, by: tuple[str, ...], sums: dict[str, str], where: str) -> int:
    """Sum `sums` of the reps for whom the condition holds, by the columns `by`, of which the first is the territory."""
    words = {
        "table": table,
        "by": _list(by),
        "high_by": ", ".join(("place.high", *(f"low.{name}" for name in by[1:]))),
        "names": _list(sums),
        "sums": ", ".join(f"sum({how}) AS {name}" for name, how in sums.items()),
        "sums_of_sums": ", ".join(f"sum(low.{name})" for name in sums),
        "where": where,
        "same": " AND ".join(f"n.{name} = s.{name}" for name in by),
        "set": ", ".join(f"{name} = excluded.{name}" for name in sums),
        "was": _list(sums, "s."),
        "is": _list(sums, "excluded."),
    }
    cursor.execute(ADD_UP.format(**words), given)
    written = 0
    for statement in (DELETE_SUMS, WRITE_SUMS):
        cursor.execute(statement.format(**words), given)
        written += cursor.rowcount
    cursor.execute("DROP TABLE snapshot_sums")
    return written


def _list(names: Iterable[str], of: str = "") -> str:
    return ", ".join(f"{of}{name}" for name in names)


def _upwards(low: int, parents: dict[int, int | None]) -> list[int]:
    """The territory itself and those above it; each once, whatever the links say."""
    found: list[int] = []
    node: int | None = low
    while node is not None and node not in found:
        found.append(node)
        node = parents.get(node)
    return found
