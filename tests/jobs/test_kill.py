"""Workers are killed and the database is stopped in the middle of a file: what is in stays in, and nothing is in twice."""

import datetime as dt
import os
import subprocess
import sys
from functools import partial

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from campaigns.models import Order
from cotano import env
from cotano.jobs import actions
from cotano.jobs.models import Job, JobChunk, Verdict
from cotano.test_settings import child_environment
from leads.models import Lead
from notifications.models import Notification
from teams.models import Territory
from tests import make, sizes
from tests.jobs.many_orders import orders
from tests.loading import counts, load, rejected
from tests.together import at_once

WORK = """import os, django; django.setup()
from cotano.jobs import actions, running
running.CHUNK = 1000
actions.carry_out(int(os.environ["JOB"]))"""
CHUNK = 1000


@pytest.fixture
def chunks(monkeypatch):
    """Small ones, here and in the worker processes."""
    monkeypatch.setattr("cotano.jobs.running.CHUNK", CHUNK)


@pytest.fixture
def many(settings):
    settings.IMPORT_LIMITS = {who: {"bytes": 10**9, "rows": 10**7} for who in ("rep", "staff")}


def worker(job):
    environment = {**child_environment(connection.settings_dict["NAME"]), "JOB": str(job.pk)}
    return subprocess.Popen([sys.executable, "-c", WORK], cwd=env.ROOT, env=environment)


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


def kill(job, *, after):
    """Start a worker and kill it while it writes a chunk, when `after` of them are in; False when it was done before."""
    with worker(job) as process:
        while not (JobChunk.objects.filter(job=job).count() >= after and is_under_way(job)):
            if process.poll() is not None:
                return False
        process.kill()
    return True


def take_up(job, minutes):
    """The lease of the dead one is over."""
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=minutes)):
        while job.pk not in actions.take_up():  # the server notices the dead worker with its next statement
            os.sched_yield()
        Job.objects.filter(pk=job.pk).update(lease_until=None)


def found(job):
    job.refresh_from_db()
    said = {word: n for word, n in job.counts.items() if n}
    verdicts = dict.fromkeys(said, 0)
    words = {"c": "created", "r": "rejected", "d": "duplicate"}
    for outcome in Verdict.objects.filter(job=job).values_list("outcome", flat=True):
        verdicts[words[outcome]] += 1
    assert said == verdicts
    return said


@pytest.mark.django_db(transaction=True)
def test_six_times_kill_9_and_every_line_counts_once(many):
    data, truth = orders(sizes.LINES)
    user = make.user("Karl Killed")
    job = actions.keep_upload(user, "orders", data, state="waiting")
    killed = [kill(job, after=JobChunk.objects.filter(job=job).count() + 1) and not take_up(job, n + 1) for n in range(sizes.KILLS)]
    assert killed == [True] * sizes.KILLS
    assert 0 < Order.objects.count() < truth["created"]
    with worker(job) as process:
        assert process.wait() == 0
    assert found(job) == truth
    assert (job.state, Order.objects.count(), Verdict.objects.filter(job=job).count()) == ("done", truth["created"], sizes.LINES)
    assert set(JobChunk.objects.filter(job=job).values_list("keys", "later")) == {(b"", b"")}
    assert Notification.objects.filter(recipient=user).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_file_that_speaks_as_a_whole_leaves_nothing_of_a_killed_worker():
    lines = ["code,name,kind,parent_code,time_zone,currency,language", "UA,Ukraine,market,,Europe/Kyiv,UAH,uk"]
    lines += [f"UA-{k},Place {k},territory,UA,,," for k in range(20_000)]
    job = actions.keep_upload(make.user("Karl Killed"), "territories", "\n".join(lines).encode(), state="waiting")
    assert kill(job, after=0)
    job.refresh_from_db()
    assert (job.state, Territory.objects.count(), Verdict.objects.filter(job=job).count()) == ("running", 0, 0)
    take_up(job, 1)
    actions.carry_out(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, Territory.objects.count(), Verdict.objects.filter(job=job).count()) == ("done", 2, 20_001, 20_001)


@pytest.mark.django_db(transaction=True)
def test_four_files_at_once_into_one_owner(chunks, many):
    """Every file brings the same people in another order: each person is created once, by whichever comes first."""
    rep = make.rep("101", make.territories()["UA-N-01"])
    people = [f"Person {k},067{k:07d}" for k in range(2500)]
    jobs = []
    for n in range(4):
        order = people[n * 600 :] + people[: n * 600]
        data = "\n".join(["name,phone", *order]).encode()
        jobs.append(actions.keep_upload(rep.user, "leads", data, options={"rep": rep.pk}, state="waiting"))
    ended, failed = at_once(*(partial(actions.carry_out, job.pk) for job in jobs))
    assert ([job.state for job in ended], failed) == (["done"] * 4, [])
    for job in jobs:
        job.refresh_from_db()
    assert [sum(counts(job)) for job in jobs] == [2500] * 4
    assert (sum(job.counts["created"] for job in jobs), Lead.objects.count()) == (2500, 2500)
    assert [rejected(job) for job in jobs] == [[]] * 4


def test_chunks_change_no_verdict(db, monkeypatch):
    """The same file in chunks of any size, cleaned in parts of any size."""
    rep = make.rep("101", make.territories()["UA-N-01"])
    make.lead(rep, "By mail", email="m@example.com")
    make.lead(rep, "Both", phone="0671112233", email="b@example.com")
    file = (
        "Name,Phone,Phone,E-mail\n"
        "Mail with phone,0671112234,,M@example.com\n"
        "Both,,,b@example.com\n"
        "New,0671112235,0671112239,\n"
        "New again,+380671112235,,\n"
        "Mail again,,,m@example.com\n"
        "Both again,0671112233,,\n"
        "Second phone of New,0671112239,,\n"
        "Alone,,,alone@example.com\n"
        "Alone with phone,0671112240,,alone@example.com\n"
        "Same mail other phone,0671112241,,both@example.com\n"
        "Same mail other phone,0671112242,,both@example.com\n"
        "Bad,12,,\n"
    )
    seen = set()
    for chunk, cleaned in ((1, 1), (2, 5), (3, 2), (5, 4), (100, 1), (100, 7), (100, 100)):
        monkeypatch.setattr("cotano.jobs.running.CHUNK", chunk)
        monkeypatch.setattr("cotano.jobs.running.CLEANED", cleaned)
        with transaction.atomic():
            job = load("leads", file, rep=rep.pk, by_operator=True)
            leads = Lead.objects.order_by("name").values_list("name", "phone", "email")
            seen.add((counts(job), tuple(rejected(job)), tuple(leads)))
            transaction.set_rollback(True)
    [(numbers, refused, _leads)] = seen
    assert numbers == (4, 1, 1, 6)
    assert refused == (
        (5, "repeated", "4"),
        (6, "repeated", "2"),
        (7, "repeated", "3"),
        (8, "repeated", "4"),
        (10, "repeated", "9"),
        (13, "phone", "12"),
    )
