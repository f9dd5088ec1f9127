"""The Celery app. The broker only rings the bell: every job is a row of PostgreSQL.

A worker started with COTANO_ALIVE (a file) and COTANO_OWN_QUEUE (a queue nobody else reads) sends itself a heartbeat
through the broker; each finished task touches the file. A file that stays old means a worker that hangs.
"""

import logging
import os
import threading
import time
import warnings
from pathlib import Path

from celery import Celery, Task, signals
from celery.platforms import SecurityWarning

from cotano import env, lifeline

HEARTBEAT = 10  # seconds between two heartbeats
log = logging.getLogger(__name__)

warnings.simplefilter("ignore", SecurityWarning)  # as root is a supported way to try it out; tasks are JSON only
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cotano.settings")

app = Celery("cotano")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["notifications", "cotano.jobs", "teams", "campaigns", "leads", "pipeline"])


@app.task(name="cotano.heartbeat", ignore_result=True)
def heartbeat() -> None:
    """Proves the whole way: broker, consumer, pool child. `task_postrun` leaves the mark."""


@signals.beat_init.connect
@signals.worker_init.connect
def hold_lifeline(**_: object) -> None:
    """A worker or beat ends with the supervisor that started it."""
    lifeline.hold()


@signals.task_postrun.connect
def mark_alive(**_: object) -> None:
    """Any finished task is a sign of life."""
    if mark := env.text("COTANO_ALIVE"):
        Path(mark).touch()


@signals.worker_ready.connect
def send_heartbeats(**_: object) -> None:
    """Each worker rings its own bell, so one silent worker among many is seen."""
    if queue := env.text("COTANO_OWN_QUEUE"):
        threading.Thread(target=_ring, args=(heartbeat, queue), daemon=True, name="heartbeat").start()


def _ring(task: Task, queue: str) -> None:
    while True:
        try:
            task.apply_async(queue=queue, expires=30, retry=False)
        except Exception:  # noqa: BLE001  the broker is away: silence is what the supervisor looks for
            log.warning("heartbeat not sent")
        time.sleep(HEARTBEAT)
