"""`python -m cotano.supervise NAME QUEUE [PROCESSES]`: one worker, watched. Started anew when it ends, replaced when it is silent.

A worker can hang without ending: then the heartbeat that it sends itself through the broker stays away. systemd sees only
what ends, so its units start this; `cotano.up` watches its own workers in the same way.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from cotano import datafolder, env

SILENCE = 60  # seconds without a finished task, then the worker is replaced
SETTLED = 60  # seconds of running, then earlier failures are forgotten
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
QUEUES = ("celery", "due")


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(f"[cotano] {text}", flush=True)  # noqa: T201


@dataclass
class Child:
    """One supervised process group. `alive` is a file it touches while it works; `patience` the seconds it has to stop."""

    name: str
    command: list[str]
    patience: float
    stop_signal: int = signal.SIGTERM
    alive: Path | None = None
    extra: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started: float = 0
    failures: int = 0
    next_start: float = 0

    def watch(self, lifeline: int) -> None:
        """Start it when it is down and its pause is over, replace it when it is silent."""
        now = time.monotonic()
        if self.process and self.process.poll() is None:
            if self._silent(now):
                say(f"{self.name} has been silent for {SILENCE} s: replacing it")
                self._kill()
            elif now - self.started > SETTLED:
                self.failures = 0
            return
        if self.process:
            say(f"{self.name} ended with {self.process.returncode}: starting it again")
            self._kill()  # what is left of its group
            self.process, self.failures = None, self.failures + 1
            self.next_start = now + min(30, 0.5 * 2**self.failures)
        if now >= self.next_start:
            self._start(lifeline)

    def stop(self) -> None:
        """Ask it to finish, wait, then insist."""
        if not self.process:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(self.patience)
        except subprocess.TimeoutExpired:
            say(f"{self.name} did not stop in {self.patience} s: ended")
        self._kill()
        self.process.wait()

    def _start(self, lifeline: int) -> None:
        self.started = time.monotonic()
        if self.alive:
            self.alive.unlink(missing_ok=True)
        # A session of its own: Ctrl-C reaches only the supervisor, which stops things in order.
        self.process = subprocess.Popen(  # noqa: S603  our own commands
            [sys.executable, "-m", *self.command],
            cwd=env.ROOT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=[lifeline],
            env={**os.environ, **self.extra, "COTANO_LIFELINE": str(lifeline)},
        )

    def _silent(self, now: float) -> bool:
        if not self.alive or now - self.started < SILENCE:
            return False
        try:
            return time.time() - self.alive.stat().st_mtime > SILENCE
        except FileNotFoundError:
            return True

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


def worker(name: str, queue: str, *, processes: int, tag: str = "") -> Child:
    """A worker for `queue`; `tag` sets it apart from others of its name on this machine. It has to give a sign of life each minute."""
    alive, own = datafolder.RUN / f"{name}{tag and '.'}{tag}.alive", f"alive.{socket.gethostname()}.{tag}.{name}"
    celery = ["celery", "-q", "-A", "cotano", "worker", "-l", "warning", "-n", f"{name}{tag}@%h"]
    return Child(
        name,
        [*celery, "-Q", f"{queue},{own}", "-c", str(processes)],
        patience=25,
        stop_signal=signal.SIGQUIT,  # Celery's soft shutdown: running tasks may finish
        alive=alive,
        extra={"COTANO_ALIVE": str(alive), "COTANO_OWN_QUEUE": own},
    )


def main(words: list[str]) -> NoReturn:
    """Keep one worker going until a signal arrives."""
    if len(words) not in (2, 3) or words[1] not in QUEUES or not all(word.isdecimal() for word in words[2:]):
        env.stop(f"the words are: NAME QUEUE [PROCESSES]; the queues are {' and '.join(QUEUES)}.")
    name, queue, *processes = words
    stopping: list[int] = []
    for number in SIGNALS:
        signal.signal(number, lambda number, _frame: stopping.append(number))
    try:
        datafolder.make_folders()
    except OSError as error:
        env.stop(datafolder.unusable(error))
    child, (read_end, write_end) = worker(name, queue, processes=int(processes[0]) if processes else 2), os.pipe()
    while not stopping:
        child.watch(read_end)
        time.sleep(0.25)
    child.stop()
    os.close(write_end)
    sys.exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
