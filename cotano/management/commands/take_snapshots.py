"""`manage.py take_snapshots [--campaign UA:2026-14 ...]`: take the figures of campaigns now, without waiting for a file or the night."""

import re

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns import figures, snapshots
from campaigns.models import Campaign, Cause

NAMED = re.compile(r"(?P<calendar>[^:\s]+):(?P<year>\d{4})-(?P<number>\d{1,2})")


class Command(BaseCommand):
    """Running campaigns, or those that are named. One that has ended keeps where everybody stood."""

    help = "Take the figures of campaigns now."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take `--campaign`, any number of times."""
        parser.add_argument("--campaign", action="append", default=[], metavar="CALENDAR:YEAR-NUMBER", help="default: those that run today")

    def handle(self, *, campaign: list[str], **options: object) -> None:
        """Take them, the earliest first, and say what changed."""
        wanted = [self._named(name) for name in campaign] or figures.running_campaigns()
        for one in sorted(wanted, key=lambda one: one.starts_on):
            run = snapshots.take(one, cause=Cause.ASKED)
            self.stdout.write(f"{one}: {run.reps} rows, {run.changed} changed")

    def _named(self, name: str) -> Campaign:
        found = NAMED.fullmatch(name)
        if found is None:
            raise CommandError(f"{name!r} is no campaign: write CALENDAR:YEAR-NUMBER, UA:2026-14 for example.")
        of = Campaign.objects.filter(calendar__code=found["calendar"], year=found["year"], number=found["number"])
        campaign = of.select_related("calendar__market").first()
        if campaign is None:
            raise CommandError(f"There is no campaign {name}.")
        return campaign
