"""The private link by which a calendar program reads what a rep is reminded of."""

import hashlib
import secrets

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cotano.jobs.refusals import Refusal
from pipeline.models import Feed
from teams import rights
from teams.models import Rep, User

ASKS, HOUR = 60, 3600  # times a program may ask in so many seconds; they ask a few times a day


def digest(token: str) -> str:
    """What is kept of a link."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@transaction.atomic
def renew_feed(rep: Rep, *, by: User) -> str:
    """Make the rep's link, and end the one before; returns its token, which nobody can read again."""
    if not rights.is_own(by, rep):
        raise Refusal(_("Only a rep on file has a calendar link."))
    token = secrets.token_urlsafe(24)
    Feed.objects.update_or_create(rep=rep, defaults={"digest": digest(token), "made_at": timezone.now()})
    return token


@transaction.atomic
def end_feed(rep: Rep, *, by: User) -> int:
    """The link opens nothing any more; returns 0 when there was none."""
    if not rights.is_own(by, rep):
        raise Refusal(_("Only a rep on file has a calendar link."))
    return Feed.objects.filter(rep=rep).delete()[0]


def feed_of(token: str) -> Feed | None:
    """The link with this token, of a rep who may log in, with rep and person."""
    return Feed.objects.opening().select_related("rep__user").filter(digest=digest(token)).first()


def may_ask(feed: Feed) -> bool:
    """Whether the link was not asked for too often in the last hour. Every call counts."""
    key = f"feed:{feed.digest}"
    cache.add(key, 0, HOUR)
    try:
        return cache.incr(key) <= ASKS
    except ValueError:  # the hour has ended between the two
        return True
