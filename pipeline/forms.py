"""Forms of boards, goals and the profile."""

import json
import re
from collections.abc import Iterable
from decimal import Decimal

from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from phonenumbers import country_code_for_region

from cotano.lib import clock, phones, text
from leads.forms import LeadForm
from leads.models import TAG_LONGEST, Lead
from pipeline import contacts
from pipeline.merging import differences
from pipeline.models import DAYS_MOST, LIMIT_MOST, Board, Stage
from pipeline.shares import TYPED_LONGEST
from pipeline.sifting import REMINDERS, Sieve
from teams.models import Rep, User

LINES_MOST = 20_000  # lines of a file left out by their numbers
_LINES = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?", re.ASCII)
_DASH = re.compile(r"\s*[-\u2010-\u2015]\s*")
_LINES_DIVIDED = re.compile(r"[,;\s]+")
PASTED = 200_000  # characters of a pasted page
COUNTRIES = [
    "UA",
    "RU",
    "KZ",
    "BY",
    "MD",
    "GE",
    "AM",
    "AZ",
    "KG",
    "UZ",
    "TJ",
    "PL",
    "RO",
    "BG",
    "CZ",
    "SK",
    "HU",
    "DE",
    "LT",
    "LV",
    "EE",
    "TR",
    "IL",
    "ES",
    "IT",
    "GB",
    "US",
]
GOAL_MOST = Decimal(10) ** 9
ZONES = sorted(
    zone
    for zone in clock.zones()
    if zone.split("/")[0] in {"Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)


class MoveForm(forms.Form):
    """Where a card goes, and the version of it that the person saw."""

    to = forms.ModelChoiceField(Stage.objects.none())
    version = forms.IntegerField(min_value=1)

    def __init__(self, *args: object, board: Board, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["to"].queryset = board.stages.all()


class StageForm(forms.Form):
    """A stage of the rep's own board."""

    name = forms.CharField(label=_("Name"), required=False, max_length=40, widget=forms.TextInput({"autocomplete": "off"}))
    end = forms.ChoiceField(
        label=_("A card here is"),
        choices=[(Stage.End.OPEN, _("Open")), (Stage.End.WON, _("Won")), (Stage.End.LOST, _("Lost"))],
        required=False,
        widget=forms.RadioSelect,
        initial=Stage.End.OPEN,
    )
    limit = forms.IntegerField(
        label=_("At most so many cards"),
        help_text=_("More can stand there; the count then turns yellow."),
        required=False,
        min_value=1,
        max_value=LIMIT_MOST,
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )
    days = forms.IntegerField(
        label=_("Days a card may stay"),
        help_text=_("Without a number: 7. After that the card says how long it has been there."),
        required=False,
        min_value=1,
        max_value=DAYS_MOST,
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )


class EmptyForm(forms.Form):
    """Where the cards of a stage go that is to be removed."""

    to = forms.ModelChoiceField(Stage.objects.none(), label=_("Its cards go to"), required=False, empty_label=None)

    def __init__(self, *args: object, stage: Stage, **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["to"].queryset = Stage.objects.filter(board=stage.board_id, needs=[]).exclude(pk=stage.pk).order_by("place")


def watch_phone(form: forms.Form, lead: Lead | None = None) -> None:
    """While a phone is typed, say whose it is already; `lead` is the one whose phone may stand there."""
    if "phone" in form.fields:
        form.fields["phone"].widget.attrs |= {
            "hx-post": reverse("pipeline:known"),
            "hx-trigger": "input changed delay:400ms",
            "hx-target": "#known",
            "hx-sync": "this:replace",
            **({"hx-vals": json.dumps({"of": str(lead.pk)})} if lead else {}),
        }


class AddForm(LeadForm):
    """A new lead, with the stage to put it on when there is a board."""

    def __init__(self, *args: object, rep: Rep, board: Board | None, **options: object) -> None:
        super().__init__(*args, rep=rep, **options)
        if board is not None:
            stages = board.stages.order_by("place")
            self.fields["stage"] = forms.ModelChoiceField(stages, label=_("Stage"), required=False, empty_label=None)
        self.fields["name"].widget.attrs["autofocus"] = True
        watch_phone(self)


class MergeForm(forms.Form):
    """Where two leads that are one person say different things: which of the two stays."""

    def __init__(self, *args: object, first: Lead, second: Lead, **options: object) -> None:
        super().__init__(*args, **options)
        for one in differences(first, second):
            choices = [("first", _shown(one.name, one.first)), ("second", _shown(one.name, one.second))]
            label = Lead._meta.get_field(one.name).verbose_name.capitalize()
            widget = forms.RadioSelect({"class": "tick"})
            self.fields[one.name] = forms.ChoiceField(choices=choices, label=label, initial="first", widget=widget)

    @property
    def of_second(self) -> frozenset[str]:
        """The fields that stay as the second one has them."""
        return frozenset(name for name, chosen in self.cleaned_data.items() if chosen == "second")


def _shown(name: str, value: object) -> str:
    """A value as a person reads it."""
    match name:
        case "phone":
            return phones.spoken(value)
        case "kind":
            return str(Lead.Kind(value).label)
        case "birthday":
            return date_format(value, "j E Y")
        case _:
            return value


class SieveForm(forms.Form):
    """What is looked for on a board. What cannot be is left out: an address may hold anything."""

    q = forms.CharField(
        label=_("Name or phone"),
        required=False,
        max_length=100,
        widget=forms.TextInput({"type": "search", "autocomplete": "off", "enterkeyhint": "search"}),
    )
    remind = forms.ChoiceField(
        label=_("Reminder"), choices=[("", _("All")), *REMINDERS], required=False, widget=forms.RadioSelect, initial=""
    )
    tag = forms.CharField(label=_("Tag"), required=False, max_length=TAG_LONGEST)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("All")), *Lead.Kind.choices], required=False)
    heat = forms.TypedChoiceField(
        label=_("Hotness"), choices=[("", _("All")), *Lead.Hotness.choices], coerce=int, empty_value=None, required=False
    )
    stale = forms.BooleanField(label=_("Stale: no next step, and nothing has happened for longer than the stage allows"), required=False)

    def __init__(self, *args: object, tags: Iterable[str] = (), **options: object) -> None:
        super().__init__(*args, **options)
        self.fields["tag"].widget = forms.Select(choices=[("", _("All")), *((tag, tag) for tag in tags)])

    @property
    def said(self) -> dict[str, object]:
        """What of it can be looked for."""
        self.is_valid()
        return self.cleaned_data

    @property
    def sieve(self) -> Sieve:
        """The same, to sift with."""
        return Sieve(**self.said)


class RankForm(forms.Form):
    """After which card a page of a column begins."""

    after = forms.DecimalField(required=False, max_digits=1000, decimal_places=980)


class GoalForm(forms.Form):
    """Net sales of a campaign, in the market's currency."""

    net_sales = forms.DecimalField(
        label=_("Net sales"),
        min_value=Decimal("0.01"),
        max_value=GOAL_MOST,
        decimal_places=2,
        widget=forms.NumberInput({"inputmode": "decimal", "step": "any"}),
    )


class ShareForm(forms.Form):
    """With whom to share one's boards: one of the upline, or the rep with a code or phone."""

    MENTOR = "mentor"

    helper = forms.ChoiceField(label=_("With whom?"), widget=forms.RadioSelect({"class": "tick"}))
    typed = forms.CharField(
        label=_("Rep code or phone"),
        required=False,
        max_length=TYPED_LONGEST,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
    )
    may_comment = forms.ChoiceField(
        label=_("They may"), choices=[("no", _("Read")), ("yes", _("Read and comment"))], initial="no", widget=forms.RadioSelect
    )

    def __init__(self, *args: object, upline: list[Rep], **options: object) -> None:
        super().__init__(*args, **options)
        self.upline = {str(rep.pk): rep for rep in upline}
        choices = [(pk, rep.name) for pk, rep in self.upline.items()]
        self.fields["helper"].choices = [*choices, (self.MENTOR, _("Another rep, my mentor"))]
        self.fields["helper"].initial = next(iter(self.upline), self.MENTOR)

    def clean_may_comment(self) -> bool:
        """Yes or no."""
        return self.cleaned_data["may_comment"] == "yes"

    def clean(self) -> dict[str, object]:
        """A code belongs to a mentor and nobody else."""
        cleaned = super().clean()
        mentor, typed = cleaned.get("helper") == self.MENTOR, text.one_line(cleaned.get("typed", ""))
        if mentor and not typed:
            self.add_error("typed", _("Enter a rep code or a phone."))
        if typed and cleaned.get("helper") in self.upline:
            self.add_error("typed", _("Choose the mentor above, or leave this empty."))
        return cleaned


class ProfileForm(forms.Form):
    """A person's name, and how the product speaks to them."""

    name = forms.CharField(
        label=_("Name"),
        max_length=text.NAME_LONGEST,
        error_messages={"required": _("Enter a name.")},
        help_text=_("As it stands on your comments. The company keeps its own list."),
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    zone = forms.CharField(
        label=_("Time zone"), max_length=64, widget=forms.TextInput({"list": "zones", "autocomplete": "off", "spellcheck": "false"})
    )
    theme = forms.ChoiceField(label=_("Appearance"), choices=User.Theme.choices, required=False, widget=forms.RadioSelect)

    def clean_name(self) -> str:
        """Without what cannot be seen."""
        if name := text.one_line(self.cleaned_data["name"]):
            return name
        raise forms.ValidationError(_("Enter a name."))

    def clean_zone(self) -> str:
        """A zone that this machine knows."""
        zone = self.cleaned_data["zone"]
        if zone not in clock.zones():
            raise forms.ValidationError(_("There is no such time zone. Pick one from the list, for example Europe/Kyiv."))
        return zone


def regions(own: str) -> list[tuple[str, str]]:
    """Countries in whose way phones may be written, the own one first."""
    return [(code, f"{code} +{country_code_for_region(code)}") for code in dict.fromkeys((own, *COUNTRIES)) if code]


class ContactsFileForm(forms.Form):
    """A rep's file of contacts, or a page of them that was pasted."""

    file = forms.FileField(
        label=_("File of contacts"),
        required=False,
        error_messages={"empty": _("This file is empty.")},
        widget=forms.FileInput({"accept": ".vcf,.csv,.txt,.xlsx,text/vcard,text/x-vcard,text/csv", "data-send": ""}),
    )
    page = forms.CharField(
        label=_("Or paste a list"),
        required=False,
        strip=False,
        max_length=PASTED,
        help_text=_("One person a line, with a phone or an e-mail: Anna 067 123 45 67, cream"),
        widget=forms.Textarea({"rows": 5}),
    )

    def clean(self) -> dict[str, object]:
        """One of the two."""
        said = super().clean()
        if not self.errors and not said.get("file") and not (said.get("page") or "").strip():
            self.add_error("file", _("Choose a file."))
        return said


class BoardChoiceForm(forms.Form):
    """Whether the people of a file also come onto the board."""

    board = forms.ChoiceField(
        label=_("Also put on my board?"),
        choices=[("no", _("No")), ("first", _("Yes, on the first stage"))],
        initial="no",
        widget=forms.RadioSelect,
    )
    lines = forms.CharField(
        label=_("Lines to leave out that are not shown here"),
        required=False,
        max_length=2000,
        help_text=_("Their numbers in the file, such as 412, 500-510."),
    )

    def __init__(self, *args: object, staged: bool = False, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if staged:
            self.fields["board"].choices += [("stage", _("Yes, as the column says"))]

    def clean_lines(self) -> list[int]:
        """The numbers of the lines."""
        found: set[int] = set()
        for part in filter(None, _LINES_DIVIDED.split(_DASH.sub("-", self.cleaned_data["lines"]))):
            match = _LINES.fullmatch(part)
            first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
            if not 1 <= first <= last < first + LINES_MOST:
                raise forms.ValidationError(_("Write the numbers of lines, such as 412, 500-510."))
            found.update(range(first, last + 1))
        if len(found) > LINES_MOST:
            raise forms.ValidationError(_("At most %(most)d lines can be left out.") % {"most": LINES_MOST})
        return sorted(found)


class FilterForm(forms.Form):
    """Whom of the contacts one wants to see; every field may be left open."""

    tag = forms.ChoiceField(label=_("Tag"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *Lead.Kind.choices])
    hot = forms.ChoiceField(label=_("Hotness"), required=False, choices=[("", _("All")), *reversed(Lead.Hotness.choices)])
    board = forms.ChoiceField(label=_("Board"), required=False, choices=[("", _("All")), *contacts.ON_BOARD])
    reminder = forms.ChoiceField(label=_("Reminder"), required=False, choices=[("", _("All")), *contacts.REMINDERS])
    quiet = forms.ChoiceField(label=_("Contact"), required=False, choices=[("", _("All")), *contacts.QUIET])

    def __init__(self, wish: contacts.Wish, tags: list[str]) -> None:
        super().__init__(initial=wish.fields)
        known = [*tags, wish.tag] if wish.tag and wish.tag not in tags else tags
        self.fields["tag"].choices = [("", _("All")), *((tag, tag) for tag in known)]
