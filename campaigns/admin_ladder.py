"""The ladder of titles, the plan by levels and the product list: loaded as files, corrected by staff one by one."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.models import Plan, Title
from cotano.jobs.admin_import import FileImportMixin
from cotano.lib.admin import ListAdmin

WHOLE = 100  # %


class TitleAdmin(FileImportMixin, ListAdmin):
    """Titles of each market, from the lowest step on."""

    import_kinds = ("titles",)
    list_display = ("name", "code", "place", "market")
    list_select_related = ("market",)
    fields = ("market", "code", "name", "place", "asks_for")
    ordering = ("market", "place")
    editable = ("name",)

    def asks_for(self, title: Title) -> str:
        """Its requirements in words."""
        rows = title.requirements.select_related("of_title").order_by("pk")
        words = [f"{one.get_figure_display()}{f' “{one.of_title}”' if one.of_title else ''} ≥ {one.at_least}" for one in rows]
        return "; ".join(words) or _("nothing")

    asks_for.short_description = _("asks for")


class TitleRequirementAdmin(ListAdmin):
    """What the titles ask for; how much of it can be corrected."""

    list_display = ("title", "figure", "at_least", "of_title")
    list_select_related = ("title", "of_title")
    fields = ("title", "figure", "of_title", "at_least")
    ordering = ("title__market", "title__place", "pk")
    editable = ("at_least",)


class PlanForm(forms.ModelForm):
    """Another share."""

    class Meta:
        model = Plan
        fields = ("percent", "minimum_pv")

    def clean(self) -> dict[str, Any]:
        """All levels together pay no more than there is."""
        said = super().clean()
        others = Plan.objects.filter(market=self.instance.market).exclude(pk=self.instance.pk)
        together = others.aggregate(sum=Sum("percent", default=0))["sum"] + (said.get("percent") or 0)
        if together > WHOLE:
            raise ValidationError(_("All levels together would pay more than 100 %."))
        return said


class PlanAdmin(FileImportMixin, ListAdmin):
    """What each level pays."""

    import_kinds = ("plan",)
    form = PlanForm
    list_display = ("market", "depth", "percent", "minimum_pv")
    list_display_links = ("depth",)
    list_select_related = ("market",)
    fields = ("market", "depth", "percent", "minimum_pv")
    ordering = ("market", "depth")
    editable = ("percent", "minimum_pv")


class ProductAdmin(FileImportMixin, ListAdmin):
    """The product lists of the markets."""

    import_kinds = ("products",)
    list_display = ("code", "name", "price", "points", "market")
    list_select_related = ("market",)
    fields = ("market", "code", "name", "price", "points")
    ordering = ("market", "code")
    search_fields = ("code",)
    search_help_text = _("Code of the product, in full")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Exact, so that it goes by the index."""
        term = search_term.strip()
        return (queryset.filter(code=term) if term else queryset), False
