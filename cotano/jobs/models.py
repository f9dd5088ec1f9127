"""Work that outlives a request: a job is a row, its file and its verdicts are rows, a worker only carries it out. And who saw whom."""

from collections.abc import Iterator
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

PIECE = 2**20  # bytes of a file per row


class JobQuerySet(models.QuerySet):
    """Jobs, always asked for through the person who looks."""

    def visible_to(self, user: models.Model) -> Self:
        """One's own; all of the company's with that permission (never those of reps' private files)."""
        if not user.is_active:
            return self.none()
        own = Q(owner=user)
        return self.filter(own | Q(private=False) if user.has_perm("jobs.see_all_jobs") else own)


class Job(models.Model):
    """One uploaded file on its way into the database."""

    class State(models.TextChoices):
        """Where it stands. A large file is first checked by a worker; a draft is checked, not yet confirmed."""

        CHECKING = "checking", _("being checked")
        DRAFT = "draft", _("not confirmed")
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        HELD = "held", _("waits for a second person")
        FAILED = "failed", _("failed")

    BEFORE = (State.DRAFT, State.CHECKING)  # its owner has not confirmed it
    OPEN = (State.CHECKING, State.WAITING, State.RUNNING)  # a worker is at it, or should be

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="jobs", verbose_name=_("uploaded by"))
    kind = models.CharField(_("kind of file"), max_length=20)
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(_("bytes"))
    private = models.BooleanField(default=False)  # a rep's own people: nobody else sees the job
    options = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    preview = models.JSONField(null=True)  # of a draft: what would become of the file (cotano.jobs.outcome)
    claims = models.PositiveIntegerField(default=0)  # workers that have taken it up; only the last one may write
    attempts = models.PositiveSmallIntegerField(default=0)  # of them, since the last one that got any further
    lease_until = models.DateTimeField(null=True)
    asks = models.PositiveIntegerField(default=0)  # how much would be lost: what a second person agrees to
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("agreed")
    )
    counts = models.JSONField(_("result"), default=dict, blank=True)  # verdict -> lines
    lists = models.JSONField(default=dict, blank=True)  # a count beside those of the verdicts -> whom it is about, the first ones
    sentence = models.CharField(_("why it failed"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    undone_at = models.DateTimeField(_("undone"), null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        permissions = [("see_all_jobs", _("Can see every import of the company's files"))]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="job_owner"),
            models.Index(fields=["created_at"], condition=Q(state__in=["checking", "waiting", "running"]), name="job_open"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.file_name}"


class PieceQuerySet(models.QuerySet):
    """The parts of a file that is kept in the database."""

    def in_order(self) -> Iterator[bytes]:
        """What is in the parts of one file, one part in memory at a time."""
        n = 0
        while (data := self.filter(n=n).values_list("data", flat=True).first()) is not None:
            yield bytes(data)
            n += 1


class JobPiece(models.Model):
    """A part of a job's file. Kept in the database: any worker on any machine can take the job up."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    n = models.PositiveIntegerField()
    data = models.BinaryField()

    objects = PieceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "n"], name="job_piece_once")]

    def __str__(self) -> str:
        return f"piece {self.n} of {self.job_id}"


class JobChunk(models.Model):
    """Lines of a job that are in the database for good: the next worker goes on behind them."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    n = models.PositiveIntegerField()
    turn = models.PositiveSmallIntegerField(default=0)  # the passage through the file
    last_line = models.PositiveIntegerField()
    keys = models.BinaryField(default=bytes)  # what its lines said first (cotano.jobs.keys); emptied when the job is done
    later = models.BinaryField(default=bytes)  # numbers of its lines that wait for a later passage; likewise

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "n"], name="job_chunk_once")]

    def __str__(self) -> str:
        return f"chunk {self.n} of {self.job_id}"


class Mapping(models.Model):
    """Which column is what, as a person chose it for files with these headings."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    headings = models.CharField(max_length=64)  # a digest of the set of headings
    columns = models.JSONField(default=dict)  # heading -> column
    used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "kind", "headings"], name="mapping_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Verdict(models.Model):
    """What became of one line of a file."""

    class Outcome(models.TextChoices):
        """The result for the line."""

        CREATED = "c", _("created")
        UPDATED = "u", _("updated")
        UNCHANGED = "s", _("unchanged")
        DUPLICATE = "d", _("twice in the file")
        REJECTED = "r", _("rejected")
        SUPPRESSED = "x", _("not to be contacted")
        LEFT_OUT = "o", _("left out")

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="verdicts", db_index=False)
    line = models.PositiveIntegerField(_("line"))
    outcome = models.CharField(_("outcome"), max_length=1, choices=Outcome)
    reason = models.CharField(max_length=40, blank=True)  # a key of cotano.jobs.reasons
    detail = models.CharField(max_length=200, blank=True)  # what the reason's sentence names
    label = models.CharField(max_length=120, blank=True)  # how a person recognises a line that was not taken

    TAKEN = (Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED)

    class Meta:
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        constraints = [
            models.UniqueConstraint(fields=["job", "line"], name="verdict_once_per_line"),
            models.CheckConstraint(condition=~Q(outcome__in=["c", "u", "s"]) | Q(reason=""), name="verdict_reason_when_not_taken"),
        ]
        # Only those that a page lists: most lines of most files are taken.
        indexes = [models.Index(fields=["job", "line"], condition=~Q(outcome__in=["c", "u", "s"]), name="verdict_not_taken")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.outcome}"


class ExportQuerySet(models.QuerySet):
    """Exports, always asked for through the person who looks."""

    def visible_to(self, user: models.Model) -> Self:
        """One's own and nobody else's."""
        return self.filter(owner=user) if user.is_active else self.none()


class Export(models.Model):
    """Rows that somebody took out as a file. A large file is made by a worker and kept for some days; a small one is not kept."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exports")
    kind = models.CharField(max_length=40)
    form = models.CharField(max_length=4)  # csv, xlsx or vcf
    params = models.JSONField(default=dict, blank=True)  # what the list was narrowed by; forgotten with the file
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    size = models.PositiveBigIntegerField(default=0)  # bytes that are kept
    sentence = models.CharField(max_length=500, blank=True)  # why it failed
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    kept_until = models.DateTimeField(null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="export_owner"),
            models.Index(fields=["created_at"], condition=Q(state__in=["waiting", "running"]), name="export_open"),
            models.Index(fields=["kept_until"], condition=Q(kept_until__isnull=False), name="export_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}.{self.form}"


class ExportPiece(models.Model):
    """A part of an export's file."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    n = models.PositiveIntegerField()
    data = models.BinaryField()

    objects = PieceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "n"], name="export_piece_once")]

    def __str__(self) -> str:
        return f"piece {self.n} of {self.export_id}"


class Receipt(models.Model):
    """A form already carried out: the same form sent again has no second effect."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=40)
    made = models.CharField(max_length=200, blank=True)  # where the first one led
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="receipt_once")]

    def __str__(self) -> str:
        return self.key


class AuditQuerySet(models.QuerySet):
    """Audit rows, always asked for through the person who looks."""

    def visible_to(self, user: models.Model) -> Self:
        """What others did with the person's own."""
        return self.filter(whose=user).exclude(by=user) if user.is_active else self.none()

    def newest_first(self) -> Self:
        """As a list shows them."""
        return self.order_by("-at", "-pk")


class Audit(models.Model):
    """Somebody saw, shared or took out something. Ids and kinds, never a name or a phone.

    Rows are only ever added: the app's role may neither change nor remove one (see the command `migrate`).
    """

    class What(models.TextChoices):
        """What was done."""

        BOARD_SEEN = "board_seen", _("board seen")
        BOARD_SHARED = "board_shared", _("board shared")
        SHARE_REVOKED = "share_revoked", _("share revoked")
        COMMENTED = "commented", _("comment written")
        REP_PAGE_SEEN = "rep_page_seen", _("page of the rep seen")
        EXPORTED = "exported", _("taken out as a file")

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    whose = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("whose"))
    what = models.CharField(_("what"), max_length=20, choices=What)
    subject = models.CharField(_("of"), max_length=40)  # what it is about: "board:71"
    day = models.DateField(null=True)  # of looking: counted once a day
    at = models.DateTimeField(_("when"), default=timezone.now)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit row")
        verbose_name_plural = _("audit")
        constraints = [
            models.UniqueConstraint(fields=["by", "what", "subject", "day"], name="audit_look_once_a_day"),
            models.CheckConstraint(condition=Q(subject__regex=r"^[a-z]+:[0-9]+$"), name="audit_names_by_id"),
        ]
        indexes = [
            models.Index(fields=["whose", "-at", "-id"], name="audit_whose"),
            models.Index(fields=["by", "-at", "-id"], name="audit_by"),
        ]

    def __str__(self) -> str:
        return f"{self.by_id} {self.what} {self.subject}"
