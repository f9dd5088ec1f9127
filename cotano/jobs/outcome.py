"""What would become of a file: counts for all of it, the first lines of each outcome, how it was read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from cotano.jobs import kinds, reasons
from cotano.jobs.kinds import Change
from cotano.jobs.models import Job

WORDS = {
    "c": "created",
    "u": "updated",
    "s": "unchanged",
    "d": "duplicate",
    "r": "rejected",
    "x": "suppressed",
    "o": "left_out",
}
TAKEN = ("created", "updated", "unchanged")


@dataclass(frozen=True)
class Sample:
    """One line as a preview shows it."""

    line: int
    label: str
    reason: str = ""
    detail: str = ""
    changes: list[Change] = field(default_factory=list)
    note: str = ""  # a key of cotano.jobs.reasons: what a person should know about a line that is taken

    @property
    def sentence(self) -> str:
        """Why it is not taken, or what to know about it; in the reader's language."""
        return reasons.sentence(self.reason or self.note, self.detail)


@dataclass
class Read:
    """How a file was read, and what can be chosen otherwise."""

    format: str = "csv"
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    encodings: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    columns: list[str | None] = field(default_factory=list)  # what each heading was taken for
    cells: list[str] = field(default_factory=list)  # the first filled cell below each heading


@dataclass
class Outcome:
    """What would become of a file, or became of it."""

    counts: Counter[str] = field(default_factory=Counter)  # by the words above, and what a kind adds
    samples: dict[str, list[Sample]] = field(default_factory=lambda: {word: [] for word in WORDS.values()})
    lists: dict[str, list[str]] = field(default_factory=dict)  # of what a kind counts beside: whom it is about
    read: Read = field(default_factory=Read)
    problem: str = ""  # why nothing can be said before a person tells which column is what

    @property
    def lines(self) -> int:
        """Lines with a verdict."""
        return sum(self.counts[word] for word in WORDS.values())

    @property
    def taken(self) -> int:
        """Lines that are used."""
        return sum(self.counts[word] for word in TAKEN)

    @property
    def ignored(self) -> list[str]:
        """Headings that mean nothing."""
        return [heading for heading, column in zip(self.read.headings, self.read.columns, strict=True) if heading and not column]

    def as_json(self) -> dict[str, Any]:
        """For `Job.preview`."""
        samples = {word: [asdict(row) for row in rows] for word, rows in self.samples.items()}
        return {"counts": dict(self.counts), "samples": samples, "lists": self.lists, "read": asdict(self.read), "problem": self.problem}

    @classmethod
    def of_json(cls, kept: dict[str, Any], titles: Mapping[str, str]) -> Self:
        """From `Job.preview`; `titles` are the names of the columns in the reader's language."""
        samples: dict[str, list[Sample]] = {}
        for word, rows in kept["samples"].items():
            samples[word] = []
            for row in rows:
                changes = [Change(titles.get(one["what"], one["what"]), one["old"], one["new"]) for one in row["changes"]]
                samples[word].append(Sample(**{**row, "changes": changes}))
        return cls(Counter(kept["counts"]), samples, kept["lists"], Read(**kept["read"]), kept["problem"])


def of(job: Job) -> Outcome | None:
    """What the check of a draft found, in the reader's language; None while a worker is at it."""
    if job.preview is None:
        return None
    return Outcome.of_json(job.preview, {column.name: str(column.title or column.name) for column in kinds.get(job.kind).columns})


def full(counts: dict[str, int]) -> dict[str, int]:
    """The counts with a number for every outcome."""
    return {**dict.fromkeys(WORDS.values(), 0), **counts}
