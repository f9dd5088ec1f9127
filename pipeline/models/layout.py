"""What a board's stages are: the rules of a stage, and the company's template that new boards of a market begin with."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from teams.models import Territory

STAGES = 12  # of one board or template
LIMIT_MOST = 999  # cards
DAYS_MOST = 365
DAYS = 7  # an open stage without days of its own


class StageRules(models.Model):
    """A stage's name and what holds there, on a board or in a template."""

    class Standard(models.TextChoices):
        """The columns of a board without a template, in this order. They have no name of their own and speak the reader's language."""

        PROSPECTS = "prospects", _("Prospects")
        CONTACTED = "contacted", _("Contacted")
        OFFER = "offer", _("Offer sent")
        ORDERED = "ordered", _("Ordered")
        DECLINED = "declined", _("Not interested")

    class End(models.TextChoices):
        """What a card that stands here has come to."""

        OPEN = "", _("open")
        WON = "won", _("won")
        LOST = "lost", _("lost")

    class Need(models.TextChoices):
        """What must be known or done before a card may enter."""

        PHONE = "phone", _("a phone")
        EMAIL = "email", _("an e-mail")
        BIRTHDAY = "birthday", _("a birthday")
        KIND = "kind", _("a kind other than prospect")
        TAG = "tag", _("a tag")
        NOTE = "note", _("a note")
        CONTACT = "contact", _("a contact: a call or message that reached them")
        REMINDER = "reminder", _("a reminder")
        CHECKLIST = "checklist", _("a checklist with every point ticked")

    standard = models.CharField(_("standard name"), max_length=12, choices=Standard, blank=True)
    own_name = models.CharField(_("own name"), max_length=40, blank=True)
    end = models.CharField(_("a card here is"), max_length=4, choices=End, blank=True, default=End.OPEN)
    limit = models.PositiveSmallIntegerField(
        _("at most so many cards"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(LIMIT_MOST)]
    )
    days = models.PositiveSmallIntegerField(
        _("days a card may stay"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(DAYS_MOST)]
    )
    needs = ArrayField(
        models.CharField(max_length=10, choices=Need),
        size=len(Need),
        default=list,
        db_default=[],
        blank=True,
        verbose_name=_("asks for first"),
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.name)

    def clean(self) -> None:
        """A stage is named, one way or the other."""
        if not self.standard and not self.own_name:
            raise ValidationError({"own_name": _("Give the stage a name, or pick a standard one.")})

    @property
    def name(self) -> str:
        """As the reader sees it."""
        return self.own_name or self.get_standard_display()

    @property
    def days_allowed(self) -> int | None:
        """After how many days a card here is long here; None where cards come to rest."""
        return None if self.end else self.days or DAYS


class BoardTemplate(models.Model):
    """The company's standard in a market: the stages of every new board there. What exists stays as it is."""

    market = models.OneToOneField(Territory, on_delete=models.PROTECT, related_name="board_template", verbose_name=_("market"))

    class Meta:
        verbose_name = _("board template")
        verbose_name_plural = _("board templates")

    def __str__(self) -> str:
        return str(self.market)


class TemplateStage(StageRules):
    """A stage of a template."""

    template = models.ForeignKey(BoardTemplate, on_delete=models.CASCADE, related_name="stages", db_index=False)
    place = models.PositiveSmallIntegerField(_("place"), validators=[MinValueValidator(1), MaxValueValidator(99)])

    class Meta:
        verbose_name = _("stage of a template")
        verbose_name_plural = _("stages of a template")
        constraints = [
            models.UniqueConstraint(fields=["template", "place"], name="template_place_once", deferrable=models.Deferrable.DEFERRED),
            models.CheckConstraint(condition=~Q(standard="") | ~Q(own_name=""), name="template_stage_is_named"),
        ]
