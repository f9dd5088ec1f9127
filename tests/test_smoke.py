"""A handful that says whether Cotano works on the servers it was given; `.ci/smoke` runs it on servers of its own."""

import subprocess
import sys
import time

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.test import Client

from cotano import env
from cotano.celery import heartbeat
from cotano.test_settings import child_environment


@pytest.mark.django_db
def test_pages_and_health_answer():
    assert Client().get("/livez").content == b"ok"
    assert Client().get("/readyz").json() == {"database": True, "broker": True}
    assert Client().get("/accounts/login/").status_code == 200


@pytest.mark.django_db
def test_schema_is_the_models():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    assert get_user_model().objects.count() == 0


@pytest.mark.django_db
def test_database_is_postgresql_15_or_later():
    assert connection.pg_version >= 150000


@pytest.mark.django_db(transaction=True)
def test_a_worker_takes_a_task_from_the_broker(tmp_path):
    mark = tmp_path / "alive"
    command = ["-m", "celery", "-q", "-A", "cotano", "worker", "-l", "warning", "-c", "1", "-Q", "smoke"]
    worker = subprocess.Popen([sys.executable, *command], cwd=env.ROOT, env={**child_environment(), "COTANO_ALIVE": str(mark)})
    try:
        heartbeat.apply_async(queue="smoke")
        deadline = time.monotonic() + 30
        while not mark.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert mark.exists()
    finally:
        worker.terminate()
        worker.wait(30)
