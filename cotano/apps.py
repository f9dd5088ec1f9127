"""The project as an installed app: its commands, its translations, and the Celery app that shared tasks bind to."""

from django.apps import AppConfig


class CotanoConfig(AppConfig):
    """Loads the Celery app in every Django process, so that `.delay_on_commit` finds the broker from settings."""

    name = "cotano"
    default = True

    def ready(self) -> None:
        """Bind shared tasks to Cotano's own Celery app."""
        from cotano import celery  # noqa: F401, PLC0415  settings must be complete first
