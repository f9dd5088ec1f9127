"""What the frame of every page shows."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest

from cotano.demo import LOGINS
from notifications.models import Notification

# The part of the help that belongs to a page, by the page's name; what is not here shows the help from its beginning.
TOPICS = {
    "today": ("pipeline:home", "pipeline:queue", "pipeline:goal", "campaigns:progress"),
    "board": ("pipeline:boards", "pipeline:board", "pipeline:column", "pipeline:card", "pipeline:share"),
    "reminders": ("pipeline:reminder", "pipeline:outcome", "notifications:inbox", "pipeline:tasks"),
    "calendar": ("pipeline:calendar", "pipeline:day", "pipeline:calendar_link"),
    "people": ("pipeline:contacts", "pipeline:lead", "pipeline:add", "pipeline:edit", "pipeline:duplicates", "pipeline:merge"),
    "import": ("pipeline:contacts_import", "pipeline:contacts_check", "pipeline:job", "pipeline:contacts_export"),
    "team": ("campaigns:team", "campaigns:rep", "campaigns:invite"),
    "call-first": ("campaigns:calls", "campaigns:call"),
    "order": ("pipeline:order",),
    "phone": ("pipeline:more", "teams:devices"),
    "privacy": ("pipeline:profile", "pipeline:seen"),
}
_TOPIC_OF = {page: topic for topic, pages in TOPICS.items() for page in pages}


def frame(request: HttpRequest) -> dict[str, object]:
    """What the frame shows.

    `unread`: how many notifications wait (counted only where it is shown); `demo_logins`: (role, log-in, password); `languages`;
    `second_factor`: whether one is asked for; `help_topic`: which part of the help belongs to the page.
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
        "help_topic": _TOPIC_OF.get(request.resolver_match.view_name, "") if request.resolver_match else "",
    }
