"""The company's list of people who asked not to be contacted: it holds for every rep, and nobody can read from it who they are.

A phone (E.164) or e-mail is kept as HMAC-SHA256 with a key that lives outside the database (`SUPPRESSION_KEY`): the table alone
cannot be searched by trying all phones there are.
"""

import hmac
from collections.abc import Iterable

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cotano.jobs import cells
from cotano.jobs.cells import BadRow
from cotano.jobs.refusals import Refusal
from cotano.lib import phones, text
from leads.models import Lead, Suppression
from teams.models import User
from teams.places import places

BATCH = 10_000  # contacts asked for at once
WHY_LONGEST = 200
_TELLING = 6  # last digits of a phone by which a reason would give it away
ONCE = "suppression_once"


def refused(phones_or_emails: Iterable[str]) -> set[str]:
    """Those of the phones (E.164) and e-mails (small letters) that belong to people who asked the company not to be contacted.

    One query for every 10,000.
    """
    contacts = list({contact for contact in phones_or_emails if contact})
    found: set[str] = set()
    for start in range(0, len(contacts), BATCH):
        by_key = {_key(contact): contact for contact in contacts[start : start + BATCH]}
        held = Suppression.objects.filter(lifted_at=None, key__in=list(by_key)).values_list("key", flat=True)
        found |= {by_key[bytes(key)] for key in held}
    return found


def is_refused(lead: Lead) -> bool:
    """Whether the company's list names any phone or e-mail of the lead. One query, none for a lead without both."""
    contacts = lead.contacts
    return bool(contacts and refused(contacts))


@transaction.atomic
def suppress(contact: str, *, by: User, why: str) -> Suppression:
    """Put a phone or an e-mail, as typed, on the list. One that stands there already stays as it is.

    Raises Refusal for what is neither, and for a reason that is missing or tells the contact.
    """
    kind, stored = clean_contact(contact)
    why = clean_reason(stored, why)
    key = _key(stored)
    try:
        with transaction.atomic():
            return Suppression.objects.create(key=key, kind=kind, by=by, why=why)
    except IntegrityError as error:
        if getattr(error.__cause__.diag, "constraint_name", "") != ONCE:
            raise
    return Suppression.objects.get(key=key, lifted_at=None)


@transaction.atomic
def lift(suppression: Suppression, *, by: User, why: str) -> Suppression:
    """The person may be contacted again. Lifting twice is fine; the first one's reason stays. Raises Refusal without a reason."""
    why = clean_why(why)
    found = Suppression.objects.select_for_update(of=("self",), no_key=True).get(pk=suppression.pk)
    if found.lifted_at is None:
        found.lifted_at, found.lifted_by, found.lifted_why = timezone.now(), by, why
        found.save(update_fields=["lifted_at", "lifted_by", "lifted_why"])
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
