"""The other ways, each writing the same tables, indexes, verdicts and old values for an undo."""

import csv
import io
from collections.abc import Iterable
from typing import Any

import phonenumbers
import tablib
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from import_export.instance_loaders import CachedInstanceLoader
from import_export.resources import ModelResource
from import_export.results import Result, RowResult

from benchmarks.contacts import HEADINGS, File
from benchmarks.measuring import Cost, cost
from cotano.jobs import cells
from cotano.jobs.models import Job, Verdict
from leads.models import Lead
from pipeline.models import Imported
from teams.models import Rep

CHUNK = 10_000  # lines
BATCH = 100  # rows of one statement
REGION = "UA"
OUTCOMES = {
    RowResult.IMPORT_TYPE_NEW: "c",
    RowResult.IMPORT_TYPE_UPDATE: "u",
    RowResult.IMPORT_TYPE_SKIP: "s",
    RowResult.IMPORT_TYPE_INVALID: "r",
    RowResult.IMPORT_TYPE_ERROR: "r",
}


# ---- django-import-export
class Stock(ModelResource):
    """As its documentation shows it: a row is found again by its phone, cleaned before it is imported."""

    class Meta:
        model = Lead
        fields = HEADINGS
        import_id_fields = ("phone",)
        skip_unchanged = True
        report_skipped = True

    def __init__(self, rep: Rep, job: Job) -> None:
        super().__init__()
        self.rep, self.job = rep, job
        self.before: dict[int, dict[str, object]] = {}

    def get_queryset(self) -> Any:  # noqa: ANN401  as in django-import-export
        """The rep's own people."""
        return Lead.objects.filter(owner=self.rep)

    def init_instance(self, row: Any = None) -> Lead:  # noqa: ANN401
        """A new one."""
        return Lead(owner=self.rep, job=self.job, source=Lead.Source.IMPORT)

    def get_or_init_instance(self, instance_loader: Any, row: Any) -> tuple[Lead, bool]:  # noqa: ANN401
        """Note the old values of who is there."""
        lead, new = super().get_or_init_instance(instance_loader, row)
        if not new:
            self.before[lead.pk] = old_values(lead)
        return lead, new

    def before_import_row(self, row: Any, **kwargs: object) -> None:  # noqa: ANN401
        """Clean the cells."""
        by_library(row)

    def after_import(self, dataset: tablib.Dataset, result: Result, **kwargs: object) -> None:
        """Keep a verdict for every row, and the old values of those that were changed."""
        if kwargs.get("dry_run"):
            return
        now, undo, verdicts = timezone.now(), [], []
        for line, row in enumerate(result.rows, start=2):
            outcome = OUTCOMES.get(row.import_type, "r")
            verdicts.append(verdict(self.job, line, outcome))
            if outcome == "u":
                before = self.before[row.object_id]
                undo.append(Imported(job=self.job, lead_id=row.object_id, line=line, before=before, written_at=now))
        Verdict.objects.bulk_create(verdicts, BATCH)
        Imported.objects.bulk_create(undo, BATCH, ignore_conflicts=True)


class Tuned(Stock):
    """With everything it has for many rows: bulk writes, no differences, instances fetched at once, repeated people skipped."""

    class Meta(Stock.Meta):
        use_bulk = True
        batch_size = BATCH
        skip_diff = True
        skip_html_diff = True
        instance_loader_class = CachedInstanceLoader

    def before_import(self, dataset: tablib.Dataset, **kwargs: object) -> None:
        """Clean all cells: the instances are looked for by clean phones."""
        good, seen = [], set()
        for row in dataset.dict:
            try:
                by_library(row)
            except ValidationError:
                continue
            key = row["phone"] or row["email"]
            if key not in seen:
                seen.add(key)
                good.append(tuple(row.values()))
        dataset.wipe()
        dataset.headers = list(HEADINGS)
        dataset.extend(good)

    def before_import_row(self, row: Any, **kwargs: object) -> None:  # noqa: ANN401
        """They are clean."""


def by_library(row: Any) -> None:  # noqa: ANN401  a row of a tablib dataset
    """Clean a row with the phonenumbers library. Raises ValidationError."""
    if not row["name"].strip():
        raise ValidationError({"name": "A name is needed."})
    if row["phone"].strip():
        try:
            number = phonenumbers.parse(row["phone"], REGION)
        except phonenumbers.NumberParseException:
            raise ValidationError({"phone": "Not a phone."}) from None
        if not phonenumbers.is_valid_number(number):
            raise ValidationError({"phone": "Not a phone."})
        row["phone"] = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    elif not row["email"].strip():
        raise ValidationError({"phone": "A phone or an e-mail is needed."})
    try:
        row["email"] = cells.email(row["email"])
        row["birthday"] = cells.day(row["birthday"]).isoformat() if row["birthday"].strip() else ""
    except cells.BadRow as bad:
        raise ValidationError(bad.reason) from None


def stock(rep: Rep, job: Job, file: File, *, tuned: bool = False, dry_run: bool = False) -> Cost:
    """Read the file as the admin's page does, and import it. Raises what django-import-export says when it fails as a whole."""
    with cost() as taken:
        dataset = tablib.Dataset(headers=HEADINGS)
        for row in rows(file):
            dataset.append(row)
        way = (Tuned if tuned else Stock)(rep, job)
        result = way.import_data(dataset, dry_run=dry_run, use_transactions=True)
        if result.base_errors:
            raise RuntimeError(result.base_errors[0].error)
    return taken


# ---- bulk_create
def bulk_create(rep: Rep, job: Job, file: File) -> Cost:
    """Chunks of ten thousand lines by Django's own upsert, cleaned as the product does."""
    with cost() as taken:
        line, seen, chunk = 1, set(), []
        for row in rows(file):
            line += 1
            chunk.append((line, row))
            if len(chunk) == CHUNK:
                _bulk_create(rep, job, chunk, seen)
                chunk = []
        _bulk_create(rep, job, chunk, seen)
    return taken


@transaction.atomic
def _bulk_create(rep: Rep, job: Job, chunk: Iterable[tuple[int, list[str]]], seen: set[str]) -> None:
    now, verdicts, new = timezone.now(), [], {}
    for line, row in chunk:
        lead = cleaned(rep, job, row)
        if lead is None:
            verdicts.append(verdict(job, line, "r"))
        elif (key := f"p:{lead.phone}" if lead.phone else f"e:{lead.email}") in seen:
            verdicts.append(verdict(job, line, "d"))
        else:
            seen.add(key)
            new[key] = (line, lead)
    before = {lead.dedupe: lead for lead in Lead.objects.filter(owner=rep, dedupe__in=list(new))}
    Lead.objects.bulk_create(
        [lead for _line, lead in new.values()],
        BATCH,
        update_conflicts=True,
        unique_fields=("owner", "dedupe"),
        update_fields=("name", "email", "birthday", "tags", "note", "updated_at"),
    )
    undo = [Imported(job=job, lead=old, line=new[key][0], before=old_values(old), written_at=now) for key, old in before.items()]
    Imported.objects.bulk_create(undo, BATCH, ignore_conflicts=True)
    verdicts += [verdict(job, line, "u" if key in before else "c") for key, (line, _lead) in new.items()]
    Verdict.objects.bulk_create(verdicts, BATCH)


def cleaned(rep: Rep, job: Job, row: list[str]) -> Lead | None:
    """The lead of a line; None when it cannot be used."""
    name, phone, email, birthday, tags, note = row
    try:
        said = {
            "name": cells.name(name),
            "phone": cells.phone(phone, REGION),
            "email": cells.email(email),
            "birthday": cells.day(birthday) if birthday else None,
            "tags": [tag.strip() for tag in tags.split(",") if tag.strip()],
            "note": note,
        }
    except cells.BadRow:
        return None
    return Lead(owner=rep, job=job, source=Lead.Source.IMPORT, **said) if said["phone"] or said["email"] else None


# ---- COPY
def copy(rep: Rep, job: Job, file: File) -> tuple[Cost, int]:
    """Rows cleaned before the clock starts, straight into the tables: the limit; returns its cost and the number of lines."""
    leads = {}
    for row in rows(file):
        if lead := cleaned(rep, job, row):
            leads.setdefault(lead.phone or lead.email, lead)
    columns = "owner_id, job_id, name, kind, phone, email, birthday, tags, note, source, person_code, created_at, updated_at"
    head = (rep.pk, job.pk)
    people = [
        (*head, one.name, "prospect", one.phone, one.email, one.birthday, one.tags, one.note, "import", "", "now", "now")
        for one in leads.values()
    ]
    with cost() as taken, transaction.atomic(), connection.cursor() as cursor:
        with cursor.copy(f"COPY leads_lead ({columns}) FROM STDIN") as out:
            for person in people:
                out.write_row(person)
        with cursor.copy("COPY jobs_verdict (job_id, line, outcome, reason, detail, label) FROM STDIN") as out:
            for line in range(len(people)):
                out.write_row((job.pk, line + 2, "c", "", "", ""))
    return taken, len(people)


def rows(file: File) -> Iterable[list[str]]:
    """The records of the file; short ones are filled up, which django-import-export cannot."""
    reader = csv.reader(io.StringIO(file.data.decode(), newline=""))
    next(reader)
    return ((row + [""] * len(HEADINGS))[: len(HEADINGS)] for row in reader)


def old_values(lead: Lead) -> dict[str, object]:
    """What an undo needs."""
    return {name: str(getattr(lead, name) or "") for name in HEADINGS}


def verdict(job: Job, line: int, outcome: str) -> Verdict:
    """A line's verdict."""
    return Verdict(job=job, line=line, outcome=outcome, reason="" if outcome in "cus" else "name")
