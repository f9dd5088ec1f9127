"""Leads of one rep that may be the same person: one statement over the rep's own leads, however many."""

from dataclasses import dataclass

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.models import Lead
from teams.models import Rep

PAGE = 20  # pairs shown at once
TAIL = 7  # last digits by which two phones are alike
# Each lead says its keys; in each key a lead is paired with the one before it, so a key of n leads makes n - 1 pairs and never n * n.
# The last kind pairs only where one of the two has neither phone nor e-mail: these come first in their key.
_PAIRS = f"""
WITH mine AS MATERIALIZED (
  SELECT id, lower(name) AS name, phone = '' AND email = '' AS bare,
    CASE WHEN phone = '' THEN '{{}}' ELSE phone || other_phones END AS phones,
    CASE WHEN email = '' THEN '{{}}' ELSE email || other_emails END AS emails
  FROM leads_lead WHERE owner_id = %(owner)s
), keys AS (
  SELECT 1 AS kind, p AS key, id, false AS bare FROM mine, unnest(phones) p
  UNION ALL SELECT 2, e, id, false FROM mine, unnest(emails) e
  UNION ALL SELECT DISTINCT 3, name || right(p, {TAIL}), id, false FROM mine, unnest(phones) p
  UNION ALL SELECT 4, name, id, bare FROM mine
), beside AS (
  SELECT kind, id, bare, lag(id) OVER w AS other, lag(bare) OVER w AS other_bare
  FROM keys WINDOW w AS (PARTITION BY kind, key ORDER BY bare DESC, id)
), pairs AS (
  SELECT least(id, other) AS first, greatest(id, other) AS second, min(kind) AS kind
  FROM beside WHERE other <> id AND (kind < 4 OR other_bare) GROUP BY 1, 2
)
SELECT first, second, kind FROM pairs p
WHERE (kind, second, first) > (%(kind)s, %(second)s, %(first)s)
  AND NOT EXISTS (SELECT FROM leads_distinct d WHERE d.first_id = p.first AND d.second_id = p.second)
ORDER BY kind, second, first LIMIT {PAGE + 1}"""  # noqa: S608  own words
WHY = {1: _("same phone"), 2: _("same e-mail"), 3: _("same name, phones end alike"), 4: _("same name, nothing else known")}


@dataclass(frozen=True)
class Pair:
    """Two leads, the older first, and why they may be one person."""

    first: Lead
    second: Lead
    why: Promise

    @property
    def leads(self) -> tuple[Lead, Lead]:
        """Both."""
        return self.first, self.second


@dataclass(frozen=True)
class Duplicates:
    """One page of pairs, the surest first; `more` is where the next page begins ("" on the last)."""

    pairs: list[Pair]
    more: str


def read_duplicates(owner: Rep, *, after: str = "") -> Duplicates:
    """The pairs after the place `after`, which an earlier page gave as `more`. Two queries; an unknown place is the beginning."""
    kind, second, first = _place(after)
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, {"owner": owner.pk, "kind": kind, "second": second, "first": first})
        rows = cursor.fetchall()
    shown = rows[:PAGE]
    leads = Lead.objects.filter(owner=owner).in_bulk({pk for row in shown for pk in row[:2]})
    pairs = [Pair(leads[one], leads[two], WHY[why]) for one, two, why in shown if one in leads and two in leads]
    return Duplicates(pairs, "{2}-{1}-{0}".format(*shown[-1]) if len(rows) > PAGE else "")


def _place(after: str) -> tuple[int, int, int]:
    parts = after.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) < 18 for part in parts):  # noqa: PLR2004
        return 0, 0, 0
    kind, second, first = map(int, parts)
    return min(kind, len(WHY)), second, first
