"""Goals of territories: who is in charge sets them; beside each, where it stands and what the last campaigns would propose."""

from typing import Any

from django import forms
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from campaigns import goal_page, goals, measures
from campaigns.forms import TerritoryChoice
from campaigns.models import Campaign, Goal, GoalChange
from cotano.jobs.admin_import import FileImportMixin
from cotano.jobs.refusals import Refusal
from cotano.lib.admin import ListAdmin
from teams import rights
from teams.models import Territory

CHANGES = 50  # shown


class GoalForm(forms.ModelForm):
    """A goal of a territory: a new one, or another figure."""

    class Meta:
        model = Goal
        fields = ("territory", "campaign", "measure", "target")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.instance.is_company = True

    def clean(self) -> dict[str, Any]:
        """A figure that can be a goal, in a campaign of the territory's market."""
        said = super().clean()
        goal = self.instance
        territory, campaign = said.get("territory", goal.territory), said.get("campaign") or (goal.pk and goal.campaign)
        measure, target = said.get("measure", goal.measure), said.get("target")
        try:
            if target is not None and measure:
                goals.refuse_target(measure, target)
        except Refusal as refusal:
            self.add_error("target", refusal.sentence)
        try:
            if territory and campaign:
                goals.refuse_market(territory, campaign)
        except Refusal as refusal:
            self.add_error("campaign", refusal.sentence)
        return said


class GoalAdmin(FileImportMixin, ListAdmin):
    """Goals of the territories one is in charge of, and those that the company has set for reps there; the newest first."""

    import_kinds = ("goals",)
    form = GoalForm
    list_display = ("of", "campaign", "measure", "target")
    list_filter = ("measure",)
    ordering = ("-pk",)
    editable = ("target",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Those one may see."""
        return Goal.objects.managed_by(request.user).select_related("rep", "leader", "territory", "campaign__calendar__market")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Unlike other lists, this one is kept here."""
        return request.user.has_perm("campaigns.add_goal") and request.user.has_perm(goals.CHANGE)

    def has_change_permission(self, request: HttpRequest, obj: Goal | None = None) -> bool:
        """A territory's, until the campaign closes; what the company wants of a rep comes from its file."""
        return super().has_change_permission(request, obj) and (obj is None or (bool(obj.territory_id) and not obj.campaign.is_closed))

    def has_delete_permission(self, request: HttpRequest, obj: Goal | None = None) -> bool:
        """A territory's by who sets it, the company's for reps by staff; until the campaign closes."""
        if not goals.may_delete(request.user):
            return False
        return obj is None or (not obj.campaign.is_closed and (bool(obj.territory_id) or rights.sees_company(request.user)))

    def delete_model(self, request: HttpRequest, obj: Goal) -> None:
        """Through the action, which keeps what it was."""
        goals.withdraw_goal(obj, by=request.user)

    def get_fields(self, request: HttpRequest, obj: Goal | None = None) -> tuple[str, ...]:
        """What is typed; of a goal that is there, where it stands as well."""
        return ("of", "campaign", "measure", "target", "reached", "proposal", "history") if obj else GoalForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Goal | None = None) -> list[str]:
        """All but the figure, once it is there."""
        return super().get_readonly_fields(request, obj) if obj else []

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: object) -> forms.Field:
        """The territories one is in charge of; campaigns that are not closed."""
        if db_field.name == "territory":
            places = Territory.objects.visible_to(request.user).with_depth().in_tree_order()
            return TerritoryChoice(places, label=_("Territory"), help_text=_("A market: the company's goal there."))
        if db_field.name == "campaign":
            kwargs["queryset"] = (
                Campaign.objects.filter(closed_at=None).select_related("calendar__market").order_by("starts_on", "calendar")
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Goal, form: forms.ModelForm, change: bool) -> None:  # noqa: FBT001  Django's signature
        """Through the action."""
        obj.pk = goals.set_place_goal(obj.territory, obj.campaign, by=request.user, target=obj.target, measure=obj.measure).pk

    def of(self, goal: Goal) -> str:
        """Whose it is."""
        return str(goal.owner) if not goal.leader_id else _("Team of %(leader)s") % {"leader": goal.owner}

    of.short_description = _("of")

    def reached(self, goal: Goal) -> str:
        """So far."""
        (row,) = measures.reached([goal.campaign], goal)
        line = goal_page.line_of(goal.campaign, goal.measure, row[goal.measure], goal)
        return "; ".join(filter(None, (_figure(row[goal.measure]), line.to_go)))

    reached.short_description = _("reached so far")

    def proposal(self, goal: Goal) -> str:
        """From the last three closed campaigns before it."""
        return _figure(goals.propose(goal))

    proposal.short_description = _("proposal from the last three campaigns")

    def history(self, goal: Goal) -> str:
        """Every change of it, the newest first."""
        owner = {"rep": goal.rep_id, "leader": goal.leader_id, "territory": goal.territory_id}
        same = (
            GoalChange.objects.filter(**owner, campaign=goal.campaign_id, measure=goal.measure).select_related("by").order_by("-at", "-pk")
        )
        rows = [(_at(one), _figure(one.before), _figure(one.after), one.by.name if one.by else "–") for one in same[:CHANGES]]
        return format_html_join("", "<div>{}: {} → {}, {}</div>", rows) or "–"

    history.short_description = _("history")


class GoalChangeAdmin(ListAdmin):
    """What became of goals: set, changed, withdrawn; the newest first."""

    list_display = ("at", "of", "campaign", "measure", "before", "after", "by")
    list_filter = ("measure",)
    fields = ("at", "of", "campaign", "measure", "before", "after", "is_company", "by")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Those one may see."""
        return GoalChange.objects.managed_by(request.user).select_related("rep", "leader", "territory", "campaign__calendar", "by")

    def of(self, change: GoalChange) -> str:
        """Whose goal."""
        return _("Team of %(leader)s") % {"leader": change.leader} if change.leader_id else str(change.rep or change.territory)

    of.short_description = _("of")


def _at(change: GoalChange) -> str:
    return date_format(timezone.localtime(change.at), "SHORT_DATETIME_FORMAT")


def _figure(value: object) -> str:
    return "–" if value is None else floatformat(value, -1)
