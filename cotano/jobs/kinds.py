"""The kinds of file there are. An app declares its own as a subclass of `Kind`; settings.IMPORT_KINDS names them."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from cotano.jobs.cells import plain, without_unit
from cotano.jobs.keys import Seen, fingerprint
from cotano.jobs.models import Job
from cotano.jobs.reading import How
from cotano.jobs.refusals import Refusal
from cotano.lib import planner

SAMPLE = 50  # lines of each outcome in a preview
CODE = 20  # characters of a code: of a rep, a territory, a calendar


class Unmapped(Refusal):
    """The headings do not tell which column is what; a person may say it."""


@dataclass(frozen=True)
class Column:
    """A column of a file: its name, whether the file must have it, other headings it may have.

    Where `many`, a file may have several of it (phones of one person); `clean` finds them under `Run.columns(name)`.
    `title` is how a page calls it; without one, staff know it by its name.
    """

    name: str
    required: bool = True
    aliases: tuple[str, ...] = ()
    many: bool = False
    title: str | Promise = ""

    @property
    def heading(self) -> str:
        """As people know it."""
        return str(self.title) or self.name


@dataclass(frozen=True)
class Change:
    """What a line would change: the column, its old value, its new one."""

    what: str
    old: str
    new: str


@dataclass
class Run:
    """One passage of lines through the staging table `import_stage`: what a kind works with.

    The table has line, label, verdict (of Verdict.Outcome), reason and detail, and the kind's own columns. A row whose
    verdict is NULL is still undecided; one that `apply` leaves undecided is created. Of a chunked kind the table holds one chunk at a time.
    """

    job: Job
    cursor: Any  # Django's, on the run's transaction
    now: dt.datetime
    dry_run: bool = False
    extra: dict[str, int] = field(default_factory=dict)  # counts beside those of the verdicts
    lists: dict[str, list[str]] = field(default_factory=dict)  # of such a count: whom it is about, the first ones
    memo: dict[str, Any] = field(default_factory=dict)  # what the kind looked up once
    how: How | None = None  # how the file was read
    names: list[str | None] = field(default_factory=list)  # of the file's columns, as in the rows that `clean` gets
    changes: dict[int, list[Change]] = field(default_factory=dict)  # of a dry run: line -> what it would change
    seen: Seen = field(default_factory=Seen)
    found: dict[int, int] = field(default_factory=dict)  # what this chunk's lines said first; kept when it is written

    def sql(self, statement: str, **values: object) -> int:
        """Carry out one statement; returns the number of rows."""
        self.cursor.execute(statement, {"now": self.now, "job": self.job.pk, **values})
        return self.cursor.rowcount

    def rows(self, query: str, **values: object) -> list[tuple]:
        """The rows of one query."""
        self.cursor.execute(query, {"now": self.now, "job": self.job.pk, **values})
        return self.cursor.fetchall()

    def columns(self, name: str) -> list[str]:
        """Under which names `clean` finds the values of a column that a file may have several times."""
        return [found for found in self.names if found and found.partition("\t")[0] == name]

    def reject(self, reason: str, where: str, *, detail: str = "''", tables: str = "", verdict: str = "r", **values: object) -> int:
        """Reject every undecided row `s` for which the condition holds; `detail` is SQL, `tables` more of the FROM clause."""
        more = f"FROM {tables} " if tables else ""
        return self.sql(
            f"UPDATE import_stage s SET verdict = %(verdict)s, reason = %(reason)s, detail = left(({detail})::text, 200) "  # noqa: S608  own words
            f"{more}WHERE s.verdict IS NULL AND ({where})",
            reason=reason,
            verdict=verdict,
            **values,
        )

    def reject_lines(self, verdicts: Sequence[tuple[int, str, str]], verdict: str = "r") -> int:
        """Reject these rows: (line, reason, detail) each."""
        if not verdicts:
            return 0
        lines, reasons, details = zip(*verdicts, strict=True)
        return self.sql(
            """UPDATE import_stage s SET verdict = %(verdict)s, reason = v.reason, detail = left(v.detail, 200)
               FROM unnest(%(lines)s::int[], %(reasons)s::text[], %(details)s::text[]) AS v(line, reason, detail)
               WHERE s.line = v.line AND s.verdict IS NULL""",
            lines=list(lines),
            reasons=list(reasons),
            details=list(details),
            verdict=verdict,
        )

    def write(self, table: str, statement: str, **values: object) -> int:
        """Carry out one statement that adds to `table`; returns the number of rows. What follows is planned with them in mind."""
        rows = self.sql(statement, **values)
        planner.grown(self.cursor, table, rows)
        return rows

    def decide(self, verdicts: Mapping[int, str]) -> int:
        """Give these lines their verdicts (line -> "c", "u" or "s"); returns the number of rows."""
        return self.sql(
            """UPDATE import_stage s SET verdict = v.verdict FROM unnest(%(lines)s::int[], %(words)s::text[]) AS v(line, verdict)
               WHERE s.line = v.line""",
            lines=list(verdicts),
            words=list(verdicts.values()),
        )

    def reject_claimed(self, column: str) -> int:
        """Of undecided rows that mean the same stored row (its id is in `column`) the first line of the file stays."""
        rows = self.rows(f"SELECT line, {column} FROM import_stage WHERE verdict IS NULL AND {column} IS NOT NULL ORDER BY line")  # noqa: S608  own words
        keys = {line: fingerprint(column, pk) for line, pk in rows}
        first = {**self.seen.find(keys.values()), **self.found}
        repeated = [(line, "repeated", str(first[key])) for line, key in keys.items() if first.setdefault(key, line) != line]
        self.found.update((key, first[key]) for key in keys.values() if first[key] in keys)
        return self.reject_lines(repeated, "d")

    def show_changes(self, query: str, **values: object) -> None:
        """In a dry run, note for the preview what lines would change: a query for (line, column, old, new), where the two differ."""
        if not self.dry_run:
            return
        for line, what, old, new in self.rows(query, **values):
            if line in self.changes or len(self.changes) < SAMPLE:
                self.changes.setdefault(line, []).append(Change(what, str(old or ""), str(new or "")))


class Kind:
    """A kind of file: its columns, what a line means, how the lines become rows."""

    name: ClassVar[str]
    title: ClassVar[Promise]
    columns: ClassVar[tuple[Column, ...]]
    staging: ClassVar[dict[str, str]]  # column of the staging table -> its SQL type; what `clean` returns, in this order
    permission: ClassVar[str] = ""  # who may load it; "" is a rep's private file
    questions: ClassVar[dict[str, tuple[str, Promise]]] = {}  # option -> (count, what is asked when there is one): yes or no
    extras: ClassVar[dict[str, Promise]] = {}  # count beside those of the verdicts -> its name, in the order of the page
    key: ClassVar[str] = ""  # staging columns: two lines of one file with the same key are one too many
    chunked: ClassVar[bool] = False  # lines are applied chunk by chunk; otherwise the file speaks as a whole

    @property
    def private(self) -> bool:
        """A rep's own people: nobody else sees the job."""
        return not self.permission

    def shown(self, word: str) -> int:
        """How many lines of an outcome a preview shows."""
        return SAMPLE

    def lock(self, job: Job) -> str:
        """Files with the same lock are loaded one after the other, chunk by chunk where they are chunked."""
        return self.name

    def start(self, run: Run) -> None:
        """Look up once what `clean` needs, in `run.memo`."""

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """The staging values of a line; raises BadRow. A column that the file does not have is not in `row`."""
        raise NotImplementedError

    def label(self, row: dict[str, str]) -> str:
        """How a person recognises the line."""
        raise NotImplementedError

    def keys(self, values: Sequence[object]) -> tuple[Iterable[int], Iterable[int]]:
        """By which fingerprints a line is known as one too many, and those that it leaves for the lines after it."""
        if not self._places:
            return (), ()
        own = (fingerprint(*(values[place] for place in self._places)),)
        return own, own

    def turn(self, values: Sequence[object]) -> int:
        """In which passage through the file the line is applied: 0, or 1 for one that may name a line below itself."""
        return 0

    def apply(self, run: Run) -> None:
        """Decide the undecided rows but those that are created, and write what follows, in a few statements.

        In a dry run whatever is written is undone.
        """
        raise NotImplementedError

    def finish(self, run: Run) -> None:
        """After the last line, in the transaction that ends the job."""

    def confirmed(self, job: Job, *, by: Model) -> None:
        """What else happens, in the same transaction, when a person confirms the file."""

    def difference(self, counts: Mapping[str, int], lists: Mapping[str, list[str]]) -> list[tuple[Promise, int, list[str]]]:
        """The counts beside those of the verdicts, for a page: name, number, whom it is about (the first ones)."""
        return [(title, counts[word], lists.get(word, [])) for word, title in self.extras.items() if counts.get(word)]

    def page(self, job: Job) -> str:
        """Where the job is shown."""
        return reverse("admin:jobs_job_change", args=[job.pk])

    @cached_property
    def _places(self) -> list[int]:
        names = list(self.staging)
        return [names.index(name.strip()) for name in self.key.split(",") if name.strip()]

    @cached_property
    def known(self) -> dict[str, str]:
        """Every heading, without what people write differently -> its column. What could be either of two says nothing."""
        found: dict[str, set[str]] = {}
        for column in self.columns:
            for word in column.aliases:
                found.setdefault(plain(word), set()).add(column.name)
        names = {plain(column.name): column.name for column in self.columns}
        return {word: min(columns) for word, columns in found.items() if word and len(columns) == 1} | names

    def guess(self, headings: Sequence[str]) -> dict[int, str]:
        """Place in the file -> column, as the headings say it."""
        found = {place: self.known.get(plain(h)) or self.known.get(plain(without_unit(h))) for place, h in enumerate(headings)}
        return {place: column for place, column in found.items() if column}

    def knows(self, headings: Sequence[str]) -> bool:
        """Whether these can only be the headings of such a file: nothing is missing, and more than one means something."""
        columns = list(self.guess(headings).values())
        return len(columns) > 1 and not self.missing(columns)

    def missing(self, columns: Iterable[str]) -> list[str]:
        """Headings of columns that a file with these columns lacks."""
        there = set(columns)
        return [column.heading for column in self.columns if column.required and column.name not in there]

    def mapping(self, headings: Sequence[str], chosen: Mapping[int, str] | None = None) -> list[str | None]:
        """The column of each heading, as chosen or as the headings say. Raises Unmapped for missing or repeated ones.

        Several of one column that may be there many times are told apart by a tab and a number.
        """
        given = self.guess(headings) if chosen is None else chosen
        columns = {column.name: column for column in self.columns}
        found: list[str | None] = []
        for place in range(len(headings)):
            name = given.get(place)
            before = [other for other in found if other and name and other.partition("\t")[0] == name]
            if before and not columns[name].many:
                twice = [headings[place] for place in range(len(headings)) if given.get(place) == name]
                raise Unmapped(_("These headings say the same thing: %(headings)s.") % {"headings": ", ".join(twice)})
            found.append(f"{name}\t{len(before) + 1}" if before else name if name in columns else None)
        if missing := self.missing(name for name in found if name):
            raise Unmapped(
                _("These columns are missing: %(missing)s. The first line of the file is: %(headings)s")
                % {"missing": ", ".join(missing), "headings": ", ".join(headings)[:200]}
            )
        return found


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
