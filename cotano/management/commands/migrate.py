"""Django's `migrate`, by the owner's role; the app's role gets its rights afterwards, and people's roles theirs."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from psycopg import sql

from cotano.jobs.models import Audit
from leads.cadences import sync_standards
from teams.models import StatusChange
from teams.roles import sync_roles

GRANTS = (
    "grant usage on schema public to {app}",
    "grant select, insert, update, delete on all tables in schema public to {app}",
    "grant usage, select, update on all sequences in schema public to {app}",
)
MAINTAIN = "grant maintain on all tables in schema public to {app}"  # see cotano.lib.planner
MAINTAIN_FROM = 170_000  # the PostgreSQL that knows it
ADD_ONLY = (Audit._meta.db_table, StatusChange._meta.db_table)  # the app's role may read these and add to them, nothing else


class Command(Migrate):
    """The default `--database` is `owner`; the app's role (the user of `default`) then gets its rights, each time alike."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take Django's own arguments."""
        super().add_arguments(parser)
        parser.set_defaults(database="owner" if "owner" in connections else DEFAULT_DB_ALIAS)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  as in Django
        """Migrate, then grant; bring the roles and the cadences that come with the product up to date."""
        super().handle(*args, **options)
        owner, app = connections[options["database"]], connections[DEFAULT_DB_ALIAS].settings_dict["USER"]
        if options["plan"] or options["check_unapplied"]:
            return
        if app != owner.settings_dict["USER"]:
            with transaction.atomic(using=options["database"]), owner.cursor() as cursor:
                for grant in (*GRANTS, MAINTAIN) if owner.pg_version >= MAINTAIN_FROM else GRANTS:
                    cursor.execute(sql.SQL(grant).format(app=sql.Identifier(app)))
                for table in set(ADD_ONLY) & set(owner.introspection.table_names(cursor)):
                    revoke = sql.SQL("revoke update, delete, truncate on table {table} from {app}")
                    cursor.execute(revoke.format(table=sql.Identifier(table), app=sql.Identifier(app)))
        if not options["app_label"]:  # everything is there
            sync_roles()
            sync_standards()
