"""The app campaigns."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Only its name."""

    name = "campaigns"
