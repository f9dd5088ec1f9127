"""Settings of a bench's process: the product's, but no bell is rung in the product's broker, nothing is cached in it."""

from cotano.settings import *  # noqa: F403
from cotano.settings import DATABASES

CELERY_BROKER_URL = "memory://"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
DATABASES["default"]["CONN_MAX_AGE"] = None
