"""What people choose on pages about campaigns."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns import dashboards
from campaigns.models import Calendar, CallFirst, CallFirstQuerySet, Campaign, Goal
from cotano.lib import text
from teams.forms import WhyForm
from teams.login import PhoneField
from teams.models import Territory, Touch, User

DEFAULT = 6  # closed campaigns shown before one chooses
MOST = 60  # campaigns on one page


class TerritoryChoice(forms.ModelChoiceField):
    """A territory, shown in its place in the tree."""

    def label_from_instance(self, obj: Territory) -> str:
        """Indented by its depth."""
        return "\u2003" * obj.depth + str(obj)


class ActivityForm(forms.Form):
    """Which territory and which campaigns, of those with figures, the activity page is about. Blank: all one sees, the last closed ones."""

    territory = TerritoryChoice(
        Territory.objects.none(), required=False, to_field_name="code", label=_("Territory"), empty_label=_("All that I see")
    )
    calendar = forms.ModelChoiceField(Calendar.objects.none(), required=False, to_field_name="code", label=_("Calendar"), empty_label=None)
    first = forms.ModelChoiceField(Campaign.objects.none(), required=False, label=_("From campaign"), empty_label=None)
    last = forms.ModelChoiceField(Campaign.objects.none(), required=False, label=_("To campaign"), empty_label=None)

    def __init__(self, data: dict[str, str], *, user: User) -> None:
        self.places = dashboards.read_places(user)
        found = dashboards.taken_campaigns(self.places.tops)
        calendars = sorted({one.calendar.pk: one.calendar for one in found}.values(), key=lambda one: one.code)
        asked = data.get("calendar")
        calendar = next((one for one in calendars if one.code == asked), calendars[0] if calendars else None)
        self.taken = [one for one in found if one.calendar == calendar]  # the newest first
        closed = [one for one in self.taken if one.is_closed][:DEFAULT]
        chosen = {"calendar": calendar.code} if calendar else {}
        if closed:
            chosen |= {"first": str(closed[-1].pk), "last": str(closed[0].pk)}
        super().__init__({**chosen, **{name: value for name, value in data.items() if value}})
        self.fields["territory"].queryset = Territory.objects.visible_to(user).with_depth().in_tree_order()
        if len(calendars) > 1:
            self.fields["calendar"].queryset = Calendar.objects.filter(pk__in=[one.pk for one in calendars]).order_by("code")
        else:
            del self.fields["calendar"]
        begun = Campaign.objects.filter(pk__in=[one.pk for one in self.taken]).select_related("calendar__market").order_by("-starts_on")
        self.fields["first"].queryset = self.fields["last"].queryset = begun

    def clean(self) -> dict[str, Any]:
        """The first campaign comes first, and they fit a page."""
        cleaned = super().clean()
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first.starts_on > last.starts_on:
            self.add_error("last", _("This campaign comes before the first one."))
        return cleaned

    @property
    def rows(self) -> list[dashboards.Sums]:
        """The sums of the chosen territories in each campaign from the first to the last, at most MOST of them; the form is valid."""
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if not first or not last:
            return []
        chosen = self.cleaned_data.get("territory")
        tops = [self.places.every[chosen.pk]] if chosen else self.places.tops
        campaigns = [one for one in self.taken[::-1] if first.starts_on <= one.starts_on <= last.starts_on][:MOST]
        sums = dashboards.read_sums(campaigns, tops)
        return [dashboards.added(one, (sums[one.pk, top.pk] for top in tops if (one.pk, top.pk) in sums)) for one in campaigns]


class CallsForm(forms.Form):
    """Whom of all that one may call: in one territory with all below it, for one reason."""

    territory = TerritoryChoice(
        Territory.objects.none(), required=False, to_field_name="code", label=_("Territory"), empty_label=_("All that I see")
    )
    reason = forms.TypedChoiceField(coerce=int, required=False, empty_value=None, label=_("Why"))

    def __init__(self, data: dict[str, str], *, user: User) -> None:
        super().__init__(data)
        self.user = user
        self.fields["territory"].queryset = Territory.objects.visible_to(user).with_depth().in_tree_order()
        told = [(value, label) for value, label in CallFirst.Reason.choices if value != CallFirst.Reason.OWN_GOAL]
        self.fields["reason"].choices = [("", _("Any reason")), *told]

    def narrow(self, rows: CallFirstQuerySet) -> CallFirstQuerySet:
        """Those of the rows that are of the territory; the form is valid."""
        if chosen := self.cleaned_data.get("territory"):
            within = Territory.objects.visible_to(self.user).at_or_below(Territory.objects.filter(pk=chosen.pk))
            rows = rows.filter(territory__in=list(within.values_list("pk", flat=True)))
        return rows


class JoinForm(forms.Form):
    """What a newcomer types: a name and a phone, nothing else."""

    name = forms.CharField(label=_("Name"), max_length=text.NAME_LONGEST, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = PhoneField(label=_("Phone"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}))

    def clean_name(self) -> str:
        """One line."""
        name = text.one_line(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(_("Please type a name."))
        return name


class GoalForm(forms.Form):
    """What to reach; whether it can be a goal of the measure is the action's to say."""

    target = forms.DecimalField(
        label=_("Goal"),
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        widget=forms.NumberInput({"inputmode": "decimal", "step": "any"}),
    )


class SuggestForm(GoalForm):
    """Of which measure as well."""

    measure = forms.ChoiceField(label=_("What is counted"), choices=Goal.Measure)
    field_order = ("measure", "target")


class TouchForm(forms.Form):
    """How somebody reached out to a rep, and what it led to."""

    channel = forms.ChoiceField(label=_("How"), choices=Touch.Channel, initial=Touch.Channel.CALL, widget=forms.RadioSelect)
    outcome = forms.ChoiceField(label=_("Outcome"), choices=Touch.Outcome)


class SponsorForm(WhyForm):
    """Why a rep gets another sponsor, and from which campaign on."""

    campaign = forms.ModelChoiceField(Campaign.objects.none(), label=_("From campaign"), required=False, empty_label=_("From today on"))

    def __init__(self, data: dict[str, str] | None, *, campaigns: list[Campaign]) -> None:
        super().__init__(data)
        self.fields["campaign"].queryset = Campaign.objects.filter(pk__in=[one.pk for one in campaigns]).order_by("starts_on")
