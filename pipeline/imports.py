"""Files that bring people onto boards: the company's daily work list, and a rep's own contacts."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cotano.jobs import cells
from cotano.jobs.cells import BadRow
from cotano.jobs.kinds import Column, Kind, Run
from cotano.jobs.models import Job
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from leads.models import TAG_LONGEST, TAGS, Lead
from pipeline import bulk
from teams import activity, rights
from teams.models import ActivityCount, Rep
from teams.places import places

CODE = 20  # characters of a rep's code
EARLIEST = dt.date(1900, 1, 1)  # of a birthday
PEOPLE = {  # what a work list calls a person
    **dict.fromkeys(("customer", "клиент", "клієнт"), Lead.Kind.CUSTOMER),
    **dict.fromkeys(("team member", "член команды", "член команди"), Lead.Kind.TEAM),
}


class WorkList(Kind):
    """Whom each rep should call, why and by when. A file replaces the lists it names: who is gone from them is done."""

    name = "worklist"
    title = _("Work list")
    permission = "pipeline.import_workitem"
    columns = (
        Column("list"),
        Column("rep_code"),
        Column("person_code"),
        Column("name"),
        Column("phone", required=False),
        Column("kind"),
        Column("reason"),
        Column("last_order_campaign", required=False),
        Column("call_by", required=False),
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
            PEOPLE[cells.choice(row["kind"], "kind", PEOPLE)],
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
        bulk.gather_people(run)
        bulk.match_company_leads(run)
        bulk.write_company_leads(run)
        bulk.put_people_on_boards(run)
        bulk.write_work_items(run)
        bulk.finish_absent(run)


class Leads(Kind):
    """A rep's own people."""

    name = "leads"
    title = _("Contacts")
    columns = (
        Column("name", aliases=("Name", "Имя", "Ім'я", "Full name", "ФИО", "ПІБ", "Контакт")),
        Column(
            "phone",
            required=False,
            aliases=("Phone", "Телефон", "Mobile", "Мобильный", "Мобільний", "Phone number", "Номер телефона", "Номер телефону"),
        ),
        Column("email", required=False, aliases=("E-mail", "Почта", "Пошта", "Mail", "Электронная почта", "Електронна пошта", "Имейл")),
        Column("birthday", required=False, aliases=("Birthday", "День рождения", "День народження", "Дата рождения", "Дата народження")),
        Column("tags", required=False, aliases=("Tags", "Метки", "Мітки", "Теги", "Groups", "Группы", "Групи")),
        Column("note", required=False, aliases=("Note", "Заметка", "Нотатка", "Notes", "Заметки", "Нотатки", "Комментарий", "Коментар")),
    )
    staging = {
        "name": "text",
        "phone": "text",
        "email": "text",
        "birthday": "date",
        "tags": "text[]",
        "note": "text",
        "lead_id": "bigint",
    }

    def lock(self, job: Job) -> str:
        """One file of a rep at a time."""
        return f"leads {job.options.get('rep')}"

    def label(self, row: dict[str, str]) -> str:
        """Name, and phone or e-mail."""
        return f"{row.get('name', '')} {row.get('phone', '') or row.get('email', '')}"

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
        run.memo["region"] = next(place.region for place in places().values() if place.pk == rep.territory_id)

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """One person."""
        name = cells.name(row["name"])
        phone, email = cells.phone(row.get("phone", ""), run.memo["region"]), cells.email(row.get("email", ""))
        if not phone and not email:
            raise BadRow("no_contact")
        birthday = row.get("birthday", "").strip()
        born = cells.day(birthday) if birthday else None
        if born and not EARLIEST <= born <= run.now.date():
            raise BadRow("birthday", birthday[: cells.SHOWN])
        tags = list(dict.fromkeys(filter(None, (text.one_line(tag) for tag in row.get("tags", "").replace(",", ";").split(";")))))
        if len(tags) > TAGS:
            raise BadRow("tags", TAGS)
        if any(len(tag) > TAG_LONGEST for tag in tags):
            raise BadRow("too_long", "tags")
        note = text.many_lines(row.get("note", ""))
        if len(note) > Lead._meta.get_field("note").max_length:
            raise BadRow("too_long", "note")
        quoted = ",".join('"' + tag.replace("\\", "\\\\").replace('"', '\\"') + '"' for tag in tags)
        return name, phone, email, born, "{" + quoted + "}", note, None

    def apply(self, run: Run) -> None:
        """Match by phone, else by e-mail; write what is new or says more."""
        run.reject_repeated("phone", where="phone <> ''")
        run.reject(
            "repeated",
            "s.phone = '' AND f.email = s.email AND f.line < s.line",
            detail="f.line",
            tables="(SELECT email, min(line) AS line FROM import_stage WHERE verdict IS NULL AND email <> '' GROUP BY email) f",
        )
        bulk.write_own_leads(run, run.memo["rep"])
        if run.job.options.get("board") == "first":
            bulk.put_own_leads_on_board(run, run.memo["rep"])


def _rep(job: Job) -> Rep:
    return Rep.objects.select_related("user", "territory").get(pk=job.options["rep"])
