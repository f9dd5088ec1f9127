"""The company's list of people who asked not to be contacted: it holds for every rep, and nobody can read from it who they are.

A phone (E.164) or e-mail is kept as HMAC-SHA256 with a key that lives outside the database (`SUPPRESSION_KEY`): the table alone
cannot be searched by trying all phones there are.

Pages do not compute hashes: each lead that the list names says so itself (`Lead.refusal`). Whoever writes phones or e-mails of leads
calls `mark` (or `hold`, and refuses) behind the write; `suppress` and `lift` look for leads, wait for the writers who asked the list before
it changed, and look once more. So one of the two always sees the other, and nobody waits for a long file.
"""

import hmac
from collections.abc import Callable, Iterable

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cotano.jobs import cells
from cotano.jobs.cells import BadRow
from cotano.jobs.refusals import Refusal
from cotano.lib import phones, text
from leads import clocks
from leads.models import Enrolment, Lead, Suppression
from leads.reminders import withdraw_reminders_of
from teams.models import User
from teams.places import places

BATCH = 10_000  # contacts asked for at once
WHY_LONGEST = 200
_TELLING = 6  # last digits of a phone by which a reason would give it away
ONCE = "suppression_once"
LOCK = 5_072_001  # advisory: shared by those who ask the list for what they write, exclusive for who changes the list


def refused(phones_or_emails: Iterable[str]) -> set[str]:
    """Those of the phones (E.164) and e-mails (small letters) that belong to people who asked the company not to be contacted.

    One query for every 10,000.
    """
    return set(_rows(phones_or_emails))


def is_in_use() -> bool:
    """Whether anybody is on the list."""
    return Suppression.objects.filter(lifted_at=None).exists()


def hold() -> None:
    """Until the transaction ends, the list stays as it is asked from here on. To be called when all rows are locked, for a short time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])


@transaction.atomic
def mark(leads: Iterable[int]) -> None:
    """Write what the list says of the leads with these ids, whose phones or e-mails the caller has just written and holds.

    Reminders of those it names are withdrawn. Three queries for every 10,000 leads of whom nothing is to be written.
    """
    hold()
    written = list(leads)
    for start in range(0, len(written), BATCH):
        _mark(Lead.objects.filter(pk__in=written[start : start + BATCH]))


def _mark(leads: QuerySet[Lead]) -> None:
    found = list(leads.only("pk", "phone", "other_phones", "email", "other_emails", "refusal"))
    rows = _rows(contact for lead in found for contact in lead.contacts)
    changed = []
    for lead in found:
        named = {rows[contact] for contact in lead.contacts if contact in rows}
        if lead.refusal_id not in (named or {None}):
            lead.refusal_id = min(named, default=None)
            changed.append(lead)
    Lead.objects.bulk_update(changed, ["refusal"], batch_size=1000)
    named = [lead.pk for lead in found if lead.refusal_id is not None]
    withdraw_reminders_of(named)
    if named:
        clocks.leave(named, Enrolment.Ended.REFUSED)


def _rows(contacts: Iterable[str]) -> dict[str, int]:
    """Contact -> the row of the list that names it, for those it names."""
    asked = list({contact for contact in contacts if contact})
    found: dict[str, int] = {}
    for start in range(0, len(asked), BATCH):
        by_key = {_key(contact): contact for contact in asked[start : start + BATCH]}
        held = Suppression.objects.filter(lifted_at=None, key__in=list(by_key)).values_list("key", "pk")
        found |= {by_key[bytes(key)]: pk for key, pk in held}
    return found


def _reach(again: Callable[[], QuerySet[Lead]]) -> None:
    """Mark the leads of a query, and once more those whose writers had asked the list before."""
    _mark(again().order_by("pk").select_for_update(of=("self",), no_key=True))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    _mark(again().order_by("pk").select_for_update(of=("self",), no_key=True))


@transaction.atomic
def suppress(contact: str, *, by: User, why: str) -> Suppression:
    """Put a phone or an e-mail, as typed, on the list. One that stands there already stays as it is.

    Every rep's lead with it is marked, and its reminders are withdrawn.
    Raises Refusal for what is neither, and for a reason that is missing or tells the contact.
    """
    kind, stored = clean_contact(contact)
    why = clean_reason(stored, why)
    key = _key(stored)
    try:
        with transaction.atomic():
            row = Suppression.objects.create(key=key, kind=kind, by=by, why=why)
    except IntegrityError as error:
        if getattr(error.__cause__.diag, "constraint_name", "") != ONCE:
            raise
        row = Suppression.objects.get(key=key, lifted_at=None)
    _reach(lambda: Lead.objects.with_contact(stored).filter(refusal=None))
    return row


@transaction.atomic
def lift(suppression: Suppression, *, by: User, why: str) -> Suppression:
    """The person may be contacted again, unless the list names another phone or e-mail of theirs.

    Lifting twice is fine; the first one's reason stays. Raises Refusal without a reason.
    """
    why = clean_why(why)
    found = Suppression.objects.select_for_update(of=("self",), no_key=True).get(pk=suppression.pk)
    if found.lifted_at is None:
        found.lifted_at, found.lifted_by, found.lifted_why = timezone.now(), by, why
        found.save(update_fields=["lifted_at", "lifted_by", "lifted_why"])
        _reach(found.leads.all)
    return found


def clean_contact(typed: str) -> tuple[str, str]:
    """What was typed as (kind, E.164 or e-mail in small letters). Raises Refusal with a sentence."""
    said = text.one_line(typed)
    if "@" in said:
        try:
            return Suppression.Kind.EMAIL, cells.email(said)
        except BadRow:
            raise Refusal(_("This is not an e-mail address.")) from None
    regions = {place.region for place in places().values()}
    try:
        return Suppression.Kind.PHONE, phones.e164(said, regions.pop() if len(regions) == 1 else "")
    except phones.BadPhone:
        raise Refusal(_("This is not a phone number. Enter all its digits, with + and the country.")) from None


def clean_reason(contact: str, typed: str) -> str:
    """A reason that does not tell the contact (E.164 or e-mail). Raises Refusal."""
    why = clean_why(typed)
    if contact in why.casefold() or (contact.startswith("+") and contact[-_TELLING:] in _digits(why)):
        raise Refusal(_("Leave the phone or e-mail out of the reason: the list must not tell who is on it."))
    return why


def clean_why(typed: str) -> str:
    """A reason in one line. Raises Refusal for none or one that is too long."""
    why = text.one_line(typed)
    if not why:
        raise Refusal(_("Say why."))
    if len(why) > WHY_LONGEST:
        raise Refusal(_("A reason has at most %(most)d characters.") % {"most": WHY_LONGEST})
    return why


def _key(contact: str) -> bytes:
    return hmac.digest(settings.SUPPRESSION_KEY.encode(), contact.encode(), "sha256")


def _digits(words: str) -> str:
    return "".join(letter for letter in words if letter.isdecimal())
