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
LEADS_TO = {
    Outcome.INTERESTED: Stage.Standard.OFFER,
    Outcome.ORDERED: Stage.Standard.ORDERED,
    Outcome.NOT_INTERESTED: Stage.Standard.DECLINED,
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
    """What a finished call left: the attempt and the card that was moved, if one was."""

    attempt: Attempt
    moved: Card | None


def standing_card(lead: Lead) -> Card | None:
    """The lead's card on a board that may still change, with its stage; the newest campaign's if there are several. One query."""
    open_cards = Card.objects.filter(lead=lead, board__rolled_at=None, board__campaign__closed_at=None).standing()
    return open_cards.select_related("stage", "board__campaign").order_by("-board__campaign__starts_on", "-pk").first()


def choices(card: Card | None, *, in_queue: bool = False) -> list[Choice]:
    """The outcomes in their order. One query."""
    stages = {stage.standard: stage for stage in card.board.stages.all()} if card else {}
    goes = {outcome: _goes_to(outcome, card, stages) for outcome in Outcome}
    return [Choice(outcome, outcome.label, ICONS[outcome], _promise(outcome, to, in_queue=in_queue)) for outcome, to in goes.items()]


@retry_lost_races
@transaction.atomic
def finish_call(attempt: Attempt, *, by: User, outcome: str, text: str = "", once: str = "", in_queue: bool = False) -> Finished:
    """Note the outcome, with a comment if there is one, and move the card where the outcome leads.

    In the queue nobody is asked when to try again: of who did not answer, the reminder that had come due moves to tomorrow.

    The same outcome twice is one effect. A card that somebody moved at this very moment, or whose campaign has just closed,
    stays where it is. Raises Refusal (409) when another outcome has been noted.
    """
    first = not attempt.outcome
    attempt = leads.give_outcome(attempt, by=by, outcome=outcome)
    if text.strip():
        leads.comment_on(attempt.lead, by=by, text=text, once=once)
    if first and in_queue and outcome == Outcome.NO_ANSWER:
        calling.move_to_tomorrow(attempt.lead, by=by)
    moved = None
    if first and (card := standing_card(attempt.lead)):
        stages = {stage.standard: stage for stage in card.board.stages.all()}
        if to := _goes_to(Outcome(outcome), card, stages):
            with suppress(StaleCard, CampaignClosed, NotReady):
                moved = move_card(card, to=to, version=card.version, by=by)
    return Finished(attempt, moved)


def _goes_to(outcome: Outcome, card: Card | None, stages: dict[str, Stage]) -> Stage | None:
    """Where the outcome takes the card; None when it stays. Interest moves forward only, a refusal leaves what was won."""
    to = stages.get(LEADS_TO.get(outcome, ""))
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
