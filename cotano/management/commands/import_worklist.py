"""`manage.py import_worklist FILE`: load the daily work list."""

from cotano.management.loading import FileCommand


class Command(FileCommand):
    """The file as docs/import-formats.md describes it."""

    help = "Loads the daily work list from a CSV file."
    kind = "worklist"
