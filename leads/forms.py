"""Forms about one lead."""

import datetime as dt
import re

from django import forms
from django.utils import dates, timezone
from django.utils.translation import gettext_lazy as _

from cotano.jobs.refusals import Refusal
from cotano.lib import clock, phones, text
from leads import people
from leads.models import ASIDE_LONGEST, CHECK_LONGEST, DATE_NAME_LONGEST, Attempt, Channel, Lead, Reminder
from leads.models.reminders import TITLE_LONGEST
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
        self.options: dict[str, object] = {}

    @classmethod
    def of(cls, lead: Lead, rep: Rep, **options: object) -> "LeadForm":
        """The form filled with what is known."""
        known = {name: getattr(lead, name) for name in cls.base_fields if name in people.PARTS}
        lists = {"tags": lead.tags, "other_phones": map(phones.spoken, lead.other_phones), "other_emails": lead.other_emails}
        joined = {name: ", ".join(words) for name, words in lists.items()}
        return cls(initial={**known, "phone": lead.spoken_phone, **joined}, rep=rep, **options)

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


HOURS = [("", _("Any time")), *((hour, f"{hour}:00") for hour in range(24))]
# What is changed in one go on a lead's page: the word of its address -> the fields.
DETAILS = {
    "name": ("name",),
    "kind": ("kind",),
    "phones": ("phone", "other_phones"),
    "emails": ("email", "other_emails"),
    "birthday": ("birthday",),
    "tags": ("tags",),
    "note": ("note",),
    "family": ("family",),
    "likes": ("likes",),
    "hotness": ("hotness",),
    "preferred": ("channel", "hour", "zone"),
    "consent": ("legal_basis", "consents"),
}


class EditForm(LeadForm):
    """What is known about somebody the rep has already. `seen` is what the person saw of it (see people.fingerprint)."""

    family = forms.CharField(label=_("Family"), required=False, max_length=ASIDE_LONGEST)
    likes = forms.CharField(label=_("Likes"), required=False, max_length=ASIDE_LONGEST)
    hotness = forms.TypedChoiceField(
        label=_("Hotness"), required=False, coerce=int, empty_value=Lead.Hotness.UNKNOWN, choices=list(reversed(Lead.Hotness.choices))
    )
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    @classmethod
    def of(cls, lead: Lead, rep: Rep, **options: object) -> "EditForm":
        """The form filled with what is known."""
        form = super().of(lead, rep, **options)
        form.initial["seen"] = people.fingerprint(lead, [name for name in people.PARTS if name in form.fields])
        return form

    def show_afresh(self, lead: Lead) -> None:
        """The person was changed meanwhile: what was typed stays, `now` tells what stands there now, and to save again writes over it."""
        shown = type(self).of(lead, self.rep, **self.options)
        differs = [field for field in shown if field.name in people.PARTS and field.value() != self[field.name].value()]
        self.now = [(field.label, ", ".join(field.value()) if isinstance(field.value(), list) else field.value()) for field in differs]
        self.data = self.data.copy()
        self.data["seen"] = shown.initial["seen"]


class DetailForm(EditForm):
    """One detail of it."""

    channel = forms.ChoiceField(label=_("Preferred way"), required=False, choices=[("", _("Any")), *Channel.choices])
    hour = forms.TypedChoiceField(label=_("Preferred hour"), required=False, coerce=int, empty_value=None, choices=HOURS)
    zone = forms.ChoiceField(label=_("Time zone of the person"), required=False)
    legal_basis = forms.ChoiceField(label=_("Why I may keep the data"), required=False, choices=Lead.Basis.choices)
    consents = forms.MultipleChoiceField(
        label=_("Agreed to hear from me by"), required=False, choices=Channel.choices, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: object, detail: str, **options: object) -> None:
        super().__init__(*args, **options)
        self.options = {"detail": detail}
        for name in self.fields.keys() - {*DETAILS[detail], "seen"}:
            del self.fields[name]
        if "zone" in self.fields:
            self.fields["zone"].choices = [("", _("Mine")), *((zone, zone) for zone in sorted(clock.zones()))]
        for name in DETAILS[detail][:1]:
            self.fields[name].widget.attrs["autofocus"] = True


class CheckForm(forms.Form):
    """One thing to do with a lead."""

    text = forms.CharField(
        label=_("To do"),
        max_length=CHECK_LONGEST,
        error_messages={"required": _("Write something first.")},
        widget=forms.TextInput({"autocomplete": "off", "enterkeyhint": "done"}),
    )


class DateForm(forms.Form):
    """A day to remember; the year may be left out."""

    name = forms.CharField(label=_("What"), max_length=DATE_NAME_LONGEST, error_messages={"required": _("Say what day this is.")})
    day = forms.TypedChoiceField(label=_("Day"), coerce=int, choices=[(n, n) for n in range(1, 32)])
    month = forms.TypedChoiceField(label=_("Month"), coerce=int, choices=list(dates.MONTHS.items()))
    year = forms.IntegerField(label=_("Year"), required=False, min_value=1850, max_value=2200)


class CommentForm(forms.Form):
    """What a rep writes down about a lead."""

    text = forms.CharField(
        label=_("Comment"),
        max_length=NOTE_LONGEST,
        error_messages={"required": _("Write something first.")},
        widget=forms.TextInput({"autocomplete": "off", "enterkeyhint": "send"}),
    )
    spoke = forms.BooleanField(label=_("We spoke"), required=False)

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
    repeat = forms.ChoiceField(label=_("Repeat"), choices=Reminder.Repeat, required=False)
    beside = forms.BooleanField(label=_("Keep the other reminders too"), required=False)
    day = forms.DateField(label=_("Date"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    time = forms.TimeField(label=_("Time"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M"))

    def __init__(self, *args: object, zone: str, **options: object) -> None:
        super().__init__(*args, **options)
        self.zone = zone

    def clean(self) -> dict[str, object]:
        """`day` and `time`, also for a preset."""
        given = super().clean()
        if chosen := given.pop("preset", ""):
            offered = clock.offers(self.zone, timezone.now())
            if chosen not in offered:
                raise forms.ValidationError(_("This time has already passed. Pick a later one."))
            return {**given, "day": offered[chosen].day, "time": offered[chosen].time}
        for name, sentence in (("day", _("Enter a date.")), ("time", _("Enter a time."))):
            if not given.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        return given


class TaskForm(ReminderForm):
    """What to do, and when."""

    title = forms.CharField(
        label=_("What to do"), max_length=TITLE_LONGEST, widget=forms.TextInput({"autocomplete": "off", "enterkeyhint": "done"})
    )
    beside = None
    field_order = ("title",)
