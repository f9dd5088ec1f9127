"""A rep's own people as a file, and back."""

import csv
import datetime as dt
import io

import openpyxl
import pytest
import time_machine
import vobject
from django.utils import timezone

from cotano.jobs import exporting, exports, reading
from cotano.jobs.models import Audit, Export, ExportPiece
from cotano.jobs.refusals import Refusal
from leads.models import Lead
from notifications.models import Notification
from pipeline.exports import OwnLeads, folded
from teams.models import Rep, User
from tests import make
from tests.loading import counts, load

HOSTILE = ["=1+1", "'=1+1", "''@x", "+cmd", "-5", "@sum", "＝1", "＋1", "－1", "＠1", "O'Neil", "'quoted'", 'a "b", c;d', "тест"]
FIELDS = ("name", "phone", "other_phones", "email", "other_emails", "birthday", "tags", "note")
TRAITS = ("kind", "family", "likes", "hotness", "channel", "hour", "zone")


def said():
    return sorted(Lead.objects.values_list(*FIELDS, *TRAITS), key=str)


@pytest.fixture
def people(rep):
    """Names that a spreadsheet would run, several phones and e-mails, everything else there is."""
    for n, name in enumerate(HOSTILE):
        make.lead(rep.rep, name, phone=f"06711122{n:02d}", note=f"{name}\nsecond line")
    make.lead(
        rep.rep,
        "Anna",
        phone="0671112299",
        other_phones=["0501112299", "0631112299"],
        email="anna@example.com",
        other_emails=["work@example.com"],
        birthday=dt.date(1990, 3, 8),
        tags=["vip", "=gym"],
        note="Two kids; likes red, and \\ blue",
        kind="customer",
        family='=Two kids \\ "Ira"',
        likes="червоне",
        hotness=5,
        channel="viber",
        hour=18,
        zone="Europe/Warsaw",
    )
    return Lead.objects.filter(owner=rep.rep)


def file_of(rep, form):
    return b"".join(exporting.blocks(OwnLeads(), OwnLeads().rows(rep.user, {}), form))


@pytest.mark.parametrize("form", ["csv", "xlsx", "vcf"])
def test_out_and_in_again_restores_everything(form, rep, people):
    people.filter(name="Anna").update(other_phones=[], other_emails=[])
    if form == "vcf":  # a card has no place for these
        people.update(kind="prospect", family="", likes="", hotness=0, channel="", hour=None, zone="")
    before, file = said(), file_of(rep, form)
    assert counts(load("leads", file, rep=rep.rep.pk, by_operator=True)) == (0, 0, len(before), 0)
    people.delete()
    assert counts(load("leads", file, rep=rep.rep.pk, by_operator=True)) == (len(before), 0, 0, 0)
    assert said() == before


@pytest.mark.parametrize("form", ["csv", "xlsx", "vcf"])
def test_further_phones_and_e_mails_are_in_the_columns_that_are_read(form, rep, people):
    file = file_of(rep, form)
    table = reading.table(lambda: iter([file]))
    rows = [dict(zip(table.headings, line.cells, strict=True)) for line in table.lines()]
    [anna] = [row for row in rows if row["name"] == "Anna"]
    wanted = {"phone": "+380671112299", "phone 2": "+380501112299", "phone 3": "+380631112299", "email 2": "work@example.com"}
    assert {name: anna[name] for name in wanted} == wanted


def test_no_cell_is_run_as_a_formula(rep, people):
    rows = list(csv.reader(io.StringIO(file_of(rep, "csv").decode("utf-8-sig"))))
    assert {cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r＝＋－＠") and cell} == set()
    assert rows[0][:7] == ["name", "phone", "phone 2", "phone 3", "phone 4", "phone 5", "phone 6"]
    sheet = openpyxl.load_workbook(io.BytesIO(file_of(rep, "xlsx"))).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [[cell.value or "" for cell in row] for row in sheet.iter_rows()] == rows


def test_cards_are_read_by_another_program(rep, people):
    cards = list(vobject.readComponents(file_of(rep, "vcf").decode()))
    assert sorted(card.fn.value for card in cards) == sorted(people.values_list("name", flat=True))
    anna = next(card for card in cards if card.fn.value == "Anna")
    assert [tel.value for tel in anna.contents["tel"]] == ["+380671112299", "+380501112299", "+380631112299"]
    assert anna.note.value == "Two kids; likes red, and \\ blue"
    assert anna.categories.value == ["vip", "=gym"]


@pytest.mark.parametrize("line", ["", "a" * 75, "a" * 76, "ї" * 37, "ї" * 38, "a" + "ї" * 200, "😀" * 100])
def test_lines_of_a_card_are_folded_at_75_bytes_between_letters(line):
    parts = folded(line).split("\r\n")
    assert max(len(part.encode()) for part in parts) <= 75
    assert parts[0] + "".join(part[1:] for part in parts[1:]) == line


def test_only_ones_own_leave(rep, people, stranger):
    make.lead(stranger.rep, "Foreign", phone="0501112200")
    assert "Foreign" not in file_of(rep, "csv").decode()


@pytest.mark.parametrize("form", ["csv", "xlsx", "vcf"])
def test_a_file_goes_out_in_small_pieces(form, rep):
    people = [Lead(owner=rep.rep, name=f"Name {n}", phone=f"+38067{n:07d}", note=f"{n}x" * 50) for n in range(3000)]
    Lead.objects.bulk_create(people)
    pieces = [len(block) for block in exporting.blocks(OwnLeads(), OwnLeads().rows(rep.user, {}), form)]
    assert len(pieces) > 1
    assert max(pieces) < 2 * exporting.BLOCK


# ---- many rows: a worker makes the file


@pytest.fixture
def many(settings, people):
    settings.EXPORT_AT_ONCE = 3
    return people


def begin(rep, form="csv"):
    return exports.begin("leads", by=rep.user, form=form, params={})


def test_few_rows_go_at_once_and_are_written_down(rep, people):
    export = begin(rep)
    assert (export.state, export.kept_until) == ("done", None)
    assert b"".join(exports.blocks(export, {})) == file_of(rep, "csv")
    assert list(Audit.objects.values_list("by", "whose", "what", "subject")) == [
        (rep.user.pk, rep.user.pk, "exported", f"export:{export.pk}")
    ]


@pytest.mark.parametrize("form", ["csv", "xlsx", "vcf"])
def test_many_rows_are_made_by_a_worker_who_tells(form, rep, many):
    export = begin(rep, form)
    assert (export.state, Audit.objects.count()) == ("waiting", 1)
    export = exports.make(export.pk)
    assert (export.state, export.sentence) == ("done", "")
    told = Notification.objects.get()
    assert (told.recipient, told.title, told.url) == (rep.user, "Your file is ready", exports.page(export))
    made = b"".join(exports.kept_blocks(export))
    assert len(made) == export.size
    if form != "xlsx":  # a workbook names its minute
        assert made == file_of(rep, form)
    assert exports.make(export.pk) is None
    assert exports.may_fetch(export, rep.user)


def test_it_is_kept_for_a_week_and_what_it_was_narrowed_by_is_forgotten(rep, many):
    export = exports.begin("leads", by=rep.user, form="csv", params={"q": "Anna"})
    export = exports.make(export.pk)
    with time_machine.travel(timezone.now() + dt.timedelta(days=7, seconds=1)):
        assert not exports.may_fetch(export, rep.user)
        exports.take_up()
    export.refresh_from_db()
    assert (export.params, export.size, ExportPiece.objects.count()) == ({}, 0, 0)


def test_rights_are_asked_for_again_when_it_is_made_and_when_it_is_fetched(rep, many):
    first, second = begin(rep), begin(rep)
    exports.make(first.pk)
    Rep.objects.filter(pk=rep.rep.pk).update(status="removed", removed_on=timezone.localdate())
    failed = exports.make(second.pk)
    assert (failed.state, failed.sentence) == ("failed", "You may not take these rows out any more.")
    first.refresh_from_db()
    assert not exports.may_fetch(first, User.objects.get(pk=rep.user.pk))


def test_nobody_fetches_anothers(rep, many, upline):
    export = begin(rep)
    exports.make(export.pk)
    export.refresh_from_db()
    assert (exports.may_fetch(export, rep.user), exports.may_fetch(export, upline.user)) == (True, False)


def test_a_worker_that_died_is_followed_by_another(rep, many):
    export = begin(rep)
    exports._claim(export.pk)
    assert exports.make(export.pk) is None
    with time_machine.travel(timezone.now() + exports.LEASE + dt.timedelta(seconds=1)):
        assert exports.take_up() == [export.pk]
        assert exports.make(export.pk).state == "done"


def test_a_worker_that_fails_three_times_says_so(rep, many, monkeypatch):
    monkeypatch.setattr(OwnLeads, "rows", lambda *_: 1 / 0)
    export = Export.objects.create(owner=rep.user, kind="leads", form="csv")
    for _ in range(3):
        assert exports.make(export.pk) is None
    assert exports.make(export.pk).state == "failed"


@pytest.mark.parametrize(("kind", "form"), [("leads", "pdf"), ("leads", ""), ("nothing", "csv")])
def test_what_there_is_not_is_refused(kind, form, rep):
    with pytest.raises(Refusal):
        exports.begin(kind, by=rep.user, form=form, params={})


def test_who_is_no_rep_is_refused(manager):
    with pytest.raises(Refusal):
        begin(manager)
