"""`manage.py import_orders FILE`: load orders and returns."""

from cotano.management.loading import FileCommand


class Command(FileCommand):
    """The file as docs/import-formats.md describes it."""

    help = "Loads orders and returns from a CSV file."
    kind = "orders"
