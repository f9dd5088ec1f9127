"""Clocks: wall time, processor time of this process and of its database session, memory, rows written, write-ahead log."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from django.db import connection

from cotano import env

MEGABYTE = 2**20


@dataclass
class Cost:
    """Seconds: wall time, processor time of this process and its children, processor time of the database session."""

    wall: float = 0.0
    python: float = 0.0
    database: float = 0.0

    @property
    def processor(self) -> float:
        """On both sides of the connection."""
        return self.python + self.database


@contextmanager
def cost() -> Iterator[Cost]:
    """Measure what happens inside. The session's processor time stays 0 where the server is on another machine."""
    measured, session = Cost(), _session()
    wall, python, database = time.perf_counter(), _python(), _processor(session)
    yield measured
    measured.wall, measured.python = time.perf_counter() - wall, _python() - python
    measured.database = _processor(session) - database


def _python() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _session() -> psutil.Process | None:
    """The process of this connection's session."""
    connection.ensure_connection()
    try:
        process = psutil.Process(connection.connection.info.backend_pid)
        return process if process.name().startswith("postgres") else None
    except psutil.Error:
        return None


def _processor(process: psutil.Process | None) -> float:
    if process is None:
        return 0.0
    try:
        return int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[0]) / 1e9  # finer than the clock's ticks
    except (OSError, ValueError, IndexError):
        pass
    try:
        return sum(process.cpu_times()[:2])
    except psutil.Error:
        return 0.0


def milliseconds(act: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def median(values: list[float]) -> float:
    """The middle one."""
    return float(np.median(values))


def p95(values: list[float]) -> float:
    """The value that 95 of 100 do not exceed."""
    return float(np.quantile(values, 0.95))


def peak() -> float:
    """The most memory this process has ever held, in MB; `ru_maxrss` would begin with that of the process it was forked from."""
    try:
        words = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
        return int(words.split()[1]) / 1024
    except (OSError, StopIteration):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE


def one(query: str, *values: object) -> Any:  # noqa: ANN401  whatever the query gives
    """The first column of the query's first row."""
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchone()[0]


def execute(statement: str, *values: object) -> int:
    """Carry out a statement; returns the number of rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.rowcount


def rows_of(table: str, act: Callable[[], object]) -> int:
    """How many rows of a table `act` inserts, updates and deletes, inside of a transaction."""
    before = _rows_pending(table)
    act()
    return _rows_pending(table) - before


def _rows_pending(table: str) -> int:
    """Those of this session that the server has not added to its statistics yet; never fewer while a transaction lasts."""
    counts = "SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables WHERE relid = %s::regclass"
    return one(f"SELECT coalesce(({counts}), 0)", table)


def log_bytes() -> int:
    """Write-ahead log of this session so far (before PostgreSQL 18: of the whole server)."""
    if connection.pg_version >= 180_000:  # noqa: PLR2004  a version
        one("SELECT pg_stat_force_next_flush()")
        return int(one("SELECT wal_bytes FROM pg_stat_get_backend_wal(pg_backend_pid())"))
    return int(one("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))


def fresh(module: str, *args: object) -> dict[str, Any]:
    """Let `module.main(*args)` run in a process of its own; returns the JSON object it printed."""
    return result(start(module, *args))


def start(module: str, *args: object) -> "subprocess.Popen[str]":
    """Start such a process; its standard input is a pipe."""
    command = [sys.executable, "-m", "benchmarks.child", module, *map(str, args)]
    return subprocess.Popen(command, cwd=env.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own program


def result(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """What the process printed, when it has ended."""
    out, _none = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(process.args[3:])} ended with exit code {process.returncode}")
    return json.loads(out)


def tell(process: "subprocess.Popen[str]", line: str) -> None:
    """Give a started process a line to read."""
    process.stdin.write(line + "\n")
    process.stdin.flush()


def answer(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """The next line that the process prints, a JSON object; waits for it."""
    return json.loads(process.stdout.readline())
