"""The calendar: what stands on each day. Reminders and tasks of one minute are gathered, so that a day stays readable."""

import datetime as dt
from calendar import isleap
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from django.db.models import Count, DateField, F, Q, QuerySet, Window
from django.db.models.functions import DenseRank, RowNumber, TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import deadlines
from campaigns.models import Campaign
from cotano.lib import clock, ics, moments
from leads.models import Comment, Enrolment, ImportantDate, Lead, Reminder
from teams.models import Rep

PER_MINUTE = 3  # people shown of one minute
PER_DAY = 12  # minutes shown of a day
WHOLE, WHOLE_DAY = 3, 100  # of each kind of what lasts a day: birthdays, other dates, steps of cadences; on the day's own page
DAY_PAGE = 50  # reminders of one day's page
BEHIND, AHEAD = dt.timedelta(days=30), dt.timedelta(days=366)  # what a calendar program is given
FEED = 1000  # reminders of it
A_DAY, A_WEEK = dt.timedelta(days=1), dt.timedelta(days=7)


@dataclass(frozen=True)
class Entry:
    """A line. `url` is the person's page, or "" for a task and what concerns everybody; `changed` is for calendar programs."""

    key: str
    title: str
    icon: str = ""
    note: str = ""
    url: str = ""
    lead: int | None = None
    is_late: bool = False
    at: dt.datetime | None = None
    pk: int = 0


@dataclass(frozen=True)
class Minute:
    """What is due at one minute: the first of `count`."""

    time: dt.time
    entries: list[Entry]
    count: int

    @property
    def others(self) -> int:
        """How many beside the first."""
        return self.count - 1

    @property
    def hidden(self) -> int:
        """How many beside those that are shown."""
        return self.count - len(self.entries)


@dataclass(frozen=True)
class Day:
    """A date with what stands on it: all day long, and by the minute. `more` reminders are not shown."""

    date: dt.date
    whole: list[Entry] = field(default_factory=list)
    minutes: list[Minute] = field(default_factory=list)
    more: int = 0

    @property
    def is_free(self) -> bool:
        """Whether nothing stands on it."""
        return not (self.whole or self.minutes)


@dataclass(frozen=True)
class Agenda:
    """The month around `day` in weeks of seven days from Monday, of them the week with `day`, and the seven days from it on."""

    day: dt.date
    today: dt.date
    weeks: list[list[Day]]
    week: list[Day]
    coming: list[Day]
    campaign: Campaign | None

    @property
    def planned(self) -> list[Day]:
        """The days that the list shows: the first, and those with something on them."""
        return [day for day in self.coming if not day.is_free or day.date == self.day]


def read_agenda(rep: Rep, day: dt.date) -> Agenda:
    """The month of `day`. Six queries, eight where territories have deadlines of their own, however much stands in it."""
    zone = rep.user.zone
    first = day.replace(day=1)
    start = first - dt.timedelta(days=first.weekday())
    last = (first + dt.timedelta(days=31)).replace(day=1) - A_DAY
    end = last + dt.timedelta(days=6 - last.weekday())
    until = max(end, day + A_WEEK - A_DAY)
    campaigns = _campaigns(rep, start, until)
    whole = _whole(rep, start, until, campaigns, WHOLE)
    minutes, more = _minutes(rep, start, until, zone)
    _say_last_words([minute for date, found in minutes.items() if day <= date < day + A_WEEK for minute in found])
    days = [Day(date, whole.entries[date], minutes[date], more[date] + whole.more[date]) for date in _dates(start, until)]
    weeks = [days[n : n + 7] for n in range(0, (end - start).days, 7)]
    week = weeks[(day - start).days // 7]
    coming = days[(day - start).days :][:7]
    today = clock.today(zone, timezone.now())
    running = next((one for one in campaigns if one.starts_on <= today <= one.ends_on), None)
    return Agenda(day, today, weeks, week, coming, running)


def _dates(start: dt.date, end: dt.date) -> list[dt.date]:
    return [start + dt.timedelta(days=n) for n in range((end - start).days + 1)]


def _minutes(rep: Rep, start: dt.date, end: dt.date, zone: str) -> tuple[dict[dt.date, list[Minute]], dict[dt.date, int]]:
    """By date what is due by the minute, and how many reminders of the date are left out. One query, bounded per day."""
    clocks, now = ZoneInfo(zone), timezone.now()
    day = TruncDate("due_at", tzinfo=clocks, output_field=DateField())
    rows = (
        Reminder.objects.open()
        .filter(owner=rep, due_at__gte=clock.midnight(start, zone), due_at__lt=clock.midnight(end + A_DAY, zone))
        .annotate(
            place=Window(RowNumber(), partition_by="due_at", order_by="pk"),
            count=Window(Count("pk"), partition_by="due_at"),
            turn=Window(DenseRank(), partition_by=day, order_by="due_at"),
            everything=Window(Count("pk"), partition_by=day),
        )
        .filter(place__lte=PER_MINUTE, turn__lte=PER_DAY)
        .select_related("lead")
        .order_by("due_at", "pk")
    )
    found: dict[dt.date, list[Minute]] = defaultdict(list)
    more: dict[dt.date, int] = defaultdict(int)
    for row in rows:
        here = row.due_at.astimezone(clocks)
        minutes = found[here.date()]
        if row.place == 1:
            minutes.append(Minute(here.time(), [], row.count))
        minutes[-1].entries.append(_entry(row, now))
        more[here.date()] = row.everything - sum(minute.count for minute in minutes)
    return found, more


def _entry(row: Reminder, now: dt.datetime) -> Entry:
    title, url = (row.lead.name, row.lead.get_absolute_url()) if row.lead else (row.title, "")
    icon = "bell" if row.lead else "check"
    return Entry(f"reminder-{row.pk}", title, icon, "", url, row.lead_id, row.due_at <= now, row.due_at, row.pk)


def _say_last_words(minutes: Iterable[Minute]) -> None:
    """Give the people of these lines their newest comment. One query."""
    said = _last_words(entry.lead for minute in minutes for entry in minute.entries)
    for minute in minutes:
        minute.entries[:] = [_with_note(entry, said) for entry in minute.entries]


def _last_words(leads: Iterable[int | None]) -> dict[int, str]:
    newest = Comment.objects.filter(lead__in={lead for lead in leads if lead}).order_by("lead", "-at", "-pk").distinct("lead")
    return dict(newest.values_list("lead", "text"))


def _with_note(entry: Entry, said: dict[int, str]) -> Entry:
    return replace(entry, note=said.get(entry.lead, "")) if entry.lead else entry


# ---- what lasts the whole day
class _Whole:
    """By date what lasts the whole day, and how much of it is left out."""

    def __init__(self) -> None:
        self.entries: dict[dt.date, list[Entry]] = defaultdict(list)
        self.more: dict[dt.date, int] = defaultdict(int)

    def add(self, date: dt.date, entry: Entry, *, first: bool = False, hidden: int = 0) -> None:
        self.entries[date].append(entry)
        self.more[date] += hidden if first else 0


def _whole(rep: Rep, start: dt.date, end: dt.date, campaigns: list[Campaign], most: int) -> _Whole:
    """The campaign's deadline and end; of birthdays, other dates and next steps of cadences `most` a day each.

    Three queries, five where territories have deadlines of their own.
    """
    found = _Whole()
    own = deadlines.in_each(rep, [one for one in campaigns if one.has_groups])
    for one in campaigns:
        due = own.get(one.pk, one.order_deadline)
        number = {"number": one.number}
        found.add(due, Entry(f"deadline-{one.pk}", _("Order deadline"), "bag", _("Campaign %(number)s") % number))
        found.add(one.ends_on, Entry(f"end-{one.pk}", _("Campaign %(number)s ends") % number, "calendar"))
    people = Lead.objects.filter(owner=rep).to_contact()
    days = {(date.month, date.day): date for date in _dates(start, end)}
    months = sorted({month for month, _day in days})
    born = people.filter(birthday__month__in=months).only("name", "birthday")
    for lead in _first(born, ("birthday__month", "birthday__day"), most):
        if date := _on(days, lead.birthday.month, lead.birthday.day):
            entry = Entry(
                f"birthday-{lead.pk}", lead.name, "cake", _birthday(date.year - lead.birthday.year), lead.get_absolute_url(), lead.pk
            )
            found.add(date, entry, first=lead.nth == 1, hidden=lead.all - min(lead.all, most))
    for one in _first(ImportantDate.objects.filter(lead__in=people, month__in=months).select_related("lead"), ("month", "day"), most):
        if date := _on(days, one.month, one.day):
            entry = Entry(f"date-{one.pk}", one.lead.name, "star", one.name, one.lead.get_absolute_url(), one.lead_id)
            found.add(date, entry, first=one.nth == 1, hidden=one.all - min(one.all, most))
    steps = Enrolment.objects.running().filter(lead__in=people, next_day__range=(start, end)).select_related("lead", "cadence")
    for one in _first(steps, ("next_day",), most):
        entry = Entry(f"step-{one.pk}-{one.place}", one.lead.name, "clock", one.cadence.name, one.lead.get_absolute_url(), one.lead_id)
        found.add(one.next_day, entry, first=one.nth == 1, hidden=one.all - min(one.all, most))
    return found


def _first(rows: QuerySet, day: tuple[str, ...], most: int) -> QuerySet:
    """The first `most` of each day, with `nth` and how many there are in `all`."""
    counted = rows.annotate(
        nth=Window(RowNumber(), partition_by=[F(part) for part in day], order_by="pk"),
        all=Window(Count("pk"), partition_by=[F(part) for part in day]),
    )
    return counted.filter(nth__lte=most).order_by(*day, "pk")


def _on(days: dict[tuple[int, int], dt.date], month: int, day: int) -> dt.date | None:
    """The date of these; of 29 February the 28th in a year without one."""
    if (month, day) == (2, 29) and (date := days.get((2, 28))) and not isleap(date.year):
        return date
    return days.get((month, day))


def _birthday(age: int) -> str:
    return _("Birthday, turns %(age)d") % {"age": age} if age > 0 else _("Birthday")


def _campaigns(rep: Rep, start: dt.date, end: dt.date) -> list[Campaign]:
    near = Campaign.objects.filter(calendar__code=rep.calendar, starts_on__lte=end, ends_on__gte=start)
    return list(near.with_groups().order_by("starts_on"))


# ---- one day in full
@dataclass(frozen=True)
class DayPage:
    """All of a day, fifty reminders at a time; `more` is where the next page begins ("" on the last)."""

    date: dt.date
    whole: list[Entry]
    entries: list[Entry]
    more: str


def read_day(rep: Rep, date: dt.date, *, after: str = "") -> DayPage:
    """One day from the place `after` on, which an earlier page gave as `more`; another one is the beginning. Eight queries at most."""
    zone, now = rep.user.zone, timezone.now()
    rows = Reminder.objects.open().filter(owner=rep, due_at__gte=clock.midnight(date, zone), due_at__lt=clock.midnight(date + A_DAY, zone))
    if place := moments.read_place(after):
        rows = rows.filter(Q(due_at__gt=place[0]) | Q(due_at=place[0], pk__gt=place[1]))
    found = [_entry(row, now) for row in rows.select_related("lead").order_by("due_at", "pk")[: DAY_PAGE + 1]]
    shown = found[:DAY_PAGE]
    said = _last_words(entry.lead for entry in shown)
    more = moments.place(shown[-1].at, shown[-1].pk) if len(found) > DAY_PAGE else ""
    whole = [] if place else _whole(rep, date, date, _campaigns(rep, date, date), WHOLE_DAY).entries[date]
    return DayPage(date, whole, [_with_note(entry, said) for entry in shown], more)


# ---- for calendar programs
def read_feed(rep: Rep) -> list[ics.Event]:
    """Reminders and tasks of the last month and the coming year, the first thousand, and the year's days. Seven queries at most.

    Titles are the names of the rep's own people and nothing else of them: a calendar program may be anybody's.
    """
    now = timezone.now()
    today = clock.today(rep.user.zone, now)
    rows = Reminder.objects.open().filter(owner=rep, due_at__gte=now - BEHIND, due_at__lt=now + AHEAD).select_related("lead")
    events = [
        ics.Event(f"reminder-{row.pk}@cotano", row.due_at, row.lead.name if row.lead else row.title, row.created_at, _path(row.lead))
        for row in rows.order_by("due_at", "pk")[:FEED]
    ]
    start, end = today, today + dt.timedelta(days=364)
    for date, entries in sorted(_whole(rep, start, end, _campaigns(rep, start, end), WHOLE).entries.items()):
        if start <= date <= end:
            events += [_event(entry, date, now) for entry in entries]
    return events


def _event(entry: Entry, date: dt.date, now: dt.datetime) -> ics.Event:
    title = f"{entry.title} ({entry.note})" if entry.note else entry.title
    return ics.Event(f"{entry.key}-{date:%Y}@cotano", date, title, now, entry.url)


def _path(lead: Lead | None) -> str:
    return lead.get_absolute_url() if lead else ""
