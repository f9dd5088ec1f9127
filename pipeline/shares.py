"""Letting a helper see one's boards: somebody of the upline, or a mentor named by rep code or phone.

A mentor's name, and whether there is such a rep at all, the owner learns when the mentor opens the board, not from us: what is
answered to a code or a phone is the same for everybody else's, nobody's and a wrong one.
"""

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from cotano.jobs import audit
from cotano.jobs.models import Audit
from cotano.jobs.refusals import Refusal
from cotano.lib import phones, text
from leads import actions as leads
from leads.models import Comment, Lead
from notifications import actions as notifications
from notifications.models import Notification
from pipeline.actions import CampaignClosed, NotYours
from pipeline.models import Board, Share
from teams import rights, tree
from teams.models import Rep, User

MOST = 20  # helpers at a time
TYPED_LONGEST = 30


@transaction.atomic
def share_board(board: Board, *, with_: User, may_comment: bool, by: User) -> Share:
    """Let another rep see the owner's boards from this one on; once more changes only whether they may comment.

    Raises NotYours, CampaignClosed, and Refusal for oneself, for the own downline and for somebody who is no rep.
    """
    owner = _lock(board, by)
    helper = with_.own_rep
    if helper is None:
        raise Refusal(_("A board can be shared with another rep only."))
    if helper.pk == owner.pk:
        raise Refusal(_("These are your own boards."))
    if rights.in_downline(owner.pk, helper.pk):
        raise Refusal(_("A board can be shared with your upline or a mentor, not with your own downline."))
    return _share(board, owner, helper, "" if rights.in_downline(helper.pk, owner.pk) else helper.code, may_comment=may_comment)


@transaction.atomic
def share_with_mentor(board: Board, *, typed: str, may_comment: bool, by: User) -> Share:
    """The same with the rep who has this code or phone, if there is one: the share looks alike whether there is or not.

    One's own downline is refused by code, which one knows; by phone it is as if nobody had it. Raises as `share_board`.
    """
    owner = _lock(board, by)
    named = text.one_line(typed)[:TYPED_LONGEST]
    if not named:
        raise Refusal(_("Enter a rep code or a phone."))
    helper = Rep.objects.on_file().filter(code=named).first()
    if helper is None:
        helper = _by_phone(named, owner)
    elif helper.pk != owner.pk and rights.in_downline(owner.pk, helper.pk):
        raise Refusal(_("A board can be shared with your upline or a mentor, not with your own downline."))
    if helper is not None and helper.pk == owner.pk:
        raise Refusal(_("These are your own boards."))
    return _share(board, owner, helper, named, may_comment=may_comment)


@transaction.atomic
def revoke_share(share: Share, *, by: User) -> Share:
    """The helper sees nothing more from the next request on. Twice is fine. Raises NotYours."""
    share = _lock_share(share, by)
    if share.revoked_at is None:
        share.revoked_at = timezone.now()
        share.save(update_fields=["revoked_at"])
        audit.record(by=by, whose=by.pk, what=Audit.What.SHARE_REVOKED, subject=f"share:{share.pk}")
        notifications.withdraw(key=f"share:{share.pk}")
    return share


@transaction.atomic
def restore_share(share: Share, *, by: User) -> Share:
    """Take a revocation back. Raises NotYours, and Refusal when the helper has got another share meanwhile or there are too many."""
    share = _lock_share(share, by)
    if share.revoked_at is not None:
        holding = Share.objects.holding().filter(owner=share.owner)
        if holding.filter(helper=share.helper, typed=share.typed).exists():
            return share
        _count(holding.count())
        share.revoked_at = None
        share.save(update_fields=["revoked_at"])
        audit.record(by=by, whose=by.pk, what=Audit.What.BOARD_SHARED, subject=f"share:{share.pk}")
        _tell(share)
    return share


@transaction.atomic
def comment_on_shared(lead: Lead, *, by: User, text: str, once: str = "") -> Comment:
    """A helper writes a comment on a lead of a shared board. Raises Refusal (409) when that may no longer be, and for an empty one."""
    shares = Share.objects.held_by(by).filter(owner=lead.owner_id, may_comment=True)
    share = shares.select_for_update(of=("self",), no_key=True).select_related("helper__user").first()
    if share is None:
        raise Refusal(_("This board is no longer shared with you."), status=409)
    comment = leads.comment_as_helper(lead, helper=share.helper, text=text, once=once)
    audit.record(by=by, whose=lead.owner.user_id, what=Audit.What.COMMENTED, subject=f"lead:{lead.pk}")
    return comment


def _lock(board: Board, by: User) -> Rep:
    """The board's owner, held until the transaction ends: shares of one rep come one after the other."""
    fresh = Board.objects.owned_by(by).select_related("campaign").filter(pk=board.pk).first()
    if fresh is None:
        raise NotYours
    if not fresh.is_open:
        raise CampaignClosed
    return Rep.objects.select_related("territory").select_for_update(of=("self",), no_key=True).get(pk=fresh.rep_id)


def _lock_share(share: Share, by: User) -> Share:
    mine = Share.objects.given_by(by).filter(pk=share.pk).first()
    if mine is None:
        raise NotYours
    Rep.objects.select_for_update(of=("self",), no_key=True).get(pk=mine.owner_id)
    return Share.objects.get(pk=mine.pk)


def _share(board: Board, owner: Rep, helper: Rep | None, typed: str, *, may_comment: bool) -> Share:
    holding = Share.objects.holding().filter(owner=owner)
    same = holding.filter(typed=typed, **({} if typed else {"helper": helper})).first()
    if same is not None:
        if same.may_comment != may_comment:
            same.may_comment = may_comment
            same.save(update_fields=["may_comment"])
        return same
    _count(holding.count())
    share = Share.objects.create(owner=owner, helper=helper, typed=typed, may_comment=may_comment, created_at=timezone.now())
    audit.record(by=owner.user, whose=owner.user_id, what=Audit.What.BOARD_SHARED, subject=f"share:{share.pk}")
    _tell(share)
    return share


def _tell(share: Share) -> None:
    """The helper learns of it, in the own language, while it holds."""
    helper = share.helper.user if share.helper else None
    if helper is None or not helper.is_active:
        return
    with translation.override(helper.language):
        notifications.schedule(
            key=f"share:{share.pk}",
            subject=f"share:{share.pk}",
            recipient=helper,
            kind=Notification.Kind.NOTICE,
            title=_("%(name)s lets you see the boards") % {"name": share.owner.user.name},
            text=_("You may read and comment.") if share.may_comment else _("You may read them."),
            url=reverse("pipeline:boards"),
            due_at=timezone.now(),
        )


def _count(holding: int) -> None:
    if holding >= MOST:
        raise Refusal(_("Your boards are shared with %(most)d people already. Revoke one first.") % {"most": MOST})


def _by_phone(typed: str, owner: Rep) -> Rep | None:
    """The one rep on file with this phone; nobody when several have it, or when it is somebody of the own downline."""
    try:
        phone = phones.e164(typed, owner.territory.region)
    except phones.BadPhone:
        return None
    found = list(Rep.objects.on_file().filter(Q(phone=phone) | Q(user__phone=phone))[:2])
    if len(found) != 1:
        return None
    helper = found[0]
    return None if owner.pk in tree.chain(helper) else helper
