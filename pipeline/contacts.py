"""The contact list: all of a rep's people in the order of the alphabet, fifty a page, whatever their number."""

import datetime as dt
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from django.db import connection
from django.db.models import CharField, Exists, F, Func, OuterRef, Q
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from cotano.lib import alphabet, clock, text
from leads.finding import LONGEST, sought
from leads.models import TAG_LONGEST, Lead, LeadQuerySet, Reminder
from pipeline.models import Card
from teams.models import Rep

PAGE = 50
COUNTED = 10_000  # people; of more it is said that there are more
TAGS_SHOWN = 200  # of those a rep has, to choose from
ON_BOARD = [("on", _("On the board")), ("off", _("Not on the board"))]
REMINDERS = [("overdue", _("Overdue")), ("today", _("Today")), ("later", _("Later")), ("none", _("No reminder"))]
QUIET = [("no", _("May be contacted")), ("yes", _("Do not contact"))]
_FIRSTS = """
WITH RECURSIVE step AS (
  (SELECT left(sort_key, 1) AS first FROM leads_lead WHERE owner_id = %(rep)s ORDER BY sort_key LIMIT 1)
  UNION
  SELECT (SELECT left(sort_key, 1) FROM leads_lead WHERE owner_id = %(rep)s AND sort_key > step.first || %(end)s ORDER BY sort_key LIMIT 1)
  FROM step WHERE step.first IS NOT NULL
)
SELECT first FROM step WHERE first IS NOT NULL"""
_CHOICES = {
    "kind": frozenset(Lead.Kind.values),
    "hot": frozenset(map(str, Lead.Hotness.values)),
    "board": frozenset(name for name, _label in ON_BOARD),
    "reminder": frozenset(name for name, _label in REMINDERS),
    "quiet": frozenset(name for name, _label in QUIET),
}


@dataclass(frozen=True)
class Wish:
    """Whom one wants to see, as an address says it: words, and a choice in each filter ("": all). What is unknown says nothing."""

    q: str = ""
    tag: str = ""
    kind: str = ""
    hot: str = ""
    board: str = ""
    reminder: str = ""
    quiet: str = ""

    @classmethod
    def of(cls, said: Mapping[str, str]) -> "Wish":
        """From the fields of an address or a form."""
        chosen = {name: said.get(name, "") for name, known in _CHOICES.items() if said.get(name, "") in known}
        return cls(q=said.get("q", "")[:LONGEST], tag=text.one_line(said.get("tag", "")[:TAG_LONGEST]), **chosen)

    @property
    def fields(self) -> dict[str, str]:
        """What is said, by the name of its field."""
        return {name: value for name, value in vars(self).items() if value}

    @property
    def filters(self) -> int:
        """How many filters are set."""
        return len(self.fields.keys() - {"q"})

    @property
    def query(self) -> str:
        """The same for an address, followed by `&` where it says something."""
        return urlencode(self.fields, errors="replace") + "&" if self.fields else ""


@dataclass(frozen=True)
class Contacts:
    """One page, in groups by letter.

    `more_after` is the lead after which the next page begins, None at the end. `count` (at most one more than COUNTED) and the
    `letters` that begin somebody's name are asked for where the list begins only.
    """

    groups: list[tuple[str, list[Lead]]]
    more_after: int | None
    count: int | None
    letters: list[str]

    @property
    def many(self) -> int | None:
        """So many are counted, and there are more; None when `count` is the number."""
        return COUNTED if self.count is not None and self.count > COUNTED else None

    @property
    def is_empty(self) -> bool:
        """Nobody is found."""
        return not self.groups


def wanted(mine: LeadQuerySet, wish: Wish, *, zone: str, now: dt.datetime) -> LeadQuerySet:
    """Those of `mine` that the wish means; `zone` says which day it is."""
    found = sought(mine, wish.q)
    if wish.tag:
        found = found.filter(tags__contains=[wish.tag])
    if wish.kind:
        found = found.filter(kind=wish.kind)
    if wish.hot:
        found = found.filter(hotness=int(wish.hot))
    if wish.quiet:
        found = found.to_contact() if wish.quiet == "no" else found.exclude(do_not_contact_at=None, refusal=None)
    if wish.board:
        stands = Exists(Card.objects.filter(lead=OuterRef("pk"), closed_at=None, board__rolled_at=None))
        found = found.filter(stands if wish.board == "on" else ~stands)
    return found.filter(_reminded(wish.reminder, zone, now)) if wish.reminder else found


def _reminded(when: str, zone: str, now: dt.datetime) -> Q:
    waiting = Reminder.objects.filter(lead=OuterRef("pk"), state=Reminder.State.OPEN)
    if when == "none":
        return Q(~Exists(waiting))
    tomorrow = clock.instant(clock.today(zone, now) + dt.timedelta(days=1), dt.time(), zone)
    due = {"overdue": Q(due_at__lte=now), "today": Q(due_at__gt=now, due_at__lt=tomorrow), "later": Q(due_at__gte=tomorrow)}
    return Q(Exists(waiting.filter(due[when])))


def read_contacts(rep: Rep, wish: Wish, *, now: dt.datetime, after: int | None = None, letter: str = "") -> Contacts:
    """A page of the people of a rep (with a log-in) whom the wish means, from the lead `after` or from a letter on.

    Two queries, three where the list begins. None reads more of a whole list than the page, whatever the number of people.
    """
    mine = Lead.objects.visible_to(rep.user)
    found = wanted(mine.filter(owner=rep), wish, zone=rep.user.zone, now=now)  # of one owner: the index has them in this order
    listed, begin = found.for_contacts(), alphabet.start_of(letter) if letter else None
    last = mine.filter(pk=after).values_list("sort_key", "pk").first() if after is not None else None
    if last is not None:
        listed = listed.behind(*last)
    elif begin is not None:
        listed = listed.filter(sort_key__gte=begin)
    page = list(listed[: PAGE + 1])
    groups = [(letter, list(leads)) for letter, leads in groupby(page[:PAGE], lambda lead: alphabet.letter_of(lead.sort_key))]
    is_start = after is None
    firsts = (_firsts(found) if wish.fields else _all_firsts(rep)) if is_start else ()
    return Contacts(
        groups,
        page[PAGE - 1].pk if len(page) > PAGE else None,
        found.order_by()[: COUNTED + 1].count() if is_start else None,
        list(dict.fromkeys(map(alphabet.letter_of, sorted(firsts)))),
    )


def _firsts(found: LeadQuerySet) -> Iterable[str]:
    """The first characters of the keys of those found."""
    return found.order_by().values_list(Left("sort_key", 1), flat=True).distinct()


def _all_firsts(rep: Rep) -> Iterable[str]:
    """The same of all people of a rep: from one letter to the next along the index."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRSTS, {"rep": rep.pk, "end": chr(sys.maxunicode)})
        return [first for (first,) in cursor]


def tags_of(mine: LeadQuerySet, most: int = TAGS_SHOWN) -> list[str]:
    """The tags that these leads have, by name, the first of very many; one query."""
    each = Func(F("tags"), function="unnest", output_field=CharField())
    return list(mine.exclude(tags=[]).order_by().values_list(each.copy(), flat=True).distinct().order_by(each)[:most])
