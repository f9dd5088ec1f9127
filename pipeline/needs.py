"""What a stage asks of a person before their card may enter, and what of it is missing."""

from leads.models import Check, Lead, Reminder
from pipeline.models import Stage

Need = Stage.Need
IN_FORM = frozenset({Need.PHONE, Need.EMAIL, Need.BIRTHDAY, Need.KIND, Need.TAG, Need.NOTE})  # filled in on the page that edits a person


def missing(lead: Lead, stage: Stage) -> list[Need]:
    """What the stage asks for and the person lacks, in the order of `Need`. No query without the conditions that need one."""
    return [need for need in Need if need in stage.needs and not _is_met(lead, need)]


def _is_met(lead: Lead, need: Need) -> bool:
    match need:
        case Need.KIND:
            return lead.kind != Lead.Kind.PROSPECT
        case Need.TAG:
            return bool(lead.tags)
        case Need.CONTACT:
            return lead.contacted_at is not None
        case Need.REMINDER:
            return Reminder.objects.filter(lead=lead, state=Reminder.State.OPEN).exists()
        case Need.CHECKLIST:
            ticked = list(Check.objects.filter(lead=lead).values_list("done_at", flat=True))
            return bool(ticked) and all(ticked)
        case _:
            return bool(getattr(lead, need))
