"""Which nudges are sent in which market, within which limits."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns.models import NudgeRule
from cotano.lib.admin import ListAdmin
from notifications.topics import EXPLAINED
from teams.models import Territory


class NudgeRuleForm(forms.ModelForm):
    """A line for a market, or for all that have none."""

    market = forms.ModelChoiceField(
        label=_("Market"),
        queryset=Territory.objects.filter(kind=Territory.Kind.MARKET).order_by("code"),
        required=False,
        help_text=_("Empty: all markets without a line of their own."),
    )

    class Meta:
        model = NudgeRule
        fields = ("market", "topic", "is_on", "days", "most")


class NudgeRuleAdmin(ListAdmin):
    """The lines; without any the rules work as Cotano has them. Needs `campaigns.add_nudgerule`, `change_nudgerule`, `delete_nudgerule`."""

    form = NudgeRuleForm
    list_display = ("topic", "market", "is_on", "days", "most")
    list_select_related = ("market",)
    ordering = ("topic", "market", "pk")
    fields = ("market", "topic", "is_on", "days", "most", "meaning")
    editable = ("is_on", "days", "most")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Lines are kept here."""
        return request.user.has_perm("campaigns.add_nudgerule")

    def has_delete_permission(self, request: HttpRequest, obj: NudgeRule | None = None) -> bool:
        """Without a line the defaults hold again."""
        return request.user.has_perm("campaigns.delete_nudgerule")

    def get_fields(self, request: HttpRequest, obj: NudgeRule | None = None) -> tuple[str, ...]:
        """A new line has no meaning yet."""
        return self.fields if obj else NudgeRuleForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: NudgeRule | None = None) -> list[str]:
        """Market and nudge of a line stay."""
        return super().get_readonly_fields(request, obj) if obj else []

    def save_model(self, request: HttpRequest, obj: NudgeRule, form: forms.ModelForm, change: bool) -> None:  # noqa: FBT001  Django's signature
        """A new line whole, an old one by what has changed."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.save(force_insert=True)

    def meaning(self, rule: NudgeRule) -> str:
        """When it is sent."""
        return EXPLAINED[rule.topic]

    meaning.short_description = _("meaning")
