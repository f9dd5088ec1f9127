"""What people choose on pages about campaigns."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns import figures
from campaigns.models import Calendar, CallFirst, CallFirstQuerySet, Campaign
from cotano.lib import text
from teams.forms import WhyForm
from teams.login import PhoneField
from teams.models import Rep, RepQuerySet, Territory, Touch, User

DEFAULT = 6  # closed campaigns shown before one chooses
MOST = 60  # campaigns on one page


class TerritoryChoice(forms.ModelChoiceField):
    """A territory, shown in its place in the tree."""

    def label_from_instance(self, obj: Territory) -> str:
        """Indented by its depth."""
        return "\u2003" * obj.depth + str(obj)


class ActivityForm(forms.Form):
    """Which reps and which campaigns the activity page is about. Blank: all one sees, the last closed campaigns."""

    territory = TerritoryChoice(
        Territory.objects.none(), required=False, to_field_name="code", label=_("Territory"), empty_label=_("All that I see")
    )
    calendar = forms.ModelChoiceField(Calendar.objects.none(), required=False, to_field_name="code", label=_("Calendar"), empty_label=None)
    first = forms.ModelChoiceField(Campaign.objects.none(), required=False, label=_("From campaign"), empty_label=None)
    last = forms.ModelChoiceField(Campaign.objects.none(), required=False, label=_("To campaign"), empty_label=None)

    def __init__(self, data: dict[str, str], *, user: User) -> None:
        self.user = user
        calendars = figures.calendars_of(Rep.objects.managed_by(user))
        asked = data.get("calendar")
        self.calendar = next((calendar for calendar in calendars if calendar.code == asked), calendars[0] if calendars else None)
        closed = figures.closed_campaigns(self.calendar, DEFAULT) if self.calendar else []
        chosen = {"calendar": self.calendar.code} if self.calendar else {}
        if closed:
            chosen |= {"first": str(closed[0].pk), "last": str(closed[-1].pk)}
        super().__init__({**chosen, **{name: value for name, value in data.items() if value}})
        self.fields["territory"].queryset = Territory.objects.visible_to(user).with_depth().in_tree_order()
        if len(calendars) > 1:
            self.fields["calendar"].queryset = Calendar.objects.filter(pk__in=[calendar.pk for calendar in calendars]).order_by("code")
        else:
            del self.fields["calendar"]
        begun = figures.begun_campaigns(self.calendar) if self.calendar else Campaign.objects.none()
        self.fields["first"].queryset = self.fields["last"].queryset = begun

    def clean(self) -> dict[str, Any]:
        """The first campaign comes first, and they fit a page."""
        cleaned = super().clean()
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first.starts_on > last.starts_on:
            self.add_error("last", _("This campaign comes before the first one."))
        return cleaned

    @property
    def reps(self) -> RepQuerySet:
        """The reps it is about; the form is valid."""
        reps = Rep.objects.managed_by(self.user)
        if chosen := self.cleaned_data.get("territory"):
            within = Territory.objects.visible_to(self.user).at_or_below(Territory.objects.filter(pk=chosen.pk))
            reps = reps.filter(territory__in=within)
        return reps

    @property
    def campaigns(self) -> list[Campaign]:
        """From the first to the last, at most MOST of them; the form is valid."""
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if not first or not last:
            return []
        return list(self.fields["first"].queryset.filter(starts_on__range=(first.starts_on, last.starts_on)).order_by("starts_on")[:MOST])


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
