"""The app notifications."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Only its name."""

    name = "notifications"
