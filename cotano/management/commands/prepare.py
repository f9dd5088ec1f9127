"""`manage.py prepare`: everything a start needs, in one process: schema, translations, static files, the demo company."""

import hashlib
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from notifications import push


class Command(BaseCommand):
    """Safe to run at every start: what is up to date is left alone."""

    help = "Migrates, compiles translations, collects static files, and loads the demo company into an empty database."
    requires_system_checks = ()  # they cost a second at each start; `make check` runs them

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401  as in Django
        """Take the steps in order."""
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except OperationalError as error:
            raise CommandError(f"The database does not answer ({' '.join(str(error).split())}).") from None
        push.public_key()  # made at the first start, kept for good: browsers subscribe to it
        compile_translations()
        collect_static()
        if settings.DEMO and "demo" in get_commands() and not apps.get_model("teams", "Rep").objects.exists():
            call_command("demo", verbosity=options["verbosity"])


def compile_translations() -> list[Path]:
    """Compile each `.po` that is newer than its `.mo`; returns the files written."""
    written = []
    for folder in settings.LOCALE_PATHS:
        for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
                continue
            partial = target.with_suffix(".new")
            with source.open("rb") as file, partial.open("wb") as out:
                write_mo(out, read_po(file))
            written.append(partial.replace(target))
    return written


def collect_static() -> bool:
    """Collect into STATIC_ROOT unless nothing has changed since the last time; returns whether it did."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            digest.update(f"{storage.path(name)} {state.st_size} {state.st_mtime_ns}\n".encode())
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(digest.hexdigest())
    return True
