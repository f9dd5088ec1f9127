"""The kinds of file there are. An app declares its own as a subclass of `Kind`; settings.IMPORT_KINDS names them."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from cotano.jobs.models import Job
from cotano.jobs.refusals import Refusal

_NOISE = re.compile(r"[\W_]+")


def plain(heading: str) -> str:
    """A heading without what people write differently: `E-mail` -> `email`, `Ім’я` -> `імя`."""
    return _NOISE.sub("", heading.casefold())


@dataclass(frozen=True)
class Column:
    """A column of a file: its name, whether the file must have it, other headings it may have (the first is the one shown)."""

    name: str
    required: bool = True
    aliases: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """As people know it."""
        return self.aliases[0] if self.aliases else self.name


@dataclass
class Run:
    """One passage of a file through the staging table `import_stage`: what a kind works with.

    The table has line, label, verdict ("c", "u", "s", "r"), reason and detail, and the kind's own columns. A row whose
    verdict is NULL is still undecided; `apply` leaves none of them.
    """

    job: Job
    cursor: Any  # Django's, on the run's transaction
    now: dt.datetime
    dry_run: bool = False
    extra: dict[str, int] = field(default_factory=dict)  # counts beside those of the verdicts
    lists: dict[str, list[str]] = field(default_factory=dict)  # of such a count: whom it is about, the first ones
    memo: dict[str, Any] = field(default_factory=dict)  # what the kind looked up once

    def sql(self, statement: str, **values: object) -> int:
        """Carry out one statement; returns the number of rows."""
        self.cursor.execute(statement, {"now": self.now, "job": self.job.pk, **values})
        return self.cursor.rowcount

    def rows(self, query: str, **values: object) -> list[tuple]:
        """The rows of one query."""
        self.cursor.execute(query, {"now": self.now, "job": self.job.pk, **values})
        return self.cursor.fetchall()

    def reject(self, reason: str, where: str, *, detail: str = "''", tables: str = "", **values: object) -> int:
        """Reject every undecided row `s` for which the condition holds; `detail` is SQL, `tables` more of the FROM clause."""
        more = f"FROM {tables} " if tables else ""
        return self.sql(
            f"UPDATE import_stage s SET verdict = 'r', reason = %(reason)s, detail = left(({detail})::text, 200) "  # noqa: S608  statements of the code
            f"{more}WHERE s.verdict IS NULL AND ({where})",
            reason=reason,
            **values,
        )

    def reject_lines(self, verdicts: Sequence[tuple[int, str, str]]) -> int:
        """Reject these rows: (line, reason, detail) each."""
        if not verdicts:
            return 0
        lines, reasons, details = zip(*verdicts, strict=True)
        return self.sql(
            """UPDATE import_stage s SET verdict = 'r', reason = v.reason, detail = left(v.detail, 200)
               FROM unnest(%(lines)s::int[], %(reasons)s::text[], %(details)s::text[]) AS v(line, reason, detail)
               WHERE s.line = v.line AND s.verdict IS NULL""",
            lines=list(lines),
            reasons=list(reasons),
            details=list(details),
        )

    def reject_repeated(self, key: str, reason: str = "repeated", where: str = "true") -> int:
        """Of undecided rows with the same key (SQL) the first line stays; the others name it."""
        return self.sql(
            f"""UPDATE import_stage s SET verdict = 'r', reason = %(reason)s, detail = d.first::text
                FROM (SELECT line, first_value(line) OVER (PARTITION BY {key} ORDER BY line) AS first
                      FROM import_stage WHERE verdict IS NULL AND ({where})) d
                WHERE d.line = s.line AND d.first <> s.line""",  # noqa: S608  statements of the code
            reason=reason,
        )


class Kind:
    """A kind of file: its columns, what a line means, how the lines become rows."""

    name: ClassVar[str]
    title: ClassVar[Promise]
    columns: ClassVar[tuple[Column, ...]]
    staging: ClassVar[dict[str, str]]  # column of the staging table -> its SQL type; what `clean` returns, in this order
    permission: ClassVar[str] = ""  # who may load it; "" is a rep's private file
    questions: ClassVar[dict[str, tuple[str, Promise]]] = {}  # option -> (count, what is asked when there is one): yes or no
    extras: ClassVar[dict[str, Promise]] = {}  # count beside those of the verdicts -> its name, in the order of the page
    key: ClassVar[str] = ""  # SQL over the staging columns: two lines of one file with the same key are one too many

    @property
    def private(self) -> bool:
        """A rep's own people: nobody else sees the job."""
        return not self.permission

    def lock(self, job: Job) -> str:
        """Files with the same lock are loaded one after the other."""
        return self.name

    def start(self, run: Run) -> None:
        """Look up once what `clean` needs, in `run.memo`."""

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """The staging values of a line; raises BadRow. A column that the file does not have is not in `row`."""
        raise NotImplementedError

    def label(self, row: dict[str, str]) -> str:
        """How a person recognises the line."""
        raise NotImplementedError

    def apply(self, run: Run) -> None:
        """Decide every undecided row and write what follows, in a few statements."""
        raise NotImplementedError

    def confirmed(self, job: Job, *, by: Model) -> None:
        """What else happens, in the same transaction, when a person confirms the file."""

    def difference(self, counts: Mapping[str, int], lists: Mapping[str, list[str]]) -> list[tuple[Promise, int, list[str]]]:
        """The counts beside those of the verdicts, for a page: name, number, whom it is about (the first ones)."""
        return [(title, counts[word], lists.get(word, [])) for word, title in self.extras.items() if counts.get(word)]

    def page(self, job: Job) -> str:
        """Where the job is shown."""
        return reverse("admin:jobs_job_change", args=[job.pk])

    def mapping(self, headings: Sequence[str]) -> tuple[list[Column | None], list[str]]:
        """The column of each heading and the headings that mean nothing here. Raises Refusal for missing or repeated ones."""
        known = {plain(word): column for column in self.columns for word in (column.name, *column.aliases)}
        found = [known.get(plain(heading)) for heading in headings]
        twice = [heading for heading, column in zip(headings, found, strict=True) if column and found.count(column) > 1]
        if twice:
            raise Refusal(_("These headings say the same thing: %(headings)s.") % {"headings": ", ".join(twice)})
        missing = [column.heading for column in self.columns if column.required and column not in found]
        if missing:
            raise Refusal(
                _("These columns are missing: %(missing)s. The first line of the file is: %(headings)s")
                % {"missing": ", ".join(missing), "headings": ", ".join(headings)[:200]}
            )
        return found, [heading for heading, column in zip(headings, found, strict=True) if heading and not column]


@cache
def every() -> dict[str, Kind]:
    """All kinds by name."""
    return {kind.name: kind() for kind in map(import_string, settings.IMPORT_KINDS)}


def get(name: str) -> Kind:
    """The kind of this name; a job of a kind that is gone is refused."""
    try:
        return every()[name]
    except KeyError:
        raise Refusal(_("Files of the kind “%(kind)s” are not known any more.") % {"kind": name}) from None
