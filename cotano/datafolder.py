"""The data folder: where it is, its locks, and the secrets that live in it.

What one process needs of another goes through the kernel's file locks, which end with the process however it dies.
"""

import fcntl
import secrets
import tempfile
from pathlib import Path
from typing import IO

from cotano import env

DATA = (env.ROOT / env.text("COTANO_DATA", "var")).resolve()
RUN = DATA / "run"  # locks and notes of running processes
LOG = DATA / "log"


def make_folders() -> None:
    """Make DATA with its folders. Raises OSError when that cannot be done."""
    for folder in (RUN, LOG):
        folder.mkdir(parents=True, exist_ok=True)


def unusable(error: OSError) -> str:
    """The sentence for the person at the terminal."""
    return f"the folder {DATA} cannot be used ({error.strerror}); set COTANO_DATA to a folder of your own."


def locked(path: Path, how: int) -> IO[bytes] | None:
    """An open file that holds the lock `how` (fcntl.LOCK_*), or None when somebody else does (only with LOCK_NB)."""
    handle = path.open("ab")
    try:
        fcntl.flock(handle, how)
    except BlockingIOError:
        handle.close()
        return None
    return handle


def is_locked(path: Path) -> bool:
    """Whether some process holds the exclusive lock on `path`."""
    probe = locked(path, fcntl.LOCK_SH | fcntl.LOCK_NB)
    if probe:
        probe.close()
    return probe is None


def write_private(path: Path, text: str) -> None:
    """Replace a file at once; only its owner can read it."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:  # mode 0600
        file.write(text)
    Path(file.name).replace(path)


def secret(name: str) -> str:
    """A random secret of this data folder, made at the first call and kept. Raises OSError when that cannot be done."""
    path = DATA / "secrets" / name
    if not path.exists():
        make_folders()
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with locked(RUN / "secrets.lock", fcntl.LOCK_EX):  # two processes must not make two
            if not path.exists():
                write_private(path, secrets.token_urlsafe(48))
    return path.read_text()
