"""What a rep keeps beside a lead: a checklist, days to remember, the colours of tags."""

from calendar import monthrange

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from cotano.jobs import receipts
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from leads.holding import hold
from leads.models import CHECK_LONGEST, CHECKS, COLOURS, DATE_NAME_LONGEST, DATES, Check, ImportantDate, Lead, Tag
from teams import activity
from teams.models import ActivityCount, Rep, User

LEAP = 2000  # a year whose February is whole


@transaction.atomic
def add_check(lead: Lead, *, by: User, said: str, once: str = "") -> Check:
    """Put something to do at the end of the checklist. The same form (`once`) again returns the first one. Raises Refusal."""
    lead = hold(lead, by)
    if first := receipts.first(by, once, lead.checks.all()):
        return first
    words = text.one_line(said)[:CHECK_LONGEST]
    if not words:
        raise Refusal(_("Write something first."))
    if lead.checks.count() >= CHECKS:
        raise Refusal(_("A checklist has at most %(most)d items.") % {"most": CHECKS})
    last = lead.checks.aggregate(last=Max("place"))["last"] or 0
    check = Check.objects.create(lead=lead, text=words, place=last + 1)
    receipts.note(by, once, str(check.pk))
    activity.count(lead.owner, ActivityCount.Kind.LEAD)
    return check


@transaction.atomic
def tick_check(check: Check, *, by: User, done: bool) -> Check:
    """Done, or not done after all; twice is fine."""
    lead = hold(check.lead, by)
    held = lead.checks.filter(pk=check.pk).first()
    if held is None:
        raise Refusal(_("This is no longer on the checklist."), status=409)
    if (held.done_at is not None) != done:
        held.done_at = timezone.now() if done else None
        held.save(update_fields=["done_at"])
        activity.count(lead.owner, ActivityCount.Kind.LEAD)
    return held


@transaction.atomic
def add_date(lead: Lead, *, by: User, name: str, day: int, month: int, year: int | None = None) -> ImportantDate:
    """Remember a day of every year; the same one again is the one there is. Raises Refusal for a day that no year has."""
    lead = hold(lead, by)
    words = text.one_line(name)[:DATE_NAME_LONGEST]
    if not words:
        raise Refusal(_("Say what day this is."))
    if day > monthrange(LEAP, month)[1]:
        raise Refusal(_("This month does not have that day."))
    if same := lead.dates.filter(name=words, month=month, day=day).first():
        return same
    if lead.dates.count() >= DATES:
        raise Refusal(_("At most %(most)d dates.") % {"most": DATES})
    made = ImportantDate.objects.create(lead=lead, name=words, month=month, day=day, year=year)
    activity.count(lead.owner, ActivityCount.Kind.LEAD)
    return made


@transaction.atomic
def colour_tag(owner: Rep, name: str, colour: int | None) -> None:
    """Give a tag a colour (1 ... COLOURS), or (None) the one that its name makes."""
    if colour is None:
        Tag.objects.filter(owner=owner, name=name).delete()
    elif 1 <= colour <= COLOURS:
        Tag.objects.update_or_create(owner=owner, name=name, defaults={"colour": colour})
