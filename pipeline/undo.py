"""A rep's import taken back, within a day: who it created vanishes, who it changed is as before.

Whom the rep has done anything about since is left alone and listed. Everything is decided on locked rows in one transaction: a
second tap has no second effect, and of an edit at the same moment either the edit is seen or the person is gone.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import connection, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cotano.jobs.models import Job
from cotano.jobs.races import retry_lost_races
from cotano.jobs.refusals import Refusal
from leads import suppression
from leads.models import Lead
from pipeline.actions import hold_boards
from pipeline.models import Card, Imported
from pipeline.own_leads import FIELDS
from pipeline.traits import TYPES
from teams.models import User

OFFERED = dt.timedelta(days=1)
SHOWN = 50  # people who stay, on the page
BATCH = 1000
REASONS: dict[str, Promise] = {
    "edited": gettext_lazy("Changed since"),
    "comment": gettext_lazy("There is a comment since"),
    "attempt": gettext_lazy("Called or written to since"),
    "reminder": gettext_lazy("There is a reminder since"),
    "purchase": gettext_lazy("There is a purchase since"),
    "cadence": gettext_lazy("In a series of follow-ups since"),
    "moved": gettext_lazy("The card was moved or put on a board since"),
    "company": gettext_lazy("The company has this person on its list"),
    "clash": gettext_lazy("Somebody else has the old phone or e-mail now"),
}
# What the import did to whom, and why it cannot be taken back ("" where it can); %(job)s. Oldest reason first.
_TOUCHED = """
    SELECT t.*, CASE
      WHEN t.updated_at <> t.stamp OR t.do_not_contact_at > t.since THEN 'edited'
      WHEN t.is_new AND (EXISTS (SELECT FROM leads_importantdate x WHERE x.lead_id = t.id)
        OR EXISTS (SELECT FROM leads_check x WHERE x.lead_id = t.id)
        OR EXISTS (SELECT FROM leads_attachment x WHERE x.lead_id = t.id)) THEN 'edited'
      WHEN EXISTS (SELECT FROM leads_comment x WHERE x.lead_id = t.id AND x.at >= t.since) THEN 'comment'
      WHEN EXISTS (SELECT FROM leads_attempt x WHERE x.lead_id = t.id AND greatest(x.at, x.outcome_at) >= t.since) THEN 'attempt'
      WHEN EXISTS (SELECT FROM leads_reminder x WHERE x.lead_id = t.id AND greatest(x.created_at, x.ended_at) >= t.since) THEN 'reminder'
      WHEN EXISTS (SELECT FROM leads_purchase x WHERE x.lead_id = t.id
                   AND greatest(x.wanted_at, x.ordered_at, x.delivery_noted_at, x.paid_at) >= t.since) THEN 'purchase'
      WHEN EXISTS (SELECT FROM leads_enrolment x WHERE x.lead_id = t.id AND x.created_at >= t.since) THEN 'cadence'
      WHEN EXISTS (SELECT FROM pipeline_card c WHERE c.lead_id = t.id AND (
          c.created_at >= t.since AND c.came_from_id IS NULL AND c.id IS DISTINCT FROM t.card_id AND t.is_new
          OR EXISTS (SELECT FROM pipeline_move m WHERE m.card_id = c.id AND m.at >= t.since))) THEN 'moved'
      WHEN t.is_new AND (t.person_code <> '' OR EXISTS (SELECT FROM pipeline_workitem w WHERE w.lead_id = t.id)) THEN 'company'
      WHEN t.before IS NOT NULL AND EXISTS (
          SELECT FROM leads_lead o WHERE o.owner_id = t.owner_id AND o.id <> t.id AND o.dedupe = CASE
            WHEN t.before ->> 'phone' <> '' THEN 'p:' || (t.before ->> 'phone')
            WHEN t.before ->> 'email' <> '' THEN 'e:' || (t.before ->> 'email') END
            AND (o.job_id IS DISTINCT FROM %(job)s OR o.source <> 'import')) THEN 'clash'
      ELSE '' END AS why
    FROM (
      SELECT l.*, i.before, i.card_id, coalesce(i.line, 0) AS line, l.job_id = %(job)s AND l.source = 'import' AS is_new,
        coalesce(i.written_at, l.created_at) AS since, coalesce(i.written_at, l.created_at) AS stamp
      FROM leads_lead l LEFT JOIN pipeline_imported i ON i.job_id = %(job)s AND i.lead_id = l.id
      WHERE l.job_id = %(job)s
      UNION ALL
      SELECT l.*, i.before, i.card_id, i.line, false, i.written_at, CASE WHEN i.before IS NULL THEN l.updated_at ELSE i.written_at END
      FROM pipeline_imported i JOIN leads_lead l ON l.id = i.lead_id
      WHERE i.job_id = %(job)s AND l.job_id IS DISTINCT FROM %(job)s
    ) t"""


@dataclass(frozen=True)
class Kept:
    """Somebody an undo leaves alone."""

    lead: int
    name: str
    reason: str


@dataclass(frozen=True)
class Outlook:
    """What an undo would do, or has done."""

    removes: int
    restores: int
    keeps: int
    kept: list[Kept]  # the first ones


def is_offered(job: Job) -> bool:
    """Whether the import can be taken back now."""
    ended = job.finished_at and job.finished_at > timezone.now() - OFFERED
    return bool(
        ended and job.kind == "leads" and not job.undone_at and any(job.counts.get(word) for word in ("created", "updated", "on_board"))
    )


def outlook(job: Job) -> Outlook:
    """What an undo of the job would do now, or did."""
    if job.undone_at:
        rows = Imported.objects.filter(job=job).exclude(kept="").order_by("line", "pk").values_list("lead", "lead__name", "kept")[:SHOWN]
        kept = [Kept(pk, name, str(REASONS[why])) for pk, name, why in rows]
        return Outlook(job.counts["undone"], job.counts["restored"], job.counts["kept"], kept)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH t AS MATERIALIZED ({_TOUCHED})
                SELECT count(*) FILTER (WHERE is_new AND why = ''), count(*) FILTER (WHERE before IS NOT NULL AND why = ''),
                  count(*) FILTER (WHERE why <> '' AND (is_new OR before IS NOT NULL)),
                  (SELECT array_agg(array[id::text, name, why]) FROM (
                     SELECT * FROM t WHERE why <> '' AND (is_new OR before IS NOT NULL) ORDER BY line, id LIMIT {SHOWN}) x)
                FROM t""",  # noqa: S608  own words
            {"job": job.pk},
        )
        removes, restores, keeps, first = cursor.fetchone()
    return Outlook(removes, restores, keeps, [Kept(int(pk), name, str(REASONS[why])) for pk, name, why in first or ()])


@retry_lost_races
@transaction.atomic
def undo_import(job: Job, *, by: User) -> Job:
    """Take a rep's own import back; the same again changes nothing. Raises Refusal (409) when it is too late."""
    held = Job.objects.visible_to(by).select_for_update(of=("self",), no_key=True).filter(pk=job.pk, owner=by).first()
    if held is None or held.undone_at:
        return held or job
    if held.state in Job.OPEN:
        raise Refusal(_("This file is still being loaded. It can be undone when it is done."), status=409)
    if not is_offered(held):
        raise Refusal(_("An import can be undone for a day. This one stays as it is; people can be changed one by one."), status=409)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id FROM leads_lead WHERE job_id = %(job)s OR id IN (SELECT lead_id FROM pipeline_imported WHERE job_id = %(job)s)
               ORDER BY id FOR UPDATE""",
            {"job": held.pk},
        )
        hold_boards(Card.objects.filter(Q(lead__job=held) | Q(lead__in=Imported.objects.filter(job=held).values("lead"))))
        # Its own statement: it sees what those have written who held the locks.
        cursor.execute("DROP TABLE IF EXISTS pg_temp.undo_touched")
        cursor.execute(f"CREATE TEMPORARY TABLE undo_touched ON COMMIT DROP AS {_TOUCHED}", {"job": held.pk})
        restored = _restore(cursor)
        cursor.execute("SELECT card_id FROM undo_touched WHERE card_id IS NOT NULL AND (why = '' OR why = 'clash') AND NOT is_new")
        _delete(Card.objects.all(), [pk for (pk,) in cursor.fetchall()])
        cursor.execute("SELECT id FROM undo_touched WHERE is_new AND why = ''")
        gone = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(
            """INSERT INTO pipeline_imported (job_id, lead_id, line, written_at, stage, kept)
               SELECT %(job)s, id, line, since, '', why FROM undo_touched WHERE why <> '' AND (is_new OR before IS NOT NULL)
               ON CONFLICT (job_id, lead_id) DO UPDATE SET kept = excluded.kept""",
            {"job": held.pk},
        )
        kept = cursor.rowcount
        cursor.execute("SELECT id FROM undo_touched WHERE before IS NOT NULL AND why = ''")
        suppression.mark(pk for (pk,) in cursor.fetchall())
    _delete(Lead.objects.all(), gone)
    held.undone_at = timezone.now()
    held.counts = {**held.counts, "undone": len(gone), "restored": restored, "kept": kept}
    held.save(update_fields=["undone_at", "counts"])
    return held


def forget() -> int:
    """Forget what no undo will need any more; returns the number of rows. Who stayed after an undo is listed for as long as the rest."""
    over = timezone.now() - OFFERED
    return Imported.objects.filter(job__finished_at__lt=over).delete()[0]


def said(job: Job) -> str:
    """What an undo has done, in a sentence."""
    counts = job.counts
    parts = [ngettext("%(n)d person removed", "%(n)d people removed", counts["undone"]) % {"n": counts["undone"]}]
    if n := counts["restored"]:
        parts.append(ngettext("%(n)d as before", "%(n)d as before", n) % {"n": n})
    if n := counts["kept"]:
        parts.append(ngettext("%(n)d kept", "%(n)d kept", n) % {"n": n})
    return ", ".join(parts)


def _restore(cursor: object) -> int:
    """Give changed leads their old values back."""
    types = {"other_phones": "text[]", "other_emails": "text[]", "tags": "text[]", "birthday": "date", "updated_at": "timestamptz"}
    names = (*FIELDS, "updated_at")
    columns = ", ".join(f"{name} {(types | TYPES).get(name, 'text')}" for name in (*names, *TYPES))
    values = [f"{name} = b.{name}" for name in names]
    values += [f"{name} = CASE WHEN jsonb_exists(t.before, '{name}') THEN b.{name} ELSE l.{name} END" for name in TYPES]
    cursor.execute(
        f"""UPDATE leads_lead l SET {", ".join(values)}
            FROM undo_touched t, jsonb_to_record(t.before) AS b({columns})
            WHERE l.id = t.id AND t.before IS NOT NULL AND t.why = ''"""  # noqa: S608  own words
    )
    return cursor.rowcount


def _delete(rows: models.QuerySet, pks: list[int]) -> None:
    """With all that hangs on them."""
    for start in range(0, len(pks), BATCH):
        rows.filter(pk__in=pks[start : start + BATCH]).delete()
