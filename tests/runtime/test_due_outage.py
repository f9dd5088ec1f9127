"""The database is stopped at once, the broker is killed and emptied: what is due is told, once."""

import os
import signal
import time
from collections import Counter
from contextlib import suppress

import psutil
import psycopg
import pytest
import redis

from tests import sizes
from tests.notifications.fake_push import Browser, FakePush
from tests.runtime.test_import_outage import asked, database, stop_at_once  # noqa: F401  a fixture

KEEP = """import django; django.setup()
import os
from django.utils import timezone
from notifications import actions, push
from notifications.models import Device, Notification
from teams.models import User
user = User.objects.create_user(email="rep@example.com", name="Rep")
Device.objects.create(user=user, endpoint=os.environ["ENDPOINT"], p256dh=os.environ["P256DH"], auth=os.environ["AUTH"])
push.private_key()
now = timezone.now()
actions.schedule_many([
    actions.Said(f"reminder:{n}", "", user.pk, Notification.Kind.REMINDER, "Olena", "", "/", now)
    for n in range(int(os.environ["N"]))])"""
SWEEP = """import django; django.setup()
import datetime as dt, time
from django.db import Error, connection
from notifications import sweep
sweep.LEASE, sweep.MARGIN = dt.timedelta(seconds=2), dt.timedelta(seconds=0.5)
while True:
    try:
        sweep.send_due()
    except Error:
        connection.close()
    time.sleep(0.05)"""
WAITING = "SELECT count(*) FROM notifications_notification WHERE state <> 'done'"


@pytest.fixture
def told(folder, database):  # noqa: F811
    """A push service, a person with a phone, reminders that are due; and the environment of who is to send them."""
    with FakePush() as fake:
        browser = fake.browsers["/phone"] = Browser()
        fake.environment = {**database, "DJANGO_SETTINGS_MODULE": "cotano.settings", "PUSH_HOSTS": fake.origin, "N": str(sizes.REMINDED)}
        words = {"ENDPOINT": f"{fake.origin}/phone", "P256DH": browser.p256dh, "AUTH": browser.auth}
        assert folder.start("-c", KEEP, **fake.environment, **words).communicate() == ("", "")
        fake.count = lambda: Counter(says["tag"] for _path, says, _headers in list(fake.got))
        yield fake


def wait_for(urls, patience=90 + sizes.REMINDED // 100):
    deadline = time.monotonic() + patience
    while asked(urls, WAITING)[0]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def stop_database(database, told, sender):  # noqa: F811
    """Twice, at once, while a sender with short leases is at it."""
    for share in (4, 2):
        while len(told.got) < sizes.REMINDED // share:
            assert sender.poll() is None, sender.stderr.read()
            time.sleep(0.01)
        asked(database, "SELECT 1")  # it is up again
        stop_at_once(database)
    wait_for(database)
    os.killpg(sender.pid, signal.SIGKILL)


def end_broker(folder, database):  # noqa: F811
    """Frozen for a while, killed, started again by its keeper, and emptied."""
    for process in folder.processes():
        with suppress(psutil.Error):
            if process.name().startswith("valkey"):
                process.suspend()
                time.sleep(sizes.AWAY)
                process.kill()
    with suppress(redis.RedisError):
        redis.Redis.from_url(database["REDIS_URL"]).flushall()


def test_the_database_stops_and_the_broker_is_lost_while_it_is_sent(folder, database, told):  # noqa: F811
    stop_database(database, told, folder.start("-c", SWEEP, **told.environment))
    sent = told.count()
    assert set(sent) == {f"reminder:{n}" for n in range(sizes.REMINDED)}
    assert sum(sent.values()) - len(sent) <= 2 * 64

    told.got.clear()
    with psycopg.connect(database["DATABASE_URL"]) as wire:
        # half of them have been due for ten minutes in which nobody worked, the others come due after the broker is gone
        again = """UPDATE notifications_notification SET state = 'due', attempts = 0,
          due_at = now() - interval '10 min' + interval '1 s' * (id %% 2) * (610 + %s)"""
        wire.execute(again, [sizes.AWAY])
    celery = ["-m", "celery", "-q", "-A", "cotano", "worker", "-B", "-Q", "due,celery", "-c", "1", "-l", "error"]
    beats = [str(folder.path / "run" / f"beat{n}") for n in range(sizes.BEATS)]
    workers = [folder.start(*celery, "-n", f"{n}@%h", "-s", beat, **told.environment) for n, beat in enumerate(beats)]
    while not told.got:
        for worker in workers:
            assert worker.poll() is None, worker.stderr.read()
        time.sleep(0.05)
    end_broker(folder, database)
    wait_for(database)
    for worker in workers:
        os.killpg(worker.pid, signal.SIGKILL)
    sent = told.count()
    assert set(sent) == {f"reminder:{n}" for n in range(sizes.REMINDED)}
    assert sum(sent.values()) == sizes.REMINDED
    assert asked(database, "SELECT count(*) FROM notifications_notification WHERE state = 'dead'") == (0,)
