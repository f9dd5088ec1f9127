"""Pages of shared boards: the sheet, what the helper sees, who saw me."""

import datetime as dt
import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cotano.jobs import audit
from cotano.jobs.models import Audit
from leads import actions as leads
from leads import reminders
from leads.models import Comment, Lead
from pipeline import shares
from pipeline.actions import ensure_board
from pipeline.models import Board, Share
from pipeline.seen import PAGE
from teams.models import User
from tests import make

BOARDS, SEEN = reverse("pipeline:boards"), reverse("pipeline:seen")
PRIVATE = {
    "phone": "+380671112233",
    "email": "canary@example.com",
    "birthday": dt.date(1977, 7, 17),
    "tags": ["canary-tag"],
    "note": "canary note",
}
CANARIES = ("0671112233", "380671112233", "67 111", "canary", "17 July")


@pytest.fixture
def lead(lead):
    """With something in every field."""
    Lead.objects.filter(pk=lead.pk).update(**PRIVATE)
    make.work_item(lead, reason="canary reason")
    return lead


def sheet(board):
    return reverse("pipeline:share", args=[board.pk])


def let(board, person, *, may_comment=False):
    return shares.share_board(board, with_=person.user, may_comment=may_comment, by=board.rep.user)


def form(helper="mentor", typed="", may_comment="no"):
    return {"helper": helper, "typed": typed, "may_comment": may_comment}


def audited():
    return list(Audit.objects.order_by("pk").values_list("by", "whose", "what", "subject"))


# ---- the sheet


def test_the_sheet_says_who_may_see_and_offers_the_upline(rep, board, upline, stranger):
    let(board, upline, may_comment=True)
    shares.share_with_mentor(board, typed="900", may_comment=False, by=rep.user)
    page = rep.get(sheet(board)).content.decode()
    assert "<html" in page
    assert re.findall(r'<b>([^<]+)</b><span class="sub">([^<]+)</span>', page) == [
        ("Iryna Tkachenko", "100 · reads and comments"),
        ("900", "reads"),
    ]
    assert re.findall(r'name="helper" value="(\w+)"', page) == [str(upline.rep.pk), "mentor"]
    fragment = rep.peek(sheet(board)).content.decode()
    assert fragment.startswith("{") is False
    assert "<html" not in fragment
    assert 'id="sheet-title"' in fragment


def test_the_board_leads_to_the_sheet(rep, board):
    menu = reverse("pipeline:board_menu", args=[board.pk])
    assert f'href="{menu}" data-sheet' in rep.get(board.get_absolute_url()).content.decode()
    assert f'href="{sheet(board)}" data-sheet' in rep.get(menu).content.decode()


def test_share_with_the_upline(rep, board, upline):
    answer = rep.tap(sheet(board), form(upline.rep.pk, may_comment="yes"))
    assert answer.status_code == 200
    assert "Iryna Tkachenko can now see your board." in answer.content.decode()
    assert list(Share.objects.values_list("owner", "helper", "typed", "may_comment")) == [(rep.rep.pk, upline.rep.pk, "", True)]


def test_share_without_javascript(rep, board, upline):
    response = rep.post(sheet(board), form(upline.rep.pk))
    assert (response.status_code, response["Location"]) == (302, sheet(board))
    assert "Iryna Tkachenko can now see your board." in rep.get(sheet(board)).content.decode()


def test_the_answer_is_the_same_for_every_code_and_phone(rep, board, stranger, manager):
    User.objects.filter(pk=stranger.user.pk).update(phone="+380670000900")
    User.objects.filter(pk=manager.user.pk).update(phone="+380670000901")
    answers = {
        rep.tap(sheet(board), form(typed=typed)).content
        for typed in ("900", "0670000900", "nobody", "0670000901", "+380670000999", "%", "<b>x</b>")
    }
    assert len(answers) == 1
    assert "If that rep exists, they can now see your board." in answers.pop().decode()
    shown = re.findall(r"<b>([^<]+)</b>", rep.peek(sheet(board)).content.decode())
    assert shown == ["900", "0670000900", "nobody", "0670000901", "+380670000999", "%", "&lt;b&gt;x&lt;/b&gt;"]
    assert "Petro" not in rep.get(sheet(board)).content.decode()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (form(), "Enter a rep code or a phone."),
        (form(typed="\u200b"), "Enter a rep code or a phone."),
        (form("1"), "Select a valid choice."),
        (form(typed="9" * 31), "Ensure this value has at most 30 characters"),
        (form(typed="900", may_comment="everything"), ""),
        (form(typed="101"), "These are your own boards."),
        ({}, "This field is required."),
    ],
)
def test_bad_input_is_422(said, sentence, rep, board, stranger):
    for answer in (rep.post(sheet(board), said), rep.tap(sheet(board), said)):
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    assert Share.objects.count() == 0


def test_an_upline_and_a_code_at_once_is_asked_about(rep, board, upline):
    answer = rep.post(sheet(board), form(upline.rep.pk, typed="900"))
    assert answer.status_code == 422
    assert "Choose the mentor above, or leave this empty." in answer.content.decode()


@pytest.mark.parametrize("who", ["stranger", "upline", "manager", "staff", "analyst"])
def test_somebody_elses_board_is_404(who, cast, board, upline):
    let(board, upline, may_comment=True)
    for answer in (cast[who].get(sheet(board)), cast[who].post(sheet(board), form(typed="900"))):
        assert answer.status_code == 404


def test_a_closed_board_only_shows_who_may_see(rep, company, upline):
    old = Board.objects.create(rep=rep.rep, campaign=company.before, rolled_at=timezone.now())
    page = rep.get(sheet(old)).content.decode()
    assert 'name="helper"' not in page
    assert rep.post(sheet(old), form(upline.rep.pk)).status_code == 409


def test_a_double_tap_is_one_share(rep, board, upline):
    for _tap in range(3):
        assert rep.tap(sheet(board), form(upline.rep.pk)).status_code == 200
    assert Share.objects.count() == 1


def test_revoke_and_undo(rep, board, upline):
    made = let(board, upline)
    revoke, restore = (reverse(f"pipeline:share_{act}", args=[made.pk]) for act in ("revoke", "restore"))
    for _double_tap in range(2):
        assert f'hx-post="{restore}"' in rep.tap(revoke).content.decode()
        assert upline.get(board.get_absolute_url()).status_code == 404
    assert "Shared again." in rep.tap(restore).content.decode()
    assert upline.get(board.get_absolute_url()).status_code == 200
    assert rep.post(revoke)["Location"] == sheet(board)
    page = rep.get(sheet(board)).content.decode()
    assert f'action="{restore}"' in page
    assert rep.post(restore)["Location"] == sheet(board)
    assert "Shared again." in rep.get(sheet(board)).content.decode()
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=6)):
        assert f'action="{restore}"' not in rep.get(sheet(board)).content.decode()


def test_revoke_is_a_post_of_the_owner(cast, rep, board, upline):
    made = let(board, upline)
    for act in ("revoke", "restore"):
        url = reverse(f"pipeline:share_{act}", args=[made.pk])
        assert rep.get(url).status_code == 405
        assert [name for name, person in cast.items() if name != "rep" and person.post(url).status_code != 404] == []
    assert Share.objects.get().revoked_at is None
    assert rep.post(reverse("pipeline:share_revoke", args=[2**62])).status_code == 404


def test_needs_a_log_in(client, board, upline):
    made = let(board, upline)
    for url in (sheet(board), SEEN):
        assert client.get(url)["Location"].startswith("/accounts/login/")
    assert client.post(reverse("pipeline:share_revoke", args=[made.pk]))["Location"].startswith("/accounts/login/")


# ---- what the helper sees


def test_boards_lists_what_others_share(rep, board, upline, company):
    make.cards(board, 2)
    let(board, upline)
    page = upline.get(BOARDS).content.decode()
    assert "Shared with me" in page
    assert re.findall(r'<a class="row" href="([^"]+)"><span class="cover e">.*?<b>([^<]+)</b><span class="sub">([^<]+)<', page) == [
        (board.get_absolute_url(), "Olena Marchenko", "Campaign 14 · 2 cards")
    ]
    assert "Shared with me" not in rep.get(BOARDS).content.decode()


def test_a_shared_board_is_only_read(board, lead, card, upline):
    make.cards(board, 10, first=100)
    let(board, upline, may_comment=True)
    page = upline.get(board.get_absolute_url()).content.decode()
    assert '<h1 class="">Olena Marchenko</h1>' in page
    column = reverse("pipeline:column", args=[board.pk, card.stage_id])
    older = upline.peek(column, {"after": "0"}).content.decode()
    menu = f'{reverse("pipeline:board_menu", args=[board.pk])}" data-sheet'
    for text in (page.replace(menu, ""), older):
        assert not re.search(r'tel:|data-attempt|data-sheet|method="post"|/cards/|/leads/add/\?stage', text.replace(column, ""))
        assert not any(canary in text for canary in CANARIES)
    assert "Oksana Melnyk" in page + upline.get(column).content.decode()


def test_a_shared_lead_is_only_read(board, lead, upline, rep):
    leads.comment_on(lead, by=rep.user, text="Likes the cream")
    attempt = leads.log_attempt(lead, by=rep.user, channel="call")
    reminders.set_reminder(lead, by=rep.user, day=timezone.localdate() + dt.timedelta(days=2), time=dt.time(10))
    let(board, upline)
    page = upline.get(lead.get_absolute_url()).content.decode()
    assert "<h1>Oksana Melnyk</h1>" in page
    assert "Likes the cream" in page
    assert "Prospects" in page
    assert "Olena Marchenko · Call" in page
    assert not any(canary in page for canary in CANARIES)
    assert not re.search(r'tel:|viber:|data-attempt|data-sheet|method="post"|/edit/|/outcome/', page)
    for name, pk in (("edit", lead.pk), ("attempt", lead.pk), ("reminder", lead.pk), ("comment", lead.pk), ("outcome", attempt.pk)):
        url = reverse(f"pipeline:{name}", args=[pk])
        assert {upline.post(url, {"text": "x", "channel": "call"}).status_code, upline.get(url).status_code} <= {404, 405}
    for name in ("card", "face", "move"):
        url = reverse(f"pipeline:{name}", args=[lead.cards.get().pk])
        assert {upline.post(url, {}).status_code, upline.get(url).status_code} <= {404, 405}
    assert Comment.objects.count() == 1


def test_a_helper_who_may_comment_does_so_under_the_own_name(board, lead, upline, rep):
    let(board, upline, may_comment=True)
    url = reverse("pipeline:comment", args=[lead.pk])
    assert f'action="{url}"' in upline.get(lead.get_absolute_url()).content.decode()
    for _double_tap in range(2):
        assert upline.tap(url, {"text": "Ask about the cream", "once": "a" * 32}).status_code == 200
    assert upline.post(url, {"text": "And call"})["Location"] == lead.get_absolute_url()
    assert upline.tap(url, {"text": " "}).status_code == 422
    assert upline.post(url, {"text": " "}).status_code == 422
    page = rep.get(lead.get_absolute_url()).content.decode()
    assert re.findall(r"<b>(Iryna Tkachenko|You)</b>.*?<p class=\"say\">([^<]+)</p>", page) == [
        ("Iryna Tkachenko", "And call"),
        ("Iryna Tkachenko", "Ask about the cream"),
    ]
    assert "<b>You</b>" in upline.get(lead.get_absolute_url()).content.decode()


def test_only_leads_on_the_board_are_shared(board, rep, upline):
    other = make.lead(rep.rep, "Not on the board", phone="0670000001")
    let(board, upline)
    assert upline.get(other.get_absolute_url()).status_code == 404


def test_revoked_or_switched_off_is_404_on_the_next_request(board, lead, upline, rep):
    made = let(board, upline, may_comment=True)
    urls = [board.get_absolute_url(), lead.get_absolute_url(), reverse("pipeline:column", args=[board.pk, lead.cards.get().stage_id])]
    assert [upline.get(url).status_code for url in urls] == [200] * 3
    shares.revoke_share(made, by=rep.user)
    assert [upline.get(url).status_code for url in urls] == [404] * 3
    assert upline.post(reverse("pipeline:comment", args=[lead.pk]), {"text": "x"}).status_code == 404
    shares.restore_share(made, by=rep.user)
    User.objects.filter(pk=rep.user.pk).update(is_active=False)
    assert [upline.get(url).status_code for url in urls] == [404] * 3


def test_every_look_is_one_row_for_person_board_and_day(board, lead, upline, stranger, rep):
    let(board, upline)
    let(board, stranger)
    Audit.objects.all().count()
    before = len(audited())
    for person in (upline, stranger):
        for url in (board.get_absolute_url(), lead.get_absolute_url(), board.get_absolute_url()):
            person.get(url)
        person.peek(reverse("pipeline:column", args=[board.pk, lead.cards.get().stage_id]))
    rep.get(board.get_absolute_url())
    rep.get(lead.get_absolute_url())
    assert audited()[before:] == [(person.user.pk, rep.user.pk, "board_seen", f"board:{board.pk}") for person in (upline, stranger)]
    with time_machine.travel(timezone.now() + dt.timedelta(days=1)):
        upline.get(lead.get_absolute_url())
        assert len(audited()) == before + 3


@pytest.mark.parametrize("n", [1, 3])
def test_queries_of_boards_shared_with_me(n, upline, company, django_assert_num_queries):
    for k in range(n):
        owner = make.rep(f"2{k}", company.territory, sponsor=upline.rep)
        board = ensure_board(owner, company.campaign)
        shares.share_board(board, with_=upline.user, may_comment=False, by=owner.user)
    with django_assert_num_queries(9):
        upline.get(BOARDS)


@pytest.mark.parametrize("n", [1, 3])
def test_queries_of_a_shared_board_and_lead(n, board, upline):
    cards = make.cards(board, n)
    let(board, upline)
    for url, most in ((board.get_absolute_url(), 10), (cards[0].lead.get_absolute_url(), 8)):
        with CaptureQueriesContext(connection) as captured:
            assert upline.get(url).status_code == 200
        assert len(captured) <= most


@pytest.mark.parametrize("n", [1, 3])
def test_queries_of_the_sheet(n, rep, board, upline, django_assert_num_queries):
    for k in range(n):
        shares.share_with_mentor(board, typed=f"code {k}", may_comment=False, by=rep.user)
    with django_assert_num_queries(7):
        rep.get(sheet(board))


# ---- who saw me


def rows(page):
    return re.findall(r'<b>([^<]+)</b><span class="sub">([^<]+) · <time.*?</time></span><span class="sub">([^<]+)</span>', page)


def test_who_saw_me_says_who_in_which_role_what_and_when(rep, board, lead, upline, stranger, manager, staff):
    let(board, upline, may_comment=True)
    let(board, stranger)
    stranger.get(board.get_absolute_url())
    upline.get(board.get_absolute_url())
    upline.post(reverse("pipeline:comment", args=[lead.pk]), {"text": "x"})
    for person in (manager, staff):
        audit.record(by=person.user, whose=rep.user.pk, what="rep_page_seen", subject=f"rep:{rep.rep.pk}")
    assert rows(rep.get(SEEN).content.decode()) == [
        ("Stefan Staff", "company", "saw the page with my figures"),
        ("Maria Manager", "territory manager", "saw the page with my figures"),
        ("Iryna Tkachenko", "sponsor", "wrote a comment about Oksana Melnyk"),
        ("Iryna Tkachenko", "sponsor", "saw the board of campaign 14"),
        ("Petro Stranger", "rep 900", "saw the board of campaign 14"),
    ]


def test_who_saw_me_is_of_nobody_else(cast, rep, board, upline):
    let(board, upline)
    upline.get(board.get_absolute_url())
    for name, person in cast.items():
        if name != "rep":
            page = person.get(SEEN)
            assert (page.status_code, rows(page.content.decode())) == (200, [])
    assert "Nobody so far." in upline.get(SEEN).content.decode()


def test_who_saw_me_comes_in_pages(rep, upline, company):
    start = timezone.now()
    for n in range(PAGE + 5):
        with time_machine.travel(start - dt.timedelta(days=n // 2)):
            Audit.objects.create(by=upline.user, whose=rep.user, what="exported", subject=f"rep:{n}")
    first = rep.get(SEEN).content.decode()
    more = re.search(r'href="/profile/seen/\?before=([\d-]+)"', first)[1]
    for answer in (rep.get(SEEN, {"before": more}), rep.peek(SEEN, {"before": more})):
        page = answer.content.decode()
        assert (len(rows(first)), len(rows(page))) == (PAGE, 5)
        assert "before=" not in page


@pytest.mark.parametrize("before", ["x", "1", "1-2-3", "-1", "9" * 400, "99999999999999999-1", "²-1", "\0"])
def test_a_place_nobody_gave_is_the_beginning_or_the_end(before, rep):
    assert rep.get(SEEN, {"before": before}).status_code == 200


@pytest.mark.parametrize("n", [1, 3])
def test_queries_of_who_saw_me(n, rep, board, company, django_assert_num_queries):
    for k in range(n):
        other = make.rep(f"3{k}", company.territory)
        audit.record(by=other.user, whose=rep.user.pk, what="board_seen", subject=f"board:{board.pk}")
        audit.record(by=other.user, whose=rep.user.pk, what="commented", subject=f"lead:{make.lead(rep.rep, f'L{k}').pk}")
    with django_assert_num_queries(7):
        rep.get(SEEN)


def test_a_board_or_lead_that_is_gone_is_told_without_it(rep, upline):
    audit.record(by=upline.user, whose=rep.user.pk, what="board_seen", subject="board:999")
    audit.record(by=upline.user, whose=rep.user.pk, what="commented", subject="lead:999")
    assert [line for _who, _role, line in rows(rep.get(SEEN).content.decode())] == ["comment written", "board seen"]


def test_who_saw_me_only_reads(rep):
    assert rep.post(SEEN).status_code == 405


def test_the_profile_leads_there(rep):
    assert f'href="{SEEN}"' in rep.get(reverse("pipeline:profile")).content.decode()
