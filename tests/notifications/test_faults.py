"""Senders are killed and frozen while they send: nothing is lost, nothing is told twice but for what was on its way."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress

import pytest
from django.db import connection
from django.utils import timezone

from cotano import env
from cotano.test_settings import child_environment
from notifications import actions, push, sweep
from notifications.models import Notification
from teams.models import User
from tests import sizes
from tests.notifications.fake_push import FakePush

PEOPLE, LEASE = 10, 2.0
# Forks a sender for each line it reads and says its id: what workers do for what is due, with short leases.
SENDERS = f"""import django; django.setup()
import datetime as dt, os, signal, sys, time
from django.db import Error, connection
from notifications import sweep
sweep.LEASE, sweep.MARGIN, sweep.BACK_OFF = dt.timedelta(seconds={LEASE}), dt.timedelta(seconds=0.5), dt.timedelta(seconds=1)
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
parent = os.getpid()
for line in sys.stdin:
    if child := os.fork():
        print(child, flush=True)
        continue
    while os.getppid() == parent:
        try:
            sweep.send_due(seconds=5)
        except Error:
            connection.close()
        time.sleep(0.02)
    os._exit(0)"""


@contextmanager
def senders(**environment):
    """Starts senders; `start()` gives the new one's id."""
    command = [sys.executable, "-c", SENDERS]
    with subprocess.Popen(command, cwd=env.ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def start():
            process.stdin.write("start\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        yield start
        process.kill()


def until(satisfied, patience=60):
    """Wait for it; a test's one way to wait for other processes."""
    deadline = time.monotonic() + patience
    while not satisfied():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def crowd(transactional_db, settings):
    """People with a phone each, reminders that are due, and some that are withdrawn or moved."""
    with FakePush() as fake:
        settings.PUSH_HOSTS = [fake.origin]
        people = [User.objects.create_user(email=f"rep{n}@example.com", name="Rep") for n in range(PEOPLE)]
        for n, person in enumerate(people):
            fake.device(person, f"phone-{n}")
        push.private_key()
        now = timezone.now()
        told = [
            actions.Said(f"reminder:{n}", "", people[n % PEOPLE].pk, Notification.Kind.REMINDER, "Olena", "", "/", now)
            for n in range(sizes.REMINDED)
        ]
        ended = [
            actions.Said(f"{word}:{n}", "", people[n % PEOPLE].pk, Notification.Kind.REMINDER, "Olena", "", "/", now)
            for word in ("withdrawn", "moved")
            for n in range(PEOPLE)
        ]
        actions.schedule_many(told + ended)
        actions.cancel_all(f"withdrawn:{n}" for n in range(PEOPLE))
        Notification.objects.filter(key__startswith="moved:").update(due_at=now + dt.timedelta(days=1))
        fake.environment = {**child_environment(connection.settings_dict["NAME"]), "PUSH_HOSTS": fake.origin}
        yield fake


def done():
    return Notification.objects.filter(state="done").count()


def told(crowd):
    return Counter(says["tag"] for _path, says, _headers in list(crowd.got))


def test_killed_again_and_again_nothing_is_lost(crowd):
    with senders(**crowd.environment) as start:
        at_work = [start(), start()]
        for n in range(sizes.SHOT):
            until(lambda n=n: len(crowd.got) > (n + 1) * sizes.REMINDED // (sizes.SHOT + 2))
            os.kill(at_work.pop(0), signal.SIGKILL)
            at_work.append(start())
        until(lambda: done() == sizes.REMINDED, patience=120 + LEASE * sizes.SHOT)
    sent = told(crowd)
    assert set(sent) == {f"reminder:{n}" for n in range(sizes.REMINDED)}
    assert sum(sent.values()) - len(sent) <= sizes.SHOT * sweep.GROUP
    assert Notification.objects.filter(key__startswith="withdrawn", state="cancelled").count() == PEOPLE
    assert Notification.objects.filter(key__startswith="moved", state="due").count() == PEOPLE
    assert not Notification.objects.filter(state="dead").exists()


def test_a_sender_that_was_frozen_beyond_its_lease_sends_nothing_when_it_wakes(crowd):
    with senders(**crowd.environment) as start:
        frozen = start()
        until(lambda: len(crowd.got) > sizes.REMINDED // 10)
        os.kill(frozen, signal.SIGSTOP)
        before = told(crowd)
        start()
        until(lambda: done() == sizes.REMINDED)
        sent_at = dict(Notification.objects.filter(state="done").values_list("key", "sent_at"))
        count = len(crowd.got)
        os.kill(frozen, signal.SIGCONT)
        time.sleep(1)
        with suppress(ProcessLookupError):
            os.kill(frozen, signal.SIGKILL)
    sent = told(crowd)
    assert len(before) < sizes.REMINDED
    assert set(sent) == {f"reminder:{n}" for n in range(sizes.REMINDED)}
    assert len(crowd.got) - count <= sweep.SENDERS  # what was in its hands as it froze
    assert sum(sent.values()) - len(sent) <= sweep.GROUP + sweep.SENDERS
    assert dict(Notification.objects.filter(state="done").values_list("key", "sent_at")) == sent_at
