"""Settings of the tests: the same servers as a running product, but neither its database nor its queues.

Each test process has a database and a Valkey database number of its own, so any number of runs go side by side.
"""

import fcntl
import os
from urllib.parse import urlsplit

from psycopg.conninfo import make_conninfo

from cotano import datafolder, env
from cotano.settings import *  # noqa: F403
from cotano.settings import CACHES, DATABASES, REDIS_URL

# The whole run has one name, the process id of its first process; a test process adds its own number to it.
RUN_NAME = f"test_cotano_{os.environ.setdefault('COTANO_TEST_RUN', str(os.getpid()))}"
FOLDER = datafolder.RUN / "tests"
FOLDER.mkdir(parents=True, exist_ok=True)


def _free_number() -> int:
    """A Valkey database number nobody else uses; the lock ends with this process. Number 0 is the product's."""
    for number in range(1, 64):
        if held := datafolder.locked(FOLDER / f"valkey-{number}", fcntl.LOCK_EX | fcntl.LOCK_NB):
            _locks.append(held)
            return number
    return env.stop("more than 63 test processes use the embedded Valkey.")


_locks = []
REDIS_URL = urlsplit(REDIS_URL)._replace(path=f"/{_free_number()}").geturl()
CELERY_BROKER_URL = REDIS_URL
CACHES["default"]["LOCATION"] = REDIS_URL

# One alias, the app's role: what a test may do is what the product may do. tests/servers.py uses the owner's role itself.
OWNER = DATABASES.pop("owner")
DATABASES["default"]["NAME"] = f"{RUN_NAME}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
DATABASES["default"]["CONN_MAX_AGE"] = 0
# These sessions only: the server keeps fsync, and a stalled disk is no reason to give up clearing a database.
DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off -c lock_timeout=60s"

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True  # nothing is collected for tests


def child_environment(database: str = DATABASES["default"]["NAME"]) -> dict[str, str]:
    """The environment of real web and worker processes started by a test: its database, its Valkey number, the product's settings."""
    urls = {name: make_conninfo(os.environ[name], dbname=database) for name in ("DATABASE_URL", "DATABASE_OWNER_URL") if env.text(name)}
    return {**os.environ, **urls, "REDIS_URL": REDIS_URL, "DJANGO_SETTINGS_MODULE": "cotano.settings"}
