"""Putting leads into cadences and taking them out; making cadences and changing their steps."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cotano.jobs import receipts
from cotano.jobs.races import retry_lost_races
from cotano.jobs.refusals import Refusal
from cotano.lib import clock, text
from leads import clocks
from leads.holding import hold, refuse_contact
from leads.models import FARTHEST, STEPS, Attempt, Cadence, Enrolment, Lead, Purchase, Step
from teams import activity, tree
from teams.models import ActivityCount, Rep, Territory, User

HISTORY = dt.timedelta(days=7)  # an older delivery starts nothing
OWN = 50  # cadences of one rep
NAME_LONGEST, TEXT_LONGEST = 60, 200
Ended, Start, Reach, Standard, Unit = Enrolment.Ended, Cadence.Start, Cadence.Reach, Cadence.Standard, Step.Unit

DEFAULTS: dict[str, tuple[Start, int | None, bool, tuple[tuple[int, Unit], ...]]] = {
    Standard.TWO_TWO_TWO: (Start.DELIVERY, None, False, ((2, Unit.DAYS), (2, Unit.WEEKS), (2, Unit.MONTHS))),
    Standard.HOT_5: (Start.HOTNESS, 5, True, ((7, Unit.DAYS),)),
    Standard.HOT_4: (Start.HOTNESS, 4, True, ((14, Unit.DAYS),)),
    Standard.HOT_3: (Start.HOTNESS, 3, True, ((30, Unit.DAYS),)),
    Standard.HOT_2: (Start.HOTNESS, 2, True, ((60, Unit.DAYS),)),
    Standard.HOT_1: (Start.HOTNESS, 1, True, ((90, Unit.DAYS),)),
    Standard.BIRTHDAY: (Start.BIRTHDAY, None, True, ((0, Unit.DAYS),)),
}


@dataclass(frozen=True)
class Said:
    """A step as somebody wants it."""

    after: int
    unit: str = Unit.DAYS
    channel: str = ""
    template: str = ""
    text: str = ""


@transaction.atomic
def sync_standards() -> None:
    """Make those that come with the product, once; what the company has changed stays."""
    known = set(Cadence.objects.filter(market=None).exclude(standard="").values_list("standard", flat=True))
    taken = set(Cadence.objects.filter(market=None, is_on=True).exclude(start=Start.HAND).values_list("start", "hotness"))
    for standard, (start, hotness, repeats, steps) in DEFAULTS.items():
        if standard not in known:
            is_on = (start, hotness) not in taken
            cadence = Cadence.objects.create(standard=standard, start=start, hotness=hotness, repeats=repeats, is_on=is_on)
            _write_steps(cadence, [Said(after, unit) for after, unit in steps])


# ---- leads in and out
@retry_lost_races
@transaction.atomic
def start(lead: Lead, cadence: Cadence, *, by: User) -> Enrolment:
    """Put a lead into a cadence, from today. One that is in it already stays where it is.

    Raises Refusal (409) for a cadence that is not theirs, not in use or without steps, and for somebody the rep does not contact.
    """
    lead = hold(lead, by)
    refuse_contact(lead)
    cadence = _usable(cadence, by)
    if running := Enrolment.objects.running().filter(lead=lead, cadence=cadence).first():
        return running
    made = _begin(lead, cadence, by=by, since=_today(by))
    activity.count(lead.owner, ActivityCount.Kind.LEAD)
    return made


@retry_lost_races
@transaction.atomic
def start_many(leads: QuerySet[Lead], cadence: Cadence, *, by: User) -> list[Enrolment]:
    """The same for all of the person's own among `leads` (by tag, by hotness, picked), by three statements; returns those who are new.

    Whom the rep does not contact is left out, as who is in it already.
    """
    cadence = _usable(cadence, by)
    now = clocks.begin(list(cadence.steps.order_by("place")), _today(by))
    mine = Lead.objects.filter(pk__in=leads.visible_to(by).to_contact().order_by().values("pk"))
    held = list(mine.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    # Its own statement: it sees what those have written who held the leads.
    running = set(Enrolment.objects.running().filter(cadence=cadence, lead__in=held).values_list("lead", flat=True))
    rows = [Enrolment(lead_id=pk, cadence=cadence, by=by, started_on=now.since, **vars(now)) for pk in held if pk not in running]
    if rows:
        activity.count(by.own_rep, ActivityCount.Kind.LEAD)
    return Enrolment.objects.bulk_create(rows, batch_size=2000)


def said_many(n: int, cadence: str) -> str:
    """What `start_many` has done, in a sentence."""
    words = ngettext("%(n)d person is followed up: %(cadence)s", "%(n)d people are followed up: %(cadence)s", n)
    return words % {"n": n, "cadence": cadence}


@retry_lost_races
@transaction.atomic
def start_after_delivery(purchases: Iterable[Purchase], *, by: User) -> list[Enrolment]:
    """These were delivered (`delivered_on`): their leads are followed up from that day on, by the cadence of the rep's market.

    A new delivery begins it anew. A delivery of more than seven days ago is history and starts nothing, and nobody is followed up
    whom the rep does not contact. The caller holds the leads.
    """
    newest: dict[int, Purchase] = {}
    oldest = _today(by) - HISTORY
    for purchase in sorted(purchases, key=lambda one: (one.delivered_on or dt.date.min, one.pk)):
        if purchase.delivered_on and purchase.delivered_on >= oldest:
            newest[purchase.lead_id] = purchase
    cadence = _of_market(by.own_rep, Start.DELIVERY) if newest else None
    if cadence is None:
        return []
    leads = Lead.objects.visible_to(by).to_contact().filter(pk__in=newest).select_related("owner__user").order_by("pk")
    return [
        _begin(lead, cadence, by=by, since=newest[lead.pk].delivered_on, about=f"purchase:{newest[lead.pk].pk}", words=newest[lead.pk].item)
        for lead in leads
    ]


def undo_delivery(purchases: Iterable[Purchase]) -> int:
    """These were not delivered after all: what began with them ends; returns how many did."""
    return clocks.end(Enrolment.objects.running().filter(about__in=[f"purchase:{one.pk}" for one in purchases]), Ended.BY_HAND)


@transaction.atomic
def follow_hotness(lead: Lead, *, by: User) -> Enrolment | None:
    """The rep has said how hot the lead is (`lead.hotness`, 0: no longer): come back as often as that asks for, since the last contact.

    Returns where the lead is in now, None when nowhere. The caller holds the lead.
    """
    running = Enrolment.objects.running().filter(lead=lead, cadence__start=Start.HOTNESS)
    wanted = _of_market(lead.owner, Start.HOTNESS, lead.hotness) if lead.hotness and lead.may_be_contacted else None
    if wanted and (same := running.filter(cadence=wanted).first()):
        return same
    clocks.end(running, Ended.ANEW)
    if wanted is None:
        return None
    since = clocks.day_for(lead.owner, lead.contacted_at) if lead.contacted_at else _today(by)
    return _begin(lead, wanted, by=by, since=since)


@retry_lost_races
@transaction.atomic
def stop(enrolment: Enrolment, *, by: User) -> Enrolment:
    """Take the lead out. Twice is fine."""
    lead, enrolment = _hold(enrolment, by)
    if enrolment.ended_at is None:
        clocks.end(Enrolment.objects.filter(pk=enrolment.pk), Ended.BY_HAND)
        enrolment.refresh_from_db()
        activity.count(lead.owner, ActivityCount.Kind.LEAD)
    return enrolment


@retry_lost_races
@transaction.atomic
def skip_step(enrolment: Enrolment, *, by: User, place: int) -> Enrolment:
    """Let the step at `place` be; the one behind it is next. A second tap changes nothing. Raises Refusal (409) when it has ended."""
    lead, enrolment = _running(enrolment, by)
    if enrolment.place == place:
        cadence = enrolment.cadence
        steps = list(cadence.steps.order_by("place"))
        clocks.write(enrolment, clocks.after_step(steps, clocks.clock_of(enrolment), _today(by), repeats=cadence.repeats))
        enrolment.refresh_from_db()
        activity.count(lead.owner, ActivityCount.Kind.LEAD)
    return enrolment


@retry_lost_races
@transaction.atomic
def put_off(enrolment: Enrolment, *, by: User, day: dt.date) -> Enrolment:
    """The next step comes on `day` instead. Raises Refusal for a day that is past or two years ahead, and (409) when it has ended."""
    lead, enrolment = _running(enrolment, by)
    today = _today(by)
    if not today <= day <= today + dt.timedelta(days=FARTHEST[Unit.DAYS]):
        raise Refusal(_("Pick a day from today on, two years ahead at most."))
    if enrolment.next_day != day:
        enrolment.next_day = day
        enrolment.save(update_fields=["next_day"])
        activity.count(lead.owner, ActivityCount.Kind.LEAD)
    return enrolment


# ---- cadences themselves
@retry_lost_races
@transaction.atomic
def add_cadence(*, by: User, name: str, reach: str, repeats: bool, steps: Sequence[Said], once: str = "") -> Cadence:
    """A cadence of the rep's own, or for all below. The same form (`once`) sent again returns the first one. Raises Refusal."""
    rep = Rep.objects.select_for_update(of=("self",), no_key=True).get(pk=by.own_rep.pk)
    if first := receipts.first(by, once, Cadence.objects.owned_by(by)):
        return first
    if Cadence.objects.filter(owner=rep).count() >= OWN:
        raise Refusal(_("You have %(most)d cadences already. Change one of them.") % {"most": OWN})
    cadence = Cadence.objects.create(owner=rep, reach=_reach(reach), own_name=_name(name), repeats=repeats)
    _write_steps(cadence, steps)
    receipts.note(by, once, str(cadence.pk))
    return cadence


@retry_lost_races
@transaction.atomic
def change_cadence(cadence: Cadence, *, by: User, name: str, reach: str, repeats: bool, steps: Sequence[Said]) -> Cadence:
    """Change an own cadence; whoever is in it goes on by the new steps. Raises Refusal."""
    cadence = _own(cadence, by)
    cadence.own_name, cadence.reach, cadence.repeats = _name(name), _reach(reach), repeats
    cadence.save(update_fields=["own_name", "reach", "repeats"])
    _write_steps(cadence, steps)
    if cadence.reach == Reach.OWN:
        clocks.end(Enrolment.objects.running().filter(cadence=cadence).exclude(lead__owner=cadence.owner_id), Ended.GONE)
    return cadence


@retry_lost_races
@transaction.atomic
def remove_cadence(cadence: Cadence, *, by: User) -> None:
    """An own cadence is no longer in use, and nobody is in it any more. What was done by it stays in the leads' history."""
    switch(_own(cadence, by), is_on=False)


@transaction.atomic
def switch(cadence: Cadence, *, is_on: bool) -> None:
    """Take a cadence into use or out of it; whoever is in one that goes out of use leaves it."""
    cadence.is_on = is_on
    cadence.save(update_fields=["is_on"])
    if not is_on:
        clocks.end(Enrolment.objects.running().filter(cadence=cadence), Ended.GONE)


# New steps, new days: who has stood behind the last step has done them all, unless it begins again.
_DAYS = f"""
UPDATE leads_enrolment e SET next_day = (e.since + {clocks.AFTER})::date
FROM leads_step s WHERE s.cadence_id = %(cadence)s AND s.cadence_id = e.cadence_id AND s.place = e.place AND e.ended_at IS NULL"""  # noqa: S608  own words


@transaction.atomic
def follow_steps(cadence: Cadence) -> None:
    """The steps have changed: whoever is in the cadence goes on by the new ones. Three statements, however many they are."""
    running = Enrolment.objects.running().filter(cadence=cadence)
    places = list(cadence.steps.order_by("place").values_list("place", flat=True))
    behind = running.exclude(place__in=places)
    if cadence.repeats and places:
        behind.update(place=places[0])
    else:
        clocks.end(behind, Ended.DONE)
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, {"cadence": cadence.pk})


def _write_steps(cadence: Cadence, said: Sequence[Said]) -> None:
    """Raises Refusal for none, too many, and days that are not in order."""
    if len(said) > STEPS:
        raise Refusal(_("A cadence has at most %(most)d steps.") % {"most": STEPS})
    steps = [clean_step(cadence, place, one) for place, one in enumerate(said, start=1)]
    check_steps(steps)
    cadence.steps.all().delete()
    Step.objects.bulk_create(steps)
    follow_steps(cadence)


def clean_step(cadence: Cadence, place: int, said: Said) -> Step:
    """A step of this cadence, not saved. Raises Refusal."""
    if said.unit not in Unit.values or not 0 <= said.after <= FARTHEST[said.unit]:
        raise Refusal(_("A step is two years ahead at most."))
    if said.channel and said.channel not in Attempt.Channel.values:
        raise Refusal(_("There is no such way."))
    words = {"template": text.one_line(said.template)[:NAME_LONGEST], "text": text.one_line(said.text)[:TEXT_LONGEST]}
    return Step(cadence=cadence, place=place, after=said.after, unit=said.unit, channel=said.channel, **words)


def check_steps(steps: Sequence[Step]) -> None:
    """Raises Refusal unless there are some, each later than the one before."""
    if not steps:
        raise Refusal(_("A cadence has at least one step."))
    days = [clocks.day_of(dt.date(2001, 1, 1), step) for step in steps]
    if any(later <= sooner for sooner, later in pairwise(days)):
        raise Refusal(_("Each step comes later than the one before."))


def _begin(lead: Lead, cadence: Cadence, *, by: User, since: dt.date, about: str = "", words: str = "") -> Enrolment | None:
    """From that day on; what was said since counts. Who is in it already begins anew."""
    steps = list(cadence.steps.order_by("place"))
    now = clocks.begin(steps, since)
    if now and lead.contacted_at and (day := clocks.day_for(lead.owner, lead.contacted_at)) > since:
        now = clocks.after_contact(steps, now, day, repeats=cadence.repeats)
    clocks.end(Enrolment.objects.running().filter(lead=lead, cadence=cadence), Ended.ANEW)
    if now is None:
        return None
    return Enrolment.objects.create(lead=lead, cadence=cadence, by=by, about=about, words=words[:120], started_on=since, **vars(now))


def _of_market(rep: Rep | None, begins: Start, hotness: int | None = None) -> Cadence | None:
    """The company's cadence that begins so in the rep's market: the market's own, else that of all."""
    if rep is None:
        return None
    places = [rep.territory_id, *tree.above(Territory, rep.territory_id)]
    company = Cadence.objects.filter(reach=Reach.COMPANY, is_on=True, start=begins, hotness=hotness)
    found = company.filter(Q(market=None) | Q(market__in=places)).order_by("market")  # NULL comes last
    return found.first()


def _usable(cadence: Cadence, by: User) -> Cadence:
    usable = Cadence.objects.visible_to(by).usable().filter(pk=cadence.pk).first()
    if usable is None:
        raise Refusal(_("This cadence is no longer in use."), status=409)
    return usable


def _own(cadence: Cadence, by: User) -> Cadence:
    held = Cadence.objects.owned_by(by).select_for_update(of=("self",)).filter(pk=cadence.pk, is_on=True).first()
    if held is None:
        raise Refusal(_("This cadence is no longer in use."), status=409)
    return held


def _hold(enrolment: Enrolment, by: User) -> tuple[Lead, Enrolment]:
    lead = hold(enrolment.lead, by)
    return lead, Enrolment.objects.select_related("cadence").get(pk=enrolment.pk, lead=lead)


def _running(enrolment: Enrolment, by: User) -> tuple[Lead, Enrolment]:
    lead, enrolment = _hold(enrolment, by)
    if enrolment.ended_at is not None:
        raise Refusal(_("This series has ended already."), status=409)
    return lead, enrolment


def _today(by: User) -> dt.date:
    return clock.today(clock.known(by.zone), timezone.now())


def _name(typed: str) -> str:
    name = text.one_line(typed)[:NAME_LONGEST]
    if not name:
        raise Refusal(_("Enter a name."))
    return name


def _reach(said: str) -> str:
    if said not in {Reach.OWN, Reach.TEAM}:
        raise Refusal(_("Say whether it is only for you or for your team."))
    return said
