"""A file on its way into the database: staged by COPY, decided and written by a few statements, a verdict for every line.

A file of a chunked kind goes in by chunks, each one transaction together with its verdicts and its row in the ledger
(`JobChunk`): a worker that dies leaves whole chunks behind, and the next one goes on after the last of them. Any other file
is one transaction from the first line to the last. A check is the same work undone at the end.
"""

import gc
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, count, islice

from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from cotano.jobs import kinds, mappings, reading
from cotano.jobs.cells import BadRow
from cotano.jobs.keys import packed
from cotano.jobs.kinds import SAMPLE, Run, Unmapped
from cotano.jobs.models import Job, JobChunk, Verdict
from cotano.jobs.outcome import TAKEN, WORDS, Outcome, Read, Sample, full
from cotano.jobs.reading import Table
from cotano.jobs.refusals import Refusal

CHUNK = 10_000  # lines
CREATED = Verdict.Outcome.CREATED.value
YOUNG = 1  # the generation of the garbage collector that is still looked through, after each chunk
CLEANED = 1000  # lines of a chunk that are in memory cell by cell
LABEL = Verdict._meta.get_field("label").max_length
NAMESPACE = 0x4A6F  # of PostgreSQL's advisory locks; the second key is the kind's
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

Step = Callable[[Job], None]  # carried out in a transaction of the caller, who holds the job's row; may be carried out again


@dataclass(frozen=True)
class Progress:
    """How far a running job has read."""

    read: int
    total: int

    @property
    def percent(self) -> int:
        """0 to 100."""
        return min(100, 100 * self.read // max(self.total, 1))


@dataclass
class _Block:
    """Lines cleaned and waiting to be staged."""

    turn: int
    rows: list[str] = field(default_factory=list)  # in COPY's text form
    last_line: int = 0
    found: dict[int, int] = field(default_factory=dict)  # fingerprint -> line, of what these lines say first
    later: list[int] = field(default_factory=list)  # lines that wait for the next passage


def table(job: Job) -> Table:
    """The job's file as a table, read as its owner chose. Raises Refusal when it is none."""
    choice = reading.Choice(**{name: job.options.get(name) or "" for name in ("encoding", "separator", "sheet")})
    return reading.table(job.pieces.in_order, choice, people=job.private, fits=kinds.get(job.kind).knows)


def progress(job: Job) -> Progress | None:
    """How far the job has read, if that is known."""
    try:
        known = cache.get(f"job:{job.pk}")
    except RedisError:
        return None
    return Progress(*known) if known else None


def check(job: Job) -> Outcome:
    """Say what would become of the job's file, and leave nothing behind.

    When the headings do not tell which column is what, the outcome says only that, and what the columns hold.
    Raises Refusal when the file as a whole cannot be used, or another one of its kind is just being loaded.
    """
    passage = Passage(job, dry_run=True)
    try:
        with transaction.atomic():
            passage.open()
            outcome = passage.outcome
            for block in passage.blocks():
                passage.stage(block)
                if passage.kind.chunked:
                    passage.decide()
                passage.written(block)
            if not passage.kind.chunked:
                passage.decide()
            transaction.set_rollback(True)
    except Unmapped as unmapped:
        passage.look()
        passage.outcome.read.columns = passage.guessed()
        passage.outcome.problem = unmapped.sentence
        return passage.outcome
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == "55P03":
            raise Refusal(_("Another file of this kind is just being loaded. Try again in a minute."), status=409) from error
        raise
    outcome.counts = Counter(full(outcome.counts))
    return outcome


def steps(job: Job) -> Iterator[tuple[Step, bool]]:
    """Carry the job's file into the database: what to do in one transaction each, and whether it is the last one.

    Raises Refusal when the file as a whole cannot be used. A chunked file that turns out so in the middle keeps what is in.
    """
    if not kinds.get(job.kind).chunked:
        yield _whole, True
        return
    passage = Passage(job)
    passage.open()
    for block in passage.blocks():
        yield passage.writes(block), False
        passage.written(block)  # the caller's transaction is over
    yield passage.ends, True


def _whole(job: Job) -> None:
    """The whole file in one transaction."""
    passage = Passage(job)
    passage.open()
    job.counts, job.lists = {}, {}
    for block in passage.blocks():
        passage.stage(block)
        passage.written(block)
    passage.decide()
    passage.keep()
    passage.ends(job)


class Passage:
    """One worker's way through a file."""

    def __init__(self, job: Job, *, dry_run: bool = False) -> None:
        self.job, self.kind, self.outcome = job, kinds.get(job.kind), Outcome()
        self.run = Run(job, None, timezone.now(), dry_run)
        self.fresh = True  # no staging table yet in this transaction
        self.later = array("I")
        self.left_out = frozenset(job.options.get("left_out") or ())
        self.n, self.behind = 0, (0, 0)

    def open(self) -> None:
        """Read the headings; take over what earlier workers left. Raises Refusal."""
        self.table = table(self.job)
        self.how = self.run.how = self.table.how
        headings = self.table.headings
        self.outcome.read = Read(
            **{name: getattr(self.how, name) for name in ("format", "encoding", "separator", "sheet", "sheets", "encodings")},
            headings=headings,
            columns=[None] * len(headings),
            cells=[""] * len(headings),
        )
        self.outcome.read.columns = self.run.names = self.kind.mapping(headings, mappings.chosen(self.job, headings))
        for chunk in JobChunk.objects.filter(job=self.job).order_by("n") if self.kind.chunked and not self.run.dry_run else ():
            self.run.seen.load(bytes(chunk.keys))
            self.later.frombytes(bytes(chunk.later))
            self.n, self.behind = chunk.n + 1, (chunk.turn, chunk.last_line)
        self.run.cursor = connection.cursor()
        self.kind.start(self.run)
        self.most = settings.IMPORT_LIMITS["rep" if self.job.private else "staff"]["rows"]
        self.watch = _Watch(self)

    # ---- reading

    def blocks(self) -> Iterator[_Block]:
        """The lines that are still to be done, cleaned, CHUNK at a time; those that name lines below themselves in a second passage."""
        with _uncollected():
            for turn in count(self.behind[0]):
                behind = self.behind[1] if turn == self.behind[0] else 0
                yield from self._passage(turn, behind)
                if turn or not self.later:
                    return
                self.table = table(self.job)  # from the beginning

    def _passage(self, turn: int, behind: int) -> Iterator[_Block]:
        """One time through the file, from the line after `behind` on."""
        lines = self._lines(turn, behind)
        while (first := next(lines, None)) is not None:
            block, chunk = _Block(turn), chain([first], islice(lines, CHUNK - 1))
            while part := list(islice(chunk, CLEANED)):
                self._clean(block, part)
            yield block
            gc.collect(YOUNG)

    def _lines(self, turn: int, behind: int) -> Iterator[reading.Line]:
        """The lines of this passage."""
        wanted = iter(self.later) if turn else None
        following = next(wanted, 0) if wanted else 0
        read = 0
        for line in self.table.lines():
            read += 1
            if read > self.most:
                raise Refusal(_("This file has more than %(most)s rows. Split it.") % {"most": self.most})
            if wanted:
                while following and following < line.number:
                    following = next(wanted, 0)
                if line.number != following:
                    continue
            if line.number > behind:
                yield line
        if not read:
            raise Refusal(_("There are no rows in this file."))

    def _clean(self, block: _Block, lines: Sequence[reading.Line]) -> None:
        """Clean some of a block's lines and find those that say again what another has said."""
        turn, block.last_line = block.turn, lines[-1].number
        names, clean, label, kind, run = self.run.names, self.kind.clean, self.kind.label, self.kind, self.run
        cleaned, asked = [], []
        for line in lines:
            row = dict(zip(names, line.cells, strict=False))
            row.pop(None, None)
            head = f"{line.number}\t{_copied(' '.join(label(row).split())[:LABEL])}"
            if line.reason:
                block.rows.append(self._refused(head, "r", line.reason, line.detail))
                continue
            try:
                values = clean(row, run)
            except BadRow as bad:
                block.rows.append(self._refused(head, "r", bad.reason, bad.detail))
                continue
            keys, marks = ((), ()) if turn else kind.keys(values)
            asked += keys
            cleaned.append((line.number, head, values, keys, marks))
        if run.dry_run and not all(self.outcome.read.cells):
            self._show_cells(lines)
        first, found = run.seen.find(asked) if asked else {}, block.found
        for number, head, values, keys, marks in cleaned:
            if said := _said(keys, first, found):
                block.rows.append(self._refused(head, "d", "repeated", str(said)))
                continue
            for mark in marks:
                if mark not in first:
                    found.setdefault(mark, number)
            left_out = number in self.left_out
            if kind.chunked and not turn and not left_out and kind.turn(values):
                block.later.append(number)
                continue
            verdict = "o" if left_out else "\\N"
            block.rows.append(f"{head}\t{verdict}\t\t\t{_copied_row(values)}\n")

    def _refused(self, head: str, verdict: str, reason: str, detail: str) -> str:
        return f"{head}\t{verdict}\t{reason}\t{_copied(detail)}" + "\t\\N" * len(self.kind.staging) + "\n"

    def guessed(self) -> list[str | None]:
        """What the headings mean as far as they tell, where they do not tell enough."""
        headings = self.outcome.read.headings
        given = mappings.chosen(self.job, headings)
        columns = self.kind.guess(headings) if given is None else given
        return [columns.get(place) for place in range(len(headings))]

    def look(self) -> None:
        """What stands first below each heading."""
        self._show_cells(list(islice(self.table.lines(), SAMPLE)))

    def _show_cells(self, lines: Sequence[reading.Line]) -> None:
        """What stands first below each heading."""
        cells = self.outcome.read.cells
        for line in lines[:SAMPLE]:
            for place, cell in enumerate(line.cells[: len(cells)]):
                cells[place] = cells[place] or " ".join(cell.split())[:60]

    # ---- writing

    def writes(self, block: _Block) -> Step:
        """One chunk: its rows, its verdicts, its row in the ledger."""

        def step(job: Job) -> None:
            self.fresh, self.outcome.counts = True, Counter()
            self.stage(block)
            self.decide()
            self.keep()
            later = array("I", block.later).tobytes()
            kept = packed(self.run.found)
            JobChunk.objects.create(job=job, n=self.n, turn=block.turn, last_line=block.last_line, keys=kept, later=later)
            self._count(job)

        return step

    def written(self, block: _Block) -> None:
        """The block is in for good: the next ones are compared with it."""
        self.run.seen.add(self.run.found)
        self.later.extend(block.later)
        block.rows.clear()
        block.found.clear()
        self.n += 1
        self.watch.tell()

    def ends(self, job: Job) -> None:
        """The step after the last line."""
        if self.kind.chunked:
            self.outcome.counts = Counter()
        self.run.extra.clear()
        self.kind.finish(self.run)
        self.outcome.counts.update(self.run.extra)
        self._count(job)
        JobChunk.objects.filter(job=job).update(keys=b"", later=b"")

    def stage(self, block: _Block) -> None:
        """Fill the staging table; that of a chunked kind holds this block alone."""
        run, columns = self.run, self.kind.staging
        run.found = dict(block.found)
        if self.fresh:
            if not run.dry_run:
                run.cursor.execute("SET LOCAL lock_timeout = 0")
            run.cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [NAMESPACE, self.kind.lock(self.job)])
            run.cursor.execute("DROP TABLE IF EXISTS pg_temp.import_stage")
            declared = ", ".join(f"{name} {kind_of}" for name, kind_of in columns.items())
            run.cursor.execute(
                f"""CREATE TEMPORARY TABLE import_stage (line int PRIMARY KEY, label text NOT NULL, verdict "char",
                    reason text NOT NULL DEFAULT '', detail text NOT NULL DEFAULT '', {declared}) ON COMMIT DROP"""
            )
            self.fresh = False
        elif self.kind.chunked:
            run.cursor.execute("TRUNCATE import_stage")
        statement = f"COPY import_stage (line, label, verdict, reason, detail, {', '.join(columns)}) FROM STDIN"
        with run.cursor.copy(statement) as copy:
            for start in range(0, len(block.rows), CLEANED):
                copy.write("".join(block.rows[start : start + CLEANED]))
        if not self.kind.chunked:
            self.watch.tell()

    def decide(self) -> None:
        """Let the kind decide every staged row; count them, and take samples for a preview."""
        run, counts, samples = self.run, self.outcome.counts, self.outcome.samples
        run.cursor.execute("ANALYZE import_stage (line, verdict)" if self.kind.chunked else "ANALYZE import_stage")
        run.extra.clear()
        self.kind.apply(run)
        for verdict, n in run.rows("SELECT verdict, count(*) FROM import_stage GROUP BY verdict"):
            counts[WORDS[verdict or CREATED]] += n
        counts.update(run.extra)
        self.outcome.lists = run.lists
        if not run.dry_run:
            return
        short = [outcome for outcome, word in WORDS.items() if len(samples[word]) < self.kind.shown(word)]
        first = f"""SELECT line, label, decided, reason, detail FROM
                    (SELECT s.*, decided, row_number() OVER (PARTITION BY decided ORDER BY line) AS n
                     FROM import_stage s, coalesce(verdict, '{CREATED}') AS decided WHERE decided::text = ANY (%(short)s)) ranked
                    WHERE n <= %(most)s ORDER BY line"""  # noqa: S608  own words
        for line, label, verdict, reason, detail in run.rows(first, short=short, most=max(map(self.kind.shown, samples))):
            word = WORDS[verdict]
            if len(samples[word]) < self.kind.shown(word):
                why = {"note": reason} if word in TAKEN else {"reason": reason}
                samples[word].append(Sample(line, label, detail=detail, changes=run.changes.get(line, []), **why))

    def keep(self) -> None:
        """Write a verdict for every staged line."""
        self.run.sql(
            f"""INSERT INTO jobs_verdict (job_id, line, outcome, reason, detail, label)
               SELECT %(job)s, line, verdict, CASE WHEN taken THEN '' ELSE reason END, CASE WHEN taken THEN '' ELSE left(detail, 200) END,
                 CASE WHEN taken THEN '' ELSE label END
               FROM (SELECT line, reason, detail, label, coalesce(verdict, '{CREATED}') AS verdict,
                       coalesce(verdict, '{CREATED}') IN ('c', 'u', 's') AS taken FROM import_stage) s ORDER BY line"""  # noqa: S608  own words
        )

    def _count(self, job: Job) -> None:
        counts = Counter(full(job.counts))
        counts.update(self.outcome.counts)
        job.counts = dict(counts)
        job.lists = {**job.lists, **self.outcome.lists}
        Job.objects.filter(pk=job.pk).update(counts=job.counts, lists=job.lists)


class _Watch:
    """Tells the page how far a run has read. The cache may be away: then nobody sees the bar, and the job goes on."""

    def __init__(self, passage: Passage) -> None:
        self.passage, self.silent = passage, False

    def tell(self) -> None:
        if self.silent:
            return
        table = self.passage.table
        try:
            cache.set(f"job:{self.passage.job.pk}", (table.read, max(table.newlines, table.read)), 3600)
        except RedisError:
            self.silent = True


@contextmanager
def _uncollected() -> Iterator[None]:
    """Ten thousand lines at a time hold no cycles: looking for some at every few hundred of them takes a sixth of a file's time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _said(keys: Iterable[int], *before: dict[int, int]) -> int:
    """The line that has said one of these things before, 0 if none has."""
    for key in keys:
        for lines in before:
            if key in lines:
                return lines[key]
    return 0


def _copied_row(values: Sequence[object]) -> str:
    """Values in COPY's text form. Of most lines no text needs an escape, which one look at all of them tells."""
    texts = "".join([value for value in values if type(value) is str])
    if texts.isprintable() and "\\" not in texts:
        return "\t".join([value if type(value) is str else "\\N" if value is None else str(value) for value in values])
    return "\t".join([_copied(value) for value in values])


def _copied(value: object) -> str:
    """A value in COPY's text form."""
    if value is None:
        return "\\N"
    text = value if type(value) is str else str(value)
    return text if text.isprintable() and "\\" not in text else text.translate(_ESCAPES)
