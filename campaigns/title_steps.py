"""Who of a campaign is one step from the next title: many reps at once, as arrays, by what `ladder.standing` says of one."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise

import numpy as np
from django.db.backends.utils import CursorWrapper

from campaigns.ladder import FIGURE, Requirement, Step, places_of_titles, read_ladder, wanted_legs
from campaigns.models import Campaign
from cotano.lib import arrays

OWN = {FIGURE.PV: "s.pv", FIGURE.GV: "s.gv", FIGURE.ORDERS: "s.orders", FIGURE.ACTIVE: "coalesce(s.level_active[1], 0)"}
Has = Callable[[Requirement], np.ndarray]  # how much of what is asked for each rep has
RECRUITS = "coalesce(n.recruits, 0)"
TOGETHER = 25_000  # reps in memory at a time
REST = """
FROM campaigns_snapshot s LEFT JOIN (
  SELECT sponsor_id, count(*) AS recruits FROM campaigns_snapshot
  WHERE campaign_id = %s AND appointed AND sponsor_id >= %s AND sponsor_id < %s GROUP BY sponsor_id
) n ON n.sponsor_id = s.rep_id
WHERE s.campaign_id = %s AND s.on_file AND s.rep_id >= %s AND s.rep_id < %s"""
_FIRST = """
SELECT rep_id FROM (
  SELECT rep_id, row_number() OVER (ORDER BY rep_id) AS n FROM campaigns_snapshot WHERE campaign_id = %s AND on_file
) AS numbered WHERE n %% %s = 1 %% %s ORDER BY rep_id"""
_LAST = 2**63 - 1


def find(cursor: CursorWrapper, campaign: Campaign) -> None:
    """Make the temporary table `call_first_steps` (rep_id, requirement_id, missing): who lacks exactly one requirement of the next title.

    The title on the roster counts, else the highest whose requirements are all met. Of somebody without one who lacks the only
    requirement of the next title, a part must be there: nobody is a step from the first title by having done nothing.
    The campaign comes with its calendar, its figures are taken. Three queries and one for each TOGETHER of reps; one without a ladder.
    """
    cursor.execute("CREATE TEMP TABLE call_first_steps (rep_id bigint, requirement_id bigint, missing bigint) ON COMMIT DROP")
    ladder = read_ladder(campaign.calendar.market_id)
    if not any(step.requirements for step in ladder):
        return
    title, words = places_of_titles(ladder, "s.title")
    legs = {place: f"coalesce(s.leg_titles[{place}], 0)" for place in wanted_legs(ladder)}
    columns = ["s.rep_id", title, RECRUITS, *OWN.values(), *legs.values()]
    cursor.execute(_FIRST, [campaign.pk, TOGETHER, TOGETHER])
    for some in pairwise([*(rep for (rep,) in cursor.fetchall()), _LAST]):
        reps, held, recruits, *rest = arrays.fetch(cursor, columns, REST, [*words, campaign.pk, *some, campaign.pk, *some])
        figures = {FIGURE.RECRUITS: recruits, **dict(zip(OWN, rest, strict=False))}
        of_legs = dict(zip(legs, rest[len(OWN) :], strict=True))
        has = partial(_has, figures, of_legs)
        for who, asked, missing in _steps(ladder, held, has):
            arrays.send(cursor, "call_first_steps (rep_id, requirement_id, missing)", [reps[who], asked, missing])


def _has(figures: dict[FIGURE, np.ndarray], of_legs: dict[int, np.ndarray], one: Requirement) -> np.ndarray:
    return of_legs[one.of] if one.figure == FIGURE.LEGS else figures[FIGURE(one.figure)]


def _steps(ladder: Sequence[Step], held: np.ndarray, has: Has) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(positions of reps, ids of requirements, how much is missing), a part for each title that is next to somebody's."""
    now = held.copy()
    for step in ladder:  # the lowest first: the highest one counts
        is_met = held == 0
        for one in step.requirements:
            is_met &= has(one) >= one.at_least
        now[is_met] = step.place
    below = 0
    for step in ladder:
        here = np.flatnonzero((now >= below) & (now < step.place))
        below = step.place
        if not step.requirements or not here.size:
            continue
        lacks = np.stack([np.maximum(one.at_least - has(one)[here], 0) for one in step.requirements])
        ids = np.array([one.pk for one in step.requirements])
        which = np.argmax(lacks > 0, axis=0)
        missing = np.take_along_axis(lacks, which[np.newaxis], axis=0)[0]
        is_step = np.count_nonzero(lacks, axis=0) == 1
        if len(step.requirements) == 1:
            is_step &= (held[here] > 0) | (has(step.requirements[0])[here] > 0)
        yield here[is_step], ids[which[is_step]], missing[is_step]
