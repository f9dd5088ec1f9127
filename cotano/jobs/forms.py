"""The forms of an upload: choose the file, read it otherwise, confirm what the preview showed."""

import re
from collections.abc import Mapping, Sequence

from django import forms
from django.core.files.base import File
from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from import_export.forms import ConfirmImportForm, ImportForm

from cotano.jobs import actions, kinds, reading
from cotano.jobs.models import Job
from cotano.jobs.outcome import Read
from cotano.jobs.refusals import Refusal


class UploadForm(ImportForm):
    """A file of a kind that the person may load."""

    def __init__(self, *args: object, user: Model, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.resources = args[1]
        self.fields["resource"].label = _("Kind of file")
        self.fields["import_file"].label = _("CSV or Excel file")
        self.fields["import_file"].widget.attrs["accept"] = ".csv,.txt,.xlsx,text/csv"
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


class ReadForm(forms.Form):
    """How a file is read and which column is what, as the preview shows it and lets it be changed."""

    SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}

    encoding = forms.ChoiceField(label=_("Letters"), required=False)
    separator = forms.ChoiceField(
        label=_("Between the columns"),
        required=False,
        choices=[("comma", _("comma")), ("semicolon", _("semicolon")), ("tab", _("tab")), ("bar", _("vertical bar"))],
    )
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    region = forms.ChoiceField(label=_("Phones are written as in"), required=False)

    def __init__(
        self, data: Mapping[str, str] | None, *, job: Job, read: Read, regions: Sequence[tuple[str, str]] = (), region: str = ""
    ) -> None:
        super().__init__(data)
        self.job, self.read, kind = job, read, kinds.get(job.kind)
        choices = {
            "encoding": [(name, reading.TITLES[name]) for name in read.encodings],
            "sheet": [(name, name) for name in read.sheets],
            "region": regions,
        }
        for name, found in choices.items():
            self.fields[name].choices = found
            if len(found) < 2:  # noqa: PLR2004  nothing to choose
                del self.fields[name]
        if not read.separator:
            del self.fields["separator"]
        words = {mark: word for word, mark in self.SEPARATORS.items()}
        self.initial = {"encoding": read.encoding, "separator": words.get(read.separator), "sheet": read.sheet, "region": region}
        titles = [("", _("not used")), *((column.name, column.title or column.name) for column in kind.columns)]
        self.columns = []
        for place, heading in enumerate(read.headings):
            label = heading or _("column %(n)d") % {"n": place + 1}
            field = forms.ChoiceField(label=label, choices=titles, required=False, help_text=read.cells[place])
            self.fields[f"column_{place}"] = field
            self.initial[f"column_{place}"] = (read.columns[place] or "").partition("\t")[0]
            self.columns.append(self[f"column_{place}"])

    @property
    def ways(self) -> list[forms.BoundField]:
        """The choices above the columns."""
        return [self[name] for name in ("encoding", "separator", "sheet", "region") if name in self.fields]

    def options(self) -> dict[str, object]:
        """For `Job.options`. Columns chosen below other headings than the ones now wanted are forgotten."""
        said = self.cleaned_data
        chosen: dict[str, object] = {name: said[name] for name in ("encoding", "sheet", "region") if said.get(name)}
        if said.get("separator"):
            chosen["separator"] = self.SEPARATORS[said["separator"]]
        if any(name in chosen and chosen[name] != getattr(self.read, name) for name in ("encoding", "separator", "sheet")):
            return {**chosen, "mapping": None}
        names = {place: said.get(f"column_{place}") for place in range(len(self.read.headings))}
        return {**chosen, "mapping": {str(place): name for place, name in names.items() if name}}
