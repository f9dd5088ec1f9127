"""A rep's own people from any file: several phones, parts of a name, what a person chose, the board."""

import datetime as dt
import gc

import pytest
from django.db import connection

from cotano.demo import EXAMPLES
from cotano.jobs import actions as jobs
from cotano.jobs import running
from cotano.jobs.cells import BadRow
from cotano.jobs.kinds import Change
from cotano.jobs.models import Job, Mapping, Verdict
from cotano.jobs.outcome import full
from leads import actions as follow_up
from leads import suppression
from leads.models import Lead
from pipeline import undo
from pipeline.models import Card, Stage
from tests import make
from tests.loading import counts, rejected

TRAITS = ("kind", "family", "likes", "hotness", "channel", "hour", "zone")


def load(rep, data, **options):
    job = jobs.load(rep.user, "leads", data.encode() if isinstance(data, str) else data, options={"rep": rep.rep.pk, **options})
    assert job.state == "done", job.sentence
    return job


def draft(rep, data, **options):
    return jobs.keep_upload(rep.user, "leads", data.encode(), options={"rep": rep.rep.pk, **options})


def people():
    return list(Lead.objects.order_by("name").values_list("name", "phone", "other_phones", "email", "other_emails", "note"))


# ---- what a person is
@pytest.mark.parametrize("name", ["contacts_v21.vcf", "contacts_v30.vcf", "leads.xlsx", "leads_utf8.csv"])
def test_each_sample_file_holds_the_same_300_people(rep, name):
    load(rep, (EXAMPLES / "leads" / "leads_utf8.csv").read_bytes())
    job = load(rep, (EXAMPLES / "leads" / name).read_bytes())
    bad = 12 if name == "leads.xlsx" else 0
    assert (job.counts["created"], job.counts["duplicate"], job.counts["rejected"], Lead.objects.count()) == (0, 0, bad, 300)


def test_several_phones_and_emails_belong_to_one_person(rep):
    load(
        rep,
        "Name,Mobile,Home phone,Phone 2 - Value,E-mail,E-mail 2 - Value,Company,Notes\n"
        "Anna,0671112233,044 123 45 67,12,A@example.com,b@example.com,Shop,likes tea\n"
        "Boris,12,0671112244,0671112244,,,,\n",
    )
    assert people() == [
        ("Anna", "+380671112233", ["+380441234567"], "a@example.com", ["b@example.com"], "likes tea\nShop\n12"),
        ("Boris", "+380671112244", [], "", [], "12"),
    ]


def test_two_phones_in_one_cell_are_two_phones(rep):
    load(rep, 'Name,Phone\nAnna,"067 111 22 33, 050 111 22 44"\nBoris,067 111 22 55 ::: 050 111 22 66\n')
    assert [row[1:3] for row in people()] == [("+380671112233", ["+380501112244"]), ("+380671112255", ["+380501112266"])]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("0671112233/0501112233", ("+380671112233", ["+380501112233"], "")),
        ("0671112233 0501112233", ("+380671112233", ["+380501112233"], "")),
        ("0671112233 або 0501112233", ("+380671112233", ["+380501112233"], "")),
        ("моб. 0671112233", ("+380671112233", [], "")),
        ("0671112233 (viber)", ("+380671112233", [], "")),
        ("067 111-22-33 доб. 12", ("+380671112233", [], "067 111-22-33 доб. 12")),
        ("0671112233 мама 0501112233", ("+380671112233", ["+380501112233"], "0671112233 мама 0501112233")),
        ("order 1234567890 of 0671112233", ("+380671112233", [], "order 1234567890 of 0671112233")),
    ],
)
def test_a_phone_among_other_words_is_found_and_no_word_is_lost(rep, cell, found):
    load(rep, f"Name;Phone\nAnna;{cell}\n")
    assert [(row[1], row[2], row[5]) for row in people()] == [found]


def test_a_line_may_end_before_the_last_columns(rep):
    job = load(rep, "Name,Phone,Tags,Note\nAnna,0671112233\nBoris,0671112244,vip\nCyril\nDasha,0671112255,,,more\n")
    assert list(Lead.objects.order_by("name").values_list("name", "tags", "note")) == [("Anna", [], ""), ("Boris", ["vip"], "")]
    assert rejected(job) == [(4, "no_contact", ""), (5, "columns", "5")]


def test_a_number_without_a_name_in_an_address_book_is_a_person(rep):
    book = "BEGIN:VCARD\nVERSION:3.0\nN:;;;;\n{}\nEND:VCARD\n"
    job = load(rep, "".join(map(book.format, ("TEL:0671112233", "EMAIL:a@example.com", "NOTE:nobody"))))
    named = load(rep, "Name,Phone\nAnna,0671112233\n,0671112244\n")
    again = load(rep, book.format("TEL:+380671112233\nNOTE:tall"))
    assert (counts(job), counts(named), counts(again)) == ((2, 0, 0, 1), (0, 1, 0, 1), (0, 1, 0, 0))
    assert sorted(people()) == [
        ("Anna", "+380671112233", [], "", [], "tall"),
        ("a@example.com", "", [], "a@example.com", [], ""),
    ]
    assert (rejected(job)[0][1], rejected(named)[0][1]) == ("no_contact", "name")


def test_lines_that_cannot_be_used_are_not_kept_in_memory(rep):
    job = draft(rep, "Name,Phone\n" + "Anna,12\n" * 20)
    gc.collect()
    gc.disable()
    try:
        assert running.check(job).counts["rejected"] == 20
        assert [one for one in gc.get_objects() if isinstance(one, BadRow)] == []
    finally:
        gc.enable()


def test_who_can_be_reached_one_way_is_taken_and_the_other_stands_in_the_note(rep):
    job = load(rep, "Name;Phone;E-mail\nAnna;-;a@x.org,b@x.org\nBoris;0671112233;b@@x\nVera;12;c@@x\n")
    assert [row[0:4:3] + row[5:] for row in people()] == [("Anna", "a@x.org", "-"), ("Boris", "", "b@@x")]
    assert (people()[0][4], rejected(job)) == (["b@x.org"], [(4, "phone", "12")])


def test_a_birthday_without_a_year_stands_in_the_note(rep):
    load(rep, "Name;Phone;Birthday\nAnna;0671112233;12.04\nBoris;0671112244;12.04.84\n")
    assert list(Lead.objects.order_by("name").values_list("birthday", "note")) == [
        (None, "Birthday: 12.04."),
        (dt.date(1984, 4, 12), ""),
    ]


def test_a_heading_is_known_by_a_word_in_it_but_no_line_below_a_title_is(rep):
    load(rep, "Клієнтка (ПІБ);Моб. тел.;Ел. адреса;Тип телефона\nОля;0671112233;o@example.com;моб\n")
    assert people() == [("Оля", "+380671112233", [], "o@example.com", [], "")]
    assert running.table(draft(rep, "x;y\nКлієнт Іра;тел. немає\nОля;0671112244\n")).headings == ["x", "y"]


def test_a_title_above_the_headings_does_not_keep_anybody_out(rep):
    load(rep, "Мої клієнти;;\n2023;;\nПІБ;Моб. тел.;Моя примітка\nОля;0671112233;крем\n")
    assert people() == [("Оля", "+380671112233", [], "", [], "крем")]


@pytest.mark.parametrize(
    "headings",
    [
        "kind;family;likes;hotness;channel;hour;time zone",
        "Кто это;Дети;Что любит;Насколько горячий;Удобный способ;Когда звонить;Часовой пояс",
        "Хто це;Сім’я;Інтереси;Гарячість;Спосіб зв’язку;Зручний час;Часовий пояс",
    ],
)
def test_what_the_rep_knows_of_a_person_comes_from_a_file_too(rep, headings):
    load(rep, f"Name;Phone;{headings}\nAnna;0671112233;Клієнтка;two boys;red;очень горячая;Вайбер;18:00;Europe/Warsaw\n")
    assert list(Lead.objects.values_list(*TRAITS)) == [("customer", "two boys", "red", 5, "viber", 18, "Europe/Warsaw")]


def test_traits_that_make_no_sense_stand_in_the_note_and_blank_ones_wipe_nothing(rep):
    make.lead(rep.rep, "Anna", phone="0671112233", family="two boys", hotness=4, kind="team", hour=9)
    data = "name,phone,kind,family,likes,hotness,channel,hour,zone\n"
    data += "Anna,0671112233,,,,0,,,\nBoris,0671112244,alien,,,very,pigeon,25,Mars\n"
    load(rep, data)
    assert list(Lead.objects.order_by("name").values_list(*TRAITS)) == [
        ("team", "two boys", "", 4, "", 9, ""),
        ("prospect", "", "", 0, "", None, ""),
    ]
    said = "Kind: alien\nHotness: very\nPreferred way: pigeon\nPreferred hour: 25\nTime zone of the person: Mars"
    assert Lead.objects.get(name="Boris").note == said
    assert load(rep, data).counts["unchanged"] == 2
    assert rejected(load(rep, f"name,phone,family\nVera,0671112255,{'x' * 301}\n")) == [(2, "too_long", "family")]


def test_traits_are_shown_before_and_are_as_before_after_an_undo(rep):
    make.lead(rep.rep, "Anna", phone="0671112233", family="one boy", hotness=4, hour=9)
    before = Lead.objects.values(*TRAITS).get()
    data = "name,phone,family,hotness,hour\nAnna,0671112233,two boys,2,18\n"
    found = running.check(draft(rep, data))
    assert found.samples["updated"][0].changes == [
        Change("family", "one boy", "two boys"),
        Change("hotness", "4", "2"),
        Change("hour", "9", "18"),
    ]
    job = load(rep, data)
    assert Lead.objects.values("family", "hotness", "hour").get() == {"family": "two boys", "hotness": 2, "hour": 18}
    undo.undo_import(job, by=rep.user)
    assert Lead.objects.values(*TRAITS).get() == before


def test_a_name_is_made_of_its_parts(rep):
    load(rep, "Прізвище;Ім'я;По батькові;Телефон\nМельник;Оксана;Іванівна;0671112233\n")
    assert [row[0] for row in people()] == ["Оксана Іванівна Мельник"]


def test_somebody_is_known_by_a_further_phone_and_keeps_the_first_one(rep):
    make.lead(rep.rep, "Anna", phone="0671112233", other_phones=["0671112244"], email="old@example.com")
    assert counts(load(rep, "name,phone,email\nAnna M,0671112244,new@example.com\n")) == (0, 1, 0, 0)
    assert people() == [("Anna M", "+380671112233", ["+380671112244"], "new@example.com", ["old@example.com"], "")]
    assert counts(load(rep, "name,phone,email\nAnna M,0671112244,new@example.com\n")) == (0, 0, 1, 0)


def test_who_asked_the_company_not_to_be_contacted_stays_out(rep, staff):
    suppression.suppress("+380671112244", by=staff.user, why="asked by letter")
    job = load(rep, "name,phone,phone\nAnna,0671112233,0671112244\nBoris,0671112255,\n")
    assert (job.counts, rejected(job)) == (full({"created": 1, "suppressed": 1}), [(2, "suppressed", "")])
    assert list(Verdict.objects.order_by("line").values_list("outcome", flat=True)) == ["x", "c"]
    assert [row[0] for row in people()] == ["Boris"]


# ---- what was chosen
def test_lines_can_be_left_out_and_the_same_person_further_down_too(rep):
    job = load(rep, "name,phone\nAnna,0671112233\nBoris,0671112244\nAnna again,0671112233\n", left_out=[2])
    assert (job.counts, [row[0] for row in people()]) == (full({"created": 1, "left_out": 1, "duplicate": 1}), ["Boris"])
    assert rejected(job) == [(2, "", ""), (4, "repeated", "2")]


def test_headings_nobody_knows_are_asked_for_and_remembered(rep):
    file = "Wer;Wie;Sonst\nAnna;0671112233;x\n"
    job = jobs.check(draft(rep, file))
    found = jobs.checked(job)
    assert "These columns are missing: Name" in found.problem
    assert (found.read.headings, found.read.cells) == (["Wer", "Wie", "Sonst"], ["Anna", "0671112233", "x"])
    job = jobs.read_otherwise(job, {"mapping": {"0": "name", "1": "phone"}})
    assert (jobs.checked(job).counts["created"], jobs.checked(job).ignored) == (1, ["Sonst"])
    jobs.confirm(job, by=rep.user)
    jobs.carry_out(job.pk)
    assert [row[:2] for row in people()] == [("Anna", "+380671112233")]
    again = jobs.check(draft(rep, "Sonst;Wer;Wie\nx;Boris;0671112244\n"))
    assert (jobs.checked(again).read.columns, Mapping.objects.count()) == ([None, "name", "phone"], 1)


def test_another_reps_choice_is_not_taken(rep, stranger):
    job = jobs.read_otherwise(jobs.check(draft(rep, "Wer;Wie\nAnna;0671112233\n")), {"mapping": {"0": "name", "1": "phone"}})
    jobs.confirm(job, by=rep.user)
    assert jobs.checked(jobs.check(draft(stranger, "Wer;Wie\nAnna;0671112233\n"))).problem


def test_the_region_letters_and_separator_can_be_chosen(rep):
    data = "name|phone\nОльга|8 701 123 45 67\n".encode("cp1251")
    job = jobs.keep_upload(rep.user, "leads", data, options={"rep": rep.rep.pk, "region": "KZ", "encoding": "cp1251", "separator": "|"})
    assert jobs.checked(jobs.check(job)).samples["created"][0].label == "Ольга 8 701 123 45 67"
    assert running.check(job).counts["created"] == 1
    load(rep, data, region="KZ", encoding="cp1251", separator="|")
    assert [row[:2] for row in people()] == [("Ольга", "+77011234567")]


# ---- what a preview says
def test_a_preview_shows_old_and_new_and_namesakes(rep):
    make.lead(rep.rep, "Anna", phone="0671112233", email="old@example.com", tags=["mother"])
    make.lead(rep.rep, "Boris", phone="0671112244")
    before = Lead.objects.order_by("pk").values().get(name="Anna")
    found = running.check(
        draft(rep, "name,phone,email,tags\nAnna M,0671112233,new@example.com,vip\nBoris,0671112255,,\nBoris,0671112244,,\n")
    )
    assert found.counts == full({"created": 1, "updated": 1, "unchanged": 1, "namesakes": 1})
    assert found.samples["updated"][0].changes == [
        Change("name", "Anna", "Anna M"),
        Change("email", "old@example.com", "new@example.com"),
        Change("other_emails", "", "old@example.com"),
        Change("tags", "mother", "mother, vip"),
    ]
    assert [(row.line, row.note, row.sentence) for row in found.samples["created"]] == [
        (3, "namesake", "You already have somebody with this name.")
    ]
    assert Lead.objects.values().get(pk=before["id"]) == before


def test_a_large_file_is_checked_by_a_worker(rep, settings):
    settings.IMPORT_CHECKED_AT_ONCE = 10
    job = jobs.check(draft(rep, "name,phone\nAnna,0671112233\n"))
    assert (job.state, jobs.checked(job)) == ("checking", None)
    jobs.carry_out(job.pk)
    job.refresh_from_db()
    assert (job.state, jobs.checked(job).counts["created"], Lead.objects.count()) == ("draft", 1, 0)
    jobs.confirm(job, by=rep.user)
    jobs.carry_out(job.pk)
    assert Lead.objects.count() == 1


def test_a_large_file_that_cannot_be_used_fails_with_its_sentence(rep, settings):
    settings.IMPORT_CHECKED_AT_ONCE = 5
    job = jobs.check(draft(rep, 'name,"phone\nAnna,0671112233\n'))
    jobs.carry_out(job.pk)
    job.refresh_from_db()
    assert (job.state, "wrong place" in job.sentence) == ("failed", True)


# ---- the board
def test_by_the_column_stage_people_come_where_it_says_in_any_language(rep, board, stages):
    Stage.objects.filter(pk=stages["contacted"].pk).update(own_name="Warm ones")
    make.card(board, "Older", stage=stages["offer"])
    job = load(
        rep,
        "name,phone,Этап\nAnna,0671112231,Offer sent\nBoris,0671112232,warm ones\nClara,0671112233,nowhere\nDaria,0671112234,\n"
        f"Egor,0671112235,{stages['ordered'].name}\nFedir,0671112236,Offer sent\n",
        board="stage",
    )
    assert job.counts["on_board"] == 6
    standing = {
        stage: list(Card.objects.filter(stage__standard=stage).order_by("rank").values_list("lead__name", flat=True)) for stage in stages
    }
    assert standing == {
        "prospects": ["Clara", "Daria"],
        "contacted": ["Boris"],
        "offer": ["Anna", "Fedir", "Older"],
        "ordered": ["Egor"],
        "declined": [],
    }


def test_in_chunks_the_board_has_the_order_of_the_file_and_leaves_alone_whom_the_rep_lets_be(rep, board, monkeypatch):
    monkeypatch.setattr("cotano.jobs.running.CHUNK", 2)
    follow_up.stop_contact(make.lead(rep.rep, "Let be", phone="0671112239"), by=rep.user)
    names = [f"P{n}" for n in range(7)]
    load(rep, "\n".join(["name,phone", "Let be,0671112239", *(f"{name},06711122{n:02d}" for n, name in enumerate(names))]), board="first")
    assert list(Card.objects.order_by("rank").values_list("lead__name", flat=True)) == names


def test_a_job_of_a_rep_who_is_gone_fails(rep):
    job = jobs.confirm(jobs.check(draft(rep, "name,phone\nAnna,0671112233\n")), by=rep.user)
    type(rep.rep).objects.filter(pk=rep.rep.pk).update(status="removed", removed_on="2020-01-01")
    jobs.carry_out(job.pk)
    assert Job.objects.get().state == "failed"


def test_people_are_found_by_index_also_of_a_rep_whom_the_statistics_do_not_know(rep):
    """The plan of a join for such a rep reads all their people for each line of a file."""
    data = "Name,Phone,E-mail\n" + "".join(f"P{n},+38067{n:07d},\nQ{n},,q{n}@example.com\n" for n in range(300))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_lead")
    load(rep, data)
    plans = []

    def explained(execute, sql, params, many, context):
        if "UPDATE import_stage s SET lead_id = m.id" in str(sql):
            execute(f"EXPLAIN {sql}", params, many, context)
            plans.append("\n".join(row[0] for row in context["cursor"].fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        assert load(rep, data).counts == full({"unchanged": 600})
    assert [("lead_once_per_owner" in plan, "Seq Scan on leads_lead" in plan) for plan in plans] == [(True, False)] * 2, plans
