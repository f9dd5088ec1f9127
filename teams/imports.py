"""The company's files about territories and reps."""

import re
from collections.abc import Sequence

import numpy as np
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cotano.jobs import cells
from cotano.jobs.cells import BadRow, spellings
from cotano.jobs.kinds import CODE, Column, Kind, Run
from cotano.lib import clock
from cotano.lib.text import NAME_LONGEST
from teams import actions, headings, roster, tree
from teams.models import NUMBERS, YEARS, Rep, Territory
from teams.places import places
from teams.placing import ROOT, UNKNOWN, Lines, place

LANGUAGES = cells.meanings({code: headings.LANGUAGES.get(code, "") for code, _name in settings.LANGUAGES})
KINDS = cells.meanings(
    {
        Territory.Kind.MARKET: "country, рынок, страна, ринок, країна",
        Territory.Kind.REGION: "регион, область, регіон",
        Territory.Kind.TERRITORY: "district, area, территория, район, участок, територія, дільниця",
    }
)
GROUPS = cells.meanings(
    {Territory.Group.PILOT: "пилот, пилотная, пілот, пілотна", Territory.Group.CONTROL: "контроль, контрольная, контрольна"}
)
STATUSES = cells.meanings({Rep.Status.ACTIVE: headings.ACTIVE, Rep.Status.REMOVED: headings.REMOVED})
PARENT = spellings(
    """
    parent, part of, region, region code, belongs to, входит в, код региона, регион, код вышестоящей территории, вышестоящая территория,
    входить до, код регіону, регіон, вища територія
    """
)
SPONSOR = spellings(
    """
    sponsor, sponsor id, sponsor number, sponsor no, recruiter, recruiter code, upline, upline code, спонсор, код спонсора,
    номер спонсора, № спонсора, пригласивший, рекрутер, код рекрутера, вышестоящий, код наставника, наставник, запросив, вищестоящий
    """
)
JOINED = spellings(
    """
    joined, joined in, appointment campaign, first campaign, campaign of joining, start campaign, кампания вступления,
    кампания регистрации, кампания назначения, кампания подписания, первая кампания, кампанія вступу, кампанія реєстрації,
    кампанія призначення, кампанія підписання, перша кампанія
    """
)
TITLE = spellings("rank, career title, level, звание, ранг, титул, уровень, должность, звання, рівень, посада")
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_CAMPAIGN = re.compile(r"(\d{4})[-/. ](\d{1,2})", re.ASCII)


def campaign(raw: str) -> tuple[int, int]:
    """(year, number) of a campaign written as 2018-03."""
    match = _CAMPAIGN.fullmatch(raw.strip())
    if not match:
        raise BadRow("joined", raw[: cells.SHOWN])
    year, number = map(int, match.groups())
    if not (YEARS[0] <= year <= YEARS[1] and NUMBERS[0] <= number <= NUMBERS[1]):
        raise BadRow("joined", raw[: cells.SHOWN])
    return year, number


def _misplaced(run: Run) -> list[tuple[int, str, str]]:
    """The undecided lines that cannot be placed in the tree of territories: (line, reason, detail)."""
    on_file = list(Territory.objects.order_by("pk").values_list("code", "parent__code"))
    rows = run.rows("SELECT line, code, parent_code FROM import_stage WHERE verdict IS NULL ORDER BY line")
    node = {code: n for n, (code, _parent) in enumerate(on_file)}
    newcomers = {code: len(on_file) + n for n, (_line, code, _parent) in enumerate(rows) if code not in node}
    own = np.array([node.get(code, -1) for _line, code, _parent in rows], np.int64)
    stored = np.array([node[parent] if parent else ROOT for _code, parent in on_file], np.int64)
    node |= newcomers
    wanted = np.array([node.get(parent, UNKNOWN) if parent else ROOT for _line, _code, parent in rows], np.int64)
    verdicts = place(stored, Lines(own, wanted)).verdict.tolist()
    reasons = ("", "parent_unknown", "parent_rejected", "parent_cycle")
    return [(line, reasons[verdict], parent) for (line, _code, parent), verdict in zip(rows, verdicts, strict=True) if verdict]


class Territories(Kind):
    """Markets, regions, territories."""

    name = "territories"
    title = _("Territories")
    permission = "teams.import_territory"
    columns = (
        Column("code", aliases=(*spellings("territory id, код, номер"), *headings.TERRITORY)),
        Column("parent_code", required=False, aliases=PARENT),
        Column("name", aliases=spellings("territory name, title, название, наименование, имя, назва, найменування, ім'я")),
        Column("kind", aliases=spellings("type, level, тип, вид, уровень, рівень")),
        Column("time_zone", required=False, aliases=spellings("timezone, zone, часовой пояс, часовий пояс")),
        Column("currency", required=False, aliases=headings.CURRENCY),
        Column("language", required=False, aliases=headings.LANGUAGE),
        Column("group", required=False, aliases=spellings("experiment, группа, група")),
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
        kind = cells.meaning(row["kind"], "kind", KINDS)
        zone, currency = row.get("time_zone", "").strip(), cells.currency(row.get("currency", ""))
        language = row.get("language", "").strip()
        parent = cells.optional(row.get("parent_code", ""), "parent_code", CODE)
        if zone and zone not in clock.zones():
            raise BadRow("zone", zone[: cells.SHOWN])
        if currency and not _CURRENCY.fullmatch(currency):
            raise BadRow("currency", currency[: cells.SHOWN])
        if language:
            language = cells.meaning(language, "language", LANGUAGES)
        if kind == Territory.Kind.MARKET:
            if parent:
                raise BadRow("market_below", parent)
            if not (zone and currency and language):
                raise BadRow("market_incomplete")
        group = row.get("group", "").strip()
        return (
            cells.given(row["code"], "code", CODE),
            parent,
            cells.given(row["name"], "name", NAME_LONGEST),
            kind,
            zone,
            currency,
            language,
            cells.meaning(group, "group", GROUPS) if group else "",
        )

    def apply(self, run: Run) -> None:
        """Place and write them."""
        tree.lock(Territory)
        run.reject_lines(_misplaced(run))
        actions.load_territories(run)


class Roster(Kind):
    """All reps and who recruited whom. Reps who are not in the file stay, unless a person says that they have left."""

    name = "roster"
    title = _("Roster")
    permission = "teams.import_rep"
    columns = (
        Column("code", aliases=(*spellings("id, код, номер"), *headings.REP)),
        Column("sponsor_code", aliases=SPONSOR),
        Column("name", aliases=headings.NAME),
        Column("phone", required=False, aliases=headings.PHONE),
        Column("email", required=False, aliases=headings.EMAIL),
        Column("territory_code", aliases=headings.TERRITORY),
        Column("joined_campaign", aliases=JOINED),
        Column("title", required=False, aliases=TITLE),
        Column("language", required=False, aliases=headings.LANGUAGE),
        Column("status", required=False, aliases=spellings("state, статус, состояние, стан")),
        Column("calendar", required=False, aliases=headings.CALENDAR),
    )
    questions = {"absent_left": ("absent", _("The reps who are not in this file have left: remove them."))}
    extras = {
        "moved": _("Another sponsor"),
        "relocated": _("Another territory"),
        "removed": _("Removed, as the file says"),
        "left": _("Removed, no longer in the file"),
        "rolled_up": _("Roll up to the sponsor of who was removed"),
        "returned": _("Taken back"),
        "absent": _("On file, but not in this file: they stay"),
        "orphans": _("Lines with an unknown sponsor"),
        "cycles": _("Lines whose sponsors go round"),
        "nowhere": _("Lines with an unknown territory"),
    }
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
        "plain": "text",
    }
    key = "plain"

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
        language, status = row.get("language", "").strip(), row.get("status", "").strip()
        return (
            code,
            sponsor,
            name,
            cells.phone(row["phone"], place.region) if "phone" in row else None,
            cells.email(row["email"]) if "email" in row else None,
            place.pk,
            *campaign(row["joined_campaign"]),
            cells.optional(row["title"], "title", 60) if "title" in row else None,
            cells.meaning(language, "language", LANGUAGES) if language else None,
            place.language,
            cells.meaning(status, "status", STATUSES) if status else None,
            calendar,
            roster.plain(code),
        )

    def apply(self, run: Run) -> None:
        """Find the difference; place and write it."""
        roster.load(run)
