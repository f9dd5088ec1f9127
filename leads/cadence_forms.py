"""A cadence as a rep types it: a name, for whom, and its steps, a row each."""

from collections.abc import Sequence
from itertools import zip_longest

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cotano.jobs.refusals import Refusal
from cotano.lib import text
from leads.cadences import NAME_LONGEST, TEXT_LONGEST, Said
from leads.models import STEPS, TAG_LONGEST, Attempt, Cadence, Lead, LeadQuerySet, Step

EMPTY = 3  # rows to fill beside those that are there


class CadenceForm(forms.Form):
    """All but the steps."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LONGEST, widget=forms.TextInput({"autocomplete": "off"}))
    reach = forms.ChoiceField(
        label=gettext_lazy("For whom"),
        choices=[(Cadence.Reach.OWN, gettext_lazy("Only me")), (Cadence.Reach.TEAM, gettext_lazy("My team as well"))],
        initial=Cadence.Reach.OWN,
        widget=forms.RadioSelect,
    )
    repeats = forms.BooleanField(
        label=gettext_lazy("Begins again after the last step"), required=False, widget=forms.CheckboxInput({"class": "sw"})
    )


class StartForm(forms.Form):
    """Which cadence."""

    cadence = forms.IntegerField(min_value=1, max_value=2**63 - 1)


class ManyForm(forms.Form):
    """Whom to put into a cadence at once: by tag, by how hot they are, or both."""

    tag = forms.CharField(label=gettext_lazy("Tag"), max_length=TAG_LONGEST, required=False)
    hotness = forms.TypedChoiceField(
        label=gettext_lazy("How hot"),
        choices=[("", gettext_lazy("any")), *[(value, label) for value, label in Lead.Hotness.choices if value]],
        coerce=int,
        empty_value=0,
        required=False,
    )

    def clean(self) -> dict[str, object]:
        """One of them at least."""
        said = super().clean()
        if not self.errors and not (said["tag"] or said["hotness"]):
            raise forms.ValidationError(_("Say a tag, or how hot they are."))
        return said

    def chosen(self) -> LeadQuerySet:
        """The leads that are meant, of whomever."""
        said, leads = self.cleaned_data, Lead.objects.all()
        if said["tag"]:
            leads = leads.filter(tags__contains=[said["tag"]])
        return leads.filter(hotness=said["hotness"]) if said["hotness"] else leads


class LaterForm(forms.Form):
    """The day on which the next step comes instead."""

    day = forms.DateField()


class StepForm(forms.Form):
    """Which step is meant: a tap on one that is over changes nothing."""

    place = forms.IntegerField(min_value=1, max_value=STEPS)


def rows_of(steps: Sequence[Step]) -> list[Said]:
    """Steps as rows to be changed, with some empty ones behind."""
    return _with_empty([Said(step.after, step.unit, step.channel, step.template, step.text) for step in steps])


def read_rows(posted: QueryDict) -> tuple[list[Said], list[Said]]:
    """(the steps that were typed, all rows to be shown again). Rows without a number are none. Raises Refusal."""
    columns = [posted.getlist(name)[: STEPS + 2] for name in ("after", "unit", "channel", "text", "template")]
    if len(posted.getlist("after")) > STEPS + EMPTY:
        raise Refusal(_("A cadence has at most %(most)d steps.") % {"most": STEPS})
    said = []
    for after, unit, channel, words, template in zip_longest(*columns, fillvalue=""):
        if not after.strip():
            continue
        number = text.number(after.strip())
        if number is None:
            raise Refusal(_("Enter after how many days, weeks or months, such as 2."))
        said.append(Said(number, unit, channel, template[:NAME_LONGEST], words[:TEXT_LONGEST]))
    return said, _with_empty(said)


def _with_empty(said: list[Said]) -> list[Said]:
    return [*said, *[Said(-1)] * min(EMPTY, STEPS - len(said))]


def choices() -> dict[str, list[tuple[str, str]]]:
    """What a row offers: units and ways."""
    ways = [("", _("any way")), *((value, str(label)) for value, label in Attempt.Channel.choices)]
    return {"units": [(value, str(label)) for value, label in Step.Unit.choices], "ways": ways}
