"""Sharing a board, on a phone: three taps to share, one to revoke, one to take that back; what the helper and the owner see of it."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from cotano.jobs import audit
from pipeline import shares
from tests import make
from tests.flows.test_pages import LONG, faults

pytestmark = pytest.mark.django_db(transaction=True)


def test_share_revoke_and_undo(phone, rep, upline, board, card):
    page, helper = phone(rep), phone(upline)
    page.goto(board.get_absolute_url())
    page.get_by_role("link", name="Board menu").tap()
    page.get_by_role("link", name="Share my board").tap()
    expect(page.get_by_role("radio", name="Iryna Tkachenko")).to_be_checked()
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_text("Read and comment").tap()
    page.get_by_role("button", name="Share", exact=True).tap()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".toast")).to_have_text("Iryna Tkachenko can now see your board.")
    helper.goto(reverse("pipeline:boards"))
    helper.get_by_role("link", name="Olena Marchenko").tap()
    helper.get_by_role("link", name="Oksana Melnyk").tap()
    helper.get_by_label("Comment", exact=True).fill("Ask about the cream")
    helper.get_by_role("button", name="Send").tap()
    expect(helper.locator(".say")).to_have_text("Ask about the cream")
    page.get_by_role("link", name="Board menu").tap()
    page.get_by_role("link", name="Share my board").tap()
    page.get_by_role("button", name="Revoke: Iryna Tkachenko").tap()
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert helper.goto(board.get_absolute_url()).status == 404
    page.get_by_role("button", name="Undo", exact=True).tap()
    expect(page.locator(".toast").last).to_have_text("Shared again.")
    assert helper.goto(board.get_absolute_url()).status == 200
    page.goto(reverse("pipeline:seen"))
    expect(page.locator("main .row b")).to_have_text(["Iryna Tkachenko"] * 2)
    assert page.complaints == []


def test_everything_works_without_javascript(phone, rep, upline, board):
    page = phone(rep, java_script_enabled=False)
    page.goto(board.get_absolute_url())
    page.get_by_role("link", name="Board menu").click()
    page.get_by_role("link", name="Share my board").click()
    page.get_by_label("Another rep, my mentor").check()
    page.get_by_label("Rep code or phone").fill("067 000 11 22")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.locator("main .row b")).to_have_text(["067 000 11 22"])
    page.get_by_role("button", name="Revoke: 067 000 11 22").click()
    expect(page.locator("main .row b")).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator("main .row b")).to_have_text(["067 000 11 22"])


def test_every_page_about_sharing_is_without_fault(phone, rep, upline, stranger, manager, board, stages):
    card = make.card(board, LONG, phone="067 111 22 33", tags=["vip"])
    make.cards(board, 15, stage=stages["offer"], first=100)
    shares.share_board(board, with_=upline.user, may_comment=True, by=rep.user)
    shares.share_with_mentor(board, typed="067 000 11 22", may_comment=False, by=rep.user)
    revoked = shares.share_board(board, with_=stranger.user, may_comment=False, by=rep.user)
    shares.revoke_share(revoked, by=rep.user)
    shares.comment_on_shared(card.lead, by=upline.user, text="Ask about the cream first, then offer the whole set")
    audit.record(by=manager.user, whose=rep.user.pk, what="rep_page_seen", subject=f"rep:{rep.rep.pk}")
    owner, helper, found = phone(rep), phone(upline), {}
    pages = {
        "boards": (helper, reverse("pipeline:boards")),
        "board": (helper, board.get_absolute_url()),
        "column": (helper, reverse("pipeline:column", args=[board.pk, stages["offer"].pk])),
        "lead": (helper, card.lead.get_absolute_url()),
        "nobody saw me": (helper, reverse("pipeline:seen")),
        "share": (owner, reverse("pipeline:share", args=[board.pk])),
        "who saw me": (owner, reverse("pipeline:seen")),
        "profile": (owner, reverse("pipeline:profile")),
    }
    for name, (page, address) in pages.items():
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(address)
        if wrong := faults(page):
            found[name] = wrong
        page.complaints.clear()
    assert found == {}
