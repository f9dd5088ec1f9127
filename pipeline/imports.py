"""Files that bring people onto boards: the company's daily work list, and a rep's own contacts."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cotano.jobs import cells
from cotano.jobs.cells import BadRow, plain, spellings
from cotano.jobs.keys import fingerprint
from cotano.jobs.kinds import CODE, SAMPLE, Column, Kind, Run
from cotano.jobs.models import Job
from cotano.jobs.reading import pasted, stems, words
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from cotano.lib.phones import quick, several
from leads import people
from leads.models import MORE, TAG_LONGEST, TAGS, Lead
from pipeline import bulk, own_leads, traits
from teams import activity, headings, rights
from teams.models import ActivityCount, Rep
from teams.places import places

ROLES = {  # what address books have several of
    **dict.fromkeys(("mobile", "home phone", "work phone", "other phone"), "phone"),
    **dict.fromkeys(("street", "place", "region", "code", "country"), "address"),
}
_OWN = {  # what no address book has
    **dict.fromkeys((plain(word) for word in ("Stage", "Этап", "Етап", "Стадия", "Стадія")), "stage"),
    **traits.OF_HEADING,
}
PEOPLE_SHOWN = 300  # new people of a preview
STAGE_LONGEST = 40
_ALONE = 0x5AC1_E3D7_0B96_4F28  # what tells the fingerprint of an e-mail of somebody without a phone from that of any e-mail
_JOINED = re.compile(r"\s*(?::::|[;,\n])\s*")  # e-mails in one cell
_SEVERAL = re.compile("[:;,\n]")
_PLAIN = re.compile(r"[+\d\s().\-]{0,19}")  # a cell that holds one phone and nothing else
PEOPLE = cells.meanings(  # what a work list calls a person
    {
        Lead.Kind.CUSTOMER: "customer, client, клиент, клиентка, покупатель, клієнт, клієнтка, покупець",
        Lead.Kind.TEAM: "team member, член команды, команда, член команди",
    }
)
PERSON = spellings(
    """
    person code, person id, customer code, customer id, client code, client id, код клиента, номер клиента, код человека, код контакта,
    код клієнта, номер клієнта, код людини, код контакту, код особи
    """
)
PERSON_NAME = spellings(
    """
    person, person name, customer, customer name, client, client name, клиент, клиентка, имя клиента, фио клиента, контакт, клієнт,
    клієнтка, ім'я клієнта, піб клієнта
    """
)
LAST_ORDER = spellings(
    """
    last order, last campaign, last order in, последний заказ, кампания последнего заказа, последняя кампания, останнє замовлення,
    кампанія останнього замовлення, остання кампанія
    """
)
CALL_BY = spellings("call before, due, due date, deadline, позвонить до, срок, крайний срок, зателефонувати до, подзвонити до, термін")


class WorkList(Kind):
    """Whom each rep should call, why and by when. A file replaces the lists it names: who is gone from them is done."""

    name = "worklist"
    title = _("Work list")
    permission = "pipeline.import_workitem"
    columns = (
        Column("list", aliases=spellings("list name, work list, список, название списка, назва списку")),
        Column("rep_code", aliases=headings.REP),
        Column("person_code", aliases=PERSON),
        Column("name", aliases=(*PERSON_NAME, *headings.NAME)),
        Column("phone", required=False, aliases=headings.PHONE),
        Column("kind", aliases=spellings("type, kind of person, тип, вид, кто это, тип контакта, тип контакту, хто це")),
        Column("reason", aliases=spellings("why, comment, причина, причина звонка, почему, комментарий, причина дзвінка, чому, коментар")),
        Column("last_order_campaign", required=False, aliases=LAST_ORDER),
        Column("call_by", required=False, aliases=CALL_BY),
    )
    staging = {
        "list_name": "text",
        "rep_code": "text",
        "person_code": "text",
        "name": "text",
        "phone": "text",
        "kind": "text",
        "why": "text",
        "last_order": "text",
        "call_by": "date",
        "rep_id": "bigint",
        "campaign_id": "bigint",
    }
    key = "list_name, rep_code, person_code"

    def label(self, row: dict[str, str]) -> str:
        """Name and rep."""
        return f"{row.get('name', '')} · {row.get('rep_code', '')}"

    def start(self, run: Run) -> None:
        """In which country's way each rep's people write phones; who stands on a line that cannot be used."""
        known = places()
        regions = {place.region for place in known.values()}
        run.memo["region"] = regions.pop() if len(regions) == 1 else None
        if run.memo["region"] is None:
            of_territory = {place.pk: place.region for place in known.values()}
            run.memo["regions"] = {code: of_territory[territory] for code, territory in Rep.objects.values_list("code", "territory")}
        run.memo["unusable"] = []

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """One person to call."""
        key = (text.one_line(row["list"]), text.one_line(row["rep_code"]), text.one_line(row["person_code"]))
        try:
            return self._clean(row, run)
        except BadRow:
            run.memo["unusable"].append(key)
            raise

    def _clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        rep_code = cells.given(row["rep_code"], "rep_code", CODE)
        region = run.memo["region"]
        if region is None:
            region = run.memo["regions"].get(rep_code)
            if region is None:
                raise BadRow("rep_unknown", rep_code)
        call_by = row.get("call_by", "").strip()
        return (
            cells.given(row["list"], "list", 60),
            rep_code,
            cells.given(row["person_code"], "person_code", 40),
            cells.name(row["name"]),
            cells.phone(row.get("phone", ""), region),
            cells.meaning(row["kind"], "kind", PEOPLE),
            cells.given(row["reason"], "reason", 120),
            cells.optional(row.get("last_order_campaign", ""), "last_order_campaign", 10),
            cells.day(call_by) if call_by else None,
            None,
            None,
        )

    def apply(self, run: Run) -> None:
        """Leads, boards, cards and work items; then those who are gone."""
        run.sql("UPDATE import_stage s SET rep_id = r.id FROM teams_rep r WHERE s.verdict IS NULL AND r.code = s.rep_code")
        run.reject("rep_unknown", "s.rep_id IS NULL", detail="s.rep_code")
        run.reject("rep_removed", "r.id = s.rep_id AND r.status <> 'active'", detail="s.rep_code", tables="teams_rep r")
        run.sql(
            f"""UPDATE import_stage s SET campaign_id = c.id FROM teams_rep r JOIN {bulk.RUNNING} c ON c.calendar = r.calendar
                WHERE s.verdict IS NULL AND r.id = s.rep_id"""  # noqa: S608  own words
        )
        run.reject("no_campaign", "s.campaign_id IS NULL AND r.id = s.rep_id", detail="r.calendar", tables="teams_rep r")
        run.reject(
            "phone_repeated",
            "d.line = s.line AND d.person <> s.person_code",
            detail="d.first",
            tables="""(SELECT line, first_value(line) OVER w AS first, first_value(person_code) OVER w AS person
                      FROM import_stage WHERE verdict IS NULL AND phone <> '' WINDOW w AS (PARTITION BY rep_id, phone ORDER BY line)) d""",
        )
        bulk.leave_out_suppressed(run)
        bulk.gather_people(run)
        bulk.match_company_leads(run)
        bulk.leave_out_refused(run)
        bulk.write_company_leads(run)
        bulk.put_people_on_boards(run)
        bulk.write_work_items(run)
        bulk.finish_absent(run)
        bulk.mark_refused(run)


class Leads(Kind):
    """A rep's own people."""

    name = "leads"
    title = _("Contacts")
    chunked = True
    columns = (
        Column("name", required=False, title=_("Name")),
        Column("first_name", required=False, title=_("First name")),
        Column("middle_name", required=False, title=_("Middle name")),
        Column("last_name", required=False, title=_("Last name")),
        Column("phone", required=False, many=True, title=_("Phone")),
        Column("email", required=False, many=True, title=_("E-mail")),
        Column("birthday", required=False, title=_("Birthday")),
        Column("tags", required=False, many=True, title=_("Tags")),
        Column("note", required=False, many=True, title=_("Note")),
        Column("company", required=False, many=True, title=_("Company")),
        Column("address", required=False, many=True, title=_("Address")),
        Column("stage", required=False, title=_("Stage")),
        *(Column(name, required=False, title=title) for name, title in traits.TITLES.items()),
    )
    staging = {
        "name": "text",
        "phone": "text",
        "other_phones": "varchar(16)[]",
        "email": "text",
        "other_emails": "varchar(254)[]",
        "birthday": "date",
        "tags": "text[]",
        "note": "text",
        "stage": "text",
        "more": "jsonb",
        "lead_id": "bigint",
    }

    def shown(self, word: str) -> int:
        """A whole address book: each of the new people can be left out."""
        return PEOPLE_SHOWN if word == "created" else SAMPLE

    def lock(self, job: Job) -> str:
        """One file of a rep at a time."""
        return f"leads {job.options.get('rep')}"

    def guess(self, headings: Sequence[str]) -> dict[int, str]:
        """As address books and people call it, else by a word in the heading; of a name or birthday that comes twice the first counts."""
        found = self._known(headings)
        for place, heading in enumerate(headings):
            column = stems.role_of(heading) if place not in found else ""
            if column and (column in MANY or column not in found.values()):
                found[place] = column
        return found

    def knows(self, headings: Sequence[str]) -> bool:
        """A name's by the whole heading: a word of one may stand in any line."""
        return not self.missing(self._known(headings).values()) and len(self.guess(headings)) > 1

    def _known(self, headings: Sequence[str]) -> dict[int, str]:
        """What whole headings mean."""
        found: dict[int, str] = {}
        for place, heading in enumerate(headings):
            role = words.role_of(heading)
            column = ROLES.get(role, role.replace(" ", "_")) or _OWN.get(plain(heading), "")
            if column in MANY or (column in ONCE and column not in found.values()):
                found[place] = column
        return found

    def missing(self, columns: Iterable[str]) -> list[str]:
        """A person has a name, or parts of one."""
        return [] if {"name", "first_name", "last_name"}.intersection(columns) else [self.columns[0].heading]

    def label(self, row: dict[str, str]) -> str:
        """Name, and phone or e-mail."""
        return f"{_name(row)} {row.get('phone', '') or row.get('email', '')}"

    def keys(self, values: Sequence[object]) -> tuple[Iterable[int], Iterable[int]]:
        """The same person is who has the phone of an earlier line, or its e-mail where one of the two has no phone."""
        _name, phone, other_phones, email, other_emails, *_rest = values
        phones, emails = _listed(other_phones), _listed(other_emails)
        more = [*map(int, phones), *map(fingerprint, emails)] if phones or emails else ()
        own = fingerprint(email) if email else 0
        if phone:
            number = int(phone)
            return ((number, own ^ _ALONE), (number, own, *more)) if email else ((number,), (number, *more))
        return (own,), (own, own ^ _ALONE, *more)

    def page(self, job: Job) -> str:
        """The rep's own page of it."""
        return reverse("pipeline:job", args=[job.pk])

    def confirmed(self, job: Job, *, by: Model) -> None:
        """An import is one action of the rep, however many people it brings."""
        activity.count(_rep(job), ActivityCount.Kind.IMPORT)

    def start(self, run: Run) -> None:
        """Whose people these are, and how phones are written there."""
        run.memo["rep"] = rep = _rep(run.job)
        if not run.job.options.get("by_operator") and not rights.is_own(run.job.owner, rep):
            raise Refusal(_("Only the rep can add people to their contacts."))
        region = next(place.region for place in places().values() if place.pk == rep.territory_id)
        run.memo["region"] = run.job.options.get("region") or region
        run.memo |= {name: run.columns(name) for name in ("phone", "email", "tags", "note", "company", "address")}
        # Of a telephone's own list a number without a name is a person all the same; in a table a name was forgotten.
        run.memo["address book"] = run.how.format == "vcard" or bool(run.how.program)
        run.memo["traits"] = [name for name in traits.TYPES if name in run.names]
        run.memo["today"] = run.now.date()
        run.memo["board"] = run.job.options.get("board", "no") != "no"

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """One person."""
        memo = run.memo
        said = _name(row)
        name = "" if memo["address book"] and not text.one_line(said) else cells.name(said)
        unusable: list[str] = []
        bad: list[tuple[str, str]] = []
        phone, *phones = _phones(row, memo["phone"], memo["region"], unusable, bad) or [""]
        email, *emails = _emails(row, memo["email"], unusable, bad) or [""]
        if not phone and not email:
            raise BadRow(*bad[0]) if bad else BadRow("no_contact")
        born, day = cells.born(row["birthday"], memo["today"]) if row.get("birthday") else (None, "")
        if day:
            unusable.append(gettext("Birthday: %(day)s") % {"day": day})
        tags = _tags(";".join([row[column] for column in memo["tags"]]))
        more = traits.more(row, memo["traits"], unusable) if memo["traits"] else None
        notes = [row[column] for kind in ("note", "company", "address") for column in memo[kind] if row[column]]
        note = text.many_lines("\n".join([*notes, *unusable])) if notes or unusable else ""
        if len(note) > own_leads.NOTE:
            raise BadRow("too_long", "note")
        stage = text.one_line(row["stage"])[:STAGE_LONGEST] if "stage" in row else ""
        return name, phone, _array(phones[:MORE]), email, _array(emails[:MORE]), born, tags, note, stage, more, None

    def apply(self, run: Run) -> None:
        """Match by phone, else by e-mail; write what is new or says more."""
        rep = run.memo["rep"]
        own_leads.refuse_suppressed(run)
        own_leads.match_own_leads(run, rep)
        own_leads.compare_own_leads(run)
        if run.dry_run:
            own_leads.show_own_leads(run, rep, self.shown("created"))
            return
        own_leads.write_own_leads(run, rep)
        own_leads.mark_refused(run, rep)
        if run.memo["board"]:
            own_leads.find_new_leads(run, rep)
            own_leads.keep_for_board(run)

    def finish(self, run: Run) -> None:
        """The cards, in the order of the whole file."""
        if run.memo["board"]:
            own_leads.put_own_leads_on_board(run, run.memo["rep"])


MANY = frozenset(column.name for column in Leads.columns if column.many)
ONCE = frozenset(column.name for column in Leads.columns if not column.many)


def _rep(job: Job) -> Rep:
    return Rep.objects.select_related("user", "territory").get(pk=job.options["rep"])


def _name(row: dict[str, str]) -> str:
    """The whole name, or its parts in the order in which one says them."""
    return row.get("name", "") or " ".join([row[part] for part in ("first_name", "middle_name", "last_name") if row.get(part)])


def _phones(row: dict[str, str], columns: list[str], region: str, unusable: list[str], bad: list[tuple[str, str]]) -> list[str]:
    """The phones of several cells, each once; what else is said there is added to `unusable`, for the note, and why to `bad`."""
    found: dict[str, None] = {}
    for column in columns:
        raw = row[column]
        if not raw or raw.isspace():
            continue
        plain_one = _PLAIN.fullmatch(raw)
        if plain_one and (phone := quick(raw, region)):
            found[phone] = None
            continue
        for one in [raw] if plain_one else (part for cell in raw.split(":::") for part in several(cell)):
            try:
                found[cells.phone(one, region)] = None
                if not _PLAIN.fullmatch(one) and pasted.phones_in(one)[1]:
                    unusable.append(one)  # an extension, or whose it is
            except BadRow as why:
                inside, rest = pasted.phones_in(one)
                usable = [phone for part in inside if (phone := _usable(part, region))]
                found.update(dict.fromkeys(usable))
                if rest or len(usable) < len(inside) or not usable:
                    bad.append((why.reason, why.detail))
                    unusable.append(one)
    return list(found)


def _usable(raw: str, region: str) -> str:
    """The phone, or ""."""
    try:
        return cells.phone(raw, region)
    except BadRow:
        return ""


def _emails(row: dict[str, str], columns: list[str], unusable: list[str], bad: list[tuple[str, str]]) -> list[str]:
    """The same for e-mails."""
    found: dict[str, None] = {}
    for column in columns:
        cell = row[column].strip()
        for one in _JOINED.split(cell) if _SEVERAL.search(cell) else (cell,):
            try:
                if address := cells.email(one):
                    found[address] = None
            except BadRow as why:
                bad.append((why.reason, why.detail))
                unusable.append(one)
    return list(found)


@lru_cache(maxsize=2048)  # a file has the same few over and over
def _tags(listed: str) -> str:
    """The tags of a line as PostgreSQL writes a list. Raises BadRow."""
    tags = people.tags_in(listed)
    if len(tags) > TAGS:
        raise BadRow("tags", TAGS)
    if any(len(tag) > TAG_LONGEST for tag in tags):
        raise BadRow("too_long", "tags")
    return _array(tags)


def _array(values: Sequence[str]) -> str:
    """A list of texts as PostgreSQL writes it."""
    if not values:
        return "{}"
    return "{" + ",".join(['"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values]) + "}"


def _listed(array: object) -> list[str]:
    """What `_array` made of phones or e-mails."""
    return str(array)[2:-2].split('","') if array != "{}" else []
