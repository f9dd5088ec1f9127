"""Django's `migrate`, by the owner's role; the app's role gets its rights afterwards."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql

GRANTS = (
    "grant usage on schema public to {app}",
    "grant select, insert, update, delete on all tables in schema public to {app}",
    "grant usage, select, update on all sequences in schema public to {app}",
)


class Command(Migrate):
    """The default `--database` is `owner`; the app's role (the user of `default`) then gets its rights, each time alike."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take Django's own arguments."""
        super().add_arguments(parser)
        parser.set_defaults(database="owner" if "owner" in connections else DEFAULT_DB_ALIAS)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  as in Django
        """Migrate, then grant."""
        super().handle(*args, **options)
        owner, app = connections[options["database"]], connections[DEFAULT_DB_ALIAS].settings_dict["USER"]
        if options["plan"] or options["check_unapplied"] or app == owner.settings_dict["USER"]:
            return
        with owner.cursor() as cursor:
            for grant in GRANTS:
                cursor.execute(sql.SQL(grant).format(app=sql.Identifier(app)))
