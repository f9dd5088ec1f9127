"""The two forms of a staff member's upload: choose the file, confirm what the preview showed."""

import re
from collections.abc import Mapping, Sequence

from django import forms
from django.core.files.base import File
from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from import_export.forms import ConfirmImportForm, ImportForm

from cotano.jobs import actions, kinds
from cotano.jobs.models import Job
from cotano.jobs.refusals import Refusal


class UploadForm(ImportForm):
    """A file of a kind that the person may load."""

    def __init__(self, *args: object, user: Model, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.resources = args[1]
        self.fields["resource"].label = _("Kind of file")
        self.fields["import_file"].label = _("CSV file")
        self.fields["import_file"].widget.attrs["accept"] = ".csv,.txt,text/csv"
        self.fields["format"].widget = forms.HiddenInput()
        self.fields["format"].initial = "0"

    def clean_import_file(self) -> File:
        """The file, with who brings it and as what."""
        upload = self.cleaned_data["import_file"]
        upload.uploader = self.user
        upload.kind = self.resources[int(self.cleaned_data.get("resource") or 0)].kind_name
        try:
            actions.refuse_size(upload.kind, upload.size)
        except Refusal as refusal:
            raise forms.ValidationError(refusal.sentence) from None
        return upload


class ConfirmForm(ConfirmImportForm):
    """The draft that the preview showed."""

    def __init__(self, *args: object, user: Model, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def ask(self, kind: kinds.Kind, counts: Mapping[str, int]) -> None:
        """Put those of the kind's questions, yes or no, that the preview raises."""
        for name, (word, question) in kind.questions.items():
            if counts.get(word):
                self.fields[name] = forms.BooleanField(label=question, required=False)

    def answers(self, kind: kinds.Kind) -> dict[str, bool]:
        """What was answered."""
        return {name: name in self.data for name in kind.questions}

    def clean_format(self) -> str:
        """The only one there is, whatever was sent."""
        return "0"

    clean_resource = clean_format  # the draft knows its kind

    def clean_import_file_name(self) -> str:
        """The id of one's own draft, of a kind one may load."""
        name = self.cleaned_data["import_file_name"]
        known = re.fullmatch(r"\d{1,18}", name, re.ASCII)
        job = Job.objects.filter(pk=int(name), owner=self.user, private=False).first() if known else None
        if job is None or not self.user.has_perm(kinds.get(job.kind).permission):
            raise forms.ValidationError(_("This upload is not there any more. Choose the file again."))
        return name


class ExportForm(forms.Form):
    """In which format a list goes out."""

    format = forms.ChoiceField(label=_("Format"))

    def __init__(self, *args: object, formats: Sequence[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = [(name, name.upper()) for name in formats]
