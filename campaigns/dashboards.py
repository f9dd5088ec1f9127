"""What came of campaigns in territories: the dashboard of managers and analysts. Reads what was taken of a campaign and counts no reps.

Every reading takes a fixed number of queries, whatever the number of reps. Reps are listed where they are few enough to be put in order.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Exists, F, OuterRef, Q
from django.db.models.functions import Cast, JSONObject
from django.utils import timezone

from campaigns.models import Calendar, Campaign, ClassTotal, DayTotal, Goal, SnapshotRun, Total
from teams.models import Territory, User

CAMPAIGNS = 120  # of all calendars together, the newest: what can be chosen and looked back at
CLASSES = 26  # shown
CHOICES = 300  # territories in a list to choose from
LINES = 6  # places drawn at once
FIRST_LINES = 4  # drawn before anybody chooses
OFFERED = 50  # places to choose lines from; a search finds others
HUNDRED = 100
GROUP = "@"  # before the name of a group, where a territory's code may stand


@dataclass(frozen=True)
class Sums:
    """One campaign of some territories. The names are those of the table of totals; shares are None where nobody is to be shared by."""

    campaign: Campaign
    on_file: int = 0
    active: int = 0
    orders: int = 0
    late_orders: int = 0
    net_sales: Decimal = Decimal(0)
    pv: int = 0
    actions: int = 0
    calls: int = 0
    weekly: int = 0
    appointed: int = 0
    removed: int = 0
    reinstated: int = 0
    idle1: int = 0
    idle2: int = 0
    idle3: int = 0
    newcomers: int = 0
    answered: int = 0
    unanswered: int = 0
    reminders_due: int = 0
    reminders_kept: int = 0

    @property
    def active_percent(self) -> float | None:
        """Active of those on file."""
        return HUNDRED * self.active / self.on_file if self.on_file else None

    @property
    def actions_per_rep(self) -> float | None:
        """Actions in the app per rep on file."""
        return self.actions / self.on_file if self.on_file else None

    @property
    def average_order(self) -> Decimal | None:
        """Net sales per order."""
        return self.net_sales / self.orders if self.orders else None

    @property
    def kept_percent(self) -> float | None:
        """Reminders kept of those that were due."""
        return HUNDRED * self.reminders_kept / self.reminders_due if self.reminders_due else None

    @property
    def answered_percent(self) -> float | None:
        """Newcomers contacted within 24 h, of those whose 24 h are over or who were."""
        told = self.answered + self.unanswered
        return HUNDRED * self.answered / told if told else None


NAMES = tuple(one.name for one in fields(Sums) if one.name != "campaign")


@dataclass(frozen=True)
class Place:
    """A territory that the person is in charge of; `above` is the id of the one it is part of."""

    pk: int
    code: str
    name: str
    above: int | None
    depth: int
    group: str = ""

    @property
    def indent(self) -> str:
        """As wide as it stands deep."""
        return "\u2003" * self.depth


@dataclass(frozen=True)
class Places:
    """The territories a person is in charge of, in tree order."""

    every: Mapping[int, Place]
    below: Mapping[int | None, list[Place]]
    tops: list[Place]

    def one(self, code: str) -> Place | None:
        """That with this code."""
        return next((place for place in self.every.values() if place.code == code), None)

    def of_group(self, group: str) -> list[Place]:
        """Those of the pilot or of the control group, without those that stand below another one of it."""
        return [one for one in self.every.values() if one.group == group and all(above.group != group for above in self.way(one))]

    @property
    def groups(self) -> list[str]:
        """The groups that there are, as `GROUP` codes to choose by."""
        return [f"{GROUP}{group}" for group in Territory.Group.values if group and any(one.group == group for one in self.every.values())]

    def way(self, place: Place) -> list[Place]:
        """Those above it, the highest first."""
        way = []
        while place.above in self.every:
            place = self.every[place.above]
            way.append(place)
        return way[::-1]

    def offered(self, place: Place | None) -> list[Place]:
        """Those to choose from: all while they fit a list; else the way to the place, it, and those one level below it or the tops."""
        if len(self.every) <= CHOICES:
            return list(self.every.values())
        near = [*self.way(place), place, *self.below.get(place.pk, ())] if place else self.tops
        return near[:CHOICES]

    def within(self, place: Place) -> list[int]:
        """Ids of it and of all below."""
        ids, waiting = [], [place]
        while waiting:
            one = waiting.pop()
            ids.append(one.pk)
            waiting += self.below.get(one.pk, ())
        return ids


def read_places(user: User) -> Places:
    """One query."""
    rows = Territory.objects.visible_to(user).with_depth().in_tree_order().values_list("pk", "code", "name", "parent_id", "depth", "group")
    every = {row[0]: Place(*row) for row in rows}
    below = defaultdict(list)
    for place in every.values():
        below[place.above].append(place)
    return Places(every, below, [place for place in every.values() if place.above not in every])


@dataclass(frozen=True)
class Change:
    """A figure of a campaign beside that of the last one and of the one with the same number a year ago; each may be None."""

    name: str
    value: Decimal | float | None
    before: Decimal | float | None
    year_ago: Decimal | float | None

    @property
    def percent(self) -> float | None:
        """How much more than in the last campaign."""
        return change(self.value, self.before)

    @property
    def points(self) -> float | None:
        """The same for shares: in points of a percent."""
        return None if self.value is None or self.before is None else float(self.value) - float(self.before)


def change(value: Decimal | float | None, before: Decimal | float | None) -> float | None:
    """How much more `value` is than `before`, %; None where that says nothing."""
    return HUNDRED * (float(value) - float(before)) / abs(float(before)) if value is not None and before else None


TILES = (
    *("on_file", "active", "active_percent", "orders", "average_order", "net_sales", "pv", "actions", "weekly", "appointed", "removed"),
    *("reinstated", "idle1", "idle2", "idle3", "late_orders", "kept_percent", "answered_percent"),
)


@dataclass(frozen=True)
class Choice:
    """What a dashboard is about: `place`, or `group` (pilot or control), or all the person is in charge of; and the campaign."""

    places: Places
    place: Place | None
    campaigns: list[Campaign]  # of which figures were taken, newest first, each with its calendar, market and `taken_at`
    campaign: Campaign | None
    group: str = ""

    @property
    def code(self) -> str:
        """What it was chosen by, "" for all."""
        return f"{GROUP}{self.group}" if self.group else self.place.code if self.place else ""

    @property
    def tops(self) -> list[Place]:
        """The territories whose sums are added."""
        if self.group:
            return self.places.of_group(self.group)
        return [self.place] if self.place else self.places.tops

    @property
    def inner(self) -> list[Place]:
        """Those compared: one level below; the tops themselves when there are several."""
        if self.place is None and len(self.tops) > 1:
            return self.tops
        return [one for top in self.tops for one in self.places.below.get(top.pk, ())]

    @property
    def calendars(self) -> list[Calendar]:
        """Those of the campaigns, by code."""
        return sorted({one.calendar.pk: one.calendar for one in self.campaigns}.values(), key=lambda one: one.code)

    @property
    def of_calendar(self) -> list[Campaign]:
        """The campaigns of the chosen one's calendar, newest first."""
        return [one for one in self.campaigns if self.campaign and one.calendar_id == self.campaign.calendar_id]

    @property
    def before(self) -> Campaign | None:
        """The campaign before the chosen one."""
        return next((one for one in self.of_calendar if one.starts_on < self.campaign.starts_on), None) if self.campaign else None

    @property
    def year_ago(self) -> Campaign | None:
        """The campaign with the same number, a year ago."""
        wanted = (self.campaign.year - 1, self.campaign.number) if self.campaign else None
        return next((one for one in self.of_calendar if (one.year, one.number) == wanted), None)

    @property
    def is_running(self) -> bool:
        """Whether the chosen campaign is not over yet."""
        return bool(self.campaign and self.campaign.ends_on >= self.campaign.calendar.today())


def read_choice(user: User, *, code: str = "", calendar: str = "", campaign: int | None = None) -> Choice | None:
    """What was asked for; None for a territory that the person may not see or that is not there. Two queries.

    `code` is a territory's, or `@pilot`, `@control`: the territories of that group together.

    Nothing said: all the person is in charge of. Without a campaign (its id) that has figures there: the one that runs or the newest.
    """
    places = read_places(user)
    if code in places.groups:
        group = code.removeprefix(GROUP)
        return _chosen(Choice(places, None, taken_campaigns(places.of_group(group)), None, group), calendar, campaign)
    place = places.one(code) if code else (places.tops[0] if len(places.tops) == 1 else None)
    if code and place is None:
        return None
    found = taken_campaigns([place] if place else places.tops, goals_of=place)
    return _chosen(Choice(places, place, found, None), calendar, campaign)


def _chosen(choice: Choice, calendar: str, campaign: int | None) -> Choice:
    """With the campaign that was asked for, else the one that runs or the newest."""
    found = choice.campaigns
    chosen = next((one for one in found if one.pk == campaign), None)
    if chosen is None:
        of_calendar = [one for one in found if one.calendar.code == calendar] or found
        running = (one for one in of_calendar if one.is_running)
        chosen = next(running, of_calendar[0] if of_calendar else None)
    return replace(choice, campaign=chosen)


def taken_campaigns(tops: Collection[Place], *, goals_of: Place | None = None) -> list[Campaign]:
    """Campaigns of which figures of these territories were taken, newest first, each with calendar, market and `taken_at`. One query.

    With `goals_of` each has `set_goals` as well: id, measure and figure of that territory's goals.
    """
    totals = Total.objects.filter(campaign=OuterRef("pk"), territory__in=[one.pk for one in tops])
    begun = Campaign.objects.filter(Exists(totals), starts_on__lte=timezone.now().date() + dt.timedelta(days=1))
    found = begun.annotate(taken_at=SnapshotRun.newest(OuterRef("pk"))).filter(taken_at__isnull=False).select_related("calendar__market")
    if goals_of:
        goals = Goal.objects.filter(campaign=OuterRef("pk"), territory=goals_of.pk).order_by("pk")
        said = JSONObject(pk="pk", measure="measure", target=Cast("target", CharField()))
        found = found.annotate(set_goals=ArraySubquery(goals.values(said=said)))
    return list(found.order_by("-starts_on", "calendar")[:CAMPAIGNS])


def read_sums(
    campaigns: Collection[Campaign], places: Iterable[Place], *, inner: Iterable[Place] = (), of: Iterable[Campaign | None] = ()
) -> dict[tuple[int, int], Sums]:
    """(id of a campaign, id of a territory) -> its sums; of the `inner` territories in the campaigns `of` alone. One query."""
    by_id = {one.pk: one for one in campaigns}
    wanted = Q(campaign__in=by_id, territory__in=[one.pk for one in places])
    wanted |= Q(campaign__in=[one.pk for one in of if one], territory__in=[one.pk for one in inner])
    rows = Total.objects.filter(wanted).values_list("campaign", "territory", *NAMES)
    return {(campaign, place): Sums(by_id[campaign], *values) for campaign, place, *values in rows}


def added(campaign: Campaign, parts: Iterable[Sums]) -> Sums:
    """Sums of territories that do not overlap, as one."""
    parts = list(parts)
    return Sums(campaign, *(sum(getattr(part, name) for part in parts) for name in NAMES))


@dataclass(frozen=True)
class ClassRow:
    """A class in a campaign. `joined` are those of it on file in the campaign of joining, None when that is not known."""

    year: int
    number: int
    on_file: int
    active: int
    joined: int | None

    @property
    def kept(self) -> float | None:
        """Still on file of those who joined, %."""
        return HUNDRED * self.on_file / self.joined if self.joined else None

    @property
    def active_percent(self) -> float | None:
        """Active of those still on file."""
        return HUNDRED * self.active / self.on_file if self.on_file else None


def read_classes(choice: Choice) -> list[ClassRow]:
    """The newest classes in the chosen campaign, newest first. One query."""
    tops = [one.pk for one in choice.tops]
    since = {one.pk: (one.year, one.number) for one in choice.of_calendar}
    rows = ClassTotal.objects.filter(territory__in=tops).filter(
        Q(campaign=choice.campaign) | Q(campaign__in=since, joined_year=F("campaign__year"), joined_number=F("campaign__number"))
    )
    now, joined = defaultdict(lambda: [0, 0]), defaultdict(int)
    for campaign, year, number, on_file, active in rows.values_list("campaign", "joined_year", "joined_number", "on_file", "active"):
        if campaign == choice.campaign.pk:
            now[year, number][0] += on_file
            now[year, number][1] += active
        if since[campaign] == (year, number):
            joined[year, number] += on_file
    newest = sorted(now, reverse=True)[:CLASSES]
    return [ClassRow(*key, *now[key], joined.get(key)) for key in newest]


# ---- day by day
@dataclass(frozen=True)
class DayLine:
    """Actions per rep on file, day by day, in a territory; `total` is that of all days, `change` in % of the same days last time."""

    place: Place
    values: list[float]
    total: float
    change: float | None
    colour: int = 0  # 1 to LINES where the line is drawn


@dataclass(frozen=True)
class Days:
    """The days of a campaign so far. `lines` are drawn or not, the busiest first; `found` says how many there are to choose from."""

    days: list[dt.date] = field(default_factory=list)
    lines: list[DayLine] = field(default_factory=list)
    average: DayLine | None = None

    @property
    def drawn(self) -> list[DayLine]:
        """Those that were chosen."""
        return [one for one in self.lines if one.colour]

    @property
    def table(self) -> list[tuple[dt.date, list[float]]]:
        """A row a day, a value for each drawn line."""
        return [(day, [line.values[n] for line in self.drawn]) for n, day in enumerate(self.days)]


def read_days(choice: Choice, sums: Mapping[tuple[int, int], Sums], *, typed: str = "", chosen: Collection[int] = ()) -> Days:
    """Actions per rep and day of the territories one level below (or of the only one), and of all together. One query."""
    places = choice.inner or choice.tops
    every = {one.pk: one for one in (*places, *choice.tops)}
    campaigns = [one for one in (choice.campaign, choice.before) if one]
    counted: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    for campaign, place, day, actions in DayTotal.objects.filter(campaign__in=campaigns, territory__in=every).values_list(
        "campaign", "territory", "day", "actions"
    ):
        begin = choice.campaign.starts_on if campaign == choice.campaign.pk else choice.before.starts_on
        counted[campaign, place][(day - begin).days] = actions
    last = min(choice.campaign.ends_on, choice.campaign.calendar.today())
    length = max((last - choice.campaign.starts_on).days + 1, 0)
    days = [choice.campaign.starts_on + dt.timedelta(days=n) for n in range(length)]

    def per_rep(campaign: Campaign, ids: Collection[int]) -> list[float]:
        reps = sum(sums[campaign.pk, pk].on_file for pk in ids if (campaign.pk, pk) in sums)
        found = [sum(counted[campaign.pk, pk].get(n, 0) for pk in ids) for n in range(length)]
        return [actions / reps for actions in found] if reps else [0.0] * length

    def line(place: Place, ids: Collection[int]) -> DayLine:
        values = per_rep(choice.campaign, ids)
        before = sum(per_rep(choice.before, ids)) if choice.before else None
        return DayLine(place, values, sum(values), change(sum(values), before))

    words = typed.casefold().split()
    found = [line(one, [one.pk]) for one in places if all(word in f"{one.name} {one.code}".casefold() for word in words)]
    busiest = sorted(found, key=lambda one: (-one.total, one.place.pk))
    drawn = [one.place.pk for one in busiest if one.place.pk in chosen][:LINES] or [one.place.pk for one in busiest[:FIRST_LINES]]
    colours = {pk: n for n, pk in enumerate(drawn, start=1)}
    shown = [one for n, one in enumerate(busiest) if n < OFFERED or one.place.pk in colours]
    lines = [replace(one, colour=colours.get(one.place.pk, 0)) for one in shown]
    return Days(days, lines, line(choice.tops[0], [one.pk for one in choice.tops]) if choice.tops else None)


# ---- the page
@dataclass(frozen=True)
class Dashboard:
    """All but the ranking. `rows` are the ended campaigns up to the chosen one, the oldest first."""

    now: Sums
    tiles: list[Change]
    rows: list[Sums]
    classes: list[ClassRow]
    sums: Mapping[tuple[int, int], Sums]


def read_dashboard(choice: Choice, *, last: int) -> Dashboard:
    """The figures of the chosen campaign and of the `last` ended ones up to it. Two queries."""
    upto = [one for one in choice.of_calendar if one.starts_on <= choice.campaign.starts_on]
    ended = [one for one in upto if one.ends_on < one.calendar.today()][:last]
    wanted = {one.pk: one for one in (choice.campaign, choice.before, choice.year_ago, *ended) if one}
    sums = read_sums(wanted.values(), choice.tops, inner=choice.inner, of=(choice.campaign, choice.before))
    now, before, year_ago = (one and of_tops(choice, sums, one) for one in (choice.campaign, choice.before, choice.year_ago))
    tiles = [Change(name, getattr(now, name), before and getattr(before, name), year_ago and getattr(year_ago, name)) for name in TILES]
    return Dashboard(now, tiles, [of_tops(choice, sums, one) for one in ended[::-1]], read_classes(choice), sums)


def of_tops(choice: Choice, sums: Mapping[tuple[int, int], Sums], campaign: Campaign) -> Sums:
    """All the chosen territories together."""
    return added(campaign, (sums[campaign.pk, one.pk] for one in choice.tops if (campaign.pk, one.pk) in sums))


def closed_rows(user: User, *, last: int) -> list[list[Sums]]:
    """Of each calendar the `last` closed campaigns with figures, the oldest first: for above the list of reps. Three queries."""
    tops = read_places(user).tops
    by_calendar = defaultdict(list)
    for one in taken_campaigns(tops):
        if one.is_closed and len(by_calendar[one.calendar.code]) < last:
            by_calendar[one.calendar.code].insert(0, one)
    sums = read_sums([one for rows in by_calendar.values() for one in rows], tops)
    return [
        [added(one, (sums[one.pk, top.pk] for top in tops if (one.pk, top.pk) in sums)) for one in by_calendar[code]]
        for code in sorted(by_calendar)
    ]
