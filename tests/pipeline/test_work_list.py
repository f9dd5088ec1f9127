"""The daily work list and people who are not to be contacted; reps who come later, and days of many rows."""

import pytest

from leads import actions as lead_actions
from leads import suppression
from leads.models import Lead
from pipeline.actions import move_card
from pipeline.models import Board, Card, Stage, WorkItem
from teams.joining import join_by_roster
from teams.models import Rep
from tests import make
from tests.conftest import Person
from tests.loading import counts, load, rejected, versions
from tests.sizes import LISTED

LIST = ["list", "rep_code", "person_code", "name", "phone", "kind", "reason", "last_order_campaign", "call_by"]
PHONE = "0671112233"


def row(person, phone="", *, rep="101", lst="Customers"):
    return [lst, rep, person, f"Person {person}", phone, "customer", "usual order not in yet", "2018-14", "2018-11-11"]


def worklist(*rows):
    return load("worklist", [LIST, *rows])


def refuse(staff, contact=PHONE):
    return suppression.suppress(contact, by=staff.user, why="Asked by letter")


def standing():
    return sorted(Card.objects.filter(closed_at=None).values_list("lead__person_code", flat=True))


def waiting():
    return sorted(WorkItem.objects.filter(done_at=None).values_list("person_code", flat=True))


def test_who_asked_the_company_not_to_be_contacted_stays_out(rep, board, staff):
    refuse(staff)
    job = worklist(row("P1", PHONE), row("P2", "0671112234"), row("P1", lst="Another list"), row("P1", "+380671112233", rep="999"))
    assert rejected(job) == [(2, "suppressed", ""), (4, "suppressed", ""), (5, "rep_unknown", "999")]
    assert (job.counts["suppressed"], job.counts["created"], job.counts["rejected"]) == (2, 1, 1)
    assert (standing(), waiting(), Lead.objects.count()) == (["P2"], ["P2"], 1)


def test_who_asks_between_two_days_leaves_list_and_board(rep, board, staff):
    day = [row("P1", PHONE), row("P2", "0671112234")]
    worklist(*day)
    refuse(staff)
    job = worklist(*day)
    assert (rejected(job), job.counts["done"]) == ([(2, "suppressed", "")], 1)
    assert (standing(), waiting()) == (["P2"], ["P2"])


def test_a_list_of_such_people_only_is_a_list_of_nobody(rep, board, staff):
    worklist(row("P1", PHONE), row("P2"))
    refuse(staff)
    assert worklist(row("P1", PHONE)).counts["done"] == 2
    assert (standing(), waiting()) == ([], [])


def test_a_list_asks_the_refusals_in_one_query(rep, board, staff, django_assert_max_num_queries):
    refuse(staff)
    few = [row("P1", PHONE), row("P2", "0671112234")]
    with django_assert_max_num_queries(1000) as once:
        worklist(*few)
    many = [row(f"Q{n}", f"067222{n:04d}") for n in range(50)]
    with django_assert_max_num_queries(len(once)):
        worklist(*few, *many)


@pytest.mark.parametrize("known", ["by code", "by phone"])
def test_whom_the_rep_does_not_contact_is_noted_without_a_card(known, rep, board):
    if known == "by code":
        worklist(row("P2"), row("P1", PHONE))
        Card.objects.filter(lead__person_code="P1").delete()
    else:
        make.lead(rep.rep, "Ksenia", phone=PHONE)
        worklist(row("P2"))
    lead_actions.stop_contact(Lead.objects.get(phone__endswith="671112233"), by=rep.user)
    day = [row("P1", PHONE), row("P2")]
    worklist(*day)
    assert (standing(), waiting()) == (["P2"], ["P1", "P2"])
    before = versions(Lead, Card, WorkItem)
    assert (counts(worklist(*day)), versions(Lead, Card, WorkItem)) == ((0, 0, 2, 0), before)
    lead_actions.allow_contact(Lead.objects.get(person_code="P1"), by=rep.user)
    worklist(*day)
    assert standing() == ["P1", "P2"]


def test_a_card_that_the_company_closed_does_not_come_back_against_the_reps_will(rep, board):
    worklist(row("P1"), row("P2"))
    worklist(row("P2"))
    lead_actions.stop_contact(Lead.objects.get(person_code="P1"), by=rep.user)
    worklist(row("P1"), row("P2"))
    assert (standing(), waiting()) == (["P2"], ["P1", "P2"])


# ---- whole companies


def test_who_logs_in_for_the_first_time_finds_the_cards_there(company):
    late = make.rep("101", company.territory, login=False, phone="+380671110000")
    worklist(row("P1"), row("P2", "0671112234"))
    worklist(row("P2", "0671112234"), row("P3"))
    person = Person(join_by_roster(late, phone="+380671110000"), Rep.objects.get(pk=late.pk))
    page = person.get("/").content.decode()
    assert ["Person P1" in page, "Person P2" in page, "Person P3" in page] == [False, True, True]
    board = person.get(f"/boards/{Board.objects.get().pk}/").content.decode()
    assert ["Person P1" in board, "Person P2" in board, "Person P3" in board] == [False, True, True]


def test_every_rep_of_a_large_list_has_their_people_and_keeps_what_they_worked_on(company):
    reps = [make.rep(f"{n:05d}", company.territory, login=False) for n in range(LISTED)]
    day = [row(f"P{n}", f"067{n:07d}", rep=f"{n % LISTED:05d}") for n in range(10 * LISTED)]
    assert counts(worklist(*day)) == (10 * LISTED, 0, 0, 0)
    assert Card.objects.filter(board__rep=reps[7]).count() == 10
    before = versions(Lead, Board, Stage, Card, WorkItem)
    assert (counts(worklist(*day)), versions(Lead, Board, Stage, Card, WorkItem)) == ((0, 0, 10 * LISTED, 0), before)
    worked = Card.objects.select_related("board__rep").get(lead__person_code="P7")
    by = make.user("Late Lina")
    Rep.objects.filter(pk=reps[7].pk).update(user=by)
    move_card(worked, to=Stage.objects.get(board=worked.board, standard="offer"), version=1, by=by)
    job = worklist(*day[LISTED:], *(row(f"N{n}", rep=f"{n:05d}") for n in range(LISTED)))
    assert (counts(job), job.counts["done"]) == ((LISTED, 0, 9 * LISTED, 0), LISTED)
    assert Card.objects.filter(closed_as="by_company").count() == LISTED - 1
    assert Card.objects.get(pk=worked.pk).closed_at is None
