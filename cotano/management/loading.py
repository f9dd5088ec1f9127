"""What the `import_*` commands share: a file goes through the same job and pipeline as an upload, in this process."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from cotano.jobs import actions, reasons, running
from cotano.jobs.models import Job, Verdict
from cotano.jobs.refusals import Refusal
from teams.models import User

NOBODY = "system@localhost"  # owns what is loaded where nobody can log in yet; cannot log in itself


class FileCommand(BaseCommand):
    """Load one file of one kind; exit code 1 when the file as a whole is refused."""

    kind: ClassVar[str]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file and how to report."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only say what would become of it")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
        parser.add_argument("--user", metavar="LOGIN", help="e-mail or phone of the person in whose name it is loaded")

    def options_of_job(self, options: dict[str, Any]) -> dict[str, object]:
        """What the kind needs beside the file."""
        return {}

    def handle(self, **options: Any) -> None:  # noqa: ANN401  as in Django
        """Load, then print counts and rejected lines."""
        try:
            with options["file"].open("rb") as opened, translation.override("en"):
                file = File(opened, name=options["file"].name)
                counts, rejected = self._load(file, owner(options["user"]), options)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from None
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from None
        if options["json"]:
            lines = [{"line": line, "label": label, "reason": reason, "sentence": sentence} for line, label, reason, sentence in rejected]
            self.stdout.write(
                json.dumps({"kind": self.kind, "dry_run": options["dry_run"], "counts": counts, "rejected": lines}, ensure_ascii=False)
            )
            return
        self.stdout.write(", ".join(f"{n} {word.replace('_', ' ')}" for word, n in counts.items()))
        for line, label, _reason, sentence in rejected:
            self.stdout.write(f"line {line}: {label}: {sentence}")

    def _load(self, file: File, who: User, options: dict[str, Any]) -> tuple[dict[str, int], list[tuple[int, str, str, str]]]:
        if options["dry_run"]:
            job = actions.keep_upload(who, self.kind, file, options=self.options_of_job(options))
            try:
                outcome = running.check(job)
            finally:
                actions.discard(job)
            if outcome.problem:
                raise Refusal(outcome.problem)
            return outcome.counts, [
                (row.line, row.label, row.reason, row.sentence) for word in ("rejected", "duplicate") for row in outcome.samples[word]
            ]
        job = actions.load(who, self.kind, file, options=self.options_of_job(options))
        if job.state != Job.State.DONE:
            raise Refusal(job.sentence)
        rows = Verdict.objects.filter(job=job).exclude(outcome__in=Verdict.TAKEN).order_by("line")
        verdicts = rows.values_list("line", "label", "reason", "detail")
        return job.counts, [(line, label, reason, reasons.sentence(reason, detail)) for line, label, reason, detail in verdicts]


def owner(login: str | None) -> User:
    """The person of this log-in; without one an administrator, else a member of staff, else nobody's own user."""
    if login:
        user = User.objects.filter(email=login.lower()).first() or User.objects.filter(phone=login).first()
        if user is None:
            raise CommandError(f"nobody logs in as {login}")
        return user
    staff = User.objects.filter(is_active=True, is_staff=True).order_by("-is_superuser", "pk").first()
    return staff or User.objects.filter(email=NOBODY).first() or User.objects.create_user(email=NOBODY, name="Cotano", is_active=False)
