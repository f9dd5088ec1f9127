"""What the company says of a rep's personal volume in a campaign, apart from orders."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.calendars import Campaign
from teams.models import Rep

MOST_VOLUME = 10**9  # points either way


class Volume(models.Model):
    """The company's word on a rep's personal volume in a campaign. It counts instead of the points of the orders."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, db_index=False, related_name="volumes", verbose_name=_("campaign"))
    rep = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="+", verbose_name=_("rep"))
    pv = models.BigIntegerField(_("personal volume"))

    class Meta:
        verbose_name = _("volume")
        verbose_name_plural = _("volumes")
        permissions = [("import_volume", _("Can import volumes"))]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "rep"], name="volume_once"),
            models.CheckConstraint(condition=Q(pv__range=(-MOST_VOLUME, MOST_VOLUME)), name="volume_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.rep_id} {self.pv}"
