"""The app teams."""

from django.apps import AppConfig


class TeamsConfig(AppConfig):
    """Only its name."""

    name = "teams"
