"""The app pipeline."""

from django.apps import AppConfig


class PipelineConfig(AppConfig):
    """Only its name."""

    name = "pipeline"
