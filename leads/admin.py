"""What staff keep here: the list of people who asked not to be contacted, and the company's message templates."""

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cotano.jobs.refusals import Refusal
from cotano.lib.admin import ListAdmin
from leads import admin_cadences, suppression, templates
from leads.models import Cadence, MessageTemplate, Suppression
from leads.templates import Words
from teams.models import Territory

CONTACT_LONGEST = 254
T = TypeVar("T")


class SuppressForm(forms.ModelForm):
    """A phone or e-mail, as typed, and why."""

    contact = forms.CharField(
        label=_("Phone or e-mail"),
        max_length=CONTACT_LONGEST,
        help_text=_("It is kept so that nobody can read it here, and cannot be shown again."),
        widget=forms.TextInput({"autocomplete": "off", "class": "vTextField"}),
    )
    why = forms.CharField(label=_("Why"), max_length=suppression.WHY_LONGEST, widget=forms.TextInput({"class": "vTextField"}))

    class Meta:
        model = Suppression
        fields = ()

    def clean_contact(self) -> str:
        """What the list can hold."""
        return _or_error(lambda: suppression.clean_contact(self.cleaned_data["contact"]))[1]

    def clean(self) -> dict[str, object]:
        """A reason that does not tell the contact."""
        given = super().clean()
        if "contact" in given and "why" in given:
            try:
                given["why"] = suppression.clean_reason(given["contact"], given["why"])
            except Refusal as refusal:
                self.add_error("why", refusal.sentence)
        return given


class LiftForm(forms.ModelForm):
    """Why the person may be contacted again."""

    lifted_why = forms.CharField(
        label=_("Why it is lifted"), max_length=suppression.WHY_LONGEST, widget=forms.TextInput({"class": "vTextField"})
    )

    class Meta:
        model = Suppression
        fields = ("lifted_why",)

    def clean_lifted_why(self) -> str:
        """One line."""
        return _or_error(lambda: suppression.clean_why(self.cleaned_data["lifted_why"]))


def _or_error(clean: Callable[[], T]) -> T:
    try:
        return clean()
    except Refusal as refusal:
        raise forms.ValidationError(refusal.sentence) from None


admin.site.register(Cadence, admin_cadences.CadenceAdmin)


@admin.register(Suppression)
class SuppressionAdmin(ListAdmin):
    """The list by date; never who is on it. Adding and lifting need `leads.add_suppression` and `leads.change_suppression`."""

    list_display = ("at", "kind", "by", "why", "lifted_at")
    list_select_related = ("by",)
    ordering = ("-pk",)
    fields = ("kind", "at", "by", "why", "lifted_at", "lifted_by", "lifted_why")
    editable = ("lifted_why",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Unlike other lists, this one is kept here."""
        return request.user.has_perm("leads.add_suppression")

    def has_change_permission(self, request: HttpRequest, obj: Suppression | None = None) -> bool:
        """What was lifted stays as it was."""
        return super().has_change_permission(request, obj) and (obj is None or obj.lifted_at is None)

    def get_fields(self, request: HttpRequest, obj: Suppression | None = None) -> tuple[str, ...]:
        """Adding asks for the contact; nothing shows it afterwards."""
        return self.fields if obj else ("contact", "why")

    def get_readonly_fields(self, request: HttpRequest, obj: Suppression | None = None) -> list[str]:
        """All but the reason for lifting."""
        return super().get_readonly_fields(request, obj) if obj else []

    def get_form(
        self,
        request: HttpRequest,
        obj: Suppression | None = None,
        change: bool = False,  # noqa: FBT001, FBT002  Django's signature
        **kwargs: object,
    ) -> type[forms.ModelForm]:
        """The form to add or the one to lift."""
        return super().get_form(request, obj, change, **{"form": LiftForm if obj else SuppressForm, **kwargs})

    def save_model(self, request: HttpRequest, obj: Suppression, form: forms.ModelForm, change: bool) -> None:  # noqa: FBT001  Django's signature
        """Through the actions."""
        given = form.cleaned_data
        if change:
            suppression.lift(obj, by=request.user, why=given["lifted_why"])
        else:
            obj.pk = suppression.suppress(given["contact"], by=request.user, why=given["why"]).pk


class CompanyTemplateForm(forms.ModelForm):
    """A template for all reps of a market, in one language."""

    class Meta:
        model = MessageTemplate
        fields = ("name", "text", "language", "market", "place")

    def clean(self) -> dict[str, object]:
        """A field that there is none is named in a sentence."""
        given = super().clean()
        if not self.errors:
            words = Words(name=given["name"], text=given["text"], language=given["language"])
            given |= _or_error(lambda: templates.clean_words(words))
        return given


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ListAdmin):
    """The company's templates; those of reps are their own and never shown here."""

    form = CompanyTemplateForm
    list_display = ("name", "language", "market", "place", "changed_at")
    list_select_related = ("market",)
    ordering = ("place", "pk")
    fields = ("name", "text", "language", "market", "place")
    editable = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[MessageTemplate]:
        """Never a rep's."""
        return super().get_queryset(request).of_company()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Unlike other lists, this one is kept here."""
        return request.user.has_perm("leads.add_messagetemplate")

    def has_delete_permission(self, request: HttpRequest, obj: MessageTemplate | None = None) -> bool:
        """A template is only words; what was sent keeps its name."""
        return request.user.has_perm("leads.delete_messagetemplate")

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: object) -> forms.ModelChoiceField:
        """Markets alone."""
        markets = Territory.objects.filter(kind=Territory.Kind.MARKET).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **{**kwargs, "queryset": markets})

    def save_model(self, request: HttpRequest, obj: MessageTemplate, form: forms.ModelForm, change: bool) -> None:  # noqa: FBT001  Django's signature
        """Through the action."""
        said = {name: form.cleaned_data[name] for name in self.fields}
        obj.pk = templates.publish_template(obj if change else None, by=request.user, **said).pk
