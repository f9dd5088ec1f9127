"""`python -m cotano.up`: Cotano in one terminal. Prepares, then starts, watches, restarts and stops web, worker and beat.

For trying Cotano out and for developers; in production systemd or compose does this.
"""

import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from cotano import datafolder, embedded, env

SILENCE = 60  # seconds without a finished task, then the worker is replaced
SETTLED = 60  # seconds of running, then earlier failures are forgotten
SLOW = 40  # seconds of starting, then a word about it
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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


def children(port: int) -> list[Child]:
    """Web, beat and worker, in the order they are stopped."""
    alive, own_queue = datafolder.RUN / "worker.alive", f"alive.{socket.gethostname()}.{port}"
    celery = ["celery", "-q", "-A", "cotano"]
    worker = [
        "worker",
        "-l",
        "warning",
        "-n",
        f"{port}@%h",
        "-Q",
        f"celery,{own_queue}",
        "-c",
        str(env.number("COTANO_WORKERS", 2, least=1)),
    ]
    beat = ["beat", "-l", "warning", "--pidfile=", "-s", str(datafolder.RUN / "beat")]
    return [
        Child("web", ["gunicorn", "-c", "cotano/gunicorn.py", "--bind", f"127.0.0.1:{port}"], patience=15),
        Child("beat", [*celery, *beat], patience=5),
        Child(
            "worker",
            [*celery, *worker],
            patience=25,
            stop_signal=signal.SIGQUIT,  # Celery's soft shutdown: running tasks may finish
            alive=alive,
            extra={"COTANO_ALIVE": str(alive), "COTANO_OWN_QUEUE": own_queue},
        ),
    ]


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(f"[cotano] {text}", flush=True)  # noqa: T201


def take_folder() -> object:
    """The lock that makes this the only supervisor of the data folder."""
    try:
        datafolder.make_folders()
        only = datafolder.locked(datafolder.RUN / "up.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        env.stop(datafolder.unusable(error))
    return only or env.stop(f"it already runs on {datafolder.DATA}.")


def check_port(port: int) -> None:
    """Stop with a sentence when the port is taken; a web process of a killed supervisor gets a moment to leave."""
    for patience in range(20, -1, -1):
        try:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                return probe.bind(("127.0.0.1", port))
        except OSError as error:
            if not patience or error.errno != errno.EADDRINUSE:
                env.stop(f"port {port} cannot be used ({error.strerror}); try `PORT={port + 1} make run`.")
        time.sleep(0.1)
    return None


def check_services() -> None:
    """Stop with a sentence when the database or the broker does not answer."""
    import psycopg  # noqa: PLC0415  after the friendly checks
    import redis  # noqa: PLC0415

    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        try:
            if env.text(name):
                psycopg.connect(os.environ[name], connect_timeout=5).close()
        except psycopg.Error as error:
            env.stop(f"the database of {name} does not answer ({' '.join(str(error).split())}).")
    try:
        redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=5, socket_connect_timeout=5).ping()
    except (redis.RedisError, ValueError) as error:
        env.stop(f"the broker of REDIS_URL does not answer ({error}).")


def prepare(stopping: list[int]) -> None:
    """Run `manage.py prepare`; its own words say why it failed."""
    step = subprocess.Popen([sys.executable, "manage.py", "prepare"], cwd=env.ROOT, stdin=subprocess.DEVNULL, start_new_session=True)
    while step.poll() is None:
        if stopping:
            step.terminate()
        time.sleep(0.05)
    if step.returncode and not stopping:
        env.stop("`manage.py prepare` failed, see above.")


def answers(port: int) -> bool:
    """Whether the web process says it lives."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=2) as page:
            return page.status == 200  # noqa: PLR2004
    except OSError:
        return False


def greet(port: int) -> None:
    """Print the ready line, then the demo's log-ins."""
    lines = [f"Cotano is ready at http://127.0.0.1:{port}"]
    if env.flag("COTANO_DEMO", default=not env.flag("COTANO_PRODUCTION", default=False)):
        with suppress(ImportError):
            from cotano.demo import LOGINS  # noqa: PLC0415  without the demo there is no such need

            lines += [f"  {role:<8} {login}  {password}" for role, login, password in LOGINS]
    print("\n".join(lines), flush=True)  # noqa: T201


def watch(crew: list[Child], port: int, stopping: list[int], lifeline: int) -> None:
    """Keep the children running until a signal arrives; greet once everything works."""
    deadline, ready, alive = time.monotonic() + SLOW, False, datafolder.RUN / "worker.alive"
    while not stopping:
        for child in crew:
            child.watch(lifeline)
        if not ready and alive.exists() and answers(port):
            ready = True
            greet(port)
        if not ready and time.monotonic() > deadline:
            say("not ready yet, still trying")
            deadline += SLOW
        embedded.mend()
        time.sleep(0.25)


def main() -> NoReturn:
    """Run until Ctrl-C, SIGTERM or a closed terminal."""
    stopping: list[int] = []
    for number in SIGNALS:
        signal.signal(number, lambda number, _frame: stopping.append(number))
    port = env.number("PORT", 8000, least=1, most=65535)
    env.number("WEB_CONCURRENCY", 2, least=1, most=512)  # the web process would only say so again and again
    only = take_folder()
    check_port(port)
    try:
        embedded.ensure()
    except embedded.EmbeddedError as error:
        env.stop(str(error))
    check_services()
    prepare(stopping)
    crew, (read_end, write_end) = children(port), os.pipe()
    watch(crew, port, stopping, read_end)
    say("stopping")
    for child in crew:
        child.stop()
    os.close(write_end)
    embedded.release()
    say("stopped")
    only.close()
    sys.exit(0)


if __name__ == "__main__":
    main()
