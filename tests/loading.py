"""Files in tests: loaded as an upload is, said in short."""

import csv
import io

from cotano.demo import EXAMPLES
from cotano.jobs import actions, outcome
from cotano.jobs.models import Verdict
from teams.models import User
from tests import make

COMPANY = EXAMPLES / "company"
WORDS = tuple(outcome.WORDS.values())


def load(kind, file, **options):
    """Load a file (bytes, text, or rows with the headings first); a second person agrees where one must. Returns the job."""
    if isinstance(file, list):
        out = io.StringIO()
        csv.writer(out).writerows(file)
        file = out.getvalue()
    owner = User.objects.filter(email="loader@example.com").first() or User.objects.create_user(email="loader@example.com", name="Loader")
    job = actions.load(owner, kind, file.encode() if isinstance(file, str) else file, name=f"{kind}.csv", options=options)
    if job.state == "held":
        actions.carry_out(actions.agree(job, by=make.staff("Second Staff"), asks=job.asks).pk)
        job.refresh_from_db()
    assert job.state == "done", job.sentence
    return job


def counts(job):
    """(created, updated, unchanged, not taken for any reason)"""
    return (*(job.counts[word] for word in WORDS[:3]), sum(job.counts[word] for word in WORDS[3:]))


def rejected(job):
    """(line, reason, detail) of the lines that were not taken"""
    rows = Verdict.objects.filter(job=job).exclude(outcome__in=Verdict.TAKEN)
    return list(rows.order_by("line").values_list("line", "reason", "detail"))


def versions(*models):
    """The row version of every row: it changes with any write."""
    return {model: sorted(model.objects.extra(select={"written": "xmin::text"}).values_list("pk", "written")) for model in models}
