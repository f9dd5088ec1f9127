"""The app pipeline."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PipelineConfig(AppConfig):
    """Its name in code and in the admin."""

    name = "pipeline"
    verbose_name = _("Work lists")
