"""A file on its way into the database: staged by COPY, decided and written by a few statements, a verdict for every line.

One transaction holds it all: a dry run is the same work rolled back, a worker that dies leaves nothing behind.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from cotano.jobs import kinds, reading, reasons
from cotano.jobs.cells import BadRow
from cotano.jobs.kinds import Kind, Run
from cotano.jobs.models import Job, JobPiece, Verdict
from cotano.jobs.reading import Source
from cotano.jobs.refusals import Refusal

SAMPLE = 50  # lines of each outcome in a preview
COPIED = 2**20  # characters of one COPY
LABEL = Verdict._meta.get_field("label").max_length
NAMESPACE = 0x4A6F  # of PostgreSQL's advisory locks; the second key is the kind's
WORDS = {"c": "created", "u": "updated", "s": "unchanged", "r": "rejected"}
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True)
class Sample:
    """One line as a preview shows it."""

    line: int
    label: str
    reason: str
    sentence: str


@dataclass
class Outcome:
    """What became of a file, or would become of it."""

    counts: dict[str, int]  # created, updated, unchanged, rejected, and what a kind adds
    samples: dict[str, list[Sample]]  # the same words -> the first lines
    ignored: list[str] = field(default_factory=list)  # headings that mean nothing here
    lists: dict[str, list[str]] = field(default_factory=dict)  # of what a kind counts beside: whom it is about

    @property
    def lines(self) -> int:
        """Lines with a verdict."""
        return sum(self.counts[word] for word in WORDS.values())


@dataclass(frozen=True)
class Progress:
    """How far a running job has read."""

    read: int
    total: int

    @property
    def percent(self) -> int:
        """0 to 100."""
        return min(100, 100 * self.read // max(self.total, 1))


def pieces(job: Job) -> Source:
    """The job's file, one piece in memory at a time."""

    def read() -> Iterator[bytes]:
        n = 0
        while (data := JobPiece.objects.filter(job=job, n=n).values_list("data", flat=True).first()) is not None:
            yield bytes(data)
            n += 1

    return read


def run(job: Job, *, dry_run: bool) -> Outcome:
    """Carry the job's file into the database, or only say what would come of it.

    Raises Refusal when the file as a whole cannot be used. A real run writes the verdicts and `job.counts` in its transaction.
    """
    kind = kinds.get(job.kind)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if not dry_run:
                cursor.execute("SET LOCAL lock_timeout = 0")
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [NAMESPACE, kind.lock(job)])
            this = Run(job, cursor, timezone.now(), dry_run)
            ignored = _stage(this, kind)
            if kind.key:
                this.reject_repeated(kind.key)
            kind.apply(this)
            outcome = _outcome(this, ignored)
            if dry_run:
                transaction.set_rollback(True)
            else:
                _keep(this, outcome)
    except OperationalError as error:
        if dry_run and getattr(error.__cause__, "sqlstate", "") == "55P03":
            raise Refusal(_("Another file of this kind is just being loaded. Try again in a minute."), status=409) from error
        raise
    return outcome


def progress(job: Job) -> Progress | None:
    """How far the job has read, if that is known."""
    try:
        known = cache.get(f"job:{job.pk}")
    except RedisError:
        return None
    return Progress(*known) if known else None


def _stage(this: Run, kind: Kind) -> list[str]:
    """Fill the staging table; returns the headings that mean nothing."""
    columns = ", ".join(f"{name} {kind_of}" for name, kind_of in kind.staging.items())
    this.cursor.execute("DROP TABLE IF EXISTS pg_temp.import_stage")
    this.cursor.execute(
        f"""CREATE TEMPORARY TABLE import_stage (line int PRIMARY KEY, label text NOT NULL, verdict "char", reason text NOT NULL DEFAULT '',
            detail text NOT NULL DEFAULT '', {columns}) ON COMMIT DROP"""
    )
    table = reading.table(pieces(this.job), people=this.job.private)
    mapping, ignored = kind.mapping(table.headings)
    kind.start(this)
    most = settings.IMPORT_LIMITS["rep" if this.job.private else "staff"]["rows"]
    names = [column.name if column else None for column in mapping]
    blank = ["\\N"] * len(kind.staging)
    waiting, size, count, watch = [], 0, 0, _Watch(this, table)
    copy = f"COPY import_stage (line, label, verdict, reason, detail, {', '.join(kind.staging)}) FROM STDIN"
    for line in table.lines():
        count += 1
        if count > most:
            raise Refusal(_("This file has more than %(most)s rows. Split it.") % {"most": most})
        row = dict(zip(names, line.cells, strict=False))
        bad = BadRow(line.reason, line.detail) if line.reason else None
        if bad is None:
            try:
                values = [_copied(value) for value in kind.clean(row, this)]
            except BadRow as found:
                bad = found
        known = {name: row.get(name) or "" for name in names if name}
        head = [str(line.number), _copied(" ".join(kind.label(known).split())[:LABEL])]
        head += ["r", bad.reason, _copied(bad.detail), *blank] if bad else ["\\N", "", "", *values]
        waiting.append("\t".join(head) + "\n")
        size += len(waiting[-1])
        if size > COPIED:
            _copy(this, copy, waiting)
            size = 0
            watch.tell()
    if not count:
        raise Refusal(_("There are no rows in this file."))
    _copy(this, copy, waiting)
    this.cursor.execute("ANALYZE import_stage")
    watch.tell()
    return ignored


def _copy(this: Run, statement: str, waiting: list[str]) -> None:
    """Send what waits; between two of these the connection is free for other queries."""
    with this.cursor.copy(statement) as copy:
        copy.write("".join(waiting))
    waiting.clear()


def _copied(value: object) -> str:
    """A value in COPY's text form."""
    if value is None:
        return "\\N"
    text = str(value)
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)


class _Watch:
    """Tells the page how far a real run has read. The cache may be away: then nobody sees the bar, and the job goes on."""

    def __init__(self, this: Run, table: reading.Table) -> None:
        self.this, self.table, self.silent = this, table, this.dry_run

    def tell(self) -> None:
        if self.silent:
            return
        try:
            cache.set(f"job:{self.this.job.pk}", (self.table.read, max(self.table.newlines, self.table.read)), 3600)
        except RedisError:
            self.silent = True


def _outcome(this: Run, ignored: list[str]) -> Outcome:
    """Counts and the first lines of each verdict."""
    counts = dict.fromkeys(WORDS.values(), 0)
    for verdict, n in this.rows("SELECT verdict, count(*) FROM import_stage GROUP BY verdict"):
        counts[WORDS[verdict]] = n
    samples: dict[str, list[Sample]] = {word: [] for word in WORDS.values()}
    first = """SELECT line, label, verdict, reason, detail FROM
               (SELECT s.*, row_number() OVER (PARTITION BY verdict ORDER BY line) AS n FROM import_stage s) ranked
               WHERE n <= %(sample)s ORDER BY line"""
    for line, label, verdict, reason, detail in this.rows(first, sample=SAMPLE):
        samples[WORDS[verdict]].append(Sample(line, label, reason, reasons.sentence(reason, detail)))
    return Outcome({**counts, **this.extra}, samples, ignored, this.lists)


def _keep(this: Run, outcome: Outcome) -> None:
    """Write a verdict for every line, and the counts."""
    this.sql(
        """INSERT INTO jobs_verdict (job_id, line, outcome, reason, detail, label)
           SELECT %(job)s, line, verdict, reason, left(detail, 200), label FROM import_stage ORDER BY line"""
    )
    this.job.counts, this.job.lists = outcome.counts, outcome.lists
    Job.objects.filter(pk=this.job.pk).update(counts=outcome.counts, lists=outcome.lists)
