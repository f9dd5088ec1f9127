"""What became of a file, for those who look: the rejected lines page by page, and as a file to correct."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from cotano.jobs import exporting, reasons, running
from cotano.jobs.models import Export, Job, Verdict
from cotano.lib.cells import guarded

PAGE = 50  # rejected lines
FORMS = (exporting.CSV, exporting.XLSX)  # of a small table


@dataclass(frozen=True)
class Rejected:
    """A rejected line."""

    line: int
    label: str
    sentence: str


@dataclass(frozen=True)
class Page:
    """A page of rejected lines; `after` is the address of the next one (0: there is none)."""

    lines: list[Rejected]
    after: int


def rejected(job: Job, *, after: int = 0, size: int = PAGE) -> Page:
    """The rejected lines below line `after`."""
    rows = _told(job).filter(line__gt=after)
    found = list(rows.values_list("line", "label", "reason", "detail")[: size + 1])
    lines = [Rejected(line, label, reasons.sentence(reason, detail)) for line, label, reason, detail in found[:size]]
    return Page(lines, lines[-1].line if len(found) > size else 0)


def sent(blocks: Iterator[bytes], export: Export) -> StreamingHttpResponse:
    """The file of an export as the answer, piece by piece."""
    response = StreamingHttpResponse(blocks, content_type=exporting.TYPES[export.form])
    response["Content-Disposition"] = f'attachment; filename="{export.kind}-{export.created_at:%Y-%m-%d}.{export.form}"'
    return response


def wanted(request: HttpRequest) -> str:
    """The format of the file that a page's address asks for; "" for the page itself."""
    form = request.GET.get("format", "")
    return form if form in FORMS else ""


def addresses(chosen: Mapping[str, str]) -> dict[str, str]:
    """The same page as a file, in each of the formats: format -> address, with what was chosen on the page."""
    return {form: f"?{urlencode({**{name: chosen[name] for name in chosen}, 'format': form})}" for form in FORMS}


def table(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]], form: str = exporting.CSV) -> HttpResponse:
    """A small file (CSV or XLSX) as the answer; no cell is run as a formula. In a workbook numbers are numbers, all else is text."""
    said = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    response = HttpResponse(content_type=exporting.TYPES[form], headers=said)
    if form == exporting.XLSX:
        response.content = exporting.workbook(headings, rows)
        return response
    response.write("\ufeff")  # spreadsheets know UTF-8 by it
    sheet = csv.writer(response)
    sheet.writerow(headings)
    sheet.writerows([guarded(cell) for cell in row] for row in rows)
    return response


def error_file(job: Job) -> StreamingHttpResponse:
    """The rejected lines as they were, each with its number and reason: a CSV file to correct and upload again.

    Raises Http404 for a job that has not been carried out.
    """
    if job.state != Job.State.DONE:
        raise Http404
    response = StreamingHttpResponse(_in_language(_error_lines(job), translation.get_language()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="errors-{job.pk}.csv"'
    return response


def _told(job: Job) -> QuerySet:
    """The lines that were not taken, but for those that the person left out."""
    return Verdict.objects.filter(job=job).exclude(outcome__in=[*Verdict.TAKEN, Verdict.Outcome.LEFT_OUT]).order_by("line")


def _in_language(lines: Iterator[str], language: str) -> Iterator[str]:
    """The lines as this language says them: they are asked for when the page's own is over."""
    while True:
        with translation.override(language):
            line = next(lines, None)
        if line is None:
            return
        yield line


class _Echo:
    def write(self, line: str) -> str:
        return line


def _error_lines(job: Job) -> Iterator[str]:
    table = running.table(job)
    writer = csv.writer(_Echo(), delimiter=table.separator)
    width = len(table.headings)
    yield "\ufeff" + writer.writerow([*map(guarded, table.headings), _("Line"), _("Reason")])
    rows = _told(job)
    verdicts = rows.values_list("line", "reason", "detail").iterator(chunk_size=2000)
    wanted = next(verdicts, None)
    for line in table.lines():
        if wanted is None:
            return
        if line.number == wanted[0]:
            cells = (line.cells + [""] * width)[:width]
            yield writer.writerow([*map(guarded, cells), line.number, guarded(reasons.sentence(*wanted[1:]))])
            wanted = next(verdicts, None)
