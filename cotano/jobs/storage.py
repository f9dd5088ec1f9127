"""Between preview and confirmation an upload is a draft job: in the database, so that any process on any machine has it."""

from django.core.files.base import File
from django.db.models import Model
from import_export.tmp_storages import BaseStorage

from cotano.jobs import actions
from cotano.jobs.models import Job


class UploadStorage(BaseStorage):
    """django-import-export's storage of uploads. `name` is the draft's id; whose draft it is, the confirm form checks."""

    def __init__(self, *, owner: Model | None = None, kind: str = "", **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.owner, self.kind = owner, kind

    def save(self, data: File) -> None:
        """Keep the upload. Raises Refusal when it is empty or too large."""
        self.name = str(actions.keep_upload(self.owner, self.kind, data).pk)

    def read(self) -> Job:
        """The draft; its file stays where it is."""
        return Job.objects.get(pk=self.name)

    def remove(self) -> None:
        """Nothing: the draft has become the job."""
