"""The app teams."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TeamsConfig(AppConfig):
    """Its name in code and in the admin."""

    name = "teams"
    verbose_name = _("Team")
