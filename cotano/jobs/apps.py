"""The app of durable jobs."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    """`jobs` for short; its name in the admin."""

    name = "cotano.jobs"
    label = "jobs"
    verbose_name = _("Files")
