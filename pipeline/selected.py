"""What a rep does to many people at once, each act in a few statements, and each taken back in one tap for a day.

Every act holds the leads in the order of their ids, changes those whom it concerns, and keeps what an undo needs in a `Selection`.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Count, F, Func, Q, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cotano.jobs import receipts
from cotano.jobs.races import retry_lost_races
from cotano.jobs.refusals import Refusal
from cotano.lib.rank import STEP
from leads import cadences, clocks, people, reminders
from leads.models import TAG_LONGEST, TAGS, Cadence, Enrolment, Lead, LeadQuerySet, Reminder
from notifications import actions as notifications
from pipeline import needs, removing
from pipeline.actions import hold_board, hold_boards, rank_on_top
from pipeline.models import Board, Card, Selection
from teams import activity
from teams.models import ActivityCount, Rep, User

MOST = 500  # people at once
KEPT = dt.timedelta(days=1)  # so long an act can be taken back
What = Selection.What
_DID = {What.BOARD: "cards", What.CADENCE: "enrolments"}  # under which name an act keeps whom it concerned, if not "leads"


def chosen(found: LeadQuerySet, ids: Collection[int] | None) -> list[int]:
    """The ids of those of `found` who are named; None: all of them. Raises Refusal for nobody and for too many."""
    named = found if ids is None else found.filter(pk__in=ids)
    picked = list(named.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if not picked:
        raise Refusal(_("Choose somebody first."))
    if len(picked) > MOST:
        raise Refusal(_("At most %(most)d people at once. Narrow the list by a search or a filter.") % {"most": MOST})
    return picked


@retry_lost_races
@transaction.atomic
def put_on_board(picked: Sequence[int], board: Board, *, by: User, once: str = "") -> Selection:
    """Put those who have no card there on top of the board's first stage, in the order of the alphabet.

    Who is not to be contacted, and who lacks what the stage asks for, stays away. Raises NotYours, CampaignClosed.
    """
    if first := _first(by, once):
        return first
    board = hold_board(board, by)
    stage = board.stages.order_by("place").first()
    free = _hold(picked, by).to_contact().exclude(cards__board=board).order_by("sort_key", "pk")
    coming = [lead for lead in free if not needs.missing(lead, stage)]
    top, now = rank_on_top(stage), timezone.now()
    cards = Card.objects.bulk_create(
        Card(board=board, lead=lead, stage=stage, rank=top - (len(coming) - 1 - n) * STEP, entered_stage_at=now)
        for n, lead in enumerate(coming)
    )
    return _note(board.rep, by, once, What.BOARD, {"cards": [card.pk for card in cards]})


@retry_lost_races
@transaction.atomic
def tag(picked: Sequence[int], typed: str, *, by: User, once: str = "") -> Selection:
    """Give them a tag. Who has it, or as many tags as one may have, stays as they are. Raises Refusal for no tag or a bad one."""
    if first := _first(by, once):
        return first
    words = people.clean_tags([typed[: TAG_LONGEST + 1]])
    if len(words) != 1:
        raise Refusal(_("Enter one tag."))
    [word] = words
    without = _hold(picked, by).exclude(tags__contains=[word]).filter(Q(tags__len=None) | Q(tags__len__lt=TAGS))
    changed = list(without.values_list("pk", flat=True))
    added = Func(F("tags"), Value(word), function="array_append")
    Lead.objects.filter(pk__in=changed).update(tags=added, updated_at=timezone.now())
    return _note(by.own_rep, by, once, What.TAG, {"leads": changed}, word=word)


@retry_lost_races
@transaction.atomic
def follow_up(picked: Sequence[int], cadence: Cadence, *, by: User, once: str = "") -> Selection:
    """Put them into a cadence, from today on. See leads.cadences.start_many. Raises Refusal."""
    if first := _first(by, once):
        return first
    made = cadences.start_many(_hold(picked, by), cadence, by=by)  # counts as an action by itself
    did = {"enrolments": [one.pk for one in made]}
    return _note(by.own_rep, by, once, What.CADENCE, did, word=cadence.name, is_counted=False)


@retry_lost_races
@transaction.atomic
def stop_contact(picked: Sequence[int], *, by: User, once: str = "") -> Selection:
    """Let them be: no buttons, no reminders. See leads.actions.stop_contact."""
    if first := _first(by, once):
        return first
    now = timezone.now()
    changed = list(_hold(picked, by).filter(do_not_contact_at=None).values_list("pk", flat=True))
    waiting = list(Reminder.objects.filter(lead__in=changed).open().values_list("pk", flat=True))
    Lead.objects.filter(pk__in=changed).update(do_not_contact_at=now)
    reminders.withdraw_reminders_of(changed)
    clocks.leave(changed, Enrolment.Ended.DO_NOT_CONTACT, at=now)
    notifications.mark_all_read(by, subjects=[f"lead:{pk}" for pk in changed])
    return _note(by.own_rep, by, once, What.STOP, {"leads": changed, "reminders": waiting, "since": now.isoformat()})


@retry_lost_races
@transaction.atomic
def undo(selection: Selection, *, by: User) -> Selection:
    """Take an act back, as far as nobody has changed anything since; twice is fine. Raises Refusal (409) when it is too late."""
    held = Selection.objects.visible_to(by).select_for_update(of=("self",), no_key=True).select_related("owner__user")
    selection = held.filter(pk=selection.pk).first()
    if selection is None or selection.at < timezone.now() - KEPT:
        raise Refusal(_("This cannot be undone any more."), status=409)
    if selection.undone_at is None:
        _UNDO[What(selection.what)](selection, by)
        selection.undone_at = timezone.now()
        selection.save(update_fields=["undone_at"])
    return selection


def forget() -> int:
    """Forget what cannot be taken back any more; returns how many acts that were."""
    old = Selection.objects.filter(at__lt=timezone.now() - KEPT)
    removing.forget(old)
    return old.delete()[0]


def said(selection: Selection) -> str:
    """What was done, in a sentence."""
    n = len(selection.did[_DID.get(What(selection.what), "leads")])
    if selection.what == What.BOARD:
        return ngettext("%(n)d person put on the board", "%(n)d people put on the board", n) % {"n": n}
    if selection.what in {What.REMOVE, What.ASIDE}:
        return _("%(name)s was removed") % {"name": selection.word}
    if selection.what == What.CADENCE:
        return cadences.said_many(n, selection.word)
    if selection.what == What.TAG:
        return ngettext("%(n)d person tagged “%(tag)s”", "%(n)d people tagged “%(tag)s”", n) % {"n": n, "tag": selection.word}
    return ngettext("%(n)d person: do not contact", "%(n)d people: do not contact", n) % {"n": n}


def _undo_board(selection: Selection, by: User) -> None:
    """Cards that were moved since stay."""
    mine = Card.objects.owned_by(by).filter(pk__in=selection.did["cards"], version=1)
    hold_boards(mine)
    cards = mine.filter(board__rolled_at=None)
    untouched = cards.alias(moved=Count("moves")).filter(moved=0)
    Card.objects.filter(pk__in=list(untouched.values_list("pk", flat=True))).delete()


def _undo_tag(selection: Selection, by: User) -> None:
    having = _hold(selection.did["leads"], by).filter(tags__contains=[selection.word])
    without = Func(F("tags"), Value(selection.word), function="array_remove")
    Lead.objects.filter(pk__in=list(having.values_list("pk", flat=True))).update(tags=without, updated_at=timezone.now())


def _undo_cadence(selection: Selection, by: User) -> None:
    _hold(Enrolment.objects.filter(pk__in=selection.did["enrolments"]).values("lead"), by)
    # As if they had never been in it: whom a rep takes out by hand, a series of the company does not take up again.
    Enrolment.objects.visible_to(by).running().filter(pk__in=selection.did["enrolments"]).delete()


def _undo_stop(selection: Selection, by: User) -> None:
    since = dt.datetime.fromisoformat(selection.did["since"])
    back = list(_hold(selection.did["leads"], by).filter(do_not_contact_at=since).values_list("pk", flat=True))
    Lead.objects.filter(pk__in=back).update(do_not_contact_at=None)
    waiting = Reminder.objects.filter(pk__in=selection.did["reminders"], lead__in=back, lead__refusal=None)
    reminders.revive_reminders(list(waiting.values_list("pk", flat=True)))
    clocks.revive(back, [Enrolment.Ended.DO_NOT_CONTACT], at=since)


_UNDO = {
    What.BOARD: _undo_board,
    What.TAG: _undo_tag,
    What.STOP: _undo_stop,
    What.CADENCE: _undo_cadence,
    What.REMOVE: lambda selection, _by: removing.bring_back(selection),
    What.ASIDE: lambda selection, by: removing.bring_back_aside(selection, by=by),
}


def _hold(picked: Sequence[int] | QuerySet, by: User) -> LeadQuerySet:
    """These leads as far as they are one's own, locked until the transaction ends; to be narrowed and read afresh."""
    mine = Lead.objects.visible_to(by).filter(pk__in=picked)
    list(mine.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    return mine


def _first(by: User, once: str) -> Selection | None:
    """What the same form has done when it came before."""
    return receipts.first(by, once, Selection.objects.visible_to(by))


def _note(owner: Rep, by: User, once: str, what: What, did: dict[str, object], *, word: str = "", is_counted: bool = True) -> Selection:
    selection = Selection.objects.create(owner=owner, by=by, what=what, did=did, word=word, at=timezone.now())
    receipts.note(by, once, str(selection.pk))
    if is_counted and any(did.values()):
        activity.count(owner, ActivityCount.Kind.LEAD)
    return selection
