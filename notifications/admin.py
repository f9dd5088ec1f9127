"""Sending, for staff: how the queue stands, and what was given up, with a way to have it tried again.

What is told is the rep's own, so no words of it are shown.
"""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cotano.lib.admin import ListAdmin
from notifications import actions
from notifications.backlog import read_backlog
from notifications.models import Notification


@admin.register(Notification)
class SendingAdmin(ListAdmin):
    """What was given up, the newest first."""

    list_display = ("id", "kind", "due_at", "attempts", "crashes", "sent_at")
    list_display_links = None
    list_filter = ("kind",)
    fields = ("kind", "due_at", "attempts", "crashes", "sent_at", "state")
    ordering = ("-due_at", "-id")
    change_list_template = "admin/notifications/sending.html"
    actions = ("replay",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        """Only what was given up: by its own small index."""
        return super().get_queryset(request).filter(state=Notification.State.DEAD)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """With how the queue stands."""
        return super().changelist_view(request, {"title": _("Sending"), "backlog": read_backlog(), **(extra_context or {})})

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whether the person may have messages tried again."""
        return request.user.has_perm("notifications.replay_notification")

    @admin.action(description=_("Try again"), permissions=["replay"])
    def replay(self, request: HttpRequest, chosen: QuerySet[Notification]) -> None:
        """As if they were new. One whose like waits already, or whose cause has ended, stays."""
        n = actions.replay(chosen.values_list("pk", flat=True))
        words = ngettext("%(n)d message is tried again.", "%(n)d messages are tried again.", n) % {"n": n}
        self.message_user(request, words, messages.SUCCESS if n else messages.WARNING)
