"""Settings of a bench's process: the product's, but no bell is rung in the product's broker, nothing is cached in it."""

from cotano.settings import *  # noqa: F403
from cotano.settings import DATABASES, IMPORT_LIMITS

CELERY_BROKER_URL = "memory://"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True  # nothing is collected
DATABASES["default"]["CONN_MAX_AGE"] = None

IMPORT_LIMITS = dict.fromkeys(IMPORT_LIMITS, IMPORT_LIMITS["staff"])  # a rep's file may be as large as the company's
IMPORT_CHECKED_AT_ONCE = IMPORT_LIMITS["staff"]["bytes"]  # there is no worker
