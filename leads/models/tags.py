"""The colours of a rep's tags; which lead has which tag stands with the lead."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.people import TAG_LONGEST
from teams import rights
from teams.models import Rep, User

COLOURS = 7


class TagQuerySet(models.QuerySet):
    """Tags, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """One's own."""
        return self.filter(rights.mine(user, "owner"))


class Tag(models.Model):
    """A tag to which the rep has given a colour. One without a row has the colour that its name makes."""

    owner = models.ForeignKey(Rep, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=TAG_LONGEST)
    colour = models.PositiveSmallIntegerField()

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="tag_once"),
            models.CheckConstraint(condition=~Q(name=""), name="tag_is_named"),
            models.CheckConstraint(condition=Q(colour__range=(1, COLOURS)), name="tag_colour_is_known"),
        ]

    def __str__(self) -> str:
        return self.name
