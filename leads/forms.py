"""Forms about one lead."""

import datetime as dt
import re

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cotano.jobs.refusals import Refusal
from cotano.lib import clock, phones, text
from leads import people
from leads.models import Attempt, Lead
from teams.models import Rep

OLDEST = 130  # years
NOTE_LONGEST = 2000
TAGS_LONGEST = 400  # characters of the tags' field
MORE_LONGEST = 500  # characters of a field for several phones
_BETWEEN = re.compile(r"[,;\n]")  # phones and e-mails of one field


class LeadForm(forms.Form):
    """What is known about a person, typed by the rep whose contact it is."""

    name = forms.CharField(
        label=_("Name"),
        max_length=text.NAME_LONGEST,
        error_messages={"required": _("Enter a name.")},
        widget=forms.TextInput({"autocomplete": "off", "enterkeyhint": "done"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=phones.LONGEST,
        widget=forms.TextInput({"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )
    other_phones = forms.CharField(
        label=_("More phones"),
        required=False,
        max_length=MORE_LONGEST,
        help_text=_("Separate them with commas."),
        widget=forms.TextInput({"type": "text", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=Lead.Kind.choices, initial=Lead.Kind.PROSPECT, required=False, widget=forms.RadioSelect
    )
    email = forms.EmailField(label=_("E-mail"), required=False, widget=forms.EmailInput({"autocomplete": "off"}))
    other_emails = forms.CharField(
        label=_("More e-mails"),
        required=False,
        max_length=MORE_LONGEST,
        help_text=_("Separate them with commas."),
        widget=forms.TextInput({"inputmode": "email", "autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )
    birthday = forms.DateField(label=_("Birthday"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    tags = forms.CharField(label=_("Tags"), required=False, max_length=TAGS_LONGEST, help_text=_("Separate them with commas."))
    note = forms.CharField(label=_("To remember"), required=False, max_length=NOTE_LONGEST, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: object, rep: Rep, **options: object) -> None:
        super().__init__(*args, **options)
        self.rep = rep

    @classmethod
    def of(cls, lead: Lead, rep: Rep) -> "LeadForm":
        """The form filled with what is known."""
        known = {name: getattr(lead, name) for name in cls.base_fields}
        lists = {"tags": lead.tags, "other_phones": map(phones.spoken, lead.other_phones), "other_emails": lead.other_emails}
        return cls(initial={**known, "phone": lead.spoken_phone, **{name: ", ".join(words) for name, words in lists.items()}}, rep=rep)

    def clean_name(self) -> str:
        """One line, without what cannot be seen."""
        name = text.one_line(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(_("Enter a name."))
        return name

    def clean_phone(self) -> str:
        """E.164."""
        return self._or_error(people.clean_phone, self.cleaned_data["phone"], self.rep)

    def clean_other_phones(self) -> list[str]:
        """A list of E.164."""
        typed = _BETWEEN.split(self.cleaned_data["other_phones"])
        return self._or_error(people.clean_more_phones, typed, self.rep, self.cleaned_data.get("phone", ""))

    def clean_other_emails(self) -> list[str]:
        """A list of e-mails in small letters."""
        typed = _BETWEEN.split(self.cleaned_data["other_emails"])
        return self._or_error(people.clean_more_emails, typed, self.cleaned_data.get("email", "").lower())

    def clean_kind(self) -> str:
        """A prospect unless another kind is chosen."""
        return self.cleaned_data["kind"] or Lead.Kind.PROSPECT

    def clean_tags(self) -> list[str]:
        """A list."""
        return self._or_error(people.clean_tags, self.cleaned_data["tags"].split(","))

    def clean_birthday(self) -> dt.date | None:
        """A day of somebody who can be alive."""
        day = self.cleaned_data["birthday"]
        today = clock.today(self.rep.user.zone, timezone.now())
        if day and day > today:
            raise forms.ValidationError(_("A birthday cannot lie in the future."))
        if day and day.year < today.year - OLDEST:
            raise forms.ValidationError(_("This year is too long ago."))
        return day

    @staticmethod
    def _or_error(clean: object, *typed: object) -> object:
        try:
            return clean(*typed)
        except Refusal as refusal:
            raise forms.ValidationError(refusal.sentence) from None


class CommentForm(forms.Form):
    """What a rep writes down about a lead."""

    text = forms.CharField(
        label=_("Comment"),
        max_length=NOTE_LONGEST,
        error_messages={"required": _("Write something first.")},
        widget=forms.TextInput({"autocomplete": "off", "enterkeyhint": "send"}),
    )

    def clean_text(self) -> str:
        """Without what cannot be seen."""
        said = text.many_lines(self.cleaned_data["text"])
        if not said:
            raise forms.ValidationError(_("Write something first."))
        return said


class AttemptForm(forms.Form):
    """The way a rep tried to reach a lead."""

    channel = forms.ChoiceField(choices=Attempt.Channel.choices)
    template = forms.CharField(required=False, max_length=text.DIGITS)  # the id of the one that was sent


class OutcomeForm(forms.Form):
    """How it went, in one tap, with a comment if there is something to say."""

    outcome = forms.ChoiceField(choices=Attempt.Outcome.choices, error_messages={"required": _("Choose how it went.")})
    text = forms.CharField(label=_("Comment"), max_length=NOTE_LONGEST, required=False, widget=forms.TextInput({"autocomplete": "off"}))


class ReminderForm(forms.Form):
    """When to be reminded: one of the presets that are offered now, or a day and a time on the person's clock."""

    preset = forms.CharField(required=False, max_length=20)
    day = forms.DateField(label=_("Date"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    time = forms.TimeField(label=_("Time"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M"))

    def __init__(self, *args: object, zone: str, **options: object) -> None:
        super().__init__(*args, **options)
        self.zone = zone

    def clean(self) -> dict[str, object]:
        """`day` and `time`, also for a preset."""
        given = super().clean()
        if chosen := given.pop("preset", ""):
            offered = {preset.name: preset for preset in clock.presets(self.zone, timezone.now())}
            if chosen not in offered:
                raise forms.ValidationError(_("This time has already passed. Pick a later one."))
            return {"day": offered[chosen].day, "time": offered[chosen].time}
        for name, sentence in (("day", _("Enter a date.")), ("time", _("Enter a time."))):
            if not given.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        return given
