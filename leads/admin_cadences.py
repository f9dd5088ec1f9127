"""The company's cadences: of all markets or of one, those that come with Cotano among them."""

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cotano.jobs.refusals import Refusal
from cotano.lib import text
from cotano.lib.admin import AutocompleteAdmin, ListAdmin
from leads import cadences
from leads.models import STEPS, Cadence, Step
from teams.models import Territory

HOTTEST = 5


class CadenceForm(forms.ModelForm):
    """One of the company's."""

    market = forms.ModelChoiceField(
        label=_("Market"),
        queryset=Territory.objects.filter(kind=Territory.Kind.MARKET).order_by("code"),
        required=False,
        help_text=_("Empty: all markets."),
    )

    class Meta:
        model = Cadence
        fields = ("own_name", "market", "start", "hotness", "repeats", "is_on")

    def clean_own_name(self) -> str:
        """One line; one that comes with Cotano speaks everybody's language."""
        name = text.one_line(self.cleaned_data["own_name"])
        if bool(name) == bool(self.instance.standard):
            raise forms.ValidationError(_("Enter a name.") if not name else _("This one has a name in every language already."))
        return name

    def clean(self) -> dict[str, object]:
        """How hot is said of those that begin with it, and of no others; of what begins by itself there is one in use a market."""
        said = super().clean()
        begins, market = (said.get(name, getattr(self.instance, name)) for name in ("start", "market"))
        if "hotness" in self.fields and begins != Cadence.Start.HOTNESS:
            said["hotness"] = None
        hotness = said.get("hotness", self.instance.hotness)
        if begins == Cadence.Start.HOTNESS and hotness not in range(1, HOTTEST + 1):
            self.add_error("hotness", _("Say from 1 (cold) to 5 (very hot)."))
        others = Cadence.objects.filter(market=market, start=begins, hotness=hotness, is_on=True).exclude(pk=self.instance.pk)
        if said.get("is_on") and begins != Cadence.Start.HAND and others.exists():
            self.add_error("is_on", _("Another one that begins so is in use. Take that out of use first."))
        return said


class StepForm(forms.ModelForm):
    """One step."""

    class Meta:
        model = Step
        fields = ("after", "unit", "channel", "template", "text")


class StepFormSet(BaseInlineFormSet):
    """All steps: their places are their order."""

    def clean(self) -> None:
        """Some, not too many, each later than the one before."""
        super().clean()
        kept = [form for form in self.forms if form.has_changed() or form.instance.pk]
        kept = [form for form in kept if not form.cleaned_data.get("DELETE")] if not any(self.errors) else []
        if any(self.errors):
            return
        if len(kept) > STEPS:
            raise forms.ValidationError(_("A cadence has at most %(most)d steps.") % {"most": STEPS})
        try:
            for place, form in enumerate(kept, start=1):
                said = cadences.Said(**{name: form.cleaned_data[name] for name in StepForm.Meta.fields})
                cadences.clean_step(self.instance, place, said)
                form.instance.place = place
            cadences.check_steps([form.instance for form in kept])
        except Refusal as refusal:
            raise forms.ValidationError(refusal.sentence) from None


class Steps(AutocompleteAdmin, admin.TabularInline):
    """The steps of a cadence."""

    model = Step
    form = StepForm
    formset = StepFormSet
    fields = StepForm.Meta.fields
    extra = 1
    max_num = STEPS
    ordering = ("place",)

    def has_add_permission(self, request: HttpRequest, obj: Cadence | None = None) -> bool:
        """With the cadence."""
        return request.user.has_perm("leads.change_cadence") or request.user.has_perm("leads.add_cadence")

    has_change_permission = has_delete_permission = has_add_permission

    def has_view_permission(self, request: HttpRequest, obj: Cadence | None = None) -> bool:
        """With the cadence."""
        return request.user.has_perm("leads.view_cadence")


class CadenceAdmin(ListAdmin):
    """Those of the company; what reps make for themselves and their teams is not shown."""

    form = CadenceForm
    inlines = (Steps,)
    list_display = ("name", "market", "start", "is_on")
    list_select_related = ("market",)
    ordering = ("pk",)
    fields = CadenceForm.Meta.fields
    editable = ("own_name", "repeats", "is_on")

    def name(self, cadence: Cadence) -> str:
        """As everybody reads it."""
        return cadence.name

    name.short_description = _("name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cadence]:
        """The company's."""
        return super().get_queryset(request).filter(reach=Cadence.Reach.COMPANY)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are kept here."""
        return request.user.has_perm("leads.add_cadence")

    def get_readonly_fields(self, request: HttpRequest, obj: Cadence | None = None) -> list[str]:
        """What one begins with, and where, stays."""
        return super().get_readonly_fields(request, obj) if obj else []

    def save_model(self, request: HttpRequest, obj: Cadence, form: forms.ModelForm, change: bool) -> None:  # noqa: FBT001  Django's signature
        """New rows whole, old ones by what has changed; out of use means that everybody in it leaves."""
        if not change:
            obj.save(force_insert=True)
            return
        super().save_model(request, obj, form, change)
        if "is_on" in form.changed_data:
            cadences.switch(obj, is_on=obj.is_on)

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: list[BaseInlineFormSet], change: bool) -> None:  # noqa: FBT001
        """Whoever is in it goes on by the new steps."""
        super().save_related(request, form, formsets, change)
        cadences.follow_steps(form.instance)
