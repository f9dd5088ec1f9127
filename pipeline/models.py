"""Boards: one rep's people through one campaign, from stage to stage; and the company's daily work list that fills them."""

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from cotano.jobs.models import Job
from cotano.lib import text
from cotano.lib.rank import RankField
from leads.models import Comment, Lead, Reminder
from teams import rights
from teams.models import Rep, User

COLUMN = 15  # cards of a stage shown at once


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


class Stage(models.Model):
    """A column of a board. A standard one has no name of its own and speaks the reader's language."""

    class Standard(models.TextChoices):
        """The columns every new board begins with, in this order."""

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

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="stages")
    place = models.PositiveSmallIntegerField()
    standard = models.CharField(max_length=12, choices=Standard, blank=True)
    own_name = models.CharField(max_length=40, blank=True)
    end = models.CharField(max_length=4, choices=End, blank=True, default=End.OPEN)

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        constraints = [
            models.UniqueConstraint(fields=["board", "place"], name="stage_place_once"),
            models.CheckConstraint(condition=~Q(standard="") | ~Q(own_name=""), name="stage_is_named"),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def name(self) -> str:
        """As the reader sees it."""
        return self.own_name or self.get_standard_display()


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
        open_reminders = Reminder.objects.filter(lead=OuterRef("lead"), state=Reminder.State.OPEN).order_by("due_at")
        comments = Comment.objects.filter(lead=OuterRef("lead")).order_by().values("lead").annotate(n=Count("pk")).values("n")
        waiting = WorkItem.objects.filter(lead=OuterRef("lead"), done_at=None).order_by("call_by")
        return self.select_related("lead", "stage", "board__campaign__calendar__market").annotate(
            reminder_id=Subquery(open_reminders.values("pk")[:1]),
            reminder_due=Subquery(open_reminders.values("due_at")[:1]),
            comment_count=Subquery(comments),
            reason=Subquery(waiting.values("reason")[:1]),
            call_by=Subquery(waiting.values("call_by")[:1]),
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
    came_from = models.OneToOneField("self", on_delete=models.SET_NULL, null=True, related_name="went_to")

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


class Move(models.Model):
    """A card changed its stage."""

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="moves", db_index=False)  # the index below begins with it
    was = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    # None: the campaign closed, and the card came from the board before. Nobody asks for a person's moves: no index.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["card", "-at"], name="move_timeline")]

    def __str__(self) -> str:
        return f"move {self.pk}"


class ShareQuerySet(models.QuerySet):
    """Shares, always asked for through the person who looks."""

    def given_by(self, user: User) -> Self:
        """Those of the person's own boards, the ones that hold and the revoked ones."""
        return self.filter(rights.mine(user, "owner"))

    def held_by(self, user: User) -> Self:
        """Those that let the person see another rep's boards. Both must be on file and able to log in."""
        owner_is_here = Q(owner__status=Rep.Status.ACTIVE, owner__user__is_active=True)
        return self.holding().filter(rights.mine(user, "helper"), owner_is_here)

    def visible_to(self, user: User) -> Self:
        """Both kinds."""
        return self.given_by(user) | self.filter(pk__in=self.model.objects.held_by(user))

    def holding(self) -> Self:
        """Not revoked."""
        return self.filter(revoked_at=None)


class Share(models.Model):
    """A rep lets a helper, from the upline or a mentor, see the own boards, from the one of that day on until it is revoked."""

    owner = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="shares_given")
    # None when nobody has the code or phone that was typed: the owner must not learn whether somebody has.
    helper = models.ForeignKey(Rep, on_delete=models.PROTECT, null=True, related_name="shares_held")
    typed = models.CharField(max_length=30, blank=True)  # how the owner named a mentor; "" for somebody of the upline
    may_comment = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        constraints = [
            models.UniqueConstraint(fields=["owner", "helper"], condition=Q(revoked_at=None, typed=""), name="share_once_per_upline"),
            models.UniqueConstraint(fields=["owner", "typed"], condition=Q(revoked_at=None) & ~Q(typed=""), name="share_once_as_typed"),
            models.CheckConstraint(condition=~Q(helper=F("owner")), name="share_with_another"),
            models.CheckConstraint(condition=Q(helper__isnull=False) | ~Q(typed=""), name="share_names_somebody"),
        ]

    def __str__(self) -> str:
        return f"share {self.pk}"


class WorkItemQuerySet(models.QuerySet):
    """Work lists, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """A rep's own."""
        return self.filter(rights.mine(user, "rep"))

    def managed_by(self, user: User) -> Self:
        """Those of the reps the user is in charge of, for the admin."""
        return self.filter(rep__in=Rep.objects.managed_by(user))


class WorkItem(models.Model):
    """A row of the company's daily work list: whom a rep should call, why and by when. Gone from the next file, it is done."""

    list_name = models.CharField(_("list"), max_length=60)
    rep = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="work_items", verbose_name=_("rep"))
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="work_items")
    person_code = models.CharField(_("person"), max_length=40)
    reason = models.CharField(_("reason"), max_length=120)
    last_order = models.CharField(_("last order"), max_length=10, blank=True)
    call_by = models.DateField(_("call by"), null=True)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="work_items")
    done_at = models.DateTimeField(_("done, says the company"), null=True)

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("work list")
        verbose_name_plural = _("work lists")
        permissions = [("import_workitem", _("Can import work lists")), ("export_workitem", _("Can export work lists"))]
        constraints = [
            models.UniqueConstraint(fields=["rep", "person_code", "list_name"], name="work_item_once"),
            models.CheckConstraint(condition=~Q(person_code="") & ~Q(list_name="") & ~Q(reason=""), name="work_item_is_named"),
        ]
        indexes = [
            models.Index(fields=["rep", "call_by"], condition=Q(done_at=None), name="work_item_open"),
            models.Index(fields=["lead"], name="work_item_lead"),
        ]

    def __str__(self) -> str:
        return f"work item {self.pk}"


class MergeQuerySet(models.QuerySet):
    """Merges, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """Those of one's own leads."""
        return self.filter(rights.mine(user, "owner"))

    def holding(self) -> Self:
        """Not undone."""
        return self.filter(undone_at=None)


class Merge(models.Model):
    """Two leads of a rep became one: what has to be known to tell of it and to undo it (see pipeline.merging)."""

    owner = models.ForeignKey(Rep, on_delete=models.PROTECT, related_name="merges")
    kept = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="merges")
    gone = models.BigIntegerField()  # the id of the lead that is no more
    gone_name = models.CharField(max_length=text.NAME_LONGEST)
    stayed = models.CharField(max_length=40, blank=True)  # the stage of the card that stayed where both had one
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)
    lead = models.JSONField()  # the row of the lead that is no more
    before = models.JSONField()  # what the kept one said
    after = models.JSONField()  # what it has said since
    moved = models.JSONField()  # table -> ids of the rows that were the other's
    cards = models.JSONField()  # rows of cards that gave way, each with the moves that went to the card that stayed

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [models.UniqueConstraint(fields=["gone"], condition=Q(undone_at=None), name="merge_of_gone")]
        indexes = [models.Index(fields=["kept", "-at"], name="merge_timeline"), models.Index(fields=["owner"], name="merge_owner")]

    def __str__(self) -> str:
        return f"merge {self.pk}"


class ImportedQuerySet(models.QuerySet):
    """What imports did, always asked for through the person who looks."""

    def visible_to(self, user: User) -> Self:
        """That of one's own files."""
        return self.filter(job__owner=user, lead__in=Lead.objects.visible_to(user))


class Imported(models.Model):
    """What a rep's file of contacts did to a lead: what an undo needs, kept for as long as the undo is offered.

    A lead that the file created, and that was not to come onto the board, needs no row: the lead names its job.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="+")
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    line = models.PositiveIntegerField()
    before = models.JSONField(null=True)  # the old values, where the file changed the lead
    written_at = models.DateTimeField()  # what the lead's `updated_at` was after it
    stage = models.CharField(max_length=40, blank=True)  # as the file names it
    card = models.ForeignKey(Card, on_delete=models.SET_NULL, null=True, related_name="+")  # that it brought
    kept = models.CharField(max_length=10, blank=True)  # after an undo: why the lead was left alone (pipeline.undo)

    objects = ImportedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "lead"], name="imported_once")]
        indexes = [models.Index(fields=["job", "line"], condition=~Q(kept=""), name="imported_kept")]

    def __str__(self) -> str:
        return f"line {self.line} of job {self.job_id}"
