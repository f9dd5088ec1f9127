"""What happens to an uploaded file: it is kept, confirmed, carried out by a worker, and its owner is told.

The job's row is the truth. A worker that carries it out holds the row's lock in each of its transactions: when the worker
dies, the lock and the unfinished transaction are gone at once, and any other worker goes on behind the last finished one.
"""

import datetime as dt
import hashlib
import posixpath
from collections.abc import Iterable, Iterator, Mapping

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile, File
from django.db import connection, models, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cotano.jobs import kinds, mappings, running, tasks
from cotano.jobs.models import PIECE, Job, JobChunk
from cotano.jobs.outcome import Outcome, full, of
from cotano.jobs.races import retry_lost_races
from cotano.jobs.refusals import Held, Refusal
from cotano.jobs.workers import ATTEMPTS, language_of, ring
from cotano.lib import text
from notifications import actions as notifications
from notifications.models import Notification

LEASE = dt.timedelta(seconds=20)  # from claiming a job to holding its row
PAUSE = dt.timedelta(seconds=10)  # before the next attempt
SEE_ALL = "jobs.see_all_jobs"
SECOND_PEOPLE = 50  # told of a file that waits for one of them
DRAFTS_KEPT = dt.timedelta(days=1)
log = structlog.get_logger("cotano.jobs")


def refuse_size(kind: str, size: int) -> None:
    """Raise Refusal for a file of `size` bytes that is empty or too large for its kind."""
    most = settings.IMPORT_LIMITS["rep" if kinds.get(kind).private else "staff"]["bytes"]
    if not size:
        raise Refusal(_("This file is empty."))
    if size > most:
        raise Refusal(_("This file is larger than %(most)s MB. Split it.") % {"most": most // 10**6})


@transaction.atomic
def keep_upload(
    owner: models.Model,
    kind: str,
    file: File | bytes,
    *,
    name: str = "",
    options: Mapping[str, object] | None = None,
    state: str = Job.State.DRAFT,
) -> Job:
    """Keep an uploaded file as a job of this kind. Raises Refusal when it is empty or too large."""
    upload = ContentFile(file) if isinstance(file, bytes) else file
    refuse_size(kind, upload.size)
    file_name = text.one_line(posixpath.basename((name or upload.name or "").replace("\\", "/")))[:200] or "file.csv"
    job = Job.objects.create(
        owner=owner, kind=kind, file_name=file_name, size=0, private=kinds.get(kind).private, options=dict(options or {}), state=state
    )
    digest, size = hashlib.sha256(), 0
    with connection.cursor() as cursor, cursor.copy("COPY jobs_jobpiece (job_id, n, data) FROM STDIN (FORMAT BINARY)") as out:
        out.set_types(["int8", "int4", "bytea"])
        for n, data in enumerate(_pieces(upload.chunks())):  # as they are: within a statement bytes are written out in digits
            out.write_row((job.pk, n, data))
            digest.update(data)
            size += len(data)
    job.sha256, job.size = digest.hexdigest(), size
    job.save(update_fields=["sha256", "size"])
    return job


def check(job: Job) -> Job:
    """Find out what would become of a draft: at once, or by a worker when that would keep the person waiting.

    Raises Refusal when the file cannot be used; the draft stays, for its owner to read it otherwise or to discard.
    """
    if job.size > settings.IMPORT_CHECKED_AT_ONCE:
        with transaction.atomic():
            job.state, job.preview, job.attempts, job.lease_until = Job.State.CHECKING, None, 0, None
            job.save(update_fields=["state", "preview", "attempts", "lease_until"])
            transaction.on_commit(lambda: ring(tasks.carry_out, job.pk))
        return job
    job.preview = running.check(job).as_json()
    Job.objects.filter(pk=job.pk, state=Job.State.DRAFT).update(preview=job.preview)
    return job


def checked(job: Job) -> Outcome | None:
    """What would become of a draft; None while a worker finds out. Raises Refusal when the file cannot be used."""
    if job.state == Job.State.DRAFT and job.preview is None:
        check(job)
    return of(job)


def read_otherwise(job: Job, options: Mapping[str, object]) -> Job:
    """Read a draft as a person has chosen (see `Job.options`) and check it again. Raises Refusal, and then nothing has changed."""
    before, job.options = job.options, {**job.options, **options}
    try:
        check(job)
    except Refusal:
        job.options = before
        raise
    Job.objects.filter(pk=job.pk, state__in=Job.BEFORE).update(options=job.options)
    return job


@transaction.atomic
def change_options(job: Job, options: Mapping[str, object]) -> Job:
    """Keep what a person chose in the preview of a draft and what needs no other check."""
    job.options = {**job.options, **options}
    Job.objects.filter(pk=job.pk, state=Job.State.DRAFT).update(options=job.options)
    return job


def leave_out(job: Job, keep: Iterable[str], others: Iterable[int] = ()) -> Job:
    """Of the lines that the preview of a draft has shown as new or changed, take only those in `keep` (numbers as a form sends them).

    `others` are lines that it has not shown and that are left out as well.
    """
    samples = (job.preview or {}).get("samples") or {}
    shown = {row["line"] for word in ("created", "updated") for row in samples.get(word, ())}
    left_out = shown.difference(text.number(line) for line in keep).union(others)
    return change_options(job, {"left_out": sorted(left_out)})


@transaction.atomic
def confirm(job: Job, *, by: models.Model) -> Job:
    """Let the owner's draft be carried out. A second time has no second effect. Raises Refusal for somebody else's draft."""
    if job.owner_id != by.pk:
        raise Refusal(_("Only the one who uploaded this file can confirm it."), status=409)
    if (job.preview or {}).get("problem") and job.state == Job.State.DRAFT:
        raise Refusal(job.preview["problem"])
    headings = ((job.preview or {}).get("read") or {}).get("headings") or []
    changed = Job.objects.filter(pk=job.pk, owner=by, state=Job.State.DRAFT).update(
        state=Job.State.WAITING, created_at=timezone.now(), preview=None, attempts=0, lease_until=None
    )
    job.refresh_from_db()
    if changed:
        mappings.remember(job, headings)
        kinds.get(job.kind).confirmed(job, by=by)
        transaction.on_commit(lambda: ring(tasks.carry_out, job.pk))
    return job


def may_agree(job: Job, user: models.Model) -> bool:
    """Whether the person is a second one: may load this kind of file and has not uploaded this one."""
    return bool(user.is_active and user.pk != job.owner_id and user.has_perm(kinds.get(job.kind).permission))


@transaction.atomic
def agree(job: Job, *, by: models.Model, asks: int | None) -> Job:
    """A second person, who was asked about the loss of `asks` rows, lets a held job be carried out.

    Raises Refusal for its owner, for a job that does not wait for this, and for one that would cost more by now.
    """
    if not may_agree(job, by):
        raise Refusal(_("Only another person who may load this kind of file can agree."), status=409)
    held = Job.objects.filter(pk=job.pk, state=Job.State.HELD)
    if held.exclude(asks=asks).exists():
        raise Refusal(_("By now this file would remove another number than the page has shown. Look at it again."), status=409)
    if not held.filter(asks=asks).update(state=Job.State.WAITING, agreed_by=by, attempts=0, sentence="", finished_at=None):
        raise Refusal(_("This file does not wait for a second person any more."), status=409)
    job.refresh_from_db()
    transaction.on_commit(lambda: ring(tasks.carry_out, job.pk))
    return job


@transaction.atomic
def decline(job: Job, *, by: models.Model) -> Job:
    """A held job is not carried out: its owner thinks better of it, or a second person does not agree."""
    if by.pk != job.owner_id and not may_agree(job, by):
        raise Refusal(_("Only another person who may load this kind of file can agree."), status=409)
    kept = Job.objects.select_for_update(of=("self",), no_key=True).get(pk=job.pk)
    if kept.state != Job.State.HELD:
        raise Refusal(_("This file does not wait for a second person any more."), status=409)
    with translation.override(language_of(kept.owner)):
        sentence = _("%(name)s has not agreed to this file.") % {"name": by}
    return _end(kept, Job.State.FAILED, sentence) or kept


@transaction.atomic
def discard(job: Job) -> None:
    """Forget a draft."""
    Job.objects.filter(pk=job.pk, state__in=Job.BEFORE).delete()


def load(owner: models.Model, kind: str, file: File | bytes, *, name: str = "", options: Mapping[str, object] | None = None) -> Job:
    """Keep a file and carry it into the database in this process. A file that cannot be used is a failed job with a sentence."""
    with transaction.atomic():
        job = keep_upload(owner, kind, file, name=name, options=options, state=Job.State.RUNNING)
        job.attempts, job.claims, job.lease_until = 1, 1, timezone.now() + LEASE
        job.save(update_fields=["attempts", "claims", "lease_until"])
    try:
        return _work(job) or job
    except Held as held:
        return _hold(job, held) or job
    except Refusal as refusal:
        return _end(job, Job.State.FAILED, refusal.sentence) or job


def carry_out(job_id: int) -> Job | None:
    """Carry out a waiting job, or check one; None when there is nothing to do or another worker has it.

    After the third attempt that got no further, the job has failed. The owner is told of either end.
    """
    job = _claim(job_id)
    if job is None or job.state == Job.State.FAILED:
        return job
    try:
        with translation.override(language_of(job.owner)):
            return _check(job) if job.state == Job.State.CHECKING else _work(job)
    except Held as held:
        return _hold(job, held)
    except Refusal as refusal:
        return _end(job, Job.State.FAILED, refusal.sentence)
    except (Exception, SoftTimeLimitExceeded):
        log.exception("job attempt failed", job=job.pk, kind=job.kind, attempt=job.attempts)
        held = Job.objects.filter(pk=job.pk, claims=job.claims, state=job.state)
        attempts = held.values_list("attempts", flat=True).first()
        if attempts is not None and attempts >= ATTEMPTS:
            return _end(job, Job.State.FAILED, _gave_up(job))
        waiting = Job.State.CHECKING if job.state == Job.State.CHECKING else Job.State.WAITING
        held.update(state=waiting, lease_until=timezone.now() + PAUSE * (attempts or 1))
        return None


def take_up() -> list[int]:
    """Ring for every job that waits or whose worker is gone, and forget old drafts; returns the jobs' ids."""
    now = timezone.now()
    Job.objects.filter(state__in=Job.BEFORE, created_at__lt=now - DRAFTS_KEPT).delete()
    with transaction.atomic():
        found = list(_free(now).order_by("created_at").values_list("pk", flat=True)[:100])
    for pk in found:
        ring(tasks.carry_out, pk)
    return found


def _free(now: dt.datetime) -> models.QuerySet:
    """Jobs nobody works on: the row of one under way is locked, or its worker has just claimed it or written to it."""
    open_jobs = Job.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return open_jobs.filter(state__in=Job.OPEN).filter(Q(lease_until=None) | Q(lease_until__lt=now))


@transaction.atomic
def _claim(job_id: int) -> Job | None:
    now = timezone.now()
    job = _free(now).filter(pk=job_id).first()
    if job is None:
        return None
    if job.attempts >= ATTEMPTS:  # its workers died with it
        return _end(job, Job.State.FAILED, _gave_up(job))
    job.state = job.state if job.state == Job.State.CHECKING else Job.State.RUNNING
    job.attempts, job.claims, job.lease_until = job.attempts + 1, job.claims + 1, now + LEASE
    job.save(update_fields=["state", "attempts", "claims", "lease_until"])
    return job


def _work(job: Job) -> Job | None:
    """Step by step, each in a transaction of its own; the last one ends the job. None when another worker has taken over."""
    with translation.override(language_of(job.owner)):
        for step, is_last in running.steps(job):
            if not _take(job, step, is_last=is_last):
                return None
    return job


@retry_lost_races
@transaction.atomic
def _take(job: Job, step: running.Step, *, is_last: bool) -> bool:
    """One step of a worker that still has the job; the last one also writes the job's end and the note to its owner."""
    held = Job.objects.select_for_update(of=("self",), no_key=True).filter(pk=job.pk, state=Job.State.RUNNING, claims=job.claims).first()
    if held is None:
        return False
    step(held)
    job.counts, job.lists = held.counts, held.lists
    if is_last:
        return _end(job, Job.State.DONE) is not None
    # It got further: attempts count from here again. Who is silent for a lease from now on is taken for dead.
    Job.objects.filter(pk=job.pk).update(attempts=1, lease_until=timezone.now() + LEASE)
    return True


def _check(job: Job) -> Job | None:
    """What would become of the file, kept for the preview."""
    with transaction.atomic():
        held = (
            Job.objects.select_for_update(of=("self",), no_key=True).filter(pk=job.pk, state=Job.State.CHECKING, claims=job.claims).first()
        )
        if held is None:
            return None
        held.preview = running.check(held).as_json()
        held.state, held.lease_until = Job.State.DRAFT, None
        held.save(update_fields=["preview", "state", "lease_until"])
    return held


@transaction.atomic
def _end(job: Job, state: str, sentence: str = "") -> Job | None:
    """Finish the job and tell its owner: the only notification that loading a file causes."""
    now = timezone.now()
    ended = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING if state == Job.State.DONE else job.state, claims=job.claims)
    if not ended.update(state=state, sentence=sentence[:500], finished_at=now, lease_until=None):
        return None
    job.state, job.sentence, job.finished_at, job.lease_until = state, sentence, now, None
    if job.owner.is_active:
        with translation.override(language_of(job.owner)):
            notifications.schedule(
                key=f"job:{job.pk}",
                subject=f"job:{job.pk}",
                recipient=job.owner,
                kind=Notification.Kind.JOB,
                title=_("%(file)s is loaded") % {"file": job.file_name}
                if state == Job.State.DONE
                else _("%(file)s could not be loaded") % {"file": job.file_name},
                text=result(job) if state == Job.State.DONE else sentence,
                url=kinds.get(job.kind).page(job),
                due_at=now,
            )
    return job


@transaction.atomic
def _hold(job: Job, held: Held) -> Job | None:
    """Let the job wait for a second person; its owner and those who may agree are told."""
    now = timezone.now()
    running_ = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, claims=job.claims)
    if not running_.update(
        state=Job.State.HELD,
        sentence=held.sentence[:500],
        asks=held.asks,
        agreed_by=None,
        counts=held.counts,
        lists=held.lists,
        lease_until=None,
    ):
        return None
    job.refresh_from_db()
    kind = kinds.get(job.kind)
    for person in [job.owner, *_second_people(job, kind.permission)]:
        if person.is_active:
            with translation.override(language_of(job.owner) if person.pk == job.owner_id else person.language):
                notifications.schedule(
                    key=f"held:{job.pk}",
                    subject=f"job:{job.pk}",
                    recipient=person,
                    kind=Notification.Kind.JOB,
                    title=_("%(file)s waits for a second person") % {"file": job.file_name},
                    text=_("It would remove more than the rules allow one person. Look at it, and agree or not."),
                    url=kind.page(job),
                    due_at=now,
                )
    return job


def _second_people(job: Job, permission: str) -> models.QuerySet:
    """Those who may agree and can open the job's page."""
    people = get_user_model().objects.filter(is_active=True, is_staff=True).exclude(pk=job.owner_id)
    for name in (permission, SEE_ALL):
        app, codename = name.split(".")
        given = Permission.objects.filter(codename=codename, content_type__app_label=app).values("pk")
        people = people.filter(Q(is_superuser=True) | Q(groups__permissions__in=given) | Q(user_permissions__in=given))
    return people.distinct().order_by("pk")[:SECOND_PEOPLE]


def result(job: Job) -> str:
    """The counts in a sentence."""
    counts = full(job.counts)
    parts = [
        ngettext("%(n)d new", "%(n)d new", counts["created"]) % {"n": counts["created"]},
        ngettext("%(n)d changed", "%(n)d changed", counts["updated"]) % {"n": counts["updated"]},
        ngettext("%(n)d unchanged", "%(n)d unchanged", counts["unchanged"]) % {"n": counts["unchanged"]},
        ngettext("%(n)d rejected", "%(n)d rejected", counts["rejected"]) % {"n": counts["rejected"]},
    ]
    if n := counts["duplicate"]:
        parts.append(ngettext("%(n)d twice in the file", "%(n)d twice in the file", n) % {"n": n})
    if n := counts["suppressed"]:
        parts.append(ngettext("%(n)d not to be contacted", "%(n)d not to be contacted", n) % {"n": n})
    if n := counts["left_out"]:
        parts.append(ngettext("%(n)d left out", "%(n)d left out", n) % {"n": n})
    return ", ".join(parts)


def _gave_up(job: Job) -> str:
    with translation.override(language_of(job.owner)):
        if job.state == Job.State.CHECKING or not JobChunk.objects.filter(job=job).exists():
            return _("Loading was interrupted several times. Nothing of this file was taken. Upload it again or ask for help.")
        return _("Loading was interrupted several times, in the middle. Upload the file again: what is in already is not added twice.")


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of one size."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        while len(rest) >= PIECE:
            yield rest[:PIECE]
            rest = rest[PIECE:]
    if rest:
        yield rest
