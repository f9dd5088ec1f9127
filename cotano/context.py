"""What the frame of every page shows."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest

from cotano.demo import LOGINS
from notifications.models import Notification


def frame(request: HttpRequest) -> dict[str, object]:
    """What the frame shows.

    `unread`: how many notifications wait (counted only where it is shown); `demo_logins`: (role, log-in, password); `languages`;
    `second_factor`: whether one is asked for.
    """

    @cache
    def unread() -> int:
        user = getattr(request, "user", None)
        return Notification.objects.visible_to(user).unread().count() if user is not None and user.is_authenticated else 0

    return {
        "unread": unread,
        "demo_logins": LOGINS if settings.DEMO else [],
        "languages": settings.LANGUAGES,
        "second_factor": settings.SECOND_FACTOR,
    }
