"""Every figure of generated companies against slow, obvious arithmetic (snapshot_oracle.py), while things happen in them."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from campaigns import snapshots
from campaigns.models import Calendar, Campaign, Cause, ClassTotal, Order, Snapshot, SnapshotRun, Title, TitleRequirement, Total, Volume
from cotano.jobs.models import Job
from leads.models import Lead, Reminder
from teams import tree
from teams.models import ActivityCount, Rep, StatusChange, Territory, Touch
from tests import make, sizes
from tests.campaigns.snapshot_oracle import DAY, Bought, Period, Person, World

START = dt.date(2024, 3, 4)  # the clocks change on the 31st
PERIODS = 3  # of each calendar
ZONES = {"UA": "Europe/Kyiv", "PL": "Europe/Warsaw"}
LENGTHS = {"UA": (21, 14, 21), "PL": (18, 17, 21)}
ENDS = ("UA-N-01", "UA-N-02", "PL-N-01")
EXAMPLES = settings(
    max_examples=sizes.TAKEN,
    deadline=None,
    phases=[Phase.generate],  # a failure is read from its rows; to make it smaller takes hours
    derandomize=not sizes.FULL,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class Play:
    """A company in the database and, step by step the same, as lists."""

    def __init__(self, chance):
        self.chance = chance
        self.by = make.user("Somebody", is_staff=True)
        self.places = {place.code: place for code in ZONES for place in make.territories(code, zone=ZONES[code]).values()}
        seen = dt.datetime.combine(START - 30 * DAY, dt.time(12), dt.UTC)
        self.job = Job.objects.create(owner=self.by, kind="roster", file_name="r.csv", sha256="", size=1, state="done", finished_at=seen)
        above = {place.code: place.parent and place.parent.code for place in Territory.objects.select_related("parent")}
        self.world = World(above=above, first_roster=seen)
        self.campaigns = [one for code in ZONES for one in self._calendar(code)]
        for code in ZONES:
            gold, top = (Title.objects.create(market=self.places[code], code=f"T{n}", name=("Gold", "Top")[n - 1], place=n) for n in (1, 2))
            TitleRequirement.objects.create(title=top, figure="legs_with_title", at_least=1, of_title=gold)
        self.reps, self.orders = [], []
        for _ in range(chance.randint(2, sizes.REPS)):
            self.join(dt.datetime.combine(START - 40 * DAY, dt.time(), dt.UTC), joined=chance.randint(0, 1))

    def _calendar(self, code):
        calendar = Calendar.objects.create(code=code, name=code, market=self.places[code])
        starts = START
        for number, length in enumerate(LENGTHS[code], start=1):
            ends = starts + (length - 1) * DAY
            self.world.campaigns.append(Period(code, number, starts, ends, ZONES[code]))
            yield Campaign.objects.create(
                calendar=calendar, year=2024, number=number, starts_on=starts, ends_on=ends, order_deadline=ends - 3 * DAY
            )
            starts = ends + DAY

    def some(self, most):
        """A few of the reps."""
        return self.chance.sample(range(len(self.reps)), self.chance.randint(0, min(most, len(self.reps))))

    def of(self, rep):
        """The places of the campaigns of the rep's calendar, in their order."""
        calendar = self.world.reps[rep].calendar
        return [place for place, one in enumerate(self.world.campaigns) if one.calendar == calendar]

    # ---- what happens
    def join(self, now, joined=None):
        there = [rep for rep, person in enumerate(self.world.reps) if person.removed_on is None]
        sponsor = self.chance.choice([None, *there, *there])
        calendar, place = self.chance.choice(sorted(ZONES)), self.chance.choice(ENDS)
        seen, day = now - dt.timedelta(hours=self.chance.randint(0, 60)), now.date()
        if joined is None:
            joined = next(one.number for one in self.world.campaigns if one.calendar == calendar and one.starts <= day <= one.ends)
        person = Person(sponsor, place, calendar, joined, self.chance.choice(["", "Gold"]), seen)
        self.world.reps.append(person)
        code = f"R{len(self.reps)}"
        above = None if sponsor is None else Rep.objects.get(pk=self.reps[sponsor])
        made = make.rep(
            code,
            self.places[place],
            sponsor=above,
            calendar=calendar,
            joined=(2024, joined) if joined else (2023, 17),
            title=person.title,
            first_seen_at=seen,
            login=False,
        )
        self.reps.append(made.pk)

    def move(self, rep):
        """Under anybody who is not below, or under nobody."""
        if self.world.reps[rep].removed_on is not None:
            return
        line = {rep}
        while more := {other for other, person in enumerate(self.world.reps) if person.sponsor in line} - line:
            line |= more
        free = [other for other, person in enumerate(self.world.reps) if other not in line and person.removed_on is None]
        to = self.chance.choice([None, *free])
        self.world.reps[rep].sponsor = to
        tree.move(Rep, self.reps[rep], None if to is None else self.reps[to])

    def remove(self, rep, now):
        """The company removes the rep; the first level rolls up."""
        person = self.world.reps[rep]
        if person.removed_on is not None:
            return
        person.removed_on = now.date()
        for other in self.world.reps:
            if other.sponsor == rep:
                other.sponsor = person.sponsor
        Rep.objects.filter(pk=self.reps[rep]).update(status="removed", removed_on=person.removed_on)
        tree.roll_up(Rep, self.reps[rep])
        self._turn(rep, "removed", now)

    def take_back(self, rep, now):
        person = self.world.reps[rep]
        if person.removed_on is None:
            return
        person.removed_on = None
        Rep.objects.filter(pk=self.reps[rep]).update(status="active", removed_on=None)
        self._turn(rep, "active", now)

    def _turn(self, rep, status, now):
        self.world.turns.append((rep, status, now))
        StatusChange.objects.create(rep_id=self.reps[rep], status=status, why="status", by=self.by, job=self.job, at=now)

    def relocate(self, rep):
        person = self.world.reps[rep]
        person.place, person.title = self.chance.choice(ENDS), self.chance.choice(["", "Gold"])
        Rep.objects.filter(pk=self.reps[rep]).update(territory=self.places[person.place], title=person.title)

    def order(self, rep, campaign):
        """An order, and perhaps a return of a part or of all, in this campaign or in a later one; all of it marked as a file does."""
        amount, points = Decimal(self.chance.randint(0, 9000)) / 100, self.chance.randint(0, 50)
        place = self._write(Bought(rep, campaign, amount, points, self.chance.random() < 0.3))
        part = self.chance.choice([None, None, Decimal("0.5"), Decimal(1)])
        if part is not None:
            later = [one for one in self.of(rep) if one >= campaign]
            back = (amount * part).quantize(Decimal("0.01"))
            self._write(Bought(rep, self.chance.choice(later), -back, -int(points * part), late=False, returns=place))

    def _write(self, bought):
        self.world.orders.append(bought)
        made = Order.objects.create(
            number=f"N{len(self.orders)}",
            kind="order" if bought.returns is None else "return",
            returns=None if bought.returns is None else self.orders[bought.returns],
            rep_id=self.reps[bought.rep],
            campaign=self.campaigns[bought.campaign],
            placed_on=self.world.campaigns[bought.campaign].starts,
            amount=bought.amount,
            points=bought.points,
            currency="UAH",
            is_late=bought.late,
        )
        self.orders.append(made)
        touched = {bought.campaign} | ({self.world.orders[bought.returns].campaign} if bought.returns is not None else set())
        snapshots.mark([self.campaigns[one].pk for one in touched])
        return len(self.orders) - 1

    def act(self, rep, day):
        kind, n = self.chance.choice(["call", "move", "earlier"]), self.chance.randint(1, 9)
        if not any(done[:3] == (rep, day, kind) for done in self.world.actions):
            self.world.actions.append((rep, day, kind, n))
            ActivityCount.objects.create(rep_id=self.reps[rep], day=day, kind=kind, n=n)
            days = [one for one in self.of(rep) if self.world.campaigns[one].starts <= day <= self.world.campaigns[one].ends]
            snapshots.mark([self.campaigns[one].pk for one in days])  # as a file does
        if self.chance.random() < 0.3:
            self.volume(rep, self.chance.choice([one for one in self.of(rep) if self.world.campaigns[one].starts <= day + 9 * DAY]))

    def volume(self, rep, campaign):
        """The company's word on it, with orders or without."""
        self.world.volumes[rep, campaign] = pv = self.chance.randint(-5, 90)
        Volume.objects.update_or_create(rep_id=self.reps[rep], campaign=self.campaigns[campaign], defaults={"pv": pv})
        snapshots.mark([self.campaigns[campaign].pk])

    def touch(self, rep, now):
        outcome = self.chance.choice(["reached", "no_answer"])
        self.world.touches.append((rep, now, outcome))
        Touch.objects.create(rep_id=self.reps[rep], by=self.by, channel="call", outcome=outcome, at=now)

    def remind(self, rep, now):
        due = (now - dt.timedelta(hours=self.chance.randint(-30, 60))).replace(minute=0)
        state = self.chance.choice(["open", "done", "done", "cancelled"])
        ended = None if state == "open" else min(now, due + dt.timedelta(hours=self.chance.randint(-5, 30)))
        zone = self.chance.choice(["Europe/Kyiv", "Asia/Almaty"])
        local = due.astimezone(dt.UTC).astimezone(ZoneInfo(zone))
        self.world.reminders.append((rep, local.date(), due, zone, state, ended))
        lead = Lead.objects.create(owner_id=self.reps[rep], name="Somebody")
        Reminder.objects.create(
            owner=lead.owner, lead=lead, by=self.by, day=local.date(), time=local.time(), zone=zone, due_at=due, state=state, ended_at=ended
        )

    def happen(self, now):
        """Some of everything."""
        day = now.date()
        for _ in range(self.chance.randint(0, 2)):
            self.join(now)
        for rep in self.some(2):
            self.move(rep)
        for rep in self.some(1):
            self.remove(rep, now)
        for rep in self.some(2):
            self.take_back(rep, now)
        for rep in self.some(1):
            self.relocate(rep)
        for rep in self.some(6):
            begun = [
                one
                for one in self.of(rep)
                if self.world.campaigns[one].starts <= day and self.world.campaigns[one].number >= self.world.reps[rep].joined
            ]
            self.order(rep, self.chance.choice([*begun, *begun[-1:] * 3]))
        for rep in self.some(4):
            self.act(rep, day - self.chance.randint(0, 9) * DAY)
        for rep in self.some(3):
            self.touch(rep, now)
        for rep in self.some(3):
            self.remind(rep, now)

    # ---- what must hold
    def check(self, campaign, now):
        """All that is kept of a campaign is what the lists say."""
        one, told = self.campaigns[campaign], self.world.rows(campaign, now)
        number = {pk: rep for rep, pk in enumerate(self.reps)}
        found = {number[row.rep_id]: self._row(row, number) for row in Snapshot.objects.filter(campaign=one).select_related("territory")}
        assert set(found) == set(told)
        assert {
            (rep, name): (row[name], told[rep][name]) for rep, row in found.items() for name in row if row[name] != told[rep][name]
        } == {}
        totals = {total.territory.code: total for total in Total.objects.filter(campaign=one).select_related("territory")}
        for code in self.world.above:
            said = self.world.total(code, told)
            assert {name: getattr(totals[code], name) if code in totals else 0 for name in said} == said
            classes = ClassTotal.objects.filter(campaign=one, territory__code=code)
            kept = {row.joined_number if row.joined_year == 2024 else 0: (row.on_file, row.active) for row in classes}
            assert kept == self.world.classes(code, told)
        self.properties(one, totals)

    def _row(self, row, number):
        own = {field.name: getattr(row, field.attname) for field in Snapshot._meta.fields}
        skip = ("id", "campaign", "rep", "joined_year", "joined_number")
        joined = row.joined_number if row.joined_year == 2024 else 0
        return {
            **{name: value for name, value in own.items() if name not in skip},
            "sponsor": number[row.sponsor_id] if row.sponsor_id else None,
            "territory": row.territory.code,
            "joined": joined,
        }

    def properties(self, campaign, totals):
        """Territories add up to the market; legs and the rep's own add up to the team."""
        for market in ZONES:
            parts = [totals[code] for code in (f"{market}-N-01", f"{market}-N-02") if code in totals]
            for name in ("on_file", "active", "orders", "net_sales", "pv", "actions", "idle1", "newcomers"):
                assert sum(getattr(part, name) for part in parts) == (getattr(totals[market], name) if market in totals else 0)
        rows = {row.rep_id: row for row in Snapshot.objects.filter(campaign=campaign)}
        for top in rows.values():
            legs = [row for row in rows.values() if row.sponsor_id == top.rep_id]
            assert top.people == sum(leg.people + leg.on_file for leg in legs)
            assert top.team_net_sales == sum((leg.team_net_sales + leg.net_sales for leg in legs), Decimal(0))
            assert top.gv - top.pv == sum(leg.gv for leg in legs)


@pytest.mark.django_db
@EXAMPLES
@given(chance=st.randoms(use_true_random=False))
def test_every_figure_is_what_slow_arithmetic_says(chance):
    with transaction.atomic():
        play = Play(chance)
        days = [one.starts + chance.randint(2, 13) * DAY for one in play.world.campaigns[:PERIODS]]
        days += [day + 4 * DAY for day in days[1:] if chance.random() < 0.5]
        for day in sorted(days):
            now = dt.datetime.combine(day, dt.time(chance.randint(0, 21)), dt.UTC)
            with time_machine.travel(now, tick=False):
                for place, one in enumerate(play.world.campaigns):
                    if one.ends < day:  # before anything else happens on this day
                        play.world.freeze(place, now)
                snapshots.freeze_ended()
                play.happen(now)
                snapshots.take_nightly()
                for place, one in enumerate(play.world.campaigns):
                    if one.starts <= day:
                        play.check(place, now)
                    if one.ends < day:
                        play.world.freeze(place, now)
        with time_machine.travel(now, tick=False):
            for campaign in play.campaigns:
                assert snapshots.take(campaign, cause=Cause.ASKED).changed == 0
        assert set(SnapshotRun.objects.values_list("campaign", flat=True)) == {one.pk for one in play.campaigns}
        transaction.set_rollback(True)
