"""A rep's team on the phone: legs and levels, fifty reps a page, found by name, code or phone, whatever the size of the downline.

What would take longer the larger the team is, is counted up to a bound. Beyond it the figures are those that were taken of the
running campaign last, and the page says as of when; where none were taken it says "more than". Counts read `status` and no other
column of a rep: it stands in the index over the tree.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import BooleanField, Case, Count, IntegerField, OuterRef, Q, Value, When

from campaigns import figures
from campaigns.models import LEVELS as DEEP
from campaigns.models import Campaign, Snapshot, SnapshotRun
from cotano.lib.counting import Number
from teams import tree
from teams.finding import sought
from teams.models import Rep, RepQuerySet

PAGE = 50
COUNTED = 10_000  # reps of a team that are counted
LEG_COUNTED = 500  # the same for each of a page's legs
ACTIVE_COUNTED = 2_000  # reps on a page who are looked up among the orders
LEVELS = 9  # levels offered of a team that is too large to look through
DEEPEST = 30  # levels offered at most
FENCE = 250  # matches that are put in order when a search finds a great many
CRUMBS = 4  # of the way up that are named


@dataclass(frozen=True)
class Level:
    """A level, counted from the person who looks. `people` and `active` are None when they were not counted."""

    number: int
    people: int | None = None
    active: int | None = None

    @property
    def percent(self) -> int:
        """Active of the people."""
        return _percent(self.active, self.people)


@dataclass(frozen=True)
class Taken:
    """What was taken of a rep's team in the campaigns that run: people on file, active ones, orders, group volume, as of `at`.

    `levels` are (people, active) of those exactly 1, 2, ... 7 levels below.
    """

    people: int
    active: int
    orders: int
    gv: int
    levels: list[tuple[int, int]]
    at: dt.datetime


@dataclass(frozen=True)
class Size:
    """How many are below a rep, on file. `active` (in the running campaign) is None when it was not counted.

    `is_taken`: the numbers are those of `taken`, not counted on the spot.
    """

    people: int
    active: int | None
    levels: list[Level]
    taken: Taken | None = None
    is_taken: bool = False

    @property
    def is_cut(self) -> bool:
        """Whether there are more than were counted."""
        return self.people > COUNTED and not self.is_taken

    @property
    def percent(self) -> int:
        """Active of the people."""
        return _percent(self.active, self.people)


@dataclass(frozen=True)
class Row:
    """A rep of a page: the level seen from who looks, people below, those active; `active` is None when it was not counted."""

    rep: Rep
    steps: int
    ordered: bool
    people: int
    active: int | None = None
    taken: Taken | None = None
    is_taken: bool = False  # people and active are those of `taken`

    @property
    def is_cut(self) -> bool:
        """Whether there are more people than were counted."""
        return self.people > LEG_COUNTED and not self.is_taken

    @property
    def percent(self) -> int:
        """Active of the people."""
        return _percent(self.active, self.people)


@dataclass(frozen=True)
class Rows:
    """One page of reps. `more_after` is the rep after whom the next page begins, None at the end."""

    rows: list[Row]
    more_after: int | None = None
    is_short: bool = False  # too little was typed to look for
    is_cut: bool = False  # more were found than are shown


@dataclass(frozen=True)
class Way:
    """The way from a rep down to another one: names that may be shown, `skipped` when some between were left out."""

    ids: list[int]  # from the rep who looks to the rep looked at, both included
    reps: list[Rep]
    skipped: bool


def way_down(own: Rep, pk: int) -> Way | None:
    """The way from `own` to the rep with id `pk` by the sponsors alone; None for who is not below (or is `own`). Two queries."""
    above = tree.above(Rep, pk)
    if own.pk not in above:
        return None
    ids = [*reversed(above[: above.index(own.pk) + 1]), pk]
    named = [*ids[1:-1][-CRUMBS:], pk]
    found = Rep.objects.line_of(own.user).select_related("territory", "user", "sponsor").in_bulk(named)
    if pk not in found:
        return None
    return Way(ids, [found[one] for one in named if one in found], len(ids) > len(named) + 1)


def people_below(top: Rep) -> int:
    """Reps on file below, counted up to one more than COUNTED."""
    return Rep.objects.on_file().below(top.pk).order_by().values("status")[: COUNTED + 1].count()


def read_size(top: Rep, *, steps: int, running: Sequence[Campaign]) -> Size:
    """How many are below `top`, who stands `steps` below who looks. Three queries, two for a great many."""
    below = Rep.objects.on_file().below(top.pk)
    people = people_below(top)
    taken = read_taken([top], running).get(top.pk)
    if taken and people > ACTIVE_COUNTED:
        levels = [Level(steps + step, *counts) for step, counts in enumerate(taken.levels, start=1) if counts[0]]
        deeper = range(len(taken.levels) + 1, LEVELS + 1) if sum(count for count, _active in taken.levels) < taken.people else ()
        return Size(taken.people, taken.active, [*levels, *(Level(steps + step) for step in deeper)], taken, is_taken=True)
    if people > COUNTED:
        return Size(people, None, [Level(steps + step) for step in range(1, LEVELS + 1)])
    looked_up = people <= ACTIVE_COUNTED
    active = Count("pk", filter=figures.is_active_in(running)) if looked_up else Value(None, output_field=IntegerField())
    counted = below.with_depth().order_by("depth").values_list("depth").annotate(people=Count("pk"), active=active)
    levels = [Level(steps + step, *counts) for step, (_depth, *counts) in enumerate(counted, start=1)]
    return Size(people, sum(one.active for one in levels) if looked_up else None, levels[:DEEPEST], taken)


def read_taken(reps: Collection[Rep], running: Sequence[Campaign]) -> dict[int, Taken]:
    """Id of a rep -> what was taken of the team in the running campaigns of all calendars together. One query.

    Only of who has figures in the running campaign of the own calendar.
    """
    own = {campaign.calendar.code: campaign.pk for campaign in running}
    found = defaultdict(dict)
    for row in Snapshot.objects.filter(campaign__in=running, rep__in=reps).annotate(at=SnapshotRun.newest(OuterRef("campaign"))):
        found[row.rep_id][row.campaign_id] = row
    return {rep.pk: _added(list(rows.values())) for rep in reps if own.get(rep.calendar) in (rows := found.get(rep.pk, {}))}


def _added(rows: Sequence[Snapshot]) -> Taken:
    """The rows of one rep in campaigns of several calendars, as one."""
    return Taken(
        people=sum(row.people for row in rows),
        active=sum(row.team_active for row in rows),
        orders=sum(row.team_orders for row in rows),
        gv=sum(row.gv for row in rows),
        levels=[(sum(row.level_people[n] for row in rows), sum(row.level_active[n] for row in rows)) for n in range(DEEP)],
        at=min(row.at for row in rows),
    )


def read_level(top: Rep, *, steps: int, wished: int, after: int | None, running: Sequence[Campaign]) -> Rows:
    """A page of the reps on level `wished` (counted from who looks) below `top`, who stands `steps` below who looks. Four queries.

    The first level comes by name, deeper ones leg by leg.
    """
    if wished == steps + 1:
        found = Rep.objects.on_file().filter(sponsor=top.pk).order_by("name", "pk")
        last = Rep.objects.filter(pk=after, sponsor=top.pk).values_list("name", flat=True).first() if after is not None else None
        rest = found if last is None else found.filter(Q(name__gt=last) | Q(name=last, pk__gt=after), name__gte=last)
    else:
        found = Rep.objects.on_file().on_level(top.pk, wished - steps).in_tree_order()
        rest = found if after is None else found.after(after)
    page = list(_with_people(rest, running)[: PAGE + 1])
    return Rows(_rows(page[:PAGE], [wished] * PAGE, running), page[PAGE - 1].pk if len(page) > PAGE else None)


def find(own: Rep, typed: str, *, running: Sequence[Campaign]) -> Rows:
    """The reps below `own` who are found by a name, a code or a phone: the first fifty. At most seven queries.

    A small team is looked through; in a large one an index finds the matches of the whole company and the line picks among them.
    """
    meant = sought(typed)
    if meant.is_empty:
        return Rows([])
    reps = Rep.objects.on_file()
    is_large = people_below(own) > COUNTED
    if is_large and meant.is_short:
        return Rows([], is_short=True)
    matching = meant.among_many(reps.within(own.pk)) if is_large else meant.among_few(reps.below(own.pk))
    hits = list(matching.with_depth().order_by().values_list("depth", "name", "pk")[:FENCE])
    shown = sorted(hits)[:PAGE]
    depth = Rep.objects.with_depth().values_list("depth", flat=True).get(pk=own.pk)
    by_id = {rep.pk: rep for rep in _with_people(Rep.objects.filter(pk__in=[pk for *_order, pk in shown]), running)}
    kept = [(at - depth, by_id[pk]) for at, _name, pk in shown if pk in by_id]
    return Rows(_rows([rep for _level, rep in kept], [steps for steps, _rep in kept], running), is_cut=len(hits) > PAGE)


def _with_people(reps: RepQuerySet, running: Sequence[Campaign]) -> RepQuerySet:
    """With all that a row shows but for the active ones below."""
    below = Rep.objects.on_file().filter(tree.below_outer()).order_by().values("status")
    ordered = Case(When(figures.is_active_in(running), then=Value(value=True)), default=Value(value=False), output_field=BooleanField())
    return reps.select_related("sponsor").annotate(people=Number(below[: LEG_COUNTED + 1]), ordered=ordered)


def _rows(reps: Sequence[Rep], levels: Iterable[int], running: Sequence[Campaign]) -> list[Row]:
    """Rows of a page; the active are counted below the smallest of them, as many as may be looked up. Two queries.

    Whoever has more below is told by what was taken, where it was.
    """
    left, looked_up = ACTIVE_COUNTED, []
    for rep in sorted(reps, key=lambda rep: rep.people):
        left -= rep.people
        if left < 0 or rep.people > LEG_COUNTED:
            break
        looked_up.append(rep.pk)
    below = Rep.objects.on_file().filter(tree.below_outer()).filter(figures.is_active_in(running)).order_by().values("status")
    active = dict(Rep.objects.filter(pk__in=looked_up).order_by().values_list("pk", Number(below))) if looked_up else {}
    taken = read_taken(reps, running) if reps else {}
    return [_row(rep, steps, active.get(rep.pk), taken.get(rep.pk)) for rep, steps in zip(reps, levels, strict=False)]


def _row(rep: Rep, steps: int, active: int | None, taken: Taken | None) -> Row:
    if taken and active is None and taken.people:
        return Row(rep, steps, rep.ordered, taken.people, taken.active, taken, is_taken=True)
    return Row(rep, steps, rep.ordered, rep.people, active, taken)


def _percent(part: int | None, whole: int | None) -> int:
    return round(100 * part / whole) if part and whole else 0
