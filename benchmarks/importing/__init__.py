"""A rep's contacts from a file, next to django-import-export, Django's bulk upsert and COPY of clean rows.

Each contender has a rep of its own with the same people on file, and writes the same tables, indexes, verdicts and old values.
What takes too long on the whole file is measured on fewer lines, and the figure's baseline says so. Costs are processor time a line.
"""

import tempfile
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from django.test import Client
from django.urls import reverse

from benchmarks import company, contacts
from benchmarks.figures import Figure, smaller, versus
from benchmarks.importing import others, product
from benchmarks.measuring import Cost, fresh
from cotano.jobs import actions
from cotano.jobs.models import Job
from teams.models import Rep

STOCK, TUNED = 2_000, 20_000  # lines at most
TIMES = 10  # as many lines for the memory
IE = "django-import-export"
Say = Callable[[str], None]


def run(size: int, say: Say) -> list[Figure]:
    """All figures, for a file of `size` lines."""
    say("files")
    file, few, some = contacts.make(size), contacts.make(min(size, STOCK)), contacts.make(min(size, TUNED))
    say(f"product: {size:,} lines")
    ours = contender("PRODUCT", file)
    draft, looked = product.preview(ours, file)
    page = preview_page(draft)
    actions.discard(draft)
    job, loaded = product.load(ours, file)
    wrong = product.wrong(job, file.truth)
    preview, import_ = each(looked, size), each(loaded, size)
    say(f"COPY of clean rows ({job.counts})")
    rep = contender("COPY", contacts.File(b"", [], {}, []))
    taken, lines = others.copy(rep, draft_of(rep), file)
    limit = each(taken, lines)
    say("bulk_create")
    rep = contender("BULK", file)
    bulk = each(others.bulk_create(rep, draft_of(rep), file), size)
    say(f"{IE}, tuned")
    rep = contender("TUNED", some)
    tuned = each(others.stock(rep, draft_of(rep), some, tuned=True), len(some.rows))
    say(f"{IE} as it comes")
    rep = contender("STOCK", few)
    shown = each(others.stock(rep, draft_of(rep), few, dry_run=True), len(few.rows))
    stock = shown + each(others.stock(rep, draft_of(rep), few), len(few.rows))
    say(f"memory: {TIMES * size:,} lines")
    memory = held(TIMES * size)
    return [
        versus(
            "cpu_vs_stock", stock / (preview + import_), goal=">= 30", **of(f"{IE}, preview and import, {len(few.rows):,} lines", stock)
        ),
        versus("cpu_vs_use_bulk", tuned / import_, goal=">= 7", **of(f"{IE} with use_bulk, {len(some.rows):,} lines", tuned)),
        versus("cpu_vs_bulk_create", bulk / import_, goal=">= 1.3", **of("bulk_create(update_conflicts)", bulk)),
        versus("cpu_vs_copy", limit / import_, goal=">= 0.10", **of("COPY of clean rows", limit)),
        Figure("rows_per_cpu_s", 1e6 / import_, "lines"),
        smaller("rss_over_idle_mb", memory["peak_mb"] - memory["idle_mb"], "MB", "<= 64"),
        versus("preview_vs_stock", shown / preview, goal=">= 50", **of(f"{IE}, dry run, {len(few.rows):,} lines", shown)),
        smaller("preview_s", looked.processor, "s"),
        smaller("preview_page_kb", page / 1000, "kB", "<= 200"),
        smaller("verdicts_wrong", wrong, "lines", "== 0"),
    ]


def of(baseline: str, value: float) -> dict[str, object]:
    """A baseline and what it takes."""
    return {"baseline": f"{baseline}, us a line", "baseline_value": value}


def contender(code: str, file: contacts.File) -> Rep:
    """A rep with the people whom the file knows."""
    rep = company.rep(code)
    company.stock_up(rep, file.known)
    return rep


def draft_of(rep: Rep) -> Job:
    """A job for the others' verdicts."""
    return Job.objects.create(owner=rep.user, kind="leads", file_name="contacts.csv", size=0, private=True)


def each(taken: Cost, lines: int) -> float:
    """Microseconds of processor a line."""
    return taken.processor / lines * 1e6


def preview_page(draft: Job) -> int:
    """The bytes of the page that shows a rep what would become of a file."""
    client = Client()
    client.force_login(draft.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    response = client.get(reverse("pipeline:contacts_check", args=[draft.pk]))
    if response.status_code != HTTPStatus.OK or b"<form" not in response.content:
        raise RuntimeError(f"no preview: {response.status_code}")
    return len(response.content)


def held(size: int) -> dict[str, float]:
    """The memory of a process that loads `size` lines."""
    company.rep("MEMORY")
    with tempfile.TemporaryDirectory(prefix="cotano-bench-") as folder:
        path = Path(folder) / "contacts.csv"
        path.write_bytes(contacts.make(size).data)
        return fresh("benchmarks.importing.loading", path, "MEMORY")
