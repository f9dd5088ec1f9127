"""`manage.py import_campaigns FILE`: load campaigns."""

from cotano.management.loading import FileCommand


class Command(FileCommand):
    """The file as docs/import-formats.md describes it."""

    help = "Loads campaigns from a CSV file."
    kind = "campaigns"
