"""`manage.py import_leads FILE --rep CODE`: load a rep's own contacts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from cotano.management.loading import FileCommand
from teams.models import Rep


class Command(FileCommand):
    """The file as docs/import-formats.md describes it."""

    help = "Loads a rep's own contacts from a CSV file."
    kind = "leads"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the rep and what happens on the board."""
        super().add_arguments(parser)
        parser.add_argument("--rep", required=True, metavar="CODE")
        parser.add_argument("--board", choices=["no", "first"], default="no", help="also put them on the running campaign's first stage")

    def options_of_job(self, options: dict[str, Any]) -> dict[str, object]:
        """Whose contacts they are."""
        rep = Rep.objects.filter(code=options["rep"]).first()
        if rep is None:
            raise CommandError(f"there is no rep {options['rep']}")
        return {"rep": rep.pk, "board": options["board"], "by_operator": True}
