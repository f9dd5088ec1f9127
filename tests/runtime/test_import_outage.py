"""The database is stopped at once, twice, in the middle of a file: every line counts once all the same."""

import json
import signal
from contextlib import suppress

import psutil
import psycopg
import pytest

from tests import sizes

KEEP = """import django; django.setup()
from django.conf import settings
from cotano.jobs import actions
from tests import make
from tests.jobs.many_orders import orders
settings.IMPORT_LIMITS = {"staff": {"bytes": 10**9, "rows": 10**7}}
import json
data, truth = orders(%d)
job = actions.keep_upload(make.user("Karl Killed"), "orders", data, state="waiting")
print(json.dumps([job.pk, truth]))"""
# A worker whose sweep has no patience: what a real one does after the lease.
WORK = """import os, time, django; django.setup()
from django.conf import settings
from django.db import DatabaseError, connection
from cotano.jobs import actions, running
from cotano.jobs.models import Job
settings.IMPORT_LIMITS = {"staff": {"bytes": 10**9, "rows": 10**7}}
running.CHUNK = 500
pk = int(os.environ["JOB"])
while True:
    try:
        actions.carry_out(pk)
        if Job.objects.filter(pk=pk, state__in=["done", "failed"]).exists():
            break
        Job.objects.filter(pk=pk).update(lease_until=None)
    except DatabaseError:
        connection.close()
    time.sleep(0.1)"""


@pytest.fixture
def database(folder):
    """An own server with the product's tables; its URLs."""
    _user, urls = folder.use()
    migration = folder.start("manage.py", "migrate", "--noinput", "-v", "0", **urls)
    assert migration.communicate() == ("", "")
    return urls


def asked(urls, query):
    """The first row of its answer, once the database gives one."""
    while True:
        with suppress(psycopg.OperationalError), psycopg.connect(urls["DATABASE_URL"]) as wire:
            return wire.execute(query).fetchone()


def stop_at_once(urls):
    """As `pg_ctl stop -m immediate` does; the keeper starts it again."""
    with psycopg.connect(urls["DATABASE_URL"]) as wire:
        postmaster = psutil.Process(wire.info.backend_pid).parent()
        postmaster.send_signal(signal.SIGQUIT)
        postmaster.wait(60)


def test_stopped_twice_in_mid_import_every_line_counts_once(folder, database):
    environment = {**database, "DJANGO_SETTINGS_MODULE": "cotano.settings"}
    out, err = folder.start("-c", KEEP % sizes.LINES, **environment).communicate()
    pk, truth = json.loads(out) if out else pytest.fail(err)
    worker = folder.start("-c", WORK, **environment, JOB=str(pk))
    chunks = "SELECT count(*) FROM jobs_jobchunk"
    for _ in range(2):
        [before] = asked(database, chunks)
        while asked(database, chunks)[0] < before + 3:
            assert worker.poll() is None, worker.stderr.read()
        stop_at_once(database)
    assert worker.wait() == 0
    state, counts = asked(database, "SELECT state, counts FROM jobs_job")
    verdicts = asked(database, "SELECT count(*), count(DISTINCT line) FROM jobs_verdict")
    written = asked(database, "SELECT count(*) FROM campaigns_order")
    assert (state, {word: n for word, n in counts.items() if n}) == ("done", truth)
    assert (verdicts, written) == ((sizes.LINES, sizes.LINES), (truth["created"],))
