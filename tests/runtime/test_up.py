"""`python -m cotano.up`, the way `make run` starts it: ready, restarted, stopped, recovered; and its sentences."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from cotano import env
from cotano import up as supervisor

DEAD = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(folder, port):
    """A supervisor, and the first line it says."""
    up = folder.start("-m", "cotano.up", PORT=str(port))
    return up, up.stdout.readline() or pytest.fail(up.stderr.read())


def answer(port, patience=30):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            wire = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            wire.request("GET", "/livez")
            return wire.getresponse().status
        except OSError:
            time.sleep(0.1)
    return None


def sentence(folder, **extra):
    """Run the supervisor until it ends: exit code and what it said."""
    out, err = (up := folder.start("-m", "cotano.up", **extra)).communicate(timeout=30)
    return up.returncode, out + err


def test_a_day_of_the_supervisor(folder, port):
    up, line = start(folder, port)
    assert line == f"Cotano is ready at http://127.0.0.1:{port}\n"
    assert answer(port) == 200
    code, said = sentence(folder, PORT=str(port))
    assert (code, said) == (1, f"Cotano cannot start: it already runs on {folder.path}.\n")

    web = next(child for child in psutil.Process(up.pid).children() if "gunicorn" in " ".join(child.cmdline()))
    assert up.stdout.readline().startswith("  Nobody can log in yet?")
    web.kill()
    assert up.stdout.readline() == "[cotano] web ended with -9: starting it again\n"
    assert answer(port) == 200

    up.send_signal(signal.SIGINT)
    out, _err = up.communicate(timeout=60)
    assert up.returncode == 0
    assert out.splitlines()[-1] == "[cotano] stopped"
    assert folder.names() == []  # at once: it waited for the servers too


def test_nothing_outlives_a_killed_supervisor_and_the_next_start_recovers(folder, port):
    up, _line = start(folder, port)
    up.kill()
    assert folder.wait_until_empty() == []
    up, line = start(folder, port)
    assert line == f"Cotano is ready at http://127.0.0.1:{port}\n"
    folder.kill_everything()
    up, line = start(folder, port)
    assert line == f"Cotano is ready at http://127.0.0.1:{port}\n"
    up.terminate()
    up.communicate(timeout=60)
    assert (up.returncode, folder.names()) == (0, [])


def test_a_taken_port_is_a_sentence(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        code, said = sentence(folder, PORT=str(number))
    assert (code, said) == (
        1,
        f"Cotano cannot start: port {number} cannot be used (Address already in use); try `PORT={number + 1} make run`.\n",
    )


@pytest.mark.parametrize("word", ["banana", "0", "65536", "-1"])
def test_a_port_that_is_none_is_a_sentence(folder, word):
    assert sentence(folder, PORT=word) == (1, f"Cotano cannot start: PORT is {word!r}, expected a whole number from 1 to 65535.\n")


@pytest.mark.parametrize("command", [["-m", "cotano.up"], ["manage.py", "check"]])
def test_an_unusable_folder_is_a_sentence(make_folder, command):
    folder = make_folder("file", "data")
    folder.path.parent.touch()  # a file where a folder should be; even root cannot write there
    process = folder.start(*command)
    said = "".join(process.communicate(timeout=30))
    assert process.returncode == 1
    assert (
        said
        == f"Cotano cannot start: the folder {folder.path} cannot be used (Not a directory); set COTANO_DATA to a folder of your own.\n"
    )


def test_an_unreachable_database_is_a_sentence(folder, port):
    code, said = sentence(folder, PORT=str(port), **DEAD)
    assert code == 1
    assert said.startswith("Cotano cannot start: the database of DATABASE_URL does not answer (")
    assert said.count("\n") == 1


def test_an_unreachable_broker_is_a_sentence(folder, port):
    _user, urls = folder.use()
    code, said = sentence(folder, PORT=str(port), **{**urls, "REDIS_URL": DEAD["REDIS_URL"]})
    assert code == 1
    assert said.startswith("Cotano cannot start: the broker of REDIS_URL does not answer (")
    assert said.count("\n") == 1


@pytest.mark.parametrize("content", [b"PORT 8000", b"1X=2", "PORT=8000\nмусор".encode(), b"\xff\xfe"])
def test_a_bad_env_file_is_a_sentence(tmp_path, content):
    (tmp_path / ".env").write_bytes(content)
    words = "import sys, pathlib; from cotano import env; env.load(pathlib.Path(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", words, tmp_path / ".env"], cwd=env.ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Cotano cannot start: ")
    assert done.stderr.count("\n") == 1


def test_an_env_file_fills_what_is_not_set(tmp_path, monkeypatch):
    monkeypatch.setenv("SET", "mine")
    (tmp_path / ".env").write_text("# words\n\nexport UNSET='a b'\nSET=theirs\n")
    monkeypatch.delenv("UNSET", raising=False)
    env.load(tmp_path / ".env")
    assert (os.environ.pop("UNSET"), os.environ["SET"]) == ("a b", "mine")


def test_an_old_python_or_none_is_a_sentence(tmp_path):
    old = tmp_path / "oldpython"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    for name, words in ((old, "is too old, it needs Python 3.11 or newer"), ("nopython", "there is no nopython")):
        done = subprocess.run(["sh", env.ROOT / ".ci/venv", name], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith("Cotano cannot start: ")
        assert words in done.stderr
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("demo", "told"), [("yes", "  rep      rep@example.com  cotano-demo"), ("no", "  Nobody can log in yet?")])
def test_who_may_log_in_is_said(monkeypatch, capsys, demo, told):
    monkeypatch.setenv("COTANO_DEMO", demo)
    supervisor.greet(8000)
    assert capsys.readouterr().out.splitlines()[1].startswith(told)
