"""The contact list: all of a rep's people by name, fifty a page, whatever their number."""

from dataclasses import dataclass

from django.db.models import Q

from cotano.lib import text
from leads.models import Lead, LeadQuerySet

PAGE = 50
DIGITS = 3  # of a phone, before it is looked for
LONGEST = 100  # characters of a search that are used


@dataclass(frozen=True)
class Contacts:
    """One page. `more_after` is the lead after which the next page begins, None at the end; `count` is asked for on the first page only."""

    leads: list[Lead]
    more_after: int | None
    count: int | None


def read_contacts(mine: LeadQuerySet, typed: str, *, after: int | None) -> Contacts:
    """A page of `mine` that match `typed` (a part of a name, or digits of a phone). Two queries."""
    found = mine.filter(_matches(typed)).for_contacts()
    last = mine.filter(pk=after).values_list("name", flat=True).first() if after is not None else None
    rest = found if last is None else found.filter(Q(name__gt=last) | Q(name=last, pk__gt=after))
    page = list(rest[: PAGE + 1])
    count = found.count() if after is None else None
    return Contacts(page[:PAGE], page[PAGE - 1].pk if len(page) > PAGE else None, count)


def _matches(typed: str) -> Q:
    words = text.one_line(typed[:LONGEST])
    digits = "".join(letter for letter in words if letter.isdecimal() and letter.isascii()).lstrip("0")  # the 0 of 067 is not in +38067
    matches = Q(name__icontains=words) if words else Q()
    return matches | Q(phone__contains=digits) if len(digits) >= DIGITS else matches
