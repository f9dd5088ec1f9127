"""The daily work list, and a rep's own contacts."""

import time_machine

from cotano.demo import EXAMPLES
from leads import actions as lead_actions
from leads import people
from leads.models import Comment, Lead
from notifications.models import Notification
from pipeline import actions, new_boards
from pipeline.models import Board, Card, Stage, WorkItem
from teams.models import ActivityCount
from tests import make
from tests.loading import COMPANY, counts, load, rejected, versions

LIST = ["list", "rep_code", "person_code", "name", "phone", "kind", "reason", "last_order_campaign", "call_by"]
WRITTEN = (Lead, Board, Stage, Card, WorkItem)


def row(person, phone="", *, rep="101", name="", kind="customer", reason="usual order not in yet", lst="Customers", call_by="2018-11-11"):
    return [lst, rep, person, name or f"Person {person}", phone, kind, reason, "2018-14", call_by]


def worklist(*rows):
    return load("worklist", [LIST, *rows])


def column(rep, stage=Stage.Standard.PROSPECTS):
    cards = Card.objects.filter(board__rep=rep.rep, stage__standard=stage, closed_at=None).order_by("rank")
    return list(cards.values_list("lead__name", flat=True))


def open_items():
    return sorted(WorkItem.objects.filter(done_at=None).values_list("person_code", flat=True))


# ---- the work list of the sample company


def company():
    for kind, name in (("territories", "territories"), ("campaigns", "campaigns"), ("roster", "roster")):
        load(kind, (COMPANY / f"{name}.csv").read_bytes())


def test_the_sample_lists_of_two_days(db):
    one, two = ((COMPANY / f"worklist_day{n}.csv").read_bytes() for n in (1, 2))
    with time_machine.travel("2018-10-31 08:00Z"):
        company()
        assert counts(load("worklist", one)) == (4848, 0, 0, 0)
        before = versions(*WRITTEN)
        again = load("worklist", one)
        assert (counts(again), again.counts["done"], versions(*WRITTEN)) == ((0, 0, 4848, 0), 0, before)
        linked = Lead.objects.exclude(rep=None)
        assert linked.count() == Lead.objects.filter(kind="team").count() == 381
        assert Board.objects.count() == 60
    with time_machine.travel("2018-11-01 08:00Z"):
        job = load("worklist", two)
        assert (counts(job), job.counts["done"]) == ((150, 0, 4389, 0), 459)
        assert (WorkItem.objects.filter(done_at=None).count(), Card.objects.filter(closed_at=None).count()) == (4539, 4539)
        assert Card.objects.filter(closed_as="by_company").count() == 459
        job = load("worklist", one)
        assert (counts(job), job.counts["done"]) == ((0, 459, 4389, 0), 150)
    assert not Notification.objects.exclude(kind="job").exists()
    assert not ActivityCount.objects.exists()


def test_a_list_of_the_past_puts_nobody_on_a_board(db):
    with time_machine.travel("2026-11-22 08:00Z"):
        company()
        job = load("worklist", (COMPANY / "worklist_day1.csv").read_bytes())
    assert counts(job) == (0, 0, 0, 4848)
    assert {(reason, detail) for _line, reason, detail in rejected(job)} == {("no_campaign", "UA")}
    assert [model.objects.count() for model in WRITTEN] == [0] * 5


# ---- one rep


def test_people_stand_on_top_of_the_first_stage_in_the_order_of_the_file(rep, board):
    make.card(board, "Older")
    assert counts(worklist(row("P1"), row("P2", "0671112233"), row("P3"))) == (3, 0, 0, 0)
    assert column(rep) == ["Person P1", "Person P2", "Person P3", "Older"]
    assert list(Stage.objects.order_by("place").values_list("standard", "end")) == [
        (str(name), str(end)) for name, end in new_boards.STANDARD
    ]
    lead = Lead.objects.get(person_code="P2")
    assert (lead.source, lead.kind, lead.phone, lead.owner) == ("company", "customer", "+380671112233", rep.rep)
    assert WorkItem.objects.values_list("reason", "last_order", "call_by__day").get(lead=lead) == ("usual order not in yet", "2018-14", 11)


def test_a_board_is_made_where_there_is_none(rep, company):
    worklist(row("P1"))
    assert column(rep) == ["Person P1"]
    assert Stage.objects.count() == 5


def test_each_bad_row_is_named_and_the_others_come_in(rep, company):
    make.rep("102", company.territory, login=False, status="removed", removed_on="2018-01-01")
    make.rep("103", company.territory, login=False, calendar="none")
    job = worklist(
        row("P1", "0671112233"),
        row("P2", rep="999"),
        row("P3", rep="102"),
        row("P4", rep="103"),
        row("P5", "12"),
        row("P6", "3.80671E+11"),
        row("P1"),
        row("P7", kind="alien"),
        row("P8", reason=" "),
        row("P9", call_by="soon"),
        row(""),
        row("P10", "+380 67 111 22 33"),
        row("P1", "0671112233", lst="Other list"),
        row("P11", name="\u202e"),
    )
    assert rejected(job) == [
        (3, "rep_unknown", "999"),
        (4, "rep_removed", "102"),
        (5, "no_campaign", "none"),
        (6, "phone", "12"),
        (7, "phone_spreadsheet", "3.80671E+11"),
        (8, "repeated", "2"),
        (9, "choice", "kind: alien"),
        (10, "empty", "reason"),
        (11, "date", "soon"),
        (12, "empty", "person_code"),
        (13, "phone_repeated", "2"),
        (15, "name", ""),
    ]
    assert (Lead.objects.count(), Card.objects.count(), WorkItem.objects.count()) == (1, 1, 2)


def test_somebody_the_rep_has_is_met_by_phone_and_stays_as_the_rep_wrote(rep, board):
    mine = make.lead(rep.rep, "Ksenia from yoga", phone="0671112233")
    worklist(row("P1", "+380671112233", name="Oksana Melnyk"))
    mine.refresh_from_db()
    assert (mine.name, mine.person_code, mine.source) == ("Ksenia from yoga", "P1", "typed")
    assert column(rep) == ["Ksenia from yoga"]


def test_the_companys_own_name_follows_the_company_until_the_rep_edits_it(rep, board):
    worklist(row("P1", name="Oksana"))
    assert counts(worklist(row("P1", "0671112233", name="Oksana Melnyk"))) == (0, 1, 0, 0)
    lead = Lead.objects.get()
    assert (lead.name, lead.phone) == ("Oksana Melnyk", "+380671112233")
    people.edit_lead(lead, by=rep.user, name="Ksenia", phone="0671112233")
    assert counts(worklist(row("P1", "0671112233", name="Oksana Melnyk"))) == (0, 0, 1, 0)
    assert Lead.objects.get().name == "Ksenia"


def test_a_team_member_is_linked_to_a_rep_below_and_to_nobody_else(rep, upline, stranger, company):
    below = make.rep("111", company.territory, sponsor=rep.rep, login=False)
    deeper = make.rep("112", company.territory, sponsor=below, login=False)
    codes = ["111", "112", "100", "900", "none"]
    worklist(*(row(code, kind="team member") for code in codes))
    assert dict(Lead.objects.values_list("person_code", "rep")) == {
        "111": below.pk,
        "112": deeper.pk,
        "100": None,
        "900": None,
        "none": None,
    }


def test_who_is_gone_is_done_and_leaves_the_board_unless_the_rep_worked_on_it(rep, board, stages):
    worklist(*(row(f"P{n}") for n in range(1, 6)))
    cards = {card.lead.person_code: card for card in Card.objects.select_related("lead", "board")}
    Comment.objects.create(lead=cards["P2"].lead, by=rep.user, text="wants to think")
    actions.move_card(cards["P3"], to=stages["offer"], version=1, by=rep.user)
    lead_actions.log_attempt(cards["P4"].lead, by=rep.user, channel="call", once="")
    job = worklist(row("P5"))
    assert (counts(job), job.counts["done"], open_items()) == ((0, 0, 1, 0), 4, ["P5"])
    assert dict(Card.objects.exclude(closed_as="").values_list("lead__person_code", "closed_as")) == {"P1": "by_company"}


def test_who_comes_back_is_open_again_where_the_card_stood(rep, board):
    worklist(row("P1"), row("P2"), row("P3"))
    worklist(row("P1"), row("P3"))
    assert column(rep) == ["Person P1", "Person P3"]
    assert counts(worklist(row("P1"), row("P2"), row("P3"))) == (0, 1, 2, 0)
    assert column(rep) == ["Person P1", "Person P2", "Person P3"]
    assert set(Card.objects.values_list("closed_as", flat=True)) == {""}


def test_a_file_replaces_only_the_lists_it_names_and_only_with_usable_rows(rep, board):
    worklist(row("P1", lst="A"), row("P2", lst="B"), row("P3", lst="A"))
    assert worklist(row("P9", lst="A", kind="alien")).counts["done"] == 0
    assert worklist(row("P1", "12", lst="A"), row("P3", lst="A")).counts["done"] == 0
    assert worklist(row("P3", lst="A")).counts["done"] == 1
    assert open_items() == ["P2", "P3"]


def test_somebody_still_on_another_list_stays_on_the_board(rep, board):
    worklist(row("P1", lst="A"), row("P1", lst="B"), row("P2", lst="A"))
    assert worklist(row("P2", lst="A")).counts["done"] == 1
    assert column(rep) == ["Person P1", "Person P2"]


def test_a_rep_who_has_the_person_as_a_friend_keeps_the_card(rep, board):
    make.card(board, "Ksenia", phone="0671112233")
    worklist(row("P1", "0671112233"), row("P2"))
    worklist(row("P2"))
    assert column(rep) == ["Person P2", "Ksenia"]


# ---- a rep's own contacts


def contacts(rep, file, **options):
    return load("leads", file, rep=rep.rep.pk, by_operator=True, **options)


def test_the_300_sample_people(rep, board):
    data = (EXAMPLES / "leads/leads_utf8.csv").read_bytes()
    assert counts(contacts(rep, data)) == (300, 0, 0, 0)
    before = versions(Lead)
    assert (counts(contacts(rep, data)), versions(Lead)) == ((0, 0, 300, 0), before)
    assert Card.objects.count() == 0
    assert Lead.objects.filter(tags=["vip", "mother"], source="import").exists()


def test_the_same_people_in_cp1251_with_ukrainian_headings_and_12_bad_rows(rep, board):
    contacts(rep, (EXAMPLES / "leads/leads_utf8.csv").read_bytes())
    job = contacts(rep, (EXAMPLES / "leads/leads_cp1251.csv").read_bytes())
    assert [reason for _line, reason, _detail in rejected(job)] == [
        "name",
        "no_contact",
        "phone",
        "phone",
        "email",
        "phone_spreadsheet",
        "date",
        "birthday",
        "name_long",
        "phone",
        "date",
        "email",
    ]
    assert [line for line, _reason, _detail in rejected(job)] == [20 * n + 2 for n in range(1, 13)]
    assert Lead.objects.count() == 300


def test_blank_cells_wipe_nothing_and_tags_and_notes_grow(rep, board):
    contacts(rep, "Name;Phone;E-mail;Birthday;Tags;Note\nOksana;0671112233;o@example.com;1980-05-04;vip,mother;met at the fair\n")
    assert counts(contacts(rep, "Name;Phone;Tags;Note\nOksana;+380 67 111 22 33;;\n")) == (0, 0, 1, 0)
    assert counts(contacts(rep, "Имя\tТелефон\tТеги\tЗаметка\nOksana M\t067-111-22-33\tvip; new\tlikes tea\n")) == (0, 1, 0, 0)
    lead = Lead.objects.get()
    assert (lead.name, lead.email, str(lead.birthday), lead.tags, lead.note) == (
        "Oksana M",
        "o@example.com",
        "1980-05-04",
        ["vip", "mother", "new"],
        "met at the fair\nlikes tea",
    )


def test_one_person_is_known_by_phone_else_by_email(rep, board):
    make.lead(rep.rep, "By mail", email="m@example.com")
    make.lead(rep.rep, "Both", phone="0671112233", email="b@example.com")
    job = contacts(
        rep,
        "Name,Phone,E-mail\n"
        "Mail with phone,0671112234,M@example.com\n"
        "Both,,b@example.com\n"
        "New,0671112235,\n"
        "New again,+380671112235,\n"
        "Mail again,,m@example.com\n"
        "Both again,0671112233,\n",
    )
    assert rejected(job) == [(5, "repeated", "4"), (6, "repeated", "2"), (7, "repeated", "3")]
    assert counts(job) == (1, 1, 1, 3)
    assert sorted(Lead.objects.values_list("name", "phone", "email")) == [
        ("Both", "+380671112233", "b@example.com"),
        ("Mail with phone", "+380671112234", "m@example.com"),
        ("New", "+380671112235", ""),
    ]


def test_another_reps_people_are_never_touched(rep, stranger, board):
    make.lead(stranger.rep, "Theirs", phone="0671112233")
    assert counts(contacts(rep, "Name,Phone\nMine,0671112233\n")) == (1, 0, 0, 0)
    assert sorted(Lead.objects.values_list("owner__code", "name")) == [("101", "Mine"), ("900", "Theirs")]


def test_on_the_board_come_the_new_and_those_without_a_card(rep, board):
    make.lead(rep.rep, "Known", phone="0671112233")
    make.card(board, "Carded", phone="0671112234")
    job = contacts(rep, "Name,Phone\nKnown,0671112233\nCarded,0671112234\nNew,0671112235\n", board="first")
    assert (counts(job), job.counts["on_board"], column(rep)) == ((1, 0, 2, 0), 2, ["Known", "New", "Carded"])


def test_what_people_type_is_stored_as_typed(rep, board):
    contacts(rep, 'Name,E-mail,Tags,Note\n"=HYPERLINK(""x"")",a@example.com,"a""b;c\\d","<b>{{ x }}</b> \\N"\n')
    lead = Lead.objects.get()
    assert (lead.name, lead.tags, lead.note) == ('=HYPERLINK("x")', ['a"b', "c\\d"], "<b>{{ x }}</b> \\N")
