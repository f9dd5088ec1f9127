"""The company's files about territories and reps."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cotano.jobs import cells
from cotano.jobs.cells import BadRow
from cotano.jobs.kinds import Column, Kind, Run
from cotano.lib import clock
from cotano.lib.text import NAME_LONGEST
from teams import actions, tree
from teams.models import Rep, Territory
from teams.places import places

CODE = 20  # characters
LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_CAMPAIGN = re.compile(r"(\d{4})[-/. ](\d{1,2})", re.ASCII)


def campaign(raw: str) -> tuple[int, int]:
    """(year, number) of a campaign written as 2018-03."""
    match = _CAMPAIGN.fullmatch(raw.strip())
    if not match:
        raise BadRow("joined", raw[: cells.SHOWN])
    year, number = map(int, match.groups())
    if not (1990 <= year <= 2200 and 1 <= number <= 99):  # noqa: PLR2004  as campaigns are numbered
        raise BadRow("joined", raw[: cells.SHOWN])
    return year, number


def misplaced(wanted: Mapping[str, tuple[int, str]], stored: Mapping[str, str], words: tuple[str, str, str]) -> list[tuple[int, str, str]]:
    """The lines of a file that cannot be placed in a tree: (line, reason, detail).

    `wanted` maps the code of each line to (line, parent's code), `stored` every code on file to its parent's; `words` are the
    reasons for an unknown parent, a rejected one and a ring. What stays can be placed, whatever was rejected.
    """
    unknown, rejected, ring = words
    left, out = dict(wanted), {}
    below: dict[str, list[str]] = defaultdict(list)
    for code, (_line, parent) in wanted.items():
        below[parent].append(code)

    def reject(codes: Iterable[str], reason: str) -> None:
        """These, and those in the file below them that have no place on file."""
        waiting = [(code, reason) for code in codes]
        for code, why in waiting:  # grows while it is read
            if code in left:
                line, parent = left.pop(code)
                out[code] = (line, why, parent)
                if code not in stored:
                    waiting += [(child, rejected) for child in below[code]]

    reject([code for code, (_line, parent) in wanted.items() if parent and parent not in wanted and parent not in stored], unknown)
    while True:
        rings = _on_rings({**stored, **{code: parent for code, (_line, parent) in left.items()}})
        moved = [code for code in rings if code in left and stored.get(code) != left[code][1]]
        if not moved:
            return sorted(out.values())
        reject(moved, ring)


def _on_rings(parents: Mapping[str, str]) -> set[str]:
    """The nodes that are their own ancestors (not those that only lead into a ring)."""
    ring = tree.find_cycles(parents)
    children = Counter(parents[code] for code in ring)
    ends = [code for code in ring if not children[code]]
    while ends:
        code = ends.pop()
        ring.discard(code)
        children[parents[code]] -= 1
        if not children[parents[code]]:
            ends.append(parents[code])
    return ring


class Territories(Kind):
    """Markets, regions, territories."""

    name = "territories"
    title = _("Territories")
    permission = "teams.import_territory"
    columns = (
        Column("code"),
        Column("parent_code", required=False),
        Column("name"),
        Column("kind"),
        Column("time_zone", required=False),
        Column("currency", required=False),
        Column("language", required=False),
        Column("group", required=False),
    )
    staging = {
        "code": "text",
        "parent_code": "text",
        "name": "text",
        "kind": "text",
        "time_zone": "text",
        "currency": "text",
        "language": "text",
        "side": "text",
    }
    key = "code"

    def label(self, row: dict[str, str]) -> str:
        """Code and name."""
        return f"{row.get('code', '')} {row.get('name', '')}"

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """One territory."""
        kind = cells.choice(row["kind"], "kind", Territory.Kind.values)
        zone, currency = row.get("time_zone", "").strip(), row.get("currency", "").strip().upper()
        language = row.get("language", "").strip().lower()
        parent = cells.optional(row.get("parent_code", ""), "parent_code", CODE)
        if zone and zone not in clock.zones():
            raise BadRow("zone", zone[: cells.SHOWN])
        if currency and not _CURRENCY.fullmatch(currency):
            raise BadRow("currency", currency[: cells.SHOWN])
        if language:
            cells.choice(language, "language", LANGUAGES)
        if kind == Territory.Kind.MARKET:
            if parent:
                raise BadRow("market_below", parent)
            if not (zone and currency and language):
                raise BadRow("market_incomplete")
        group = row.get("group", "").strip().lower()
        if group:
            cells.choice(group, "group", Territory.Group.values)
        return (
            cells.given(row["code"], "code", CODE),
            parent,
            cells.given(row["name"], "name", NAME_LONGEST),
            kind,
            zone,
            currency,
            language,
            group,
        )

    def apply(self, run: Run) -> None:
        """Place and write them."""
        tree.lock(Territory)
        stored = {code: parent or "" for code, parent in Territory.objects.values_list("code", "parent__code")}
        wanted = {
            code: (line, parent)
            for line, code, parent in run.rows("SELECT line, code, parent_code FROM import_stage WHERE verdict IS NULL")
        }
        run.reject_lines(misplaced(wanted, stored, ("parent_unknown", "parent_rejected", "parent_cycle")))
        actions.load_territories(run)


class Roster(Kind):
    """All reps and who recruited whom. Reps who are not in the file stay as they are."""

    name = "roster"
    title = _("Roster")
    permission = "teams.import_rep"
    columns = (
        Column("code"),
        Column("sponsor_code"),
        Column("name"),
        Column("phone", required=False),
        Column("email", required=False),
        Column("territory_code"),
        Column("joined_campaign"),
        Column("title", required=False),
        Column("language", required=False),
        Column("status", required=False),
        Column("calendar", required=False),
    )
    # NULL: the file does not say, so what is on file stays
    staging = {
        "code": "text",
        "sponsor_code": "text",
        "name": "text",
        "phone": "text",
        "email": "text",
        "territory_id": "bigint",
        "joined_year": "int",
        "joined_number": "int",
        "title": "text",
        "language": "text",
        "new_language": "text",
        "status": "text",
        "calendar": "text",
    }
    key = "code"

    def label(self, row: dict[str, str]) -> str:
        """Code and name."""
        return f"{row.get('code', '')} {row.get('name', '')}"

    def start(self, run: Run) -> None:
        """Territories change rarely and are few."""
        run.memo["places"] = places()

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """One rep."""
        code = cells.given(row["code"], "code", CODE)
        sponsor = cells.optional(row["sponsor_code"], "sponsor_code", CODE)
        if sponsor == code:
            raise BadRow("sponsor_self")
        name = cells.name(row["name"])
        territory = cells.given(row["territory_code"], "territory_code", CODE)
        place = run.memo["places"].get(territory)
        if place is None:
            raise BadRow("territory_unknown", territory)
        calendar = cells.optional(row.get("calendar", ""), "calendar", CODE) or place.market
        if not calendar:
            raise BadRow("no_market_above", territory)
        language = row.get("language", "").strip().lower()
        status = row.get("status", "").strip().lower()
        return (
            code,
            sponsor,
            name,
            cells.phone(row["phone"], place.region) if "phone" in row else None,
            cells.email(row["email"]) if "email" in row else None,
            place.pk,
            *campaign(row["joined_campaign"]),
            cells.optional(row["title"], "title", 60) if "title" in row else None,
            cells.choice(language, "language", LANGUAGES) if language else None,
            place.language,
            cells.choice(status, "status", Rep.Status.values) if status else None,
            calendar,
        )

    def apply(self, run: Run) -> None:
        """Place and write them."""
        tree.lock(Rep)
        stored = {code: sponsor or "" for code, sponsor in Rep.objects.values_list("code", "sponsor__code")}
        wanted = {
            code: (line, sponsor)
            for line, code, sponsor in run.rows("SELECT line, code, sponsor_code FROM import_stage WHERE verdict IS NULL")
        }
        run.reject_lines(misplaced(wanted, stored, ("sponsor_unknown", "sponsor_rejected", "sponsor_cycle")))
        actions.load_reps(run)
