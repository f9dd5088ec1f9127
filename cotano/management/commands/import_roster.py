"""`manage.py import_roster FILE`: load the roster."""

from cotano.management.loading import FileCommand


class Command(FileCommand):
    """The file as docs/import-formats.md describes it."""

    help = "Loads the roster from a CSV file."
    kind = "roster"
