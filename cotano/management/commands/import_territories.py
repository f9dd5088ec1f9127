"""`manage.py import_territories FILE`: load territories."""

from cotano.management.loading import FileCommand


class Command(FileCommand):
    """The file as docs/import-formats.md describes it."""

    help = "Loads territories from a CSV file."
    kind = "territories"
