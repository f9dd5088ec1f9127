"""Messages that are written once and sent often."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from teams import rights
from teams.models import Rep, Territory, User

TEMPLATE_NAME = 40  # characters of a name, at most
TEMPLATE_TEXT = 600  # characters of a text: in Cyrillic six times that in an address
MOST_TEMPLATES = 50  # of one rep


class MessageTemplateQuerySet(models.QuerySet):
    """Templates, always asked for through the person who looks."""

    def owned_by(self, user: User) -> Self:
        """A rep's own: those one may change; also those that were removed and may come back."""
        return self.filter(rights.mine(user, "owner"))

    def offered_to(self, rep: Rep) -> Self:
        """The rep's own, and the company's for the market of the rep's calendar, or for all."""
        market = Territory.objects.filter(calendars__code=rep.calendar)
        return self.standing().filter(Q(owner=rep) | Q(Q(market=None) | Q(market__in=market), owner=None))

    def of_company(self) -> Self:
        """Those that the company has written."""
        return self.filter(owner=None)

    def standing(self) -> Self:
        """Not removed."""
        return self.filter(removed_at=None)


class MessageTemplate(models.Model):
    """A text with fields in braces, the rep's own or the company's (`owner` is NULL) for a market (NULL: all) in a language."""

    owner = models.ForeignKey(Rep, on_delete=models.PROTECT, null=True, db_index=False, related_name="message_templates")
    market = models.ForeignKey(
        Territory, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("market"), help_text=_("Empty: all.")
    )
    language = models.CharField(_("language"), max_length=7, choices=settings.LANGUAGES)
    name = models.CharField(_("name"), max_length=TEMPLATE_NAME)
    text = models.TextField(_("text"), max_length=TEMPLATE_TEXT)
    place = models.PositiveSmallIntegerField(_("place"), default=0)
    changed_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True)

    objects = MessageTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        constraints = [
            models.CheckConstraint(condition=~Q(name="") & ~Q(text=""), name="template_says_something"),
            models.CheckConstraint(condition=Q(owner=None) | Q(market=None), name="template_of_market_is_the_companys"),
        ]
        indexes = [models.Index(fields=["owner", "place", "id"], name="template_in_order")]

    def __str__(self) -> str:
        return self.name
