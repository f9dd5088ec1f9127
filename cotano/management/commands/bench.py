"""`manage.py bench NAME`: what something costs, measured beside what it replaces. docs/performance.md explains the figures."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from benchmarks import figures, registry, running


class Command(BaseCommand):
    """Nothing is asserted: a goal that is missed is printed, not an error."""

    help = "Measures in a scratch database of its own, next to baselines in the same run: " + "; ".join(
        f"{bench.name} ({bench.size:,} {bench.unit}): {bench.about}" for bench in registry.BENCHES.values()
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the bench's name, `--size` and `--json`."""
        parser.add_argument("name", choices=sorted(registry.BENCHES))
        parser.add_argument("--size", type=int, help="how many, instead of the bench's own default")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401  as in Django
        """Measure and print."""
        if options["size"] is not None and options["size"] < 1:
            raise CommandError("--size is a whole number from 1 on")
        try:
            report = running.measure(options["name"], options["size"])
        except running.BenchFailed as failure:
            raise CommandError(str(failure)) from None
        except KeyboardInterrupt:
            raise CommandError("interrupted; the scratch database is gone", returncode=130) from None
        self.stdout.write(json.dumps(report, ensure_ascii=False) if options["json"] else figures.table(report))
