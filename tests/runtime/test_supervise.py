"""A worker that is watched: started anew when it ends, replaced when it is silent."""

import os
import signal
import time

import pytest

from cotano import supervise
from cotano.supervise import Child

SERVER = ["http.server", "0", "--bind", "127.0.0.1"]


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """A child that writes `alive` never by itself, watched every few milliseconds until it satisfies."""
    monkeypatch.setattr(supervise, "SILENCE", 1.0)
    child = Child("worker", SERVER, patience=2, alive=tmp_path / "alive", extra={})
    read_end, write_end = os.pipe()

    def until(satisfied, patience=20):
        deadline = time.monotonic() + patience
        while not satisfied() and time.monotonic() < deadline:
            child.watch(read_end)
            time.sleep(0.02)
        return satisfied()

    child.until = until
    yield child
    child.stop()
    os.close(write_end)
    os.close(read_end)


def test_one_that_ends_is_started_anew(watched, capfd):
    assert watched.until(lambda: watched.process)
    first = watched.process.pid
    watched.process.kill()
    assert watched.until(lambda: watched.process and watched.process.pid != first)
    assert "[cotano] worker ended with -9: starting it again" in capfd.readouterr().out


def test_one_that_freezes_is_replaced(watched, capfd):
    assert watched.until(lambda: watched.process)
    first = watched.process.pid
    os.kill(first, signal.SIGSTOP)  # it neither ends nor gives a sign of life
    assert watched.until(lambda: watched.process and watched.process.pid != first)
    assert "[cotano] worker has been silent for 1.0 s: replacing it" in capfd.readouterr().out


def test_one_that_gives_signs_of_life_is_left_in_peace(watched):
    assert watched.until(lambda: watched.process)
    first, ends = watched.process.pid, time.monotonic() + 2

    def two_seconds_on():
        watched.alive.touch()
        return time.monotonic() > ends

    assert watched.until(two_seconds_on)
    assert watched.process.pid == first


def test_each_queue_has_a_worker_of_its_own():
    command = supervise.worker("sender", "due", processes=3, tag="8000").command
    assert command[command.index("-Q") + 1].split(",")[0] == "due"
    assert command[-2:] == ["-c", "3"]


@pytest.mark.parametrize("words", [[], ["sender"], ["sender", "none"], ["sender", "due", "two"], ["a", "due", "1", "2"]])
def test_wrong_words_are_a_sentence(words):
    with pytest.raises(SystemExit) as stop:
        supervise.main(words)
    assert str(stop.value) == "Cotano cannot start: the words are: NAME QUEUE [PROCESSES]; the queues are celery and due."
