"""The tests' databases: a migrated template, a copy of it per test process, nothing left of runs that died."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psutil
import psycopg
import redis
from django.conf import settings
from psycopg import sql

from cotano import env
from cotano.datafolder import locked
from cotano.test_settings import FOLDER, OWNER, child_environment

PREFIX = "test_cotano_"
TEMPLATE = "template_cotano_"


@contextmanager
def as_owner(database: str = "") -> Iterator[psycopg.Connection]:
    """A connection of the owner's role (autocommit), by default to the product's database."""
    parts = {
        "dbname": database or OWNER["NAME"],
        "user": OWNER["USER"],
        "password": OWNER["PASSWORD"],
        "host": OWNER["HOST"],
        "port": OWNER["PORT"],
    }
    with psycopg.connect(**{name: value for name, value in {**OWNER["OPTIONS"], **parts}.items() if value}, autocommit=True) as wire:
        yield wire


def make_database(name: str) -> None:
    """Make database `name`, a copy of the migrated template; the template is made first when a migration has changed."""
    template = TEMPLATE + _migrations()
    with locked(FOLDER / "template.lock", fcntl.LOCK_EX), as_owner() as wire:  # a template takes one copy at a time
        _drop(wire, [found for found in _databases(wire, TEMPLATE) if found != template])
        if template not in _databases(wire, TEMPLATE):
            _make_template(wire, template)
        wire.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template)))


def drop_database(name: str) -> None:
    """Drop database `name`, whoever is connected to it."""
    with as_owner() as wire:
        _drop(wire, [name])


def empty_tables(statements: Iterable[str]) -> None:
    """Carry out the statements that empty the tables after a transactional test: the owner's business, the product cannot do it."""
    with as_owner(settings.DATABASES["default"]["NAME"]) as wire:
        for statement in statements:
            wire.execute(statement)


def drop_leftovers() -> None:
    """Drop the databases of runs whose first process is gone."""
    with as_owner() as wire:
        for name in _databases(wire, PREFIX):
            run = name.removeprefix(PREFIX).split("_")[0]
            if run.isdecimal() and not psutil.pid_exists(int(run)):
                _drop(wire, [name])


def empty_valkey() -> None:
    """Forget everything in this process's Valkey database."""
    redis.Redis.from_url(settings.REDIS_URL).flushdb()


def _make_template(wire: psycopg.Connection, template: str) -> None:
    partial = f"{PREFIX}{os.getpid()}_template"  # a run's leftover until it is complete
    _drop(wire, [partial])
    wire.execute(sql.SQL("create database {}").format(sql.Identifier(partial)))
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--noinput", "-v", "0"], cwd=env.ROOT, env=child_environment(partial), check=True
    )
    wire.execute(sql.SQL("alter database {} rename to {}").format(sql.Identifier(partial), sql.Identifier(template)))


def _migrations() -> str:
    """A name for the schema: every migration, the installed apps, the packages, the grants."""
    digest = hashlib.sha256()
    files = [*env.ROOT.glob("*/migrations/*.py"), *env.ROOT.glob("*/*/migrations/*.py")]
    files += [env.ROOT / "requirements.txt", env.ROOT / "cotano/settings.py", env.ROOT / "cotano/management/commands/migrate.py"]
    for path in sorted(files):
        digest.update(str(path.relative_to(env.ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _databases(wire: psycopg.Connection, prefix: str) -> list[str]:
    rows = wire.execute("select datname from pg_database where starts_with(datname, %s)", [prefix])
    return [name for (name,) in rows]


def _drop(wire: psycopg.Connection, names: list[str]) -> None:
    """By force; while the server itself cleans up in a database, only a plain drop may end that, and force is tried again."""
    for name in names:
        for force in (" with (force)", "", " with (force)", "", " with (force)"):
            try:
                wire.execute(sql.SQL("drop database if exists {}" + force).format(sql.Identifier(name)))
            except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
                continue
            break
        else:
            raise RuntimeError(f"the database {name} is still in use")
