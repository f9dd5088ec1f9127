"""The app leads."""

from django.apps import AppConfig


class LeadsConfig(AppConfig):
    """Only its name."""

    name = "leads"
