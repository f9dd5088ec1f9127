"""A database that lives as long as one run: on the configured server, or on a server of its own where that makes none.

What a run that was killed has left is dropped by the next one. Knows no Django.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from cotano import env

PREFIX = "bench_cotano_"
TRIES = 10
_URLS = ("DATABASE_URL", "DATABASE_OWNER_URL")


@contextmanager
def database(template: str = "", *, tables: bool = True) -> Iterator[dict[str, str]]:
    """Make a migrated database; yields the environment of a process that works in it, as the owner of all in it.

    `template` names a migrated database to copy instead of migrating; without `tables` it is an empty one. The database is
    dropped at the end, however that comes.
    """
    with ExitStack() as stack:
        try:
            environment = stack.enter_context(_made(os.environ, template))
        except psycopg.errors.InsufficientPrivilege:
            template = ""
            environment = stack.enter_context(_made(stack.enter_context(_server()), template))
        if tables and not template:
            migrate = [sys.executable, "manage.py", "migrate", "--noinput", "-v", "0"]
            subprocess.run(migrate, cwd=env.ROOT, env=environment, check=True)  # noqa: S603  our own program
        yield environment


@contextmanager
def _made(server: Mapping[str, str], template: str) -> Iterator[dict[str, str]]:
    owner = server.get("DATABASE_OWNER_URL") or server["DATABASE_URL"]
    name = f"{PREFIX}{os.getpid()}"
    with _wire(owner) as wire:
        _drop_leftovers(wire)
        copied = sql.SQL(" template {}").format(sql.Identifier(template)) if template else sql.SQL("")
        wire.execute(sql.SQL("create database {}").format(sql.Identifier(name)) + copied)
    try:
        place = make_conninfo(owner, dbname=name)
        yield {**server, **dict.fromkeys(_URLS, place), "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    finally:
        with _wire(owner) as wire:
            _drop(wire, name)


@contextmanager
def _server() -> Iterator[dict[str, str]]:
    """An own server with a data folder of its own; yields the environment of a process that uses it."""
    folder = Path(tempfile.mkdtemp(prefix="cotano-bench-", dir="/var/tmp"))
    folder.chmod(0o755)  # the servers' account must get through
    (folder / "data").mkdir()
    own = {name: value for name, value in os.environ.items() if name not in {*_URLS, "REDIS_URL"}}
    own["COTANO_DATA"] = str(folder / "data")
    command = [sys.executable, "-m", "benchmarks.holder"]  # until its standard input ends, however this process does
    holder = subprocess.Popen(command, cwd=env.ROOT, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        words = holder.stdout.readline().split()
        if len(words) != len(_URLS):
            raise RuntimeError("the bench's own server did not start")
        yield {**own, **dict.fromkeys(_URLS, words[0]), "REDIS_URL": words[1]}
    finally:
        holder.stdin.close()
        holder.wait(120)
        shutil.rmtree(folder, ignore_errors=True)


def _wire(owner: str) -> psycopg.Connection:
    return psycopg.connect(owner, autocommit=True, options="-c lock_timeout=60s")


def _drop_leftovers(wire: psycopg.Connection) -> None:
    """Those of runs whose process is gone."""
    for (name,) in wire.execute("select datname from pg_database where starts_with(datname, %s)", [PREFIX]).fetchall():
        run = name.removeprefix(PREFIX)
        if run.isdecimal() and not psutil.pid_exists(int(run)):
            _drop(wire, name)


def _drop(wire: psycopg.Connection, name: str) -> None:
    """End everybody's sessions in the database and drop it. Not by force: that fails while the server itself cleans up in it."""
    for _ in range(TRIES):
        wire.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and usename = current_user", [name])
        try:
            wire.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(name)))
        except psycopg.errors.ObjectInUse:  # after some seconds
            continue
        return
    sys.stderr.write(f"The scratch database {name} is still in use; the next run drops it.\n")
