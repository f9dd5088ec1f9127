"""What a file of contacts did."""

from typing import Self

from django.db import models
from django.db.models import Q

from cotano.jobs.models import Job
from leads.models import Lead
from pipeline.models.boards import Card
from teams.models import User


class ImportedQuerySet(models.QuerySet):
    """What imports did, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """That of one's own files."""
        return self.filter(job__owner=user, lead__in=Lead.objects.visible_to(user))


class Imported(models.Model):
    """What a rep's file of contacts did to a lead: what an undo needs, kept for as long as the undo is offered.

    A lead that the file created, and that was not to come onto the board, needs no row: the lead names its job.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="+", db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    line = models.PositiveIntegerField()
    before = models.JSONField(null=True)  # the old values, where the file changed the lead
    written_at = models.DateTimeField()  # what the lead's `updated_at` was after it
    stage = models.CharField(max_length=40, blank=True)  # as the file names it
    card = models.ForeignKey(Card, on_delete=models.SET_NULL, null=True, related_name="+")  # that it brought
    kept = models.CharField(max_length=10, blank=True)  # after an undo: why the lead was left alone (pipeline.undo)

    objects = ImportedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "lead"], name="imported_once")]
        indexes = [models.Index(fields=["job", "line"], condition=~Q(kept=""), name="imported_kept")]

    def __str__(self) -> str:
        return f"line {self.line} of job {self.job_id}"
