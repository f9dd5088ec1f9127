"""Two leads of a rep who are one person become one lead, and two again if that was a mistake.

Everything that happened hangs on the lead that is kept; the other's row is gone, so that no list and no import can meet it. What
was moved and what both said is kept in a `Merge`, by which it is undone.
"""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from cotano.jobs.races import retry_lost_races
from cotano.jobs.refusals import Refusal
from leads import clocks, reminders, suppression
from leads.models import ASIDE_LONGEST, MORE, TAGS, Attachment, Attempt, Check, Comment, Enrolment, ImportantDate, Lead, Purchase, Reminder
from leads.people import ONE_PERSON, DuplicateLead, find_by_phone
from notifications import actions as notifications
from pipeline import rows
from pipeline.actions import hold_boards, rank_on_top
from pipeline.models import Board, Card, Merge, Move, Stage, WorkItem
from teams import activity
from teams.models import ActivityCount, User

CHOICES = ("name", "kind", "phone", "email", "birthday")  # where both say something, one is chosen
FILLED = ("channel", "hour", "zone", "legal_basis")  # the kept one's, or the other's where it says nothing
ASIDES = ("family", "likes")  # both
OTHERS = ("other_phones", "other_emails", "tags", "note", "hotness", "consents", "consented_on", "person_code", "rep_id")
SAID = (*CHOICES, *FILLED, *ASIDES, *OTHERS)  # a later change of these forbids to undo
WRITTEN = (*SAID, "contacted_at", "do_not_contact_at")
MOVED = (Comment, Attempt, Reminder, ImportantDate, Check, Attachment, Purchase, Enrolment, WorkItem, Card)
NOTE_LONGEST = Lead._meta.get_field("note").max_length
ONLY_ONCE = frozenset({ONE_PERSON, "lead_person_once_per_owner"})
_FURTHER = {Stage.End.LOST: 0, Stage.End.OPEN: 1, Stage.End.WON: 2}


@dataclass(frozen=True)
class Difference:
    """A field in which both say something, and not the same."""

    name: str
    first: object
    second: object


def differences(first: Lead, second: Lead) -> list[Difference]:
    """What has to be chosen before the two can become one."""
    found = [Difference(name, getattr(first, name), getattr(second, name)) for name in CHOICES]
    return [one for one in found if one.first and one.second and one.first != one.second]


@retry_lost_races
@transaction.atomic
def merge_leads(kept: Lead, other: Lead, *, by: User, of_other: frozenset[str] = frozenset()) -> Merge:
    """Make one lead of two: `kept` stays, with the fields named in `of_other` (of CHOICES) from the other one.

    Blank fields are filled; further phones, e-mails, tags and notes of both stay. Comments, attempts, reminders, purchases, the
    company's rows and cards go over; of two cards on one board the further one stays. Who is not to be contacted on one side is not to be
    contacted. Raises Refusal for leads of others, for one lead twice, for two people of the company, and where both say too much.
    """
    kept, other = _lock(kept, other, by)
    values = _together(kept, other, of_other)
    before = {name: _plain(getattr(kept, name)) for name in WRITTEN}
    [row] = rows.read(Lead, [other.pk])
    hold_boards(Card.objects.filter(lead__in=[kept.pk, other.pk]))
    cards, stayed = _unite_cards(kept, other)
    in_both = Enrolment.objects.running().filter(lead=kept).values("cadence")
    clocks.end(Enrolment.objects.running().filter(lead=other, cadence__in=in_both), Enrolment.Ended.ANEW)
    moved = {model._meta.model_name: _move(model, other, kept) for model in MOVED}
    moved["merge"] = _move(Merge, other, kept, link="kept")
    Lead.objects.filter(pk=other.pk).delete()
    for name, value in values.items():
        setattr(kept, name, value)
    kept.updated_at = timezone.now()
    kept.save(update_fields=[*values, "updated_at"])
    merge = Merge.objects.create(
        owner=kept.owner,
        kept=kept,
        gone=other.pk,
        gone_name=other.name,
        stayed=stayed,
        by=by,
        lead=row,
        before=before,
        after={name: _plain(getattr(kept, name)) for name in WRITTEN},
        moved=moved,
        cards=cards,
    )
    _tell(kept, moved["reminder"], by)
    suppression.mark([kept.pk])
    kept.refresh_from_db(fields=["refusal"])
    if not kept.may_be_contacted:
        reminders.withdraw_reminders(kept)
        clocks.leave([kept.pk], Enrolment.Ended.DO_NOT_CONTACT)
    activity.count(kept.owner, ActivityCount.Kind.LEAD)
    return merge


@retry_lost_races
@transaction.atomic
def undo_merge(merge: Merge, *, by: User) -> Lead:
    """Make two leads of one again, each with what was its own; what came since stays with the one that was kept. Twice is fine.

    Returns the lead that came back. Raises Refusal (409) when what the merge wrote has been changed since, or a campaign has closed.
    """
    merge = Merge.objects.visible_to(by).select_for_update(of=("self",), no_key=True).filter(pk=merge.pk).first()
    if merge is None:
        raise Refusal(_("This person is no longer on your list."), status=409)
    if merge.undone_at:
        return Lead.objects.visible_to(by).get(pk=merge.gone)
    kept = Lead.objects.visible_to(by).select_related("owner__user").select_for_update(of=("self",), no_key=True).get(pk=merge.kept_id)
    _refuse_undo(merge, kept)
    back = {name: merge.before[name] for name in SAID if name in merge.before}  # an older merge knew fewer fields
    back |= {name: merge.before[name] for name in ("contacted_at", "do_not_contact_at") if _plain(getattr(kept, name)) == merge.after[name]}
    try:
        with transaction.atomic():
            Lead.objects.filter(pk=kept.pk).update(**back, updated_at=timezone.now())
            rows.insert(Lead, [merge.lead])
    except IntegrityError as error:
        if getattr(error.__cause__.diag, "constraint_name", "") not in ONLY_ONCE:
            raise
        raise _taken(kept, merge) from None
    returned = Lead.objects.select_related("owner__user").get(pk=merge.gone)
    for model in MOVED:
        model.objects.filter(pk__in=merge.moved.get(model._meta.model_name, []), lead=kept.pk).update(lead=returned)
    Merge.objects.filter(pk__in=merge.moved["merge"], kept=kept.pk).update(kept=returned)
    for card in reversed(merge.cards):  # later campaigns first: an earlier card names the one it went on as
        _return_card(card)
    merge.undone_at = timezone.now()
    merge.save(update_fields=["undone_at"])
    suppression.mark([kept.pk, returned.pk])
    kept.refresh_from_db()
    reminders.retell_reminders(kept)
    _tell(returned, merge.moved["reminder"], by)
    activity.count(kept.owner, ActivityCount.Kind.LEAD)
    return returned


def _lock(kept: Lead, other: Lead, by: User) -> tuple[Lead, Lead]:
    """Both as they are now, locked in one order. Raises Refusal."""
    if kept.pk == other.pk:
        raise Refusal(_("These are not two people."))
    mine = Lead.objects.visible_to(by).filter(pk__in=[kept.pk, other.pk]).select_related("owner__user").order_by("pk")
    found = {lead.pk: lead for lead in mine.select_for_update(of=("self",))}
    if len(found) != len((kept, other)):
        raise Refusal(_("This person is no longer on your list."), status=409)
    kept, other = found[kept.pk], found[other.pk]
    if kept.person_code and other.person_code:
        raise Refusal(_("The company sends these two as different people, so they cannot become one."))
    if kept.rep_id and other.rep_id and kept.rep_id != other.rep_id:
        raise Refusal(_("These are two reps of your team, so they cannot become one."))
    return kept, other


def _together(kept: Lead, other: Lead, of_other: frozenset[str]) -> dict[str, Any]:
    """What the one lead says."""
    said: dict[str, Any] = {}
    for name in CHOICES:
        mine, its = getattr(kept, name), getattr(other, name)
        said[name] = its if its and (name in of_other or not mine) else mine
    phones = dict.fromkeys([*_all(kept.phone, kept.other_phones), *_all(other.phone, other.other_phones)])
    emails = dict.fromkeys([*_all(kept.email, kept.other_emails), *_all(other.email, other.other_emails)])
    said["other_phones"] = [number for number in phones if number != said["phone"]]
    said["other_emails"] = [address for address in emails if address != said["email"]]
    said["tags"] = list(dict.fromkeys([*kept.tags, *other.tags]))
    said["note"] = "\n".join(dict.fromkeys(filter(None, (kept.note, other.note))))
    for name in FILLED:
        mine = getattr(kept, name)
        said[name] = getattr(other, name) if mine in ("", None) else mine
    for name in ASIDES:
        said[name] = "; ".join(dict.fromkeys(filter(None, (getattr(kept, name), getattr(other, name)))))
    said["hotness"] = max(kept.hotness, other.hotness)
    said["consents"] = list(dict.fromkeys([*kept.consents, *other.consents]))
    said["consented_on"] = max(filter(None, (kept.consented_on, other.consented_on)), default=None)
    if len(said["other_phones"]) > MORE or len(said["other_emails"]) > MORE:
        raise Refusal(_("Together they have more phones or e-mails than one person can have. Remove some first."))
    if len(said["tags"]) > TAGS:
        raise Refusal(_("Together they have more than %(most)d tags. Remove some first.") % {"most": TAGS})
    if len(said["note"]) > NOTE_LONGEST or any(len(said[name]) > ASIDE_LONGEST for name in ASIDES):
        raise Refusal(_("Both notes together are too long. Shorten one first."))
    said["person_code"] = kept.person_code or other.person_code
    said["rep_id"] = kept.rep_id or other.rep_id
    said["contacted_at"] = max(filter(None, (kept.contacted_at, other.contacted_at)), default=None)
    said["do_not_contact_at"] = min(filter(None, (kept.do_not_contact_at, other.do_not_contact_at)), default=None)
    return said


def _all(first: str, more: list[str]) -> list[str]:
    return [first, *more] if first else []


def _move(model: type[models.Model], other: Lead, kept: Lead, *, link: str = "lead") -> list[int]:
    """The other's rows become the kept one's; returns their ids."""
    ids = list(model.objects.filter(**{link: other.pk}).values_list("pk", flat=True))
    model.objects.filter(pk__in=ids).update(**{link: kept.pk})
    return ids


def _unite_cards(kept: Lead, other: Lead) -> tuple[list[dict[str, Any]], str]:
    """Where both have a card on a board, the further one stays, with the moves of both; it becomes the kept lead's.

    Returns the rows of the cards that gave way, and the stage of the newest that stayed.
    """
    cards: dict[int, list[Card]] = {}
    of_both = Card.objects.filter(lead__in=[kept.pk, other.pk]).select_related("stage").order_by("board__campaign__starts_on", "pk")
    for card in of_both:
        cards.setdefault(card.board_id, []).append(card)
    gave_way, stayed = [], ""
    for pair in cards.values():
        if len(pair) == 1:
            continue
        winner, loser = sorted(pair, key=lambda card: (_how_far(card), card.lead_id == kept.pk), reverse=True)
        moves = list(Move.objects.filter(card=loser).values_list("pk", flat=True))
        Move.objects.filter(pk__in=moves).update(card=winner)
        went_to = list(Card.objects.filter(came_from=loser).values_list("pk", flat=True))
        [row] = rows.read(Card, [loser.pk])
        gave_way.append({"row": row, "moves": moves, "went_to": went_to, "winner": winner.pk, "of": winner.lead_id})
        loser.delete()
        Card.objects.filter(pk=winner.pk).update(lead=kept.pk, version=F("version") + 1)
        stayed = winner.stage.name
    return gave_way, stayed


def _how_far(card: Card) -> tuple[bool, int, int]:
    """Still standing before gone, won before open before lost, then the later stage."""
    return card.closed_at is None, _FURTHER[Stage.End(card.stage.end)], card.stage.place or 0


def _return_card(given: dict[str, Any]) -> None:
    """A card that gave way comes back to its place, or to the top of its stage when somebody else stands there by now."""
    row, winner = given["row"], Card.objects.filter(pk=given["winner"])
    winner.update(lead=given["of"], version=F("version") + 1)
    if Card.objects.filter(stage=row["stage_id"], rank=row["rank"]).exists():
        row = {**row, "rank": str(rank_on_top(row["stage_id"]))}
    rows.insert(Card, [row])
    Move.objects.filter(pk__in=given["moves"]).update(card=row["id"])
    Card.objects.filter(pk__in=given["went_to"], came_from=None).update(came_from=row["id"])


def _refuse_undo(merge: Merge, kept: Lead) -> None:
    if Merge.objects.holding().filter(kept=kept, pk__gt=merge.pk).exists():
        raise Refusal(_("%(name)s was merged once more since. Undo that first.") % {"name": kept.name}, status=409)
    if any(_plain(getattr(kept, name)) != merge.after[name] for name in SAID if name in merge.after):
        raise Refusal(_("%(name)s was changed since, so this cannot be undone.") % {"name": kept.name}, status=409)
    ids = [card["row"]["board_id"] for card in merge.cards]
    touched = Board.objects.filter(pk__in=ids) | Board.objects.filter(cards__in=merge.moved["card"])
    if touched.filter(rolled_at__gt=merge.at).exists():
        raise Refusal(_("The campaign has closed since, so this cannot be undone."), status=409)


def _taken(kept: Lead, merge: Merge) -> Refusal:
    """Somebody was added since with the phone or e-mail of the lead that would come back."""
    phone, email = merge.lead["phone"], merge.lead["email"]
    held = find_by_phone(kept.owner, phone) if phone else Lead.objects.filter(owner=kept.owner, dedupe=f"e:{email}").first()
    return DuplicateLead(held) if held else Refusal(_("This cannot be undone any more."), status=409)


def _tell(lead: Lead, told: list[int], by: User) -> None:
    """What was or is to be told of these reminders is about this lead now."""
    keys = [reminders.reminder_key(pk) for pk in told]
    notifications.readdress(lead.owner.user, keys, subject=f"lead:{lead.pk}", url=lead.get_absolute_url())
    reminders.retell_reminders(lead)


def _plain(value: object) -> object:
    """A field's value as JSON keeps it."""
    return value.isoformat() if hasattr(value, "isoformat") else value
