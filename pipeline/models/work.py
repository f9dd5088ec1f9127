"""The company's daily work list."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cotano.jobs.models import Job
from leads.models import Lead
from teams import rights
from teams.models import Rep, User


class WorkItemQuerySet(models.QuerySet):
    """Work lists, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """A rep's own."""
        return self.filter(rights.mine(user, "rep"))

    def managed_by(self, user: User) -> Self:
        """Those of the reps the user is in charge of, for the admin."""
        return self.filter(rep__in=Rep.objects.managed_by(user))


class WorkItem(models.Model):
    """A row of the company's daily work list: whom a rep should call, why and by when. Gone from the next file, it is done."""

    list_name = models.CharField(_("list"), max_length=60)
    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="work_items", verbose_name=_("rep"))
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="work_items")
    person_code = models.CharField(_("person"), max_length=40)
    reason = models.CharField(_("reason"), max_length=120)
    last_order = models.CharField(_("last order"), max_length=10, blank=True)
    call_by = models.DateField(_("call by"), null=True)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="work_items")
    done_at = models.DateTimeField(_("done, says the company"), null=True)

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("work list")
        verbose_name_plural = _("work lists")
        permissions = [("import_workitem", _("Can import work lists")), ("export_workitem", _("Can export work lists"))]
        constraints = [
            models.UniqueConstraint(fields=["rep", "person_code", "list_name"], name="work_item_once"),
            models.CheckConstraint(condition=~Q(person_code="") & ~Q(list_name="") & ~Q(reason=""), name="work_item_is_named"),
        ]
        indexes = [
            models.Index(fields=["rep", "call_by"], condition=Q(done_at=None), name="work_item_open"),
            models.Index(fields=["lead"], name="work_item_lead"),
        ]

    def __str__(self) -> str:
        return f"work item {self.pk}"
