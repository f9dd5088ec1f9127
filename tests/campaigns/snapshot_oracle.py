"""A company as plain lists, and every figure of its campaigns told slowly: no sums of sums, no row of an earlier campaign is trusted."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

DAY = dt.timedelta(days=1)
STOOD = ("sponsor", "territory", "title", "joined", "on_file", "appointed", "removed", "reinstated", "is_newcomer")


@dataclass
class Period:
    """A campaign."""

    calendar: str
    number: int
    starts: dt.date
    ends: dt.date
    zone: str

    def holds(self, at):
        return self.starts <= at.astimezone(ZoneInfo(self.zone)).date() <= self.ends


@dataclass
class Person:
    """A rep as of now."""

    sponsor: int | None
    place: str
    calendar: str
    joined: int
    title: str
    seen: dt.datetime
    removed_on: dt.date | None = None


@dataclass
class Bought:
    """An order, or a return of the order at this place in the list."""

    rep: int
    campaign: int
    amount: Decimal
    points: int
    late: bool
    returns: int | None = None


@dataclass
class World:
    """Everything that has happened. A rep, an order, a campaign is its place in the list."""

    above: dict[str, str | None]  # territory -> the one above
    first_roster: dt.datetime
    campaigns: list[Period] = field(default_factory=list)
    reps: list[Person] = field(default_factory=list)
    orders: list[Bought] = field(default_factory=list)
    actions: list[tuple] = field(default_factory=list)  # rep, day, kind, n
    turns: list[tuple] = field(default_factory=list)  # rep, "removed" or "active", when
    touches: list[tuple] = field(default_factory=list)  # rep, when, outcome
    volumes: dict[tuple[int, int], int] = field(default_factory=dict)  # (rep, campaign) -> the company's word
    reminders: list[tuple] = field(default_factory=list)  # rep, day, due, zone, state, ended
    kept: dict[int, dict] = field(default_factory=dict)  # frozen campaign -> its rows then
    frozen_at: dict[int, dt.datetime] = field(default_factory=dict)

    def freeze(self, campaign, now):
        """From now on everybody who has a row stood there as they do now; who gets one later, as they do then."""
        rows = self.rows(campaign, now)
        kept = self.kept.setdefault(campaign, {})
        self.frozen_at.setdefault(campaign, now)
        for rep, row in rows.items():
            follows = row["on_file"] or row["appointed"] or row["removed"] or row["reinstated"] or row["orders"] + row["actions"] > 0
            stood = {name: row[name] for name in (*STOOD, "is_weekly", "reminders_due", "reminders_kept")}
            kept.setdefault(rep, {**stood, "follows": follows})

    def was_known(self, rep, campaign):
        """When the campaign was frozen: who has no row since then was not on file."""
        return campaign in self.frozen_at and self.reps[rep].seen <= self.frozen_at[campaign]

    # ---- one rep in one campaign
    def is_active(self, rep, campaign):
        """At least one order that did not come back in full."""
        return any(
            order.rep == rep and order.campaign == campaign and order.returns is None and not self._came_back(place)
            for place, order in enumerate(self.orders)
        )

    def _came_back(self, place):
        back = [other.amount for other in self.orders if other.returns == place]
        return bool(back) and -sum(back) >= self.orders[place].amount

    def _of(self, campaign):
        """The campaigns of its calendar in their order."""
        same = [place for place, one in enumerate(self.campaigns) if one.calendar == self.campaigns[campaign].calendar]
        return sorted(same, key=lambda place: self.campaigns[place].starts)

    def where(self, rep, campaign, now):
        """Where the rep stood: what is frozen with the campaign."""
        if rep in self.kept.get(campaign, {}):
            return self.kept[campaign][rep]
        person, period = self.reps[rep], self.campaigns[campaign]
        follows, known = person.calendar == period.calendar, self.was_known(rep, campaign)
        turned = {status for who, status, at in self.turns if who == rep and follows and period.holds(at)}
        on_file = (
            follows and not known and person.joined <= period.number and (person.removed_on is None or person.removed_on > period.ends)
        )
        newcomer = on_file and person.joined in (period.number, period.number - 1) and person.seen > self.first_roster
        due = [one for one in self.reminders if one[0] == rep and follows and period.starts <= one[1] <= period.ends]
        due = [one for one in due if one[2] <= now and one[4] != "cancelled"]
        last = min(now.astimezone(ZoneInfo(period.zone)).date(), period.ends)
        week = [last - DAY * n for n in range(7)]
        return {
            "sponsor": person.sponsor,
            "territory": person.place,
            "title": person.title,
            "joined": person.joined,
            "follows": follows,
            "on_file": on_file,
            "appointed": follows and not known and person.joined == period.number,
            "removed": "removed" in turned,
            "reinstated": "active" in turned,
            "is_newcomer": newcomer,
            "is_weekly": follows
            and any(who == rep and day in week and day >= period.starts and kind != "earlier" for who, day, kind, _n in self.actions),
            "reminders_due": len(due),
            "reminders_kept": sum(1 for one in due if one[4] == "done" and one[5].astimezone(ZoneInfo(one[3])).date() <= one[1]),
        }

    def answered(self, rep, *, newcomer, now):
        seen = self.reps[rep].seen
        if not newcomer:
            return None
        if any(who == rep and outcome == "reached" and seen <= at <= seen + DAY for who, at, outcome in self.touches):
            return True
        return False if now >= seen + DAY else None

    def idle(self, rep, campaign, now):
        """Campaigns in a row, back from this one, on file in each and without an order in any, as far as orders are known."""
        before = [one for one in self._of(campaign) if self.campaigns[one].starts <= self.campaigns[campaign].starts]
        known = [place for place, one in enumerate(before) if any(order.campaign == one for order in self.orders)]
        count = 0
        for one in reversed(before[min(known, default=len(before)) :]):
            if not self.where(rep, one, now)["on_file"] or self.is_active(rep, one):
                break
            count += 1
        return count

    # ---- all of a campaign
    def rows(self, campaign, now):
        """Rep -> figures, as they are now."""
        period = self.campaigns[campaign]
        frozen = self.kept.get(campaign)
        rows = {}
        for rep in range(len(self.reps)):
            stood = self.where(rep, campaign, now)
            own = [order for order in self.orders if order.rep == rep and order.campaign == campaign]
            bought = [order for order in own if order.returns is None]
            done = [(kind, n) for who, day, kind, n in self.actions if who == rep and period.starts <= day <= period.ends]
            acts, calls = sum(n for _kind, n in done), sum(n for kind, n in done if kind == "call")
            ever = [self.campaigns[order.campaign].starts for order in self.orders if order.rep == rep and order.returns is None]
            active = stood["on_file"] and self.is_active(rep, campaign)
            rows[rep] = {
                **stood,
                "active": active,
                "orders": len(bought),
                "late_orders": sum(order.late for order in bought),
                "net_sales": sum((order.amount for order in own), Decimal(0)),
                "pv": self.volumes.get((rep, campaign), sum(order.points for order in own)),
                "actions": acts if stood["follows"] else 0,
                "calls": calls if stood["follows"] else 0,
                "idle": self.idle(rep, campaign, now),
                "first_order": bool(bought) and min(ever) == period.starts,
                "answered": self.answered(rep, newcomer=stood["is_newcomer"], now=now),
            }
        there = {
            rep
            for rep, row in rows.items()
            if (frozen and rep in frozen)
            or row["on_file"] or row["appointed"] or row["removed"] or row["reinstated"] or row["actions"]
            or any(order.rep == rep and order.campaign == campaign for order in self.orders) or (rep, campaign) in self.volumes
        }  # fmt: skip
        for rep in list(there):
            for above in set(self._up(rep, rows)) - there:  # only stands above
                there.add(above)
                rows[above] |= {"reminders_due": 0, "reminders_kept": 0}
        return {rep: {**rows[rep], **self._team(rep, rows, there)} for rep in there}

    def _up(self, rep, rows):
        found = []
        while (rep := rows[rep]["sponsor"]) is not None:
            found.append(rep)
        return found

    def _team(self, rep, rows, there):
        lines = {other: self._up(other, rows) for other in there}
        below = [rows[other] for other, line in lines.items() if rep in line]
        level = [[rows[other] for other, line in lines.items() if line[n : n + 1] == [rep]] for n in range(7)]
        titled = {above for other, line in lines.items() if rows[other]["title"] == "Gold" for above in (other, *line)}
        legs = sum(rows[other]["sponsor"] == rep and other in titled for other in there)
        return {
            "leg_titles": [legs] if legs else None,
            "depth": len(lines[rep]),
            "people": sum(row["on_file"] for row in below),
            "team_active": sum(row["active"] for row in below),
            "team_orders": sum(row["orders"] for row in below),
            "team_net_sales": sum((row["net_sales"] for row in below), Decimal(0)),
            "team_actions": sum(row["actions"] for row in below),
            "team_calls": sum(row["calls"] for row in below),
            "team_reminders_kept": sum(row["reminders_kept"] for row in below),
            "team_appointed": sum(row["appointed"] for row in below),
            "team_removed": sum(row["removed"] for row in below),
            "gv": rows[rep]["pv"] + sum(row["pv"] for row in below),
            "level_people": [sum(row["on_file"] for row in one) for one in level],
            "level_active": [sum(row["active"] for row in one) for one in level],
            "level_pv": [sum(row["pv"] for row in one) for one in level],
        }

    def total(self, place, rows):
        """The sums over the reps of a territory and those below it."""
        here = [row for row in rows.values() if self._within(row["territory"], place)]
        sums = ("orders", "late_orders", "net_sales", "pv", "actions", "calls", "on_file", "active", "appointed", "removed", "reinstated")
        return {
            **{name: sum(row[name] for row in here) for name in (*sums, "reminders_due", "reminders_kept")},
            "weekly": sum(row["is_weekly"] for row in here),
            "idle1": sum(row["idle"] == 1 for row in here),
            "idle2": sum(row["idle"] == 2 for row in here),
            "idle3": sum(row["idle"] >= 3 for row in here),
            "newcomers": sum(row["is_newcomer"] for row in here),
            "answered": sum(row["answered"] is True for row in here),
            "unanswered": sum(row["answered"] is False for row in here),
        }

    def classes(self, place, rows):
        """Campaign in which they joined -> (on file, active)."""
        here = [row for row in rows.values() if self._within(row["territory"], place) and row["on_file"]]
        return {
            joined: (sum(row["joined"] == joined for row in here), sum(row["joined"] == joined and row["active"] for row in here))
            for joined in {row["joined"] for row in here}
        }

    def _within(self, place, top):
        return place is not None and (place == top or self._within(self.above[place], top))
