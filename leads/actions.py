"""What a rep does about a person: writes a comment, calls, notes how it went, lets the person be. Reminders: leads.reminders.

Every act locks the lead first, so two taps on one lead come one after the other.
"""

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cotano.jobs import receipts
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from leads import clocks
from leads.holding import hold, refuse_contact
from leads.models import Attempt, Comment, Enrolment, Lead
from leads.reminders import retell_reminders, settle_reminders, withdraw_reminders
from notifications import actions as notifications
from teams import activity
from teams.models import ActivityCount, Rep, User

SAME_TAP = dt.timedelta(minutes=1)  # a second tap on the same button, before the first has an outcome
COMMENT_LONGEST = 2000


@transaction.atomic
def comment_on(lead: Lead, *, by: User, text: str, spoke: bool = False, once: str = "") -> Comment:
    """Write a comment on the lead; `spoke` says that the two spoke, which is a contact.

    The same form (`once`) sent again returns the first one. A reminder that waits tells the newest comment.
    Raises Refusal for an empty one.
    """
    lead = hold(lead, by)
    return _write_comment(lead, lead.owner, text, once, spoke=spoke)


@transaction.atomic
def comment_as_helper(lead: Lead, *, helper: Rep, text: str, once: str = "") -> Comment:
    """The same by another rep, whom the owner has asked to help; that this is so, the caller has checked and holds."""
    lead = Lead.objects.select_related("owner__user").select_for_update(of=("self",), no_key=True).get(pk=lead.pk)
    return _write_comment(lead, helper, text, once)


def _write_comment(lead: Lead, author: Rep, text: str, once: str, *, spoke: bool = False) -> Comment:
    if first := receipts.first(author.user, once, lead.comments.all()):
        return first
    comment = Comment.objects.create(lead=lead, by=author.user, text=_clean(text), spoke=spoke, at=timezone.now())
    receipts.note(author.user, once, str(comment.pk))
    if spoke:
        note_contact(lead, comment.at)
    retell_reminders(lead)
    activity.count(author, ActivityCount.Kind.COMMENT)
    return comment


def _clean(typed: str) -> str:
    said = text.many_lines(typed)[:COMMENT_LONGEST]
    if not said:
        raise Refusal(_("Write something first."))
    return said


@transaction.atomic
def log_attempt(lead: Lead, *, by: User, channel: str, template: str = "", once: str = "") -> Attempt:
    """Log a tap on call or message (`template`: the name of the text), or a visit, which is a contact by itself.

    The same form (`once`) sent again, or a second tap within a minute, is the same attempt.
    Raises Refusal (409) for somebody the rep does not contact.
    """
    lead = hold(lead, by)
    if first := receipts.first(by, once, lead.attempts.all()):
        return first
    refuse_contact(lead)
    now = timezone.now()
    attempt = lead.attempts.filter(by=by, channel=channel, template=template, outcome="", at__gt=now - SAME_TAP).order_by("-at").first()
    if attempt is None:
        attempt = Attempt.objects.create(lead=lead, by=by, channel=channel, template=template, at=now)
        activity.count(lead.owner, ActivityCount.Kind.CALL)
        if channel == Attempt.Channel.VISIT:
            note_contact(lead, now)
    receipts.note(by, once, str(attempt.pk))
    return attempt


@transaction.atomic
def give_outcome(attempt: Attempt, *, by: User, outcome: str) -> Attempt:
    """Note what an attempt led to, once; the same outcome given again changes nothing.

    Every outcome but "no answer" is a contact: the lead's clock restarts, and a reminder that had come due is done.
    "Not interested" also withdraws one that lies ahead. It is no action of its own: the attempt was counted.
    Raises Refusal (409) when the attempt has another outcome already.
    """
    lead = hold(attempt.lead, by)
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk, lead=lead)
    attempt.lead = lead
    if attempt.outcome == outcome:
        return attempt
    if attempt.outcome:
        raise Refusal(_("How it went has been noted already: %(outcome)s.") % {"outcome": attempt.get_outcome_display()}, status=409)
    attempt.outcome, attempt.outcome_at = outcome, timezone.now()
    attempt.save(update_fields=["outcome", "outcome_at"])
    if outcome != Attempt.Outcome.NO_ANSWER:
        note_contact(lead, attempt.at, withdraw=outcome == Attempt.Outcome.NOT_INTERESTED)
    if outcome == Attempt.Outcome.NOT_INTERESTED:
        clocks.leave([lead.pk], Enrolment.Ended.NOT_INTERESTED)
    elif outcome == Attempt.Outcome.ORDERED:
        clocks.leave([lead.pk], Enrolment.Ended.ORDERED, by_hand_only=True)
    return attempt


def note_contact(lead: Lead, at: dt.datetime, *, withdraw: bool = False) -> None:
    """The person was reached at this moment: the lead's clock restarts, and a reminder that had come due is done.

    `withdraw`: one that lies ahead is withdrawn. The caller holds the lead.
    """
    lead.contacted_at = max(lead.contacted_at or at, at)
    lead.save(update_fields=["contacted_at"])
    clocks.restart([lead.pk], clocks.day_for(lead.owner, at))
    settle_reminders(lead, withdraw=withdraw)


@transaction.atomic
def stop_contact(lead: Lead, *, by: User) -> Lead:
    """The rep lets the person be: no buttons, no reminders, also after the person comes in a file again. Twice is fine."""
    lead = hold(lead, by)
    if lead.do_not_contact_at is None:
        withdraw_reminders(lead)
        clocks.leave([lead.pk], Enrolment.Ended.DO_NOT_CONTACT)
        notifications.mark_read(by, subject=f"lead:{lead.pk}")
        _write_contact(lead, timezone.now())
    return lead


@transaction.atomic
def allow_contact(lead: Lead, *, by: User) -> Lead:
    """The rep may call and write to the person again; reminders are set anew. Twice is fine."""
    lead = hold(lead, by)
    if lead.do_not_contact_at is not None:
        _write_contact(lead, None)
    return lead


def _write_contact(lead: Lead, since: dt.datetime | None) -> None:
    lead.do_not_contact_at = since
    lead.save(update_fields=["do_not_contact_at"])
    activity.count(lead.owner, ActivityCount.Kind.LEAD)
