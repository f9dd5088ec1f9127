"""What all work has in common that is a row and is carried out by a worker: the bell, and in which language its owner is told."""

import structlog
from celery import Task, current_app
from django.conf import settings
from django.db import models
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

ATTEMPTS = 3  # of work that gets no further
# A person waits for the bell: one try, in seconds, whatever state the broker is in.
IMPATIENT = {"socket_timeout": 1, "socket_connect_timeout": 1, "retry_on_timeout": False, "max_retries": 1, "interval_start": 0}
log = structlog.get_logger("cotano.jobs")


def ring(task: Task, *ids: int) -> None:
    """Wake a worker, for the row with this id. Without the broker the row stands, and the sweep finds it."""
    try:
        with current_app.connection_for_write(transport_options=IMPATIENT) as connection:
            task.apply_async(ids, connection=connection, retry=False)
    except (KombuError, RedisError, OSError):
        log.warning("broker away", task=task.name, rows=ids)


def language_of(owner: models.Model) -> str:
    """In which language the user is told what became of their work."""
    return getattr(owner, "language", "") or settings.LANGUAGE_CODE
