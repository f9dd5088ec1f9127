"""The app of durable jobs."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """`jobs` for short."""

    name = "cotano.jobs"
    label = "jobs"
