"""Send what is due, without a worker."""

import time

from django.core.management.base import BaseCommand, CommandParser

from notifications import letters, sweep

EVERY = 5.0  # seconds


class Command(BaseCommand):
    """A sweep every five seconds, or a single one. Safe beside workers: what one has claimed the other leaves alone."""

    help = "Send the notifications that are due."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--once`."""
        parser.add_argument("--once", action="store_true", help="one sweep, then stop")

    def handle(self, *args: object, **options: object) -> None:
        """Print what each sweep did."""
        while True:
            letters.send_waiting()
            result = sweep.send_due()
            self.stdout.write(f"done {result.done}, again later {result.later}, given up {result.dead}, withdrawn meanwhile {result.lost}")
            if options["once"]:
                return
            time.sleep(EVERY)
