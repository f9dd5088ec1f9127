"""A data folder of its own for each test of the servers, and the processes that belong to it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from cotano import env

ENSURE = """
import json, os, sys
from cotano import embedded
embedded.ensure()
print(json.dumps({name: os.environ[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")}), flush=True)
sys.stdin.read()
"""
URLS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")


class Folder:
    """A data folder in which commands run."""

    def __init__(self, path):
        self.path = path
        self.users = []

    def environment(self, **extra):
        """The environment of a fresh machine, but for this folder."""
        inherited = {name: value for name, value in os.environ.items() if name not in (*URLS, "COTANO_TEST_RUN", "DJANGO_SETTINGS_MODULE")}
        return {**inherited, "COTANO_DATA": str(self.path), "COTANO_DEMO": "no", **extra}

    def start(self, *command, **extra):
        """A running `python COMMAND`; it is ended with the test."""
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=env.ROOT,
            env=self.environment(**extra),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.users.append(process)
        return process

    def use(self):
        """A process that uses the servers until its standard input ends, and the URLs it got."""
        process = self.start("-c", ENSURE)
        return process, json.loads(process.stdout.readline() or pytest.fail(process.stderr.read()))

    def processes(self):
        """All processes of this folder that live, whoever started them."""
        found, port = [], self.path / "valkey.port"
        valkey = f"127.0.0.1:{port.read_text()}" if port.exists() else "none yet"  # its title overwrites its environment
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                ours = valkey in process.cmdline() or process.environ().get("COTANO_DATA") == str(self.path)
                if ours and process.status() != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
                    found.append(process)
        return found

    def names(self):
        """What runs, for a message that says what was left."""
        names = []
        for process in self.processes():
            with suppress(psutil.Error):
                names.append(" ".join(process.cmdline())[:80])
        return sorted(names)

    def wait_until_empty(self, patience=40):
        """Wait for every process of the folder to end; returns what is left."""
        deadline = time.monotonic() + patience
        while (left := self.names()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return left

    def kill_everything(self):
        """`kill -9` to all of them, again and again until nothing is left to restart another."""
        while found := self.processes():
            for process in found:
                with suppress(psutil.Error):
                    process.send_signal(signal.SIGKILL)
            time.sleep(0.05)


@pytest.fixture
def make_folder():
    """Make a Folder below a new folder in /var/tmp, which every account may enter (a home may be closed)."""
    made = []

    def make(*parts, mode=0o755):
        top = Path(tempfile.mkdtemp(prefix="cotano-test-", dir="/var/tmp")).resolve()
        top.chmod(mode)
        made.append((top, Folder(top.joinpath(*parts))))
        return made[-1][1]

    yield make
    for top, folder in made:
        folder.kill_everything()
        for process in folder.users:
            process.communicate()
        shutil.rmtree(top, ignore_errors=True)


@pytest.fixture
def folder(make_folder):
    """A folder with a space in its path."""
    return make_folder("my data")
