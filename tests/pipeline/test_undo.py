"""An import taken back within a day."""

import datetime as dt
from functools import partial

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cotano.jobs import actions as jobs
from cotano.jobs import running
from cotano.jobs.models import Job
from cotano.jobs.refusals import Refusal
from leads import actions as follow_up
from leads import people, reminders
from leads.models import Comment, Lead
from pipeline import actions, undo
from pipeline.models import Card, Imported
from tests import make, sizes
from tests.loading import counts, versions
from tests.together import at_once

FILE = b"""name,phone,email,tags,note
Anna,0671112201,,,
Boris,0671112202,,,
Clara,0671112203,,,
Daria,0671112204,,,
Egor,0671112205,,,
Fedir,0671112206,,,
Known Changed,0671112290,new@example.com,vip,likes tea
Known Same,0671112291,,,
"""


def load(rep, data=FILE, **options):
    job = jobs.load(rep.user, "leads", data, options={"rep": rep.rep.pk, **options})
    assert job.state == "done", job.sentence
    return Job.objects.get(pk=job.pk)


def names():
    return list(Lead.objects.order_by("name").values_list("name", flat=True))


def lead(name):
    return Lead.objects.get(name=name)


@pytest.fixture
def known(rep, board):
    """Two people the rep has already."""
    with time_machine.travel(timezone.now() - dt.timedelta(days=3)):
        changed = make.lead(rep.rep, "Known", phone="0671112290", email="old@example.com", tags=["mother"])
        make.lead(rep.rep, "Known Same", phone="0671112291")
    return changed


def test_who_was_created_vanishes_and_who_was_changed_is_as_before(rep, known, stages):
    before = list(Lead.objects.order_by("pk").values())
    job = load(rep, board="first")
    assert (counts(job), job.counts["on_board"], Card.objects.count()) == ((6, 1, 1, 0), 8, 8)
    seen = undo.outlook(job)
    assert (seen.removes, seen.restores, seen.keeps, seen.kept) == (6, 1, 0, [])
    job = undo.undo_import(job, by=rep.user)
    assert (job.counts["undone"], job.counts["restored"], job.counts["kept"]) == (6, 1, 0)
    assert list(Lead.objects.order_by("pk").values()) == before
    assert (Card.objects.count(), undo.said(job)) == (0, "6 people removed, 1 as before")


def test_undone_twice_is_undone_once(rep, known):
    job = undo.undo_import(load(rep), by=rep.user)
    before = versions(Lead, Card, Imported)
    again = undo.undo_import(job, by=rep.user)
    assert (again.undone_at, again.counts, versions(Lead, Card, Imported)) == (job.undone_at, job.counts, before)


def test_the_same_file_can_be_brought_again(rep, known):
    first = load(rep)
    undo.undo_import(first, by=rep.user)
    second = load(rep)
    assert second.counts == first.counts
    assert undo.outlook(second).removes == 6
    undo.undo_import(second, by=rep.user)
    assert names() == ["Known", "Known Same"]


def test_whom_the_rep_has_worked_on_since_stays_with_the_reason(rep, known, board, stages):
    job = load(rep, board="first")
    cards = {card.lead.name: card for card in Card.objects.select_related("lead", "board")}
    follow_up.comment_on(lead("Anna"), by=rep.user, text="wants to think")
    follow_up.log_attempt(lead("Boris"), by=rep.user, channel="call")
    reminders.set_reminder(lead("Clara"), by=rep.user, day=timezone.now().date() + dt.timedelta(days=3), time=dt.time(10))
    actions.move_card(cards["Daria"], to=stages["offer"], version=1, by=rep.user)
    people.edit_lead(lead("Egor"), by=rep.user, name="Yehor", phone="0671112205")
    people.edit_lead(lead("Known Changed"), by=rep.user, name="Known Well", phone="0671112290", email="new@example.com")
    expected = [
        ("Anna", "There is a comment since"),
        ("Boris", "Called or written to since"),
        ("Clara", "There is a reminder since"),
        ("Daria", "The card was moved or put on a board since"),
        ("Yehor", "Changed since"),
        ("Known Well", "Changed since"),
    ]
    assert [(one.name, one.reason) for one in undo.outlook(job).kept] == expected
    job = undo.undo_import(job, by=rep.user)
    seen = undo.outlook(job)
    assert ([(one.name, one.reason) for one in seen.kept], seen.removes, seen.restores, seen.keeps) == (expected, 1, 0, 6)
    assert names() == ["Anna", "Boris", "Clara", "Daria", "Known Same", "Known Well", "Yehor"]
    assert Card.objects.filter(lead__name="Known Same").count() == 0
    assert Card.objects.count() == 6


def test_who_has_bought_since_stays(rep, known):
    job = load(rep)
    make.purchase(lead("Anna"))
    assert [(one.name, one.reason) for one in undo.outlook(job).kept] == [("Anna", "There is a purchase since")]


def test_put_on_a_board_since_stays(rep, known, board):
    job = load(rep)
    actions.put_on_board(lead("Anna"), board)
    assert [(one.name, one.reason) for one in undo.outlook(job).kept] == [("Anna", "The card was moved or put on a board since")]


def test_an_old_phone_that_somebody_else_has_now(rep, board):
    make.lead(rep.rep, "By mail", email="m@example.com")
    job = load(rep, b"name,phone,email\nBy mail,0671112244,m@example.com\n")
    make.lead(rep.rep, "Other", email="m@example.com")
    assert undo.undo_import(job, by=rep.user).counts["kept"] == 1
    assert [one.reason for one in undo.outlook(Job.objects.get(pk=job.pk)).kept] == ["Somebody else has the old phone or e-mail now"]


def test_after_a_day_it_is_too_late_and_its_rows_are_forgotten(rep, known):
    job = load(rep, board="first")
    with time_machine.travel(timezone.now() + dt.timedelta(hours=23)):
        assert (undo.is_offered(job), undo.forget()) == (True, 0)
    with time_machine.travel(timezone.now() + dt.timedelta(hours=25)):
        assert not undo.is_offered(job)
        with pytest.raises(Refusal, match="can be undone for a day"):
            undo.undo_import(job, by=rep.user)
        assert (undo.forget(), Imported.objects.count()) == (8, 0)
    assert len(names()) == 8


def test_the_boards_are_held_before_cards_go(rep, board):
    """A campaign that closes at the same moment leaves such a board to its next round."""
    job = load(rep, board="first")
    with CaptureQueriesContext(connection) as asked:
        undo.undo_import(job, by=rep.user)
    holds = [n for n, one in enumerate(asked) if 'FROM "pipeline_board"' in one["sql"] and "FOR NO KEY UPDATE" in one["sql"]]
    deletes = [n for n, one in enumerate(asked) if one["sql"].startswith('DELETE FROM "pipeline_card"')]
    assert (len(holds), holds[0] < min(deletes)) == (1, True)


def test_a_large_import_is_undone_in_few_queries(rep, board, django_assert_max_num_queries):
    n = sizes.LINES // 7
    job = load(rep, "\n".join(["name,phone", *(f"Person {k},067{k:07d}" for k in range(n))]).encode(), board="first")
    with django_assert_max_num_queries(30 + 12 * (n // undo.BATCH + 1) * 10):
        assert undo.undo_import(job, by=rep.user).counts["undone"] == n
    assert (Lead.objects.count(), Card.objects.count()) == (0, 0)


def test_what_is_still_being_loaded_cannot_be_undone_yet(rep, board):
    job = jobs.keep_upload(rep.user, "leads", FILE, options={"rep": rep.rep.pk})
    jobs.confirm(jobs.check(job), by=rep.user)
    with pytest.raises(Refusal, match="still being loaded"):
        undo.undo_import(job, by=rep.user)
    said = rep.post(reverse("pipeline:import_undo", args=[job.pk]), follow=True).content.decode()
    assert "It can be undone when it is done." in said
    jobs.carry_out(job.pk)
    assert undo.undo_import(job, by=rep.user).counts["undone"] == 8


# ---- its page
def test_what_a_file_that_failed_half_way_brought_can_be_undone(rep, board, monkeypatch):
    monkeypatch.setattr("cotano.jobs.running.CHUNK", 3)
    job = jobs.keep_upload(rep.user, "leads", FILE, options={"rep": rep.rep.pk})
    jobs.confirm(jobs.check(job), by=rep.user)
    chunks = []
    writes = running.Passage.writes

    def breaks(self, block):
        chunks.append(block)
        if len(chunks) > 1:
            raise RuntimeError
        return writes(self, block)

    monkeypatch.setattr(running.Passage, "writes", breaks)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _attempt in range(3):
            jobs.carry_out(job.pk)
            clock.shift(60)
        job.refresh_from_db()
        assert (job.state, names()) == ("failed", ["Anna", "Boris", "Clara"])
        page = reverse("pipeline:job", args=[job.pk])
        said = rep.get(page).content.decode()
        assert [words in said for words in ("in the middle", "3 people added", "Undo this import", "Choose another file")] == [True] * 4
        rep.post(reverse("pipeline:import_undo", args=[job.pk]))
        said = rep.get(page).content.decode()
    assert (names(), "Undo this import" in said, "Removed: 3" in said) == ([], False, True)


def test_the_page_offers_it_and_tells_what_it_did(rep, known):
    job = load(rep)
    page = reverse("pipeline:job", args=[job.pk])
    assert "Undo this import" in rep.get(page).content.decode()
    answer = rep.post(reverse("pipeline:import_undo", args=[job.pk]))
    assert (answer.status_code, answer["Location"]) == (302, page)
    said = rep.get(page).content.decode()
    assert ("Undo this import" in said, "Removed: 6 · as before: 1 · kept: 0" in said) == (False, True)


def test_it_is_the_owners_and_needs_post(rep, stranger, upline, known):
    address = reverse("pipeline:import_undo", args=[load(rep).pk])
    assert [who.post(address).status_code for who in (stranger, upline)] == [404, 404]
    assert rep.get(address).status_code == 405
    assert len(names()) == 8


# ---- at the same moment
@pytest.mark.django_db(transaction=True)
def test_two_taps_and_a_comment_at_the_same_moment(rep, company):
    """Either the comment is seen and its person stays, or the person is gone and the comment is refused; never half of it."""
    for _round in range(5):
        job = load(rep)
        takes_back = partial(undo.undo_import, job, by=rep.user)
        comments = partial(follow_up.comment_on, lead("Anna"), by=rep.user, text="said")
        done, failed = at_once(takes_back, takes_back, comments)
        job.refresh_from_db()
        stays = Lead.objects.filter(name="Anna").exists()
        assert (len(done), [type(error) for error in failed]) == ((3, []) if stays else (2, [Refusal]))
        assert (job.counts["undone"], job.counts["kept"]) == ((7, 1) if stays else (8, 0))
        assert Comment.objects.count() == int(stays)
        Lead.objects.all().delete()
