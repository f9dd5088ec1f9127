"""The product's own way: a job, its preview, its chunks."""

from collections import Counter

from django.core.files.base import ContentFile

from benchmarks.contacts import File
from benchmarks.measuring import Cost, cost
from cotano.jobs import actions
from cotano.jobs.models import Job, Verdict
from leads.models import Lead
from teams.models import Rep


def options(rep: Rep) -> dict[str, object]:
    """What a rep's upload says."""
    return {"rep": rep.pk, "board": "no"}


def preview(rep: Rep, file: File, name: str = "contacts.csv") -> tuple[Job, Cost]:
    """Upload and check; returns the draft."""
    with cost() as taken:
        job = actions.keep_upload(rep.user, "leads", ContentFile(file.data, name), name=name, options=options(rep))
        if actions.check(job).state == Job.State.CHECKING:  # a large file is checked by a worker
            actions.carry_out(job.pk)
    job.refresh_from_db()
    return job, taken


def load(rep: Rep, file: File, name: str = "contacts.csv") -> tuple[Job, Cost]:
    """Upload and carry out."""
    with cost() as taken:
        job = actions.load(rep.user, "leads", ContentFile(file.data, name), name=name, options=options(rep))
    if job.state != Job.State.DONE:
        raise RuntimeError(f"the contacts were not loaded: {job.sentence}")
    return job, taken


def wrong(job: Job, truth: dict[int, str]) -> int:
    """Lines whose verdict is not the truth, and lines without one or without a truth."""
    found = dict(Verdict.objects.filter(job=job).values_list("line", "outcome"))
    return sum(found.get(line) != truth.get(line) for line in found.keys() | truth.keys())


def on_file(rep: Rep) -> Counter[str]:
    """What contenders have to agree on: how many people, with a phone, an e-mail, a birthday, tags, a note."""
    rows = Lead.objects.filter(owner=rep).values_list("phone", "email", "birthday", "tags", "note")
    counted = Counter(people=0)
    for phone, email, birthday, tags, note in rows.iterator(10_000):
        counted.update(people=1, phones=bool(phone), emails=bool(email), birthdays=bool(birthday), tags=len(tags), notes=bool(note))
    return counted
