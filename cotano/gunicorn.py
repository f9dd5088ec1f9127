"""Settings of the web server; WEB_CONCURRENCY is the number of its processes."""

import os
from typing import Any

from cotano import env, lifeline

wsgi_app = "cotano.wsgi"
workers = env.number("WEB_CONCURRENCY", 2, least=1, most=512)
threads = 4
worker_class = "gthread"
timeout = 30  # seconds
graceful_timeout = 10  # seconds
max_requests, max_requests_jitter = 20000, 2000
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  heartbeats must not wait for a disk
control_socket_disable = True  # it would live in the home folder, shared by every copy of Cotano
loglevel = "warning"


def when_ready(_server: Any) -> None:  # noqa: ANN401  gunicorn's own type is not public
    """Called once the arbiter listens."""
    lifeline.hold()
