"""`python -m cotano.keeper NAME`: starts one embedded server, watches it, and stops it when its last user has left."""

import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import IO

from cotano import datafolder
from cotano.datafolder import RUN, locked
from cotano.embedded import EmbeddedError, Postgres, Valkey

GRACE = 2.0  # seconds without a user before the server is stopped
LOG_LIMIT = 20 * 2**20  # bytes, then the server's log is emptied


def keep(name: str) -> None:
    """Keep the server `name` running while it has users; leaves at once when another keeper does so already."""
    only = locked(RUN / f"{name}.keeper", fcntl.LOCK_EX | fcntl.LOCK_NB)
    if only is None:
        return
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it leaves when the last user has left
    note, complaint, server = RUN / f"{name}.json", RUN / f"{name}.error", None
    try:
        server = Postgres() if name == "postgres" else Valkey()
        server.start()
        datafolder.write_private(note, json.dumps({"keeper": os.getpid(), "urls": server.urls()}))
        # Held until the server is down: newcomers wait for it, then start afresh.
        last = _watch(server, RUN / f"{name}.users")
        note.unlink(missing_ok=True)
        server.stop()
        last.close()
    except Exception as error:  # noqa: BLE001  whatever it is, somebody waits for an answer
        complaint.write_text(_sentence(error))
        if server:
            server.stop()


def _watch(server: Postgres | Valkey, users: Path) -> IO[bytes]:
    """Restart the server when it is gone and cut its log; returns the exclusive lock once nobody has used it for GRACE."""
    alone_since = None
    while True:
        alone = locked(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        alone_since = (alone_since or time.monotonic()) if alone else None
        if alone and time.monotonic() - alone_since >= GRACE:
            return alone
        if alone:
            alone.close()
        if not server.running():
            try:
                server.start()
            except Exception as error:  # noqa: BLE001  tried again in a moment, for as long as somebody needs it
                sys.stderr.write(f"{_sentence(error)}\n")
        if server.log.exists() and server.log.stat().st_size > LOG_LIMIT:
            os.truncate(server.log, 0)
        time.sleep(0.5)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        return datafolder.unusable(error)
    return str(error) if isinstance(error, EmbeddedError) else f"an embedded server failed ({error!r})."


if __name__ == "__main__":
    keep(sys.argv[1])
