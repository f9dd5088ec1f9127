"""Boards, their stages, cards and moves."""

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import BooleanField, Count, Exists, F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from cotano.lib.rank import RankField
from leads.models import Comment, Lead, Reminder, Tag
from pipeline.models.layout import StageRules
from pipeline.models.shares import Share
from pipeline.models.work import WorkItem
from teams import rights
from teams.models import Rep, User

COLUMN = 15  # cards of a stage shown at once
PAGE = 75  # cards of a board shown at once: with more than five stages fewer of each


class BoardQuerySet(models.QuerySet):
    """Boards, always asked for through the person who looks."""

    def owned_by(self, user: User) -> Self:
        """A rep's own: those one may change."""
        return self.filter(rights.mine(user, "rep"))

    def visible_to(self, user: User) -> Self:
        """A rep's own, and to be read only, those that other reps share with the person."""
        return self.filter(rights.mine(user, "rep") | Q(_shared_with(user)))

    def shared_with(self, user: User) -> Self:
        """Those of other reps who let the person see them: the boards open when that began, and every later one."""
        return self.filter(_shared_with(user))

    def for_list(self) -> Self:
        """Newest campaign first, with the number of cards still there."""
        return (
            self.select_related("campaign__calendar__market")
            .annotate(cards_open=Count("cards", filter=Q(cards__closed_at=None)))
            .order_by("-campaign__starts_on", "-pk")
        )


def _shared_with(user: User) -> Exists:
    """The condition of `shared_with`: one EXISTS, so that a list begins at the few shares and not at all boards."""
    closed = Coalesce(OuterRef("rolled_at"), Value(dt.datetime.max.replace(tzinfo=dt.UTC)))
    return Exists(Share.objects.held_by(user).filter(owner=OuterRef("rep"), created_at__lte=closed))


class Board(models.Model):
    """One rep's cards in one campaign."""

    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="boards")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="boards")
    rolled_at = models.DateTimeField(null=True)  # its open cards went on to the next campaign
    frozen = models.JSONField(default=dict, blank=True)  # the figures at that moment: cards, entered and median days per stage

    objects = BoardQuerySet.as_manager()

    class Meta:
        verbose_name = _("board")
        verbose_name_plural = _("boards")
        constraints = [models.UniqueConstraint(fields=["rep", "campaign"], name="board_once")]
        indexes = [models.Index(fields=["campaign", "id"], condition=Q(rolled_at=None), name="board_to_roll")]

    def __str__(self) -> str:
        return f"board {self.pk}"

    def get_absolute_url(self) -> str:
        """The board's page."""
        return reverse("pipeline:board", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether it may change: its cards have not gone on, and its campaign (to be read with it) is not closed."""
        return self.rolled_at is None and not self.campaign.is_closed


class StageManager(models.Manager):
    """The stages that are there: a removed one has no place, and stays for what its cards went through."""

    def get_queryset(self) -> models.QuerySet:
        """Without removed ones."""
        return super().get_queryset().filter(place__isnull=False)


class Stage(StageRules):
    """A column of a board."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="stages")
    place = models.PositiveSmallIntegerField(null=True)  # None: removed
    is_company = models.BooleanField(default=False, db_default=False)  # the template's: not the rep's to rename or remove

    objects = StageManager()
    ever = models.Manager()  # removed ones, too

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        constraints = [
            models.UniqueConstraint(fields=["board", "place"], name="stage_place_once"),
            models.CheckConstraint(condition=~Q(standard="") | ~Q(own_name=""), name="stage_is_named"),
        ]


class CardQuerySet(models.QuerySet):
    """Cards, always asked for through the person who looks."""

    def owned_by(self, user: User) -> Self:
        """Those on the person's own boards: those one may change."""
        return self.filter(rights.mine(user, "board__rep"))

    def visible_to(self, user: User) -> Self:
        """Those on boards the person may see."""
        return self.filter(board__in=Board.objects.visible_to(user))

    def standing(self) -> Self:
        """Still on their board."""
        return self.filter(closed_at=None)

    def for_face(self) -> Self:
        """With all that `_card.html` shows, in the same query."""
        return self.with_face().select_related("stage", "board__campaign__calendar__market")

    def with_face(self) -> Self:
        """The same for a reader who knows board and stage."""
        open_reminders = Reminder.objects.filter(lead=OuterRef("lead"), state=Reminder.State.OPEN).order_by("due_at")
        comments = Comment.objects.filter(lead=OuterRef("lead")).order_by().values("lead").annotate(n=Count("pk")).values("n")
        is_theirs = Func(F("name"), OuterRef("lead__tags"), template="%(expressions)s)", arg_joiner=" = ANY(", output_field=BooleanField())
        chosen = Tag.objects.filter(is_theirs, owner=OuterRef("lead__owner"))
        by_name = Func(F("name"), F("colour"), function="jsonb_object_agg", output_field=models.JSONField())
        waiting = WorkItem.objects.filter(lead=OuterRef("lead"), done_at=None).order_by("call_by")
        return self.select_related("lead").annotate(
            reminder_id=Subquery(open_reminders.values("pk")[:1]),
            reminder_due=Subquery(open_reminders.values("due_at")[:1]),
            comment_count=Subquery(comments),
            reason=Subquery(waiting.values("reason")[:1]),
            call_by=Subquery(waiting.values("call_by")[:1]),
            colours=Subquery(chosen.order_by().values(said=by_name)),  # of the lead's tags, by name
        )


class Card(models.Model):
    """A lead on one campaign's board. The lead carries what outlives the campaign."""

    class Closed(models.TextChoices):
        """Why a card stands on its board no more."""

        MOVED_ON = "moved_on", _("moved on to the next campaign")
        BY_COMPANY = "by_company", _("done, says the company")

    # Indexes below begin with each of the three. None holds what closing a card changes: the row stays where the indexes find it.
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="cards", db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="cards", db_index=False)
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="cards", db_index=False)
    rank = RankField()
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    entered_stage_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    closed_as = models.CharField(max_length=10, choices=Closed, blank=True)
    # History: a closing campaign writes it for millions of cards, and the database need not look for each of them whether the old card,
    # which the same statement has read, is there.
    came_from = models.OneToOneField("self", on_delete=models.SET_NULL, null=True, db_constraint=False, related_name="went_to")

    objects = CardQuerySet.as_manager()

    class Meta:
        verbose_name = _("card")
        verbose_name_plural = _("cards")
        constraints = [
            models.UniqueConstraint(fields=["stage", "rank"], name="card_rank_unique_in_stage"),
            models.UniqueConstraint(fields=["board", "lead"], name="card_once_per_board"),
            models.CheckConstraint(condition=Q(closed_at=None) ^ ~Q(closed_as=""), name="card_closed_has_reason"),
        ]
        indexes = [models.Index(fields=["lead"], name="card_lead")]

    def __str__(self) -> str:
        return f"card {self.pk}"

    @property
    def days_here(self) -> int:
        """Whole days on its stage."""
        return (timezone.now() - self.entered_stage_at).days

    @property
    def is_long_here(self) -> bool:
        """Whether it stands on its stage for longer than a card may."""
        return self.closed_at is None and self.stage.days_allowed is not None and self.days_here > self.stage.days_allowed


class Move(models.Model):
    """A card changed its stage."""

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="moves", db_index=False)  # the index below begins with it
    # A stage is never deleted, only its place taken away: nothing to check for each of the rows that a closing campaign writes.
    was = models.ForeignKey(Stage, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+")
    # Where and since when it stood there, for an undo. None: nothing to go back to.
    was_rank = RankField(null=True)
    was_since = models.DateTimeField(null=True)
    to = models.ForeignKey(Stage, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+")
    # None: the campaign closed, and the card came from the board before. Nobody asks for a person's moves: no index.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["card", "-at"], name="move_timeline")]

    def __str__(self) -> str:
        return f"move {self.pk}"
