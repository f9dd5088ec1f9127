"""A worker is killed in the middle of a file: nothing of it stays, and the next one does it all."""

import datetime as dt
import os
import subprocess
import sys

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from campaigns.models import Order
from cotano import env
from cotano.jobs import actions
from cotano.jobs.models import Job, Verdict
from cotano.test_settings import child_environment
from notifications.models import Notification
from tests import make
from tests.loading import COMPANY, load

WORK = "import os, django; django.setup(); from cotano.jobs import actions; actions.carry_out(int(os.environ['JOB']))"


def is_under_way(job):
    """Whether a worker has claimed the job and holds its row."""
    if not Job.objects.filter(pk=job.pk, state="running").exists():
        return False
    try:
        with transaction.atomic():
            Job.objects.select_for_update(nowait=True, no_key=True).get(pk=job.pk)
    except DatabaseError:
        return True
    return False


@pytest.mark.django_db(transaction=True)
def test_kill_9_leaves_nothing_and_the_next_worker_does_it_once():
    for kind, name in (("territories", "territories"), ("campaigns", "campaigns"), ("roster", "roster")):
        load(kind, (COMPANY / f"{name}.csv").read_bytes())
    user = make.user("Karl Killed")
    job = actions.keep_upload(user, "orders", (COMPANY / "orders.csv").read_bytes(), state="waiting")
    environment = {**child_environment(connection.settings_dict["NAME"]), "JOB": str(job.pk)}
    with subprocess.Popen([sys.executable, "-c", WORK], cwd=env.ROOT, env=environment) as worker:
        while not is_under_way(job):
            assert worker.poll() is None
            os.sched_yield()
        worker.kill()
    job.refresh_from_db()
    assert (job.state, job.attempts, Order.objects.count(), Verdict.objects.filter(job=job).count()) == ("running", 1, 0, 0)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1)):
        while actions.take_up() != [job.pk]:  # the server notices the dead worker with its next statement
            os.sched_yield()
        actions.carry_out(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, Order.objects.count(), Verdict.objects.filter(job=job).count()) == ("done", 2, 15795, 15795)
    assert Notification.objects.filter(recipient=user).count() == 1
