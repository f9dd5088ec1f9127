"""What came of a call and what that does to the card: said before the tap, done with it."""

from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from cotano.jobs.races import retry_lost_races
from leads import actions as leads
from leads.models import Attempt, Lead
from pipeline import calling
from pipeline.actions import CampaignClosed, NotReady, StaleCard, move_card
from pipeline.models import Card, Stage
from teams.models import User

Outcome = Attempt.Outcome
LEADS_TO = {  # the stage, and what its cards have come to
    Outcome.INTERESTED: (Stage.Standard.OFFER, Stage.End.OPEN),
    Outcome.ORDERED: (Stage.Standard.ORDERED, Stage.End.WON),
    Outcome.NOT_INTERESTED: (Stage.Standard.DECLINED, Stage.End.LOST),
}
ASKS_WHEN = frozenset({Outcome.NO_ANSWER, Outcome.CALL_LATER, Outcome.INTERESTED})  # the next question is: when again?
ICONS = {
    Outcome.NO_ANSWER: "missed",
    Outcome.CALL_LATER: "clock",
    Outcome.INTERESTED: "smile",
    Outcome.ORDERED: "bag",
    Outcome.NOT_INTERESTED: "meh",
}


@dataclass(frozen=True)
class Choice:
    """One outcome as it is offered; `promise` says what the tap will do."""

    outcome: str
    label: str
    icon: str
    promise: str


@dataclass(frozen=True)
class Finished:
    """What a finished call left: the attempt and the card that was moved, if one was; `stays` says why one did not go where it should."""

    attempt: Attempt
    moved: Card | None
    stays: str = ""


def standing_card(lead: Lead) -> Card | None:
    """The lead's card on a board that may still change, with its stage; the newest campaign's if there are several. One query."""
    open_cards = Card.objects.filter(lead=lead, board__rolled_at=None, board__campaign__closed_at=None).standing()
    return open_cards.select_related("stage", "board__campaign").order_by("-board__campaign__starts_on", "-pk").first()


def choices(card: Card | None, *, in_queue: bool = False) -> list[Choice]:
    """The outcomes in their order. One query."""
    stages = _stages(card) if card else []
    goes = {outcome: _goes_to(outcome, card, stages) for outcome in Outcome}
    return [Choice(outcome, outcome.label, ICONS[outcome], _promise(outcome, to, in_queue=in_queue)) for outcome, to in goes.items()]


@retry_lost_races
@transaction.atomic
def finish_call(attempt: Attempt, *, by: User, outcome: str, text: str = "", once: str = "", in_queue: bool = False) -> Finished:
    """Note the outcome, with a comment if there is one, and move the card where the outcome leads.

    In the queue nobody is asked when to try again: of who did not answer, the reminder that had come due moves to tomorrow.

    The same outcome twice is one effect. A card that somebody moved at this very moment, or whose campaign has just closed,
    stays where it is; so does one whose board has no stage for the outcome. Raises Refusal (409) when another outcome has been noted.
    """
    first = not attempt.outcome
    attempt = leads.give_outcome(attempt, by=by, outcome=outcome)
    if text.strip():
        leads.comment_on(attempt.lead, by=by, text=text, once=once)
    if first and in_queue and outcome == Outcome.NO_ANSWER:
        calling.move_to_tomorrow(attempt.lead, by=by)
    moved, stays = None, ""
    if first and (card := standing_card(attempt.lead)):
        stages = _stages(card)
        if to := _goes_to(Outcome(outcome), card, stages):
            with suppress(StaleCard, CampaignClosed):
                try:
                    moved = move_card(card, to=to, version=card.version, by=by)
                except NotReady as why:
                    stays = why.sentence
        elif outcome in LEADS_TO and card.stage.end == Stage.End.OPEN and not _stage_for(Outcome(outcome), stages):
            stays = _("The board has no stage for this.")
    return Finished(attempt, moved, stays)


def _stages(card: Card) -> list[Stage]:
    """Those of its board, in their order."""
    return sorted(card.board.stages.all(), key=lambda stage: stage.place)


def _stage_for(outcome: Outcome, stages: list[Stage]) -> Stage | None:
    """The stage that the outcome leads to on a board with stages of its own: the standard one, whatever the rep calls it.

    Where that has become something else (renamed, and its cards come to another end), or is gone, the first stage that ends as the
    outcome does: won or lost. Interest has no end, and leads to nothing but an offer.
    """
    standard, end = LEADS_TO.get(outcome, ("", None))
    known = next((stage for stage in stages if standard and stage.standard == standard), None)
    if known and (not known.own_name or known.end == end):
        return known
    return next((stage for stage in stages if end and stage.end == end), None)


def _goes_to(outcome: Outcome, card: Card | None, stages: list[Stage]) -> Stage | None:
    """Where the outcome takes the card; None when it stays. Interest moves forward only, a refusal leaves what was won."""
    to = _stage_for(outcome, stages)
    if card is None or to is None or to.pk == card.stage_id:
        return None
    if outcome == Outcome.ORDERED:
        return to
    stays = card.stage.end != Stage.End.OPEN or (outcome == Outcome.INTERESTED and card.stage.place > to.place)
    return None if stays else to


def _promise(outcome: Outcome, to: Stage | None, *, in_queue: bool) -> str:
    stage = {"stage": to.name} if to else {}
    match outcome:
        case Outcome.NO_ANSWER if in_queue:
            return _("Comes back tomorrow")
        case Outcome.NO_ANSWER:
            return _("Then one tap: again tomorrow 10:00")
        case Outcome.CALL_LATER:
            return _("Then you pick when")
        case Outcome.INTERESTED:
            return _("To %(stage)s, then you pick when") % stage if to else _("Then you pick when")
        case Outcome.ORDERED:
            return _("To %(stage)s") % stage if to else _("The card stays where it is")
        case _:
            return _("To %(stage)s, no reminder") % stage if to else _("No reminder")
