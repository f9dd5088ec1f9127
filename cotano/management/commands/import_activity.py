"""`manage.py import_activity FILE`: load what reps did in an earlier app."""

from cotano.management.loading import FileCommand


class Command(FileCommand):
    """The file as docs/import-formats.md describes it."""

    help = "Loads what reps did in an earlier app from a CSV file."
    kind = "activity"
