"""`manage.py check_tree [--json]`: is the index over the trees what the parent links say? Exit code 1 when anything is wrong."""

import sys
from json import dumps

from django.core.management.base import BaseCommand, CommandParser

from teams import tree


class Command(BaseCommand):
    """Counts what breaks each invariant, in every tree."""

    help = "Compare the index over the trees with the parent links."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--json`."""
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *, json: bool, **options: object) -> None:
        """Print what is wrong."""
        found = tree.check_all()
        broken = {model: {name: n for name, n in counts.items() if n} for model, counts in found.items()}
        if json:
            self.stdout.write(dumps(found, indent=2))
        else:
            lines = [f"{model}: {name}: {n}" for model, counts in broken.items() for name, n in counts.items()]
            self.stdout.write("\n".join(lines or ["The trees are right."]))
        if any(broken.values()):
            sys.exit(1)
