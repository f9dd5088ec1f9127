"""A lead removed with all that hangs on it, or one thing beside it, and brought back as it was within a day.

What is deleted is what Django's own cascade finds, table by table, so a table that is made later comes back as well. Files are
deleted when the day is over.
"""

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, IntegrityError, models, transaction
from django.db.models.deletion import Collector
from django.utils import timezone
from django.utils.translation import gettext as _

from cotano.jobs import receipts
from cotano.jobs.races import retry_lost_races
from cotano.jobs.refusals import Refusal
from leads import reminders, suppression
from leads.attachments import forget_files
from leads.holding import hold
from leads.models import ATTACHMENTS, CHECKS, DATES, Attachment, Check, ImportantDate, Lead
from notifications import actions as notifications
from pipeline import rows
from pipeline.models import Selection
from teams import activity
from teams.models import ActivityCount, User

_MOST = {Check: CHECKS, ImportantDate: DATES, Attachment: ATTACHMENTS}  # of one lead
WORD_LONGEST = Selection._meta.get_field("word").max_length


@retry_lost_races
@transaction.atomic
def remove_lead(lead: Lead, *, by: User, once: str = "") -> Selection:
    """Delete the lead and all about it. The same form (`once`) again returns what the first one did. Raises Refusal."""
    if first := receipts.first(by, once, Selection.objects.visible_to(by)):
        return first
    lead = hold(lead, by)
    waiting = list(lead.reminders.open().values_list("pk", flat=True))
    reminders.withdraw_reminders(lead)
    notifications.mark_read(by, subject=f"lead:{lead.pk}")
    kept = [[model._meta.label, rows.read(model, pks)] for model, pks in _hanging(lead)]
    made = Selection.objects.create(
        owner=lead.owner,
        by=by,
        what=Selection.What.REMOVE,
        word=lead.name,
        did={"leads": [lead.pk], "rows": kept, "reminders": waiting},
        at=timezone.now(),
    )
    receipts.note(by, once, str(made.pk))
    activity.count(lead.owner, ActivityCount.Kind.LEAD)
    Lead.objects.filter(pk=lead.pk).delete()
    return made


def bring_back(removal: Selection) -> None:
    """Everything as it was. The caller holds the removal. Raises Refusal (409) when the phone is somebody else's by now."""
    try:
        with transaction.atomic():
            for label, kept in removal.did["rows"]:
                rows.insert(apps.get_model(label), kept)
            Lead.objects.filter(pk__in=removal.did["leads"]).update(updated_at=timezone.now())
    except IntegrityError:
        raise Refusal(_("This cannot be undone any more: you have somebody with this phone or e-mail again."), status=409) from None
    suppression.mark(removal.did["leads"])
    may_be_told = Lead.objects.filter(pk__in=removal.did["leads"], refusal=None, do_not_contact_at=None)
    if may_be_told.exists():
        reminders.revive_reminders(removal.did["reminders"])


@retry_lost_races
@transaction.atomic
def remove_aside(thing: Check | ImportantDate | Attachment, *, by: User) -> Selection | None:
    """Delete one thing beside a lead, an attachment without its file; None when it is gone already. Raises Refusal."""
    lead = hold(thing.lead, by)
    model = type(thing)
    kept = rows.read(model, model.objects.filter(pk=thing.pk, lead=lead).values_list("pk", flat=True))
    if not kept:
        return None
    activity.count(lead.owner, ActivityCount.Kind.LEAD)
    model.objects.filter(pk=thing.pk).delete()
    word = (thing.text if isinstance(thing, Check) else thing.name)[:WORD_LONGEST]
    did = {"leads": [lead.pk], "rows": [[model._meta.label, kept]]}
    return Selection.objects.create(owner=lead.owner, by=by, what=Selection.What.ASIDE, word=word, did=did, at=timezone.now())


def bring_back_aside(removal: Selection, *, by: User) -> None:
    """The thing as it was. The caller holds the removal. Raises Refusal (409) when the lead is gone or full by now."""
    lead = hold(Lead(pk=removal.did["leads"][0]), by)
    [[label, kept]] = removal.did["rows"]
    model = apps.get_model(label)
    if model.objects.filter(lead=lead).count() >= _MOST[model]:
        raise Refusal(_("This cannot be undone any more: there are as many as there may be."), status=409)
    rows.insert(model, kept)


def forget(removals: models.QuerySet[Selection]) -> None:
    """Delete the files of what will not come back."""
    removed = (Selection.What.REMOVE, Selection.What.ASIDE)
    for kept in removals.filter(what__in=removed, undone_at=None).values_list("did__rows", flat=True):
        forget_files(row["file"] for label, found in kept if label == Attachment._meta.label for row in found)


def _hanging(lead: Lead) -> list[tuple[type[models.Model], list[int]]]:
    """The lead and all rows that go with it, by table; what others name comes before them."""
    collector = Collector(using=DEFAULT_DB_ALIAS, origin=lead)
    collector.collect([lead])
    collector.sort()
    found: dict[type[models.Model], set[int]] = {model: {one.pk for one in found} for model, found in collector.data.items()}
    whole = list(reversed(found))
    for fast in collector.fast_deletes:
        found.setdefault(fast.model, set()).update(fast.values_list("pk", flat=True))
    order = [*whole, *(model for model in found if model not in whole)]
    return [(model, sorted(found[model])) for model in order if found[model]]
