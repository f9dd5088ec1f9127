"""Forms about messages and the templates they are made from."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from cotano.jobs.refusals import Refusal
from leads import templates
from leads.models import TEMPLATE_NAME, TEMPLATE_TEXT
from leads.templates import Words

MESSAGE_LONGEST = 2 * TEMPLATE_TEXT  # characters of a text whose fields are filled


class TemplateForm(forms.Form):
    """A template: its name, its text with fields in braces, and its language."""

    name = forms.CharField(
        label=_("Name"),
        max_length=TEMPLATE_NAME,
        error_messages={"required": _("Enter a name.")},
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    text = forms.CharField(
        label=_("Text"),
        max_length=TEMPLATE_TEXT,
        error_messages={"required": _("Write something first.")},
        widget=forms.Textarea({"rows": 5}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def clean(self) -> dict[str, str]:
        """The words as they are stored; a field that there is none is named in a sentence."""
        given = super().clean()
        if not self.errors:
            try:
                given.update(templates.clean_words(Words(**given)))
            except Refusal as refusal:
                self.add_error("text", refusal.sentence)
        return given


class MessageForm(forms.Form):
    """A message as it is sent, after a person has changed its words."""

    text = forms.CharField(required=False, max_length=MESSAGE_LONGEST)
