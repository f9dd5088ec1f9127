"""A rep's people: adding one and changing what is known about one."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cotano.jobs import cells, receipts
from cotano.jobs.cells import BadRow
from cotano.jobs.refusals import Refusal
from cotano.lib import clock, phones, text
from leads import suppression
from leads.models import ASIDE_LONGEST, MORE, TAG_LONGEST, TAGS, Channel, Distinct, Lead
from leads.reminders import retell_reminders
from teams import activity, rights
from teams.models import ActivityCount, Rep, User

LAST_HOUR = 23
ONE_PERSON = "lead_once_per_owner"


class DuplicateLead(Refusal):
    """The rep has this person already; `lead` is the one."""

    def __init__(self, lead: Lead) -> None:
        self.lead = lead
        words = _("You already have this number: %(name)s") if lead.phone else _("You already have this e-mail: %(name)s")
        super().__init__(words % {"name": lead.name})


class AskedNotTo(Refusal):
    """The person is on the company's list."""

    def __init__(self) -> None:
        super().__init__(_("This person asked the company not to be contacted, so they cannot be added."))


@dataclass(frozen=True)
class Person:
    """What a rep says about a lead, as typed; `add_lead` and `edit_lead` make it storable or refuse it."""

    name: str
    phone: str = ""
    other_phones: Iterable[str] = field(default_factory=tuple)
    email: str = ""
    other_emails: Iterable[str] = field(default_factory=tuple)
    kind: str = Lead.Kind.PROSPECT
    birthday: dt.date | None = None
    tags: Iterable[str] = field(default_factory=tuple)
    note: str = ""
    family: str = ""
    likes: str = ""
    hotness: int = Lead.Hotness.UNKNOWN
    channel: str = ""
    hour: int | None = None
    zone: str = ""
    legal_basis: str = Lead.Basis.UNKNOWN
    consents: Iterable[str] = field(default_factory=tuple)


PARTS = tuple(part.name for part in fields(Person))


class StaleLead(Refusal):
    """What is known about the person has changed since it was shown; `lead` is how it stands now."""

    def __init__(self, lead: Lead) -> None:
        self.lead = lead
        super().__init__(_("%(name)s was changed meanwhile, perhaps on another device.") % {"name": lead.name}, status=409)


def fingerprint(lead: Lead, parts: Iterable[str]) -> str:
    """What is known, in a few letters that change with it; a form carries it so that it does not write over what it has not shown."""
    return hashlib.sha256(repr([getattr(lead, name) for name in parts]).encode()).hexdigest()[:16]


@transaction.atomic
def add_lead(owner: Rep, *, by: User, once: str = "", **said: object) -> Lead:
    """Add a person to the rep's contacts; `said` are the fields of Person.

    The same form (`once`) sent again returns the first one's lead. Raises Refusal for an empty name or a phone nobody can
    call, DuplicateLead for somebody the rep has already, AskedNotTo for somebody on the company's list.
    """
    if not rights.is_own(by, owner):
        raise Refusal(_("Only the rep can add people to their contacts."), status=409)
    if first := receipts.first(by, once, Lead.objects.filter(owner=owner)):
        return first
    lead = Lead(owner=owner, source=Lead.Source.TYPED, **_clean(Person(**said), owner))
    _refuse(lead.contacts)
    _refuse_held(lead)
    _write(lead, force_insert=True)
    receipts.note(by, once, str(lead.pk))
    activity.count(owner, ActivityCount.Kind.LEAD)
    return lead


@transaction.atomic
def edit_lead(lead: Lead, *, by: User, seen: str = "", **said: object) -> Lead:
    """Change what is known about a person; `said` are some fields of Person, the others stay. Said once more it changes nothing.

    `seen` is the fingerprint of those fields that the person saw. Raises the refusals of `add_lead`, and StaleLead.
    """
    try:
        lead = Lead.objects.visible_to(by).select_related("owner__user", "owner__territory").select_for_update(of=("self",)).get(pk=lead.pk)
    except Lead.DoesNotExist:
        raise Refusal(_("This person is no longer on your list."), status=409) from None
    known = {name: getattr(lead, name) for name in PARTS}
    new = _clean(Person(**{**known, **said}), lead.owner)
    changed = [name for name, value in new.items() if getattr(lead, name) != value]
    if not changed:
        return lead
    if seen and seen != fingerprint(lead, [name for name in PARTS if name in said]):
        raise StaleLead(lead)
    if "consents" in changed:
        changed.append("consented_on")
        new["consented_on"] = _consented_on(lead, new["consents"])
    contacts = set(lead.contacts)
    for name in changed:
        setattr(lead, name, new[name])
    _refuse([contact for contact in lead.contacts if contact not in contacts])
    if "phone" in changed:
        _refuse_held(lead)
    lead.updated_at = timezone.now()
    _write(lead, update_fields=[*changed, "updated_at"])
    if contacts.difference(lead.contacts):
        suppression.mark([lead.pk])
        lead.refresh_from_db(fields=["refusal"])
    if "name" in changed:
        retell_reminders(lead)
    activity.count(lead.owner, ActivityCount.Kind.LEAD)
    return lead


@transaction.atomic
def keep_apart(first: Lead, second: Lead, *, by: User) -> None:
    """The two are two people, whatever they have in common. Once more changes nothing. Raises Refusal for leads of others."""
    pair = Lead.objects.visible_to(by).filter(pk__in=[first.pk, second.pk]).order_by("pk").select_for_update(no_key=True)
    found = list(pair)
    if len(found) != len((first, second)):
        raise Refusal(_("This person is no longer on your list."), status=409)
    Distinct.objects.bulk_create([Distinct(first=found[0], second=found[1])], ignore_conflicts=True)


def find_by_phone(owner: Rep, phone: str) -> Lead | None:
    """Whom the rep has with this phone (E.164), as the first or a further one. At most two queries, each by an index."""
    mine = Lead.objects.filter(owner=owner)
    if not phone:
        return None
    return mine.filter(dedupe=f"p:{phone}").first() or mine.with_more_phone(phone).order_by("pk").first()


def clean_phone(typed: str, rep: Rep) -> str:
    """E.164 of a phone as written in the rep's country; "" for none. Raises Refusal with a sentence."""
    if not typed.strip():
        return ""
    try:
        return phones.e164(typed, rep.territory.region)
    except phones.BadPhone as bad:
        if bad.reason == "phone_spreadsheet":
            raise Refusal(_("A spreadsheet has shortened this number. Enter all its digits.")) from None
        raise Refusal(_("This is not a phone number. Enter all its digits.")) from None


def clean_more_phones(typed: Iterable[str], rep: Rep, first: str) -> list[str]:
    """E.164 of the phones beside the first (E.164), each once. Raises the refusals of `clean_phone`, and one for too many."""
    found = dict.fromkeys(number for number in (clean_phone(one, rep) for one in typed) if number and number != first)
    if len(found) > MORE:
        raise Refusal(_("At most %(most)d more phones.") % {"most": MORE})
    return list(found)


def clean_more_emails(typed: Iterable[str], first: str) -> list[str]:
    """The e-mails beside the first, in small letters, each once. Raises Refusal for one that is none, and for too many."""
    try:
        found = dict.fromkeys(address for address in map(cells.email, typed) if address and address != first)
    except BadRow as bad:
        raise Refusal(_("This is not an e-mail address: %(typed)s") % {"typed": bad.detail}) from None
    if len(found) > MORE:
        raise Refusal(_("At most %(most)d more e-mails.") % {"most": MORE})
    return list(found)


def tags_in(typed: str) -> list[str]:
    """Tags without repetition, in their order; commas and semicolons divide, typed or in a file."""
    return list(dict.fromkeys(filter(None, map(text.one_line, typed.replace(",", ";").split(";")))))


def clean_tags(typed: Iterable[str]) -> list[str]:
    """The tags of several texts. Raises Refusal for too many or too long ones."""
    tags = tags_in(";".join(typed))
    if len(tags) > TAGS:
        raise Refusal(_("At most %(most)d tags.") % {"most": TAGS})
    if any(len(tag) > TAG_LONGEST for tag in tags):
        raise Refusal(_("A tag has at most %(most)d characters.") % {"most": TAG_LONGEST})
    return tags


def _clean(said: Person, rep: Rep) -> dict[str, object]:
    name = text.one_line(said.name)
    if not name:
        raise Refusal(_("Enter a name."))
    if len(name) > text.NAME_LONGEST:
        raise Refusal(_("A name has at most %(most)d characters.") % {"most": text.NAME_LONGEST})
    phone, email = clean_phone(said.phone, rep), said.email.strip().lower()
    phone, more_phones = _first(phone, clean_more_phones(said.other_phones, rep, phone))
    email, more_emails = _first(email, clean_more_emails(said.other_emails, email))
    return {
        "name": name,
        "phone": phone,
        "other_phones": more_phones,
        "email": email,
        "other_emails": more_emails,
        "kind": said.kind,
        "birthday": said.birthday,
        "tags": clean_tags(said.tags),
        "note": text.many_lines(said.note),
        **_clean_more(said),
    }


def _clean_more(said: Person) -> dict[str, object]:
    """What goes beyond who the person is. Raises Refusal for words that are too long and for what is not to be chosen."""
    family, likes = text.one_line(said.family), text.one_line(said.likes)
    if max(len(family), len(likes)) > ASIDE_LONGEST:
        raise Refusal(_("At most %(most)d characters.") % {"most": ASIDE_LONGEST})
    consents = [str(channel) for channel in Channel if channel in set(said.consents)]
    known = (
        said.hotness in Lead.Hotness.values
        and said.channel in ("", *Channel.values)
        and (said.hour is None or 0 <= said.hour <= LAST_HOUR)
        and (not said.zone or said.zone in clock.zones())
        and said.legal_basis in Lead.Basis.values
    )
    if not known:
        raise Refusal(_("Choose one of those offered."))
    return {
        "family": family,
        "likes": likes,
        "hotness": int(said.hotness),
        "channel": str(said.channel),
        "hour": said.hour,
        "zone": said.zone,
        "legal_basis": str(said.legal_basis),
        "consents": consents,
    }


def _consented_on(lead: Lead, consents: list[str]) -> dt.date | None:
    """Today where the owner is when a consent has come; the day before stays when one has gone; none without any."""
    if set(consents).difference(lead.consents):
        return clock.today(lead.owner.user.zone if lead.owner.user else "UTC", timezone.now())
    return lead.consented_on if consents else None


def _first(first: str, more: list[str]) -> tuple[str, list[str]]:
    """Without a first one the next takes its place."""
    return (first, more) if first else ((more or [""])[0], more[1:])


def _refuse(contacts: list[str]) -> None:
    """Raise AskedNotTo when one of the contacts, which are about to be written, is on the company's list."""
    if contacts:
        suppression.hold()
        if suppression.refused(contacts):
            raise AskedNotTo


def _refuse_held(lead: Lead) -> None:
    """Raise DuplicateLead when the lead's phone is a further phone of another one."""
    others = Lead.objects.filter(owner=lead.owner_id).exclude(pk=lead.pk)
    if lead.phone and (held := others.with_more_phone(lead.phone).order_by("pk").first()):
        raise DuplicateLead(held)


def _write(lead: Lead, **options: object) -> None:
    """Save, or say whom the rep has already. The database decides, so that two forms at once cannot both win."""
    try:
        with transaction.atomic():
            lead.save(**options)
    except IntegrityError as error:
        if getattr(error.__cause__.diag, "constraint_name", "") != ONE_PERSON:
            raise
    else:
        return
    same = {"phone": lead.phone} if lead.phone else {"phone": "", "email": lead.email}
    raise DuplicateLead(Lead.objects.get(owner=lead.owner_id, **same))
