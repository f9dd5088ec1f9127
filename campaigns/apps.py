"""The app campaigns."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    """Its name in code and in the admin."""

    name = "campaigns"
    verbose_name = _("Campaigns")
