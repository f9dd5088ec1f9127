"""`python -m cotano.up`: Cotano in one terminal. Prepares, then starts, watches, restarts and stops web, workers and beat.

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
from typing import NoReturn

from cotano import datafolder, embedded, env, supervise
from cotano.supervise import SIGNALS, Child, say

SLOW = 40  # seconds of starting, then a word about it


def children(port: int) -> list[Child]:
    """Web, beat and the workers, in the order they are stopped. What is due has a worker of its own: no import holds it up."""
    beat = ["celery", "-q", "-A", "cotano", "beat", "-l", "warning", "--pidfile=", "-s", str(datafolder.RUN / "beat")]
    return [
        Child("web", ["gunicorn", "-c", "cotano/gunicorn.py", "--bind", f"127.0.0.1:{port}"], patience=15),
        Child("beat", beat, patience=5),
        supervise.worker("worker", "celery", processes=env.number("COTANO_WORKERS", 2, least=1), tag=str(port)),
        supervise.worker("sender", "due", processes=env.number("COTANO_SENDERS", 2, least=1), tag=str(port)),
    ]


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
    else:
        lines.append("  Nobody can log in yet? `python manage.py createsuperuser` makes the first administrator; /admin/ loads the files.")
    print("\n".join(lines), flush=True)  # noqa: T201


def watch(crew: list[Child], port: int, stopping: list[int], lifeline: int) -> None:
    """Keep the children running until a signal arrives; greet once everything works."""
    deadline, ready = time.monotonic() + SLOW, False
    while not stopping:
        for child in crew:
            child.watch(lifeline)
        if not ready and all(child.alive.exists() for child in crew if child.alive) and answers(port):
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
