"""One run of a bench: a scratch database, a fresh process in it, its report. Cleans up after Ctrl-C as well."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from benchmarks import scratch
from benchmarks.registry import BENCHES
from cotano import env


class BenchFailed(Exception):
    """The bench's process ended without a report; what it had to say stands on standard error."""


def measure(name: str, size: int | None = None, *, template: str = "", quiet: bool = False) -> dict[str, Any]:
    """Run a bench; returns its report as `--json` prints it. Raises BenchFailed.

    `template` names a migrated database to copy. Progress goes to standard error unless `quiet`.
    """
    bench = BENCHES[name]
    with _ended_politely(), scratch.database(template, tables=bench.tables) as environment:
        command = [sys.executable, "-m", "benchmarks", name, str(size or bench.size)]
        child = subprocess.Popen(  # noqa: S603  our own program
            command, cwd=env.ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE if quiet else None, text=True
        )
        try:
            out, said = child.communicate()
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait(30)
    if child.returncode:
        raise BenchFailed(said or f"the bench ended with exit code {child.returncode}")
    return json.loads(out)


@contextmanager
def _ended_politely() -> Iterator[None]:
    """SIGTERM and SIGHUP end this process as Ctrl-C does: what must be cleared is cleared."""

    def leave(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def machine(postgresql: int) -> dict[str, Any]:
    """Where it was measured; `postgresql` is the server's version number as libpq gives it (180006)."""
    major, minor = divmod(postgresql, 10_000)
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": ".".join(map(str, sys.version_info[:3])),
        "postgresql": f"{major}.{minor}",
    }
