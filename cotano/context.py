"""What the frame of every page shows."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from notifications.models import Notification


def frame(request: HttpRequest) -> dict[str, object]:
    """`unread`: how many notifications wait (asked for only where the frame shows it); `demo`; `languages`."""

    def unread() -> int:
        user = getattr(request, "user", None)
        return Notification.objects.visible_to(user).unread().count() if user is not None and user.is_authenticated else 0

    return {"unread": SimpleLazyObject(unread), "demo": settings.DEMO, "languages": settings.LANGUAGES}
