"""What everybody below a rep did together: sums over whole downlines as arrays, one column in memory at a time."""

import numpy as np
from django.db.backends.utils import CursorWrapper

from campaigns.ladder import Step, places_of_titles, read_ladder, wanted_legs
from campaigns.models import Campaign
from cotano.lib import arrays
from teams import tree

# column of the team -> the rep's own figure, a whole number (money in its smallest unit)
SUMS = {
    "people": "on_file::int",
    "team_active": "active::int",
    "team_orders": "orders",
    "team_actions": "actions",
    "team_appointed": "appointed::int",
    "team_removed": "removed::int",
    "team_cents": "net_sales * 100",
    "team_pv": "pv",
    "team_calls": "calls",
    "team_reminders_kept": "reminders_kept",
}
BY_LEVEL = {"level_people": "on_file::int", "level_active": "active::int", "level_pv": "pv"}


def add_up(cursor: CursorWrapper, campaign: Campaign) -> None:
    """From `snapshot_own`, make the temporary table `snapshot_team`: a row for every rep with somebody below.

    And `snapshot_legs`: a row for everybody with a leg in which somebody has a title that the ladder of the campaign's market
    asks of legs. The campaign comes with its calendar.

    Nobody else is sent through: three reps of four have recruited nobody, and their sums are 0.
    """
    ids, sponsors = arrays.fetch(cursor, ["id", "coalesce(sponsor_id, -1)"], "FROM snapshot_own")
    by_id = np.argsort(ids, kind="stable")
    downlines = tree.Downlines.of(ids[by_id], sponsors[by_id])
    leads = np.flatnonzero(downlines.size)
    columns = [downlines.ids[leads], arrays.narrow(downlines.depth[leads])]
    for figure in dict.fromkeys([*SUMS.values(), *BY_LEVEL.values()]):
        values = arrays.fetch(cursor, [figure], "FROM snapshot_own")[0][by_id]  # a temporary table is read in one order always
        columns += [arrays.narrow(downlines.below(values)[leads]) for name in SUMS if SUMS[name] == figure]
        columns += [arrays.narrow(downlines.levels(values, leads).T) for name in BY_LEVEL if BY_LEVEL[name] == figure]
    names = [
        column
        for figure in dict.fromkeys([*SUMS.values(), *BY_LEVEL.values()])
        for column in (*(name for name in SUMS if SUMS[name] == figure), *(name for name in BY_LEVEL if BY_LEVEL[name] == figure))
    ]
    kinds = {"id": "bigint", "depth": "bigint", **dict.fromkeys(SUMS, "bigint"), **dict.fromkeys(BY_LEVEL, "bigint[]")}
    cursor.execute(f"CREATE TEMP TABLE snapshot_team ({', '.join(f'{name} {kind}' for name, kind in kinds.items())}) ON COMMIT DROP")
    arrays.send(cursor, f"snapshot_team (id, depth, {', '.join(names)})", columns)
    cursor.execute("ANALYZE snapshot_team (id)")
    _count_legs(cursor, downlines, by_id, read_ladder(campaign.calendar.market_id))


def _count_legs(cursor: CursorWrapper, downlines: tree.Downlines, by_id: np.ndarray, ladder: list[Step]) -> None:
    """Per rep the legs in which somebody has the title at place 1, 2, ... or a higher one, up to the highest that is asked of legs."""
    cursor.execute("CREATE TEMP TABLE snapshot_legs (id bigint, leg_titles bigint[]) ON COMMIT DROP")
    wanted = wanted_legs(ladder)
    if wanted:
        case, values = places_of_titles(ladder, "title")
        own = arrays.fetch(cursor, [case], "FROM snapshot_own", values)[0][by_id]
        best = downlines.highest(own)
        legs = np.stack([downlines.first_level((best >= place).astype(np.int64)) for place in range(1, max(wanted) + 1)], axis=1)
        some = np.flatnonzero(legs[:, 0])
        arrays.send(cursor, "snapshot_legs (id, leg_titles)", [downlines.ids[some], legs[some]])
    cursor.execute("ANALYZE snapshot_legs (id)")
