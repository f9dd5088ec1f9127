"""What a person has just looked at: a note in the cache, for minutes, that may be lost."""

import datetime as dt
from collections.abc import Iterable

import structlog
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

log = structlog.get_logger("cotano.nudges")
JUST = dt.timedelta(minutes=10)


def note(user: int, subject: str) -> None:
    """The user (by id) looks at the subject now."""
    try:
        cache.set(_key(user, subject), timezone.now().timestamp(), JUST.total_seconds())
    except (RedisError, OSError):
        log.warning("cache away")


def read(pairs: Iterable[tuple[int, str]]) -> dict[tuple[int, str], dt.datetime]:
    """When users (by id) have last looked at subjects, for those of the pairs who have done so just now."""
    keys = {_key(user, subject): (user, subject) for user, subject in pairs if subject}
    try:
        found = cache.get_many(list(keys)) if keys else {}
    except (RedisError, OSError):
        log.warning("cache away")
        return {}
    return {keys[key]: dt.datetime.fromtimestamp(at, dt.UTC) for key, at in found.items()}


def _key(user: int, subject: str) -> str:
    return f"seen:{user}:{subject}"
