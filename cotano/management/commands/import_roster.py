"""`manage.py import_roster FILE`: load the roster."""

from argparse import ArgumentParser
from typing import Any

from cotano.management.loading import FileCommand


class Command(FileCommand):
    """The file as docs/import-formats.md describes it."""

    help = "Loads the roster from a CSV file."
    kind = "roster"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take `--absent-left` as well."""
        super().add_arguments(parser)
        parser.add_argument("--absent-left", action="store_true", help="reps who are not in the file have left: remove them")

    def options_of_job(self, options: dict[str, Any]) -> dict[str, object]:
        """What the person says about reps who are not in the file."""
        return {"absent_left": options["absent_left"]}
