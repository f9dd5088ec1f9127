"""What staff type about calendars and campaigns."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from campaigns import calendars
from campaigns.models import GRACE, Calendar, Campaign, GroupDeadline
from cotano.jobs.refusals import Refusal
from teams.models import NUMBERS, YEARS

EARLIEST, LATEST = dt.date(YEARS[0], 1, 1), dt.date(YEARS[1], 12, 31)


class Day(forms.DateField):
    """A date between the first and the last one that a campaign can have."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{"widget": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options})

    def validate(self, value: dt.date | None) -> None:
        """Within bounds."""
        super().validate(value)
        if value and not EARLIEST <= value <= LATEST:
            raise forms.ValidationError(_now("Choose a day from %(first)d to %(last)d.") % {"first": YEARS[0], "last": YEARS[1]})


class YearForm(forms.Form):
    """The rule of a year's campaigns."""

    year = forms.IntegerField(label=_("Year"), min_value=YEARS[0], max_value=YEARS[1])
    rule = forms.CharField(
        label=_("Rule"), max_length=100, help_text=_("such as 16 x 21 + 2 x 14"), widget=forms.TextInput(attrs={"size": 24})
    )
    first_day = Day(label=_("First day"))
    first_number = forms.IntegerField(label=_("First number"), min_value=1, max_value=NUMBERS[1], initial=1)
    days_before_end = forms.IntegerField(label=_("Order deadline, days before the end"), min_value=0, max_value=59, initial=2)

    def __init__(self, data: dict[str, str] | None, *, calendar: Calendar) -> None:
        self.calendar, self.planned = calendar, []
        super().__init__(data, initial=self._next(calendar))

    @staticmethod
    def _next(calendar: Calendar) -> dict[str, object]:
        """A year like the last one, behind it."""
        last = Campaign.objects.filter(calendar=calendar).order_by("-starts_on").first()
        if last is None:
            today = calendar.today()
            return {"year": today.year, "first_day": today, "rule": "17 x 21"}
        first_day = last.ends_on + dt.timedelta(1)
        is_next = last.number > 1
        return {
            "year": last.year + is_next,
            "first_day": first_day,
            "first_number": 1 if is_next else last.number + 1,
            "days_before_end": (last.ends_on - last.order_deadline).days,
            "rule": "17 x 21",
        }

    def clean(self) -> dict[str, Any]:
        """The campaigns that follow, in `planned`."""
        cleaned = super().clean()
        if not self.errors:
            try:
                self.planned = calendars.plan_year(self.calendar, **cleaned)
            except Refusal as refusal:
                raise forms.ValidationError(refusal.sentence) from None
        return cleaned


class LiveForm(forms.Form):
    """From which day on a calendar is live; none: not."""

    live_from = Day(label=_("Live from"), required=False)


class CampaignForm(forms.ModelForm):
    """A campaign in the admin; what it may not become is said beside the dates."""

    starts_on, ends_on, order_deadline = Day(label=_("First day")), Day(label=_("Last day")), Day(label=_("Order deadline"))
    year = forms.IntegerField(label=_("Year"), min_value=YEARS[0], max_value=YEARS[1])
    number = forms.IntegerField(label=_("Number"), min_value=1, max_value=NUMBERS[1])
    own_grace_days = forms.IntegerField(
        label=_("Days for late orders"),
        min_value=0,
        max_value=GRACE,
        required=False,
        help_text=_("Empty: as many as the calendar says."),
    )

    class Meta:
        model = Campaign
        fields = ("calendar", "year", "number", "starts_on", "ends_on", "order_deadline", "own_grace_days")

    def clean(self) -> dict[str, Any]:
        """Ask the rules of the action."""
        cleaned = self.cleaned_data
        if self.errors:
            return cleaned
        was = Campaign.objects.select_related("calendar__market").get(pk=self.instance.pk) if self.instance.pk else None
        made = Campaign(pk=was and was.pk, **{name: getattr(was, name) for name in self._meta.fields} if was else {})
        for name, value in cleaned.items():
            setattr(made, name, value)
        try:
            if was:
                calendars.refuse_change(made, was, was.calendar.today())
            calendars.check([made])
        except Refusal as refusal:
            raise forms.ValidationError(refusal.sentence) from None
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """All: the fields above and the rules of the action say it in a person's words, which the model's constraints do not."""
        return {field.name for field in Campaign._meta.fields}


class CalendarForm(forms.ModelForm):
    """A calendar in the admin."""

    grace_days = forms.IntegerField(
        label=_("Days for late orders"),
        min_value=0,
        max_value=GRACE,
        initial=0,
        help_text=_("An order placed in so many days after a campaign's end still counts in it, and is marked late."),
    )

    class Meta:
        model = Calendar
        fields = ("code", "name", "market", "grace_days")


class GroupDeadlineForm(forms.ModelForm):
    """The order deadline of a territory in the campaign of the page."""

    order_deadline = Day(label=_("Order deadline"))

    class Meta:
        model = GroupDeadline
        fields = ("territory", "order_deadline")

    def clean(self) -> dict[str, Any]:
        """Inside the campaign."""
        cleaned, campaign = super().clean(), self.instance.campaign
        day = cleaned.get("order_deadline")
        if day and campaign.starts_on and campaign.ends_on and not campaign.starts_on <= day <= campaign.ends_on:
            self.add_error("order_deadline", _now("The order deadline must lie inside the campaign."))
        return cleaned
