"""The company's work lists and board templates in the admin. Boards, cards and leads are the reps' own and not here."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Field, Model, QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cotano.jobs.admin_export import FileExportMixin
from cotano.jobs.admin_import import FileImportMixin
from cotano.lib import text
from cotano.lib.admin import ListAdmin
from pipeline.models import STAGES, BoardTemplate, StageRules, TemplateStage, WorkItem
from teams.models import Rep, Territory


class DoneFilter(admin.SimpleListFilter):
    """Still on the list, or done."""

    title = _("state")
    parameter_name = "done"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        """Two."""
        return [("no", _("on the list")), ("yes", _("done"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The items in that state."""
        wanted = {"no": True, "yes": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(done_at__isnull=wanted)


@admin.register(WorkItem)
class WorkItemAdmin(FileExportMixin, FileImportMixin, ListAdmin):
    """What the company itself has sent; nothing of what reps made of it."""

    import_kinds = ("worklist",)
    export_kind = "worklist"
    list_display = ("list_name", "rep", "person_code", "reason", "call_by", "done_at")
    fields = ("list_name", "rep", "person_code", "reason", "last_order", "call_by", "done_at")
    list_filter = (DoneFilter,)
    search_fields = ("rep__code", "person_code")
    search_help_text = _("Code of the rep or of the person, in full")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Those of the reps one may see."""
        return WorkItem.objects.managed_by(request.user).select_related("rep")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Exact, so that both ways go by an index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        reps = list(Rep.objects.managed_by(request.user).filter(code=term).values_list("pk", flat=True))
        return queryset.filter(rep__in=reps) if reps else queryset.filter(person_code=term), False


class TemplateStageForm(ModelForm):
    """A stage of the template."""

    needs = forms.MultipleChoiceField(
        label=_("asks for first"),
        choices=StageRules.Need,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What must be known or done before a card may enter; nothing on the first stage."),
    )

    class Meta:
        model = TemplateStage
        fields = ("place", "standard", "own_name", "end", "limit", "days", "needs")

    def clean_own_name(self) -> str:
        """Without what cannot be seen."""
        return text.one_line(self.cleaned_data["own_name"])


class TemplateStagesForm(BaseInlineFormSet):
    """All stages of a template."""

    def clean(self) -> None:
        """Names differ (places do anyway); people begin on the first stage, which is open and asks for nothing."""
        super().clean()
        said = [form.cleaned_data for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        if any(self.errors):
            return
        if not said or len(said) > STAGES:
            raise ValidationError(gettext("A template has 1 to %(most)d stages.") % {"most": STAGES})
        names = [row["own_name"].casefold() or row["standard"] for row in said]
        if len(set(names)) < len(said):
            raise ValidationError(gettext("Two stages have the same name."))
        first = min(said, key=lambda row: row["place"])
        if first["end"] or first["needs"]:
            raise ValidationError(gettext("People begin on the first stage: it is open and asks for nothing before it."))


class TemplateStages(admin.StackedInline):
    """The stages in their order. Who may see or change the template may so its stages."""

    model = TemplateStage
    form = TemplateStageForm
    formset = TemplateStagesForm
    extra = 1
    max_num = STAGES
    ordering = ("place",)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """With the template."""
        return request.user.has_perm("pipeline.view_boardtemplate") or self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """With the template."""
        return request.user.has_perm("pipeline.change_boardtemplate")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """With the template."""
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """With the template."""
        return self.has_change_permission(request, obj)


@admin.register(BoardTemplate)
class BoardTemplateAdmin(ListAdmin):
    """The company's standard stages of a market. Boards that are there keep theirs; the next campaign's begin with these."""

    inlines = (TemplateStages,)
    list_display = ("market", "how_many")
    list_select_related = ("market",)
    fields = ("market",)
    ordering = ("market__code",)
    editable = ("market",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """With the number of their stages."""
        return super().get_queryset(request).annotate(stage_count=Count("stages"))

    @admin.display(description=_("stages"))
    def how_many(self, template: BoardTemplate) -> int:
        """How many stages it has."""
        return template.stage_count

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Staff make it."""
        return admin.ModelAdmin.has_add_permission(self, request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Without it new boards begin as the boards before them."""
        return admin.ModelAdmin.has_delete_permission(self, request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """The market stays."""
        return ["market"] if obj else []

    def formfield_for_foreignkey(self, db_field: Field, request: HttpRequest, **kwargs: object) -> forms.ModelChoiceField | None:
        """Markets without a template."""
        if db_field.name == "market":
            markets = Territory.objects.visible_to(request.user).filter(kind=Territory.Kind.MARKET, board_template=None)
            kwargs["queryset"] = markets.order_by("code")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:  # noqa: FBT001  Django's signature
        """A template itself is only made; what changes are its stages."""
        if not change:
            obj.save(force_insert=True)
