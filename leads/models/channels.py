"""The ways by which a rep and a lead meet."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """The way. A visit is a contact by itself; all others open an app of the phone."""

    CALL = "call", _("Call")
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")
    VIBER = "viber", _("Viber")
    TELEGRAM = "telegram", _("Telegram")
    EMAIL = "email", _("E-mail")
    VISIT = "visit", _("Visit")
