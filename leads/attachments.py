"""Pictures and documents of a lead: checked by their content, kept in a folder of their own, served to the owner alone.

The store is `settings.MEDIA_ROOT`; a file's name there is random and tells nothing. The file is written before its row: a crash in
between leaves a file without a row, never a row without a file.
"""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cotano.jobs import receipts
from cotano.jobs.refusals import Refusal
from cotano.lib import pictures, text
from leads.holding import hold
from leads.models import ATTACHMENT_LARGEST, ATTACHMENT_NAME_LONGEST, ATTACHMENTS, Attachment, Lead
from teams import activity
from teams.models import ActivityCount, User

ENDINGS = {pictures.JPEG: ".jpg", pictures.PNG: ".png", pictures.WEBP: ".webp", pictures.PDF: ".pdf"}
_FOLDERS = 2  # letters of a name that name its folder


def attach(lead: Lead, upload: UploadedFile, *, by: User, once: str = "") -> Attachment:
    """Keep the file with the lead. The same form (`once`) again returns the first one.

    Raises Refusal for a file that is too large, of another kind than a picture or PDF, broken, or one too many.
    """
    if upload.size > ATTACHMENT_LARGEST:
        raise Refusal(_("A file has at most %(most)d MB.") % {"most": ATTACHMENT_LARGEST // 2**20})
    data = upload.read()
    kind = _kind(data)
    name = _name(upload.name, kind)
    file = f"{(token := secrets.token_hex(16))[:_FOLDERS]}/{token}"
    _write(file, data)
    try:
        with transaction.atomic():
            made = _note(lead, Attachment(by=by, name=name, kind=kind, size=len(data), file=file, at=timezone.now()), once)
    except BaseException:
        forget_files([file])
        raise
    if made.file != file:
        forget_files([file])
    return made


def _note(lead: Lead, made: Attachment, once: str) -> Attachment:
    lead = hold(lead, made.by)
    if first := receipts.first(made.by, once, lead.attachments.all()):
        return first
    if lead.attachments.count() >= ATTACHMENTS:
        raise Refusal(_("At most %(most)d files.") % {"most": ATTACHMENTS})
    made.lead = lead
    made.save(force_insert=True)
    receipts.note(made.by, once, str(made.pk))
    activity.count(lead.owner, ActivityCount.Kind.LEAD)
    return made


def path(file: str) -> Path:
    """Where a file is."""
    return Path(settings.MEDIA_ROOT) / "attachments" / file


def forget_files(files: Iterable[str]) -> None:
    """Delete files whose rows are gone; those that are not there are fine."""
    for file in files:
        path(file).unlink(missing_ok=True)


def _write(file: str, data: bytes) -> None:
    target = path(file)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def _kind(data: bytes) -> str:
    if not data:
        raise Refusal(_("This file is empty."))
    try:
        return pictures.kind_of(data)
    except pictures.NotKept as refused:
        sentences = {
            "kind": _("This is no picture (JPEG, PNG, WebP) and no PDF, whatever its name says."),
            "broken": _("This file is broken or cut short."),
            "pixels": _("This picture is too large to be shown on a phone."),
        }
        raise Refusal(sentences[refused.reason]) from None


def _name(said: str | None, kind: str) -> str:
    """The name as it came, with the ending of what it is."""
    stem = text.one_line(Path((said or "").replace("\\", "/")).stem) or str(_("File"))
    ending = ENDINGS[kind]
    return stem[: ATTACHMENT_NAME_LONGEST - len(ending)] + ending
