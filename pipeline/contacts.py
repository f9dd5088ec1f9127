"""The contact list: all of a rep's people by name, fifty a page, whatever their number."""

from dataclasses import dataclass

from django.db.models import Q

from leads.finding import sought
from leads.models import Lead, LeadQuerySet

PAGE = 50


@dataclass(frozen=True)
class Contacts:
    """One page. `more_after` is the lead after which the next page begins, None at the end; `count` is asked for on the first page only."""

    leads: list[Lead]
    more_after: int | None
    count: int | None


def read_contacts(mine: LeadQuerySet, typed: str, *, after: int | None) -> Contacts:
    """A page of `mine` that match `typed` (a part of a name, or digits of a phone). Two queries."""
    found = sought(mine, typed).for_contacts()
    last = mine.filter(pk=after).values_list("sort_key", flat=True).first() if after is not None else None
    rest = found if last is None else found.filter(Q(sort_key__gt=last) | Q(sort_key=last, pk__gt=after))
    page = list(rest[: PAGE + 1])
    count = found.count() if after is None else None
    return Contacts(page[:PAGE], page[PAGE - 1].pk if len(page) > PAGE else None, count)
