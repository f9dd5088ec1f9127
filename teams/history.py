"""Changes of sponsor by a person: at once, or planned for a campaign. The live tree is the tree of today; every change is a row.

What the company's roster changes is written in teams/actions.py, as rows of the same tables.
"""

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cotano.jobs.races import retry_lost_races
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from teams import rights, tree
from teams.models import Rep, SponsorChange, User
from teams.places import places

CHANGE = "teams.change_sponsor"  # the permission
WHY = SponsorChange._meta.get_field("why").max_length
NUMBERED = tuple[int, int]  # year and number of a campaign of the rep's calendar


@retry_lost_races
@transaction.atomic
def change_sponsor(rep: Rep, to: Rep | None, *, by: User, why: str, campaign: NUMBERED | None = None) -> SponsorChange:
    """Put the rep with all below under the sponsor `to` (None: under nobody, as a root), now.

    `campaign` is the running one, for the record; whoever knows campaigns asks campaigns.sponsoring, which plans what is to come.
    Raises Refusal, with the tree untouched.
    """
    rep, to, reason = _checked(rep, to, by=by, why=why)
    row = SponsorChange(
        rep=rep,
        was=rep.sponsor,
        to=to,
        calendar=rep.calendar,
        state=SponsorChange.State.APPLIED,
        cause=SponsorChange.Cause.PERSON,
        why=reason,
        by=by,
        settled_at=timezone.now(),
    )
    row.year, row.number = campaign or (None, None)
    _move(rep, to)
    row.save(force_insert=True)
    return row


@retry_lost_races
@transaction.atomic
def plan_change(rep: Rep, to: Rep | None, *, by: User, why: str, campaign: NUMBERED) -> SponsorChange:
    """Let the rep have the sponsor `to` when this campaign of the rep's calendar starts; it takes the place of an earlier plan for it.

    The same plan twice is one. Raises Refusal for what could not be done today either.
    """
    rep, to, reason = _checked(rep, to, by=by, why=why)
    year, number = campaign
    now = timezone.now()
    waiting = SponsorChange.objects.filter(rep=rep, calendar=rep.calendar, year=year, number=number, state=SponsorChange.State.PLANNED)
    if earlier := waiting.first():
        same_sponsor = earlier.to_id == (to and to.pk)
        if same_sponsor and earlier.why == reason:
            return earlier
        end = _("Planned again, for another reason.") if same_sponsor else _("Another sponsor was planned instead.")
        waiting.update(state=SponsorChange.State.WITHDRAWN, settled_at=now, settled_by=by, end=end)
    row = SponsorChange(
        rep=rep,
        was=rep.sponsor,
        to=to,
        calendar=rep.calendar,
        year=year,
        number=number,
        state=SponsorChange.State.PLANNED,
        cause=SponsorChange.Cause.PERSON,
        why=reason,
        by=by,
        at=now,
    )
    row.save(force_insert=True)
    return row


@transaction.atomic
def withdraw_change(change: SponsorChange, *, by: User, why: str) -> None:
    """Take a planned change back. Raises Refusal when it no longer waits."""
    _refuse_strangers(change.rep, by)
    end = clean_why(why)
    waiting = SponsorChange.objects.filter(pk=change.pk, state=SponsorChange.State.PLANNED)
    if not waiting.update(state=SponsorChange.State.WITHDRAWN, settled_at=timezone.now(), settled_by=by, end=end):
        raise Refusal(_("This change does not wait for its campaign any more."), status=409)


def planned_campaigns() -> list[tuple[str, int, int]]:
    """The campaigns that planned changes wait for: (calendar, year, number), each once."""
    waiting = SponsorChange.objects.filter(state=SponsorChange.State.PLANNED)
    return list(waiting.order_by("calendar", "year", "number").values_list("calendar", "year", "number").distinct())


def apply_planned(calendar: str, year: int, number: int) -> int:
    """Apply what was planned for a campaign that has started; returns how many changes this call applied.

    Each is a transaction of its own, done once whoever else does the same. One that has become impossible is withdrawn and says why.
    """
    waiting = SponsorChange.objects.filter(calendar=calendar, year=year, number=number, state=SponsorChange.State.PLANNED)
    return sum(_apply(pk) for pk in waiting.order_by("pk").values_list("pk", flat=True))


@retry_lost_races
@transaction.atomic
def _apply(pk: int) -> int:
    tree.lock(Rep)
    waiting = SponsorChange.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk, state=SponsorChange.State.PLANNED)
    change = waiting.select_related("rep__sponsor", "to", "by").first()
    if change is None:
        return 0
    settled = {"settled_at": timezone.now(), "state": SponsorChange.State.APPLIED, "was": change.rep.sponsor}
    with translation.override(change.by.language):
        refusal = refused(change.rep, change.to)
    if refusal:
        settled = {"settled_at": timezone.now(), "state": SponsorChange.State.WITHDRAWN, "end": refusal[:WHY]}
    else:
        _move(change.rep, change.to)
    SponsorChange.objects.filter(pk=pk).update(**settled)
    return 0 if refusal else 1


def refused(rep: Rep, to: Rep | None) -> str:
    """Why the rep cannot stand under `to`, as a sentence; "" when nothing is against it."""
    if rep.status != Rep.Status.ACTIVE:
        return _("%(rep)s has been removed by the company.") % {"rep": rep}
    if rep.sponsor_id == (to and to.pk):
        return _("%(rep)s stands there already.") % {"rep": rep}
    return _refused_sponsor(rep, to) if to else ""


def _refused_sponsor(rep: Rep, to: Rep) -> str:
    if to.pk == rep.pk:
        return _("A rep cannot be their own sponsor.")
    if to.status != Rep.Status.ACTIVE:
        return _("%(sponsor)s has been removed by the company and cannot be a sponsor.") % {"sponsor": to}
    if rights.in_downline(rep.pk, to.pk):
        return _("%(sponsor)s stands below %(rep)s.") % {"sponsor": to, "rep": rep}
    if settings.SPONSOR_WITHIN_MARKET:
        markets = {place.pk: place.market for place in places().values()}
        if markets[rep.territory_id] != markets[to.territory_id]:
            return _("%(sponsor)s is in another market.") % {"sponsor": to}
    return ""


def clean_why(typed: str) -> str:
    """A reason in one line. Raises Refusal without one, or when it is too long to be kept."""
    reason = text.one_line(typed)
    if not reason:
        raise Refusal(_("Say why."))
    if len(reason) > WHY:
        raise Refusal(_("The reason is longer than %(most)d characters.") % {"most": WHY})
    return reason


def _checked(rep: Rep, to: Rep | None, *, by: User, why: str) -> tuple[Rep, Rep | None, str]:
    """Both as they stand now, held against other writers, and the reason in one line. Raises Refusal."""
    _refuse_strangers(rep, by)
    if to is not None:
        _refuse_strangers(to, by)
    reason = clean_why(why)
    tree.lock(Rep)
    now = Rep.objects.select_related("sponsor", "territory").in_bulk([one.pk for one in (rep, to) if one])
    rep, to = now[rep.pk], to and now[to.pk]
    if sentence := refused(rep, to):
        raise Refusal(sentence)
    return rep, to, reason


def _refuse_strangers(rep: Rep, by: User) -> None:
    """Only who is in charge of the rep and may change sponsors."""
    if not by.is_active or not by.has_perm(CHANGE) or not Rep.objects.managed_by(by).filter(pk=rep.pk).exists():
        raise Refusal(_("You are not in charge of %(rep)s.") % {"rep": rep})


def _move(rep: Rep, to: Rep | None) -> None:
    tree.move(Rep, rep.pk, to and to.pk)
