"""Sharing one's boards: with whom, until when, and that nothing is learned about a code or a phone."""

import datetime as dt
import itertools

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cotano.jobs import audit
from cotano.jobs.models import Audit
from cotano.jobs.refusals import Refusal
from leads.models import Comment
from notifications.models import Notification
from pipeline import actions, rollover, share_sheet, shares
from pipeline.models import Board, Card, Share
from teams import activity, tree
from teams.models import ActivityCount, Rep, User
from tests import make
from tests.together import at_once


@pytest.fixture
def top(company, upline):
    """The sponsor's sponsor."""
    top = make.rep("050", company.territory, name="Top Rep")
    Rep.objects.filter(pk=upline.rep.pk).update(sponsor=top)
    with transaction.atomic():
        tree.relabel(Rep)
    return Rep.objects.get(pk=top.pk)


def share(board, with_, *, may_comment=False, by=None):
    return shares.share_board(board, with_=User.objects.get(pk=with_.pk), may_comment=may_comment, by=by or board.rep.user)


def mentor(board, typed, *, may_comment=False):
    return shares.share_with_mentor(board, typed=typed, may_comment=may_comment, by=board.rep.user)


def sees(person, board):
    user = User.objects.get(pk=getattr(person, "user", person).pk)
    seen = Board.objects.visible_to(user).filter(pk=board.pk).exists()
    assert Board.objects.shared_with(user).filter(pk=board.pk).exists() == (seen and board.rep.user_id != user.pk)
    assert Card.objects.visible_to(user).filter(board=board).exists() == (seen and board.cards.exists())
    return seen


def test_nobody_sees_a_board_that_is_not_shared(cast, board, card):
    assert [name for name, person in cast.items() if sees(person, board)] == ["rep"]


def test_a_share_lets_in_that_person_alone(cast, board, card, upline):
    made = share(board, upline.user)
    assert (made.owner, made.helper, made.typed, made.may_comment) == (board.rep, upline.rep, "", False)
    assert [name for name, person in cast.items() if sees(person, board)] == ["rep", "upline"]


def test_the_whole_chain_above_is_the_upline(board, top):
    assert share(board, top.user).typed == ""
    assert sees(top.user, board)


def test_somebody_of_another_line_is_a_mentor(board, stranger):
    assert share(board, stranger.user).typed == "900"
    assert sees(stranger, board)


def test_sharing_lets_change_nothing(board, card, upline, stages):
    share(board, upline.user, may_comment=True)
    assert not Board.objects.owned_by(upline.user).filter(pk=board.pk).exists()
    assert not Card.objects.owned_by(upline.user).exists()
    with pytest.raises(Refusal):
        actions.move_card(card, to=stages["offer"], version=card.version, by=upline.user)
    with pytest.raises(Refusal):
        share(board, upline.user, by=upline.user)


def test_twice_is_once_and_changes_only_whether_they_may_comment(board, upline):
    first = share(board, upline.user)
    again = share(board, upline.user, may_comment=True)
    assert (first.pk, again.may_comment, Share.objects.count()) == (again.pk, True, 1)
    assert [mentor(board, typed).pk for typed in ("900", " 900 ", "nobody", "nobody")][::2] == list(
        Share.objects.exclude(typed="").order_by("pk").values_list("pk", flat=True)
    )


def test_the_database_holds_one_share_for_one_helper(board, upline):
    share(board, upline.user)
    with pytest.raises(IntegrityError), transaction.atomic():
        Share.objects.create(owner=board.rep, helper=upline.rep)


def test_one_cannot_share_with_oneself(rep, board):
    Rep.objects.filter(pk=rep.rep.pk).update(phone="+380670000101")
    for act in (lambda: share(board, rep.user), lambda: mentor(board, "101"), lambda: mentor(board, "067 000 01 01")):
        with pytest.raises(Refusal, match="These are your own boards"):
            act()
    assert Share.objects.count() == 0


def test_the_own_downline_is_refused(upline, rep, company):
    boards = actions.ensure_board(upline.rep, company.campaign)
    for act in (lambda: share(boards, rep.user), lambda: mentor(boards, "101")):
        with pytest.raises(Refusal, match="not with your own downline"):
            act()
    assert Share.objects.count() == 0


def test_the_own_downline_by_phone_is_as_if_nobody_had_it(upline, rep, company):
    """Whose phone that is, the upline need not know."""
    boards = actions.ensure_board(upline.rep, company.campaign)
    Rep.objects.filter(pk=rep.rep.pk).update(phone="+380670000101")
    assert mentor(boards, "067 000 01 01").helper is None
    assert not sees(rep, boards)


@pytest.mark.parametrize("who", ["manager", "staff", "analyst"])
def test_who_is_no_rep_is_refused(who, cast, board):
    with pytest.raises(Refusal, match="with another rep only"):
        share(board, cast[who].user)
    assert not sees(cast[who], board)


def test_somebody_elses_board_is_refused(board, stranger, upline):
    for by in (stranger, upline):
        with pytest.raises(Refusal, match="not yours"):
            share(board, stranger.user, by=by.user)


def test_a_closed_board_is_refused(rep, company, upline):
    old = Board.objects.create(rep=rep.rep, campaign=company.before)
    with pytest.raises(actions.CampaignClosed):
        share(old, upline.user)


def test_a_mentor_is_found_by_code_or_by_phone_in_any_writing(board, stranger):
    User.objects.filter(pk=stranger.user.pk).update(phone="+380670000900")
    for typed in ("900", "0670000900", "+380 67 000 09 00"):
        made = mentor(board, typed)
        assert (made.helper, made.typed) == (stranger.rep, typed)
        assert sees(stranger, board)
        shares.revoke_share(made, by=board.rep.user)
        assert not sees(stranger, board)


@pytest.mark.parametrize("typed", ["901", "not a code", "0670000901", "067 111 22 33", "removed", "\u202e900", "9" * 30, "%", "900 OR 1=1"])
def test_a_wrong_code_looks_like_a_right_one(typed, board, stranger, company):
    make.rep("removed", company.territory, status="removed", removed_on=timezone.localdate())
    make.lead(board.rep, phone="067 111 22 33")
    right, wrong = mentor(board, "900"), mentor(board, typed)
    assert (wrong.owner, wrong.may_comment, wrong.revoked_at) == (right.owner, right.may_comment, right.revoked_at)
    shown = [(helper.name, helper.role) for helper in share_sheet.read_helpers(board.rep)]
    assert shown == ([("900", "")] if wrong == right else [("900", ""), (wrong.typed, "")])


def test_a_phone_of_two_reps_is_nobodys(board, stranger, company):
    make.rep("902", company.other_territory, phone="+380670000900")
    Rep.objects.filter(pk=stranger.rep.pk).update(phone="+380670000900")
    assert mentor(board, "0670000900").helper is None


def test_a_mentors_name_is_shown_once_the_mentor_has_opened_the_board(board, stranger):
    mentor(board, "900")
    stranger.get(board.get_absolute_url())
    assert [(helper.name, helper.role) for helper in share_sheet.read_helpers(board.rep)] == [("Petro Stranger", "900")]


def test_a_rep_who_joins_later_sees_what_was_shared(board, company):
    newcomer = make.rep("950", company.territory, login=False)
    mentor(board, "950")
    user = make.user("New Comer")
    Rep.objects.filter(pk=newcomer.pk).update(user=user)
    assert sees(user, board)


def test_at_most_twenty_at_a_time(board):
    made = [mentor(board, f"code {n}") for n in range(shares.MOST)]
    with pytest.raises(Refusal, match="20 people"):
        mentor(board, "one more")
    assert mentor(board, "code 3") == made[3]
    shares.revoke_share(made[0], by=board.rep.user)
    mentor(board, "one more")
    with pytest.raises(Refusal, match="20 people"):
        shares.restore_share(made[0], by=board.rep.user)


def test_revoked_and_restored(board, card, upline):
    made = share(board, upline.user)
    for _twice in range(2):
        assert shares.revoke_share(made, by=board.rep.user).revoked_at
        assert not sees(upline, board)
    for _twice in range(2):
        assert shares.restore_share(made, by=board.rep.user).revoked_at is None
        assert sees(upline, board)
    assert list(Audit.objects.order_by("pk").values_list("by", "whose", "what", "subject")) == [
        (board.rep.user_id, board.rep.user_id, what, f"share:{made.pk}") for what in ("board_shared", "share_revoked", "board_shared")
    ]


def told(person):
    return list(Notification.objects.visible_to(person.user).for_inbox().values_list("title", "text", "url"))


def test_the_helper_is_told_while_the_share_holds(board, rep, upline, stranger):
    User.objects.filter(pk=upline.user.pk).update(language="uk")
    made = share(board, upline.user)
    again = mentor(board, "900", may_comment=True)
    assert [len(told(person)) for person in (rep, upline, stranger)] == [0, 1, 1]
    assert told(stranger) == [("Olena Marchenko lets you see the boards", "You may read and comment.", reverse("pipeline:boards"))]
    share(board, upline.user, may_comment=True)
    assert len(told(upline)) == 1
    Notification.objects.update(state="done")  # pushed already
    shares.revoke_share(made, by=rep.user)
    assert (told(upline), len(told(stranger))) == ([], 1)
    shares.restore_share(made, by=rep.user)
    assert len(told(upline)) == 1
    shares.revoke_share(again, by=rep.user)
    assert told(stranger) == []


def test_a_wrong_code_tells_nobody(board, stranger):
    mentor(board, "no such code")
    assert Notification.objects.count() == 0


def test_restoring_beside_a_newer_share_changes_nothing(board, upline):
    old = share(board, upline.user)
    shares.revoke_share(old, by=board.rep.user)
    share(board, upline.user)
    shares.restore_share(old, by=board.rep.user)
    assert Share.objects.holding().count() == 1


def test_somebody_elses_share_is_not_ones_own(board, upline, stranger):
    made = share(board, upline.user)
    for by in (upline, stranger):
        for act in (shares.revoke_share, shares.restore_share):
            with pytest.raises(Refusal, match="not yours"):
                act(made, by=by.user)
    assert sees(upline, board)


def switch_off(rep):
    User.objects.filter(pk=rep.user_id).update(is_active=False)


def remove(rep):
    Rep.objects.filter(pk=rep.pk).update(status="removed", removed_on=timezone.localdate())


@pytest.mark.parametrize(("act", "which"), [*itertools.product([switch_off, remove], ["owner", "helper"])])
def test_ends_when_either_is_switched_off_or_removed(act, which, board, upline):
    made = share(board, upline.user, may_comment=True)
    act(getattr(made, which))
    assert not sees(upline, board)


def test_follows_to_the_next_board_and_leaves_out_what_was_closed_before(rep, board, card, upline, company):
    old = Board.objects.create(rep=rep.rep, campaign=company.before, rolled_at=timezone.now() - dt.timedelta(days=3))
    share(board, upline.user)
    assert (sees(upline, old), sees(upline, board)) == (False, True)
    with time_machine.travel(dt.datetime.combine(company.following.starts_on, dt.time(6), dt.UTC)):
        rollover.close_ended()
        following = Board.objects.get(rep=rep.rep, campaign=company.following)
        assert (sees(upline, old), sees(upline, board), sees(upline, following)) == (False, True, True)
        made = Share.objects.get()
        shares.revoke_share(made, by=rep.user)
        share(following, upline.user)
        assert (sees(upline, board), sees(upline, following)) == (False, True)


def test_a_helper_comments_where_that_was_allowed(board, lead, upline):
    made = share(board, upline.user)
    with pytest.raises(Refusal, match="no longer shared"):
        shares.comment_on_shared(lead, by=upline.user, text="Ask about the cream")
    share(board, upline.user, may_comment=True)
    for _double_tap in range(2):
        shares.comment_on_shared(lead, by=upline.user, text="Ask about the cream", once="f" * 32)
    assert list(Comment.objects.values_list("lead", "by", "text")) == [(lead.pk, upline.user.pk, "Ask about the cream")]
    assert list(ActivityCount.objects.filter(kind="comment").values_list("rep", "n")) == [(upline.rep.pk, 1)]
    assert Audit.objects.filter(by=upline.user, whose=board.rep.user, what="commented", subject=f"lead:{lead.pk}").exists()
    with pytest.raises(Refusal, match="Write something"):
        shares.comment_on_shared(lead, by=upline.user, text=" ")
    shares.revoke_share(made, by=board.rep.user)
    with pytest.raises(Refusal, match="no longer shared"):
        shares.comment_on_shared(lead, by=upline.user, text="Once more")


@pytest.mark.django_db(transaction=True)
def test_many_taps_at_once_are_one_share_and_one_look(board, upline):
    def tap_often(act):
        assert at_once(*[act] * 24)[1] == []

    tap_often(lambda: share(board, upline.user))
    tap_often(lambda: mentor(board, "nobody"))
    tap_often(lambda: audit.record(by=upline.user, whose=board.rep.user_id, what="board_seen", subject=f"board:{board.pk}"))
    assert list(Share.objects.order_by("typed").values_list("typed", flat=True)) == ["", "nobody"]
    assert sorted(Audit.objects.values_list("what", flat=True)) == ["board_seen", "board_shared", "board_shared"]
    made = Share.objects.get(typed="")
    tap_often(lambda: shares.revoke_share(made, by=board.rep.user))
    assert Audit.objects.filter(what="share_revoked").count() == 1


def test_the_upline_is_offered_by_name_nearest_first(rep, upline, top, company):
    assert share_sheet.nearest_upline(rep.rep) == [upline.rep, top]
    switch_off(upline.rep)
    assert share_sheet.nearest_upline(rep.rep) == [top]
    assert share_sheet.nearest_upline(top) == []


def test_sharing_is_no_action(board, upline, monkeypatch):
    monkeypatch.setattr(activity, "count", lambda *_args: pytest.fail("counted"))
    share(board, upline.user)


def test_a_share_is_there_for_the_two_it_is_about(cast, board, upline):
    made = share(board, upline.user)
    assert [name for name, person in cast.items() if made in Share.objects.visible_to(person.user)] == ["rep", "upline"]
    shares.revoke_share(made, by=board.rep.user)
    assert [name for name, person in cast.items() if made in Share.objects.visible_to(person.user)] == ["rep"]
