"""Taking rows out as a file: at once when they are few, by a worker and kept for a week when they are many. Each is written down."""

import datetime as dt
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cotano.jobs import audit, exporting, tasks
from cotano.jobs.models import PIECE, Export, ExportPiece
from cotano.jobs.refusals import Refusal
from cotano.jobs.workers import ATTEMPTS, language_of, ring
from notifications import actions as notifications
from notifications.models import Notification

KEPT = dt.timedelta(days=7)
LEASE = dt.timedelta(minutes=16)  # longer than a worker may take
log = structlog.get_logger("cotano.jobs")


@transaction.atomic
def begin(kind: str, *, by: models.Model, form: str, params: Mapping[str, Any]) -> Export:
    """Write down that the person takes these rows out; `is_done` says whether they can be sent at once (see `blocks`).

    Above settings.EXPORT_AT_ONCE rows a worker makes the file, and the person is told. Raises Refusal without the right.
    """
    spec = _spec(kind)
    if form not in spec.formats or not spec.is_allowed(by):
        raise Refusal(_("You may not take these rows out."), status=403)
    few = spec.rows(by, params).order_by()[: settings.EXPORT_AT_ONCE + 1].count() <= settings.EXPORT_AT_ONCE
    now = timezone.now()
    state = Export.State.DONE if few else Export.State.WAITING
    made = Export.objects.create(
        owner=by, kind=kind, form=form, params={} if few else dict(params), state=state, finished_at=now if few else None
    )
    audit.record_export(by=by, subject=f"export:{made.pk}", whose=() if spec.of_company else [by.pk])
    if not few:
        transaction.on_commit(lambda: ring(tasks.make_export, made.pk))
    return made


def blocks(export: Export, params: Mapping[str, Any]) -> Iterator[bytes]:
    """The rows of an export that is sent at once, as a file."""
    spec = _spec(export.kind)
    return exporting.blocks(spec, spec.rows(export.owner, params), export.form)


def kept_blocks(export: Export) -> Iterator[bytes]:
    """The file that a worker made, a piece at a time."""
    return export.pieces.in_order()


def may_fetch(export: Export, user: models.Model) -> bool:
    """Whether there is a file and the person still may have it."""
    spec = exporting.every().get(export.kind)
    fresh = export.kept_until is not None and export.kept_until > timezone.now()
    return bool(fresh and spec and export.owner_id == user.pk and user.is_active and spec.is_allowed(user))


def make(export_id: int) -> Export | None:
    """Make the file of a waiting export and tell its owner; None when there is nothing to do. Rights are asked for again."""
    export = _claim(export_id)
    if export is None or export.state == Export.State.FAILED:
        return export
    try:
        with translation.override(language_of(export.owner)):
            return _make(export)
    except Refusal as refusal:
        return _end(export, Export.State.FAILED, sentence=refusal.sentence)
    except (Exception, SoftTimeLimitExceeded):
        log.exception("export attempt failed", export=export.pk, kind=export.kind, attempt=export.attempts)
        Export.objects.filter(pk=export.pk, attempts=export.attempts).update(state=Export.State.WAITING, lease_until=timezone.now())
        return None


def take_up() -> list[int]:
    """Ring for every export that waits or whose worker is gone; forget files older than a week and what they were narrowed by."""
    now = timezone.now()
    old = Export.objects.filter(kept_until__lte=now)
    ExportPiece.objects.filter(export__in=old).delete()
    old.update(kept_until=None, size=0, params={})
    found = list(_free(now).order_by("created_at").values_list("pk", flat=True)[:100])
    for pk in found:
        ring(tasks.make_export, pk)
    return found


def page(export: Export) -> str:
    """Where it is shown."""
    return reverse("pipeline:export", args=[export.pk])


def _spec(kind: str) -> exporting.Export:
    try:
        return exporting.every()[kind]
    except KeyError:
        raise Refusal(_("This cannot be taken out any more.")) from None


def _free(now: dt.datetime) -> models.QuerySet:
    waiting = Q(state=Export.State.WAITING) | Q(state=Export.State.RUNNING, lease_until__lt=now)
    return Export.objects.filter(waiting)


@transaction.atomic
def _claim(export_id: int) -> Export | None:
    now = timezone.now()
    export = _free(now).select_for_update(skip_locked=True, of=("self",), no_key=True).filter(pk=export_id).first()
    if export is None:
        return None
    if export.attempts >= ATTEMPTS:
        return _end(export, Export.State.FAILED, sentence=_("Making this file was interrupted several times. Ask for it again."))
    export.state, export.attempts, export.lease_until = Export.State.RUNNING, export.attempts + 1, now + LEASE
    export.save(update_fields=["state", "attempts", "lease_until"])
    return export


@transaction.atomic
def _make(export: Export) -> Export | None:
    spec = _spec(export.kind)
    if not export.owner.is_active or not spec.is_allowed(export.owner):
        raise Refusal(_("You may not take these rows out any more."))
    ExportPiece.objects.filter(export=export).delete()
    size = n = 0
    with tempfile.TemporaryFile() as file:  # reading and writing share one connection
        for block in exporting.blocks(spec, spec.rows(export.owner, export.params), export.form):
            file.write(block)
        file.seek(0)
        while data := file.read(PIECE):
            ExportPiece.objects.create(export=export, n=n, data=data)
            size += len(data)
            n += 1
    return _end(export, Export.State.DONE, size=size)


@transaction.atomic
def _end(export: Export, state: str, *, sentence: str = "", size: int = 0) -> Export | None:
    now = timezone.now()
    ended = Export.objects.filter(pk=export.pk, attempts=export.attempts).exclude(state__in=[Export.State.DONE, Export.State.FAILED])
    values = {"state": state, "sentence": sentence[:500], "size": size, "finished_at": now, "lease_until": None}
    values["kept_until"] = now + KEPT
    if not ended.update(**values):
        return None
    for name, value in values.items():
        setattr(export, name, value)
    if export.owner.is_active:
        done = state == Export.State.DONE
        notifications.schedule(
            key=f"export:{export.pk}",
            subject=f"export:{export.pk}",
            recipient=export.owner,
            kind=Notification.Kind.JOB,
            title=_("Your file is ready") if done else _("Your file could not be made"),
            text=_("It is kept for a week.") if done else sentence,
            url=page(export),
            due_at=now,
        )
    return export
