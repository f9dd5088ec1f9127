"""Excel workbooks, the plain ones and those made to hurt."""

import datetime as dt
import io
import struct
import zipfile
import zlib

import pytest
import xlsxwriter

from cotano.demo import EXAMPLES
from cotano.jobs import kinds, reading
from cotano.jobs.reading import Choice, workbook
from cotano.jobs.refusals import Refusal


def book(fill, **options):
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True, **options}) as made:
        fill(made)
    return data.getvalue()


def one_sheet(*rows):
    def fill(made):
        sheet = made.add_worksheet("A")
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)

    return book(fill)


def repacked(data, **parts):
    """The workbook with these parts (name -> bytes) put in."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.pop(name, None) or old.read(name))
        for name, part in parts.items():
            new.writestr(name, part)
    return packed.getvalue()


def read(data, choice=Choice()):  # noqa: B008
    table = reading.table(reading.of_bytes(data), choice)
    return table.headings, [(line.number, line.cells if not line.reason else line.reason) for line in table.lines()]


def sheet_xml(cells):
    return (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{cells}</sheetData></worksheet>"
    ).encode()


SHEET = "xl/worksheets/sheet1.xml"
PLAIN = one_sheet(["name", "phone"], ["Anna", "0671112233"])


def test_the_sample_gives_312_lines():
    data = (EXAMPLES / "leads/leads.xlsx").read_bytes()
    table = reading.table(reading.of_bytes(data))
    lines = list(table.lines())
    assert (table.how.format, table.how.sheet, table.how.sheets) == ("xlsx", "Клієнти", ["Клієнти"])
    assert table.headings == ["Имя", "Телефон", "Почта", "День рождения", "Метки", "Заметка"]
    assert (len(lines), {line.reason for line in lines}, lines[-1].number, table.newlines, table.read) == (312, {""}, 313, 313, 313)
    assert list(table.lines()) == lines
    csv = reading.table(reading.of_bytes((EXAMPLES / "leads/leads_cp1251.csv").read_bytes()))
    assert [[cell.replace("ʼ", "’") for cell in line.cells] for line in lines] == [line.cells for line in csv.lines()]


def test_cells_are_what_a_person_would_type():
    def fill(made):
        sheet = made.add_worksheet("A")
        day = made.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_row(1, 0, [380671112233, 0.1])
        sheet.write_datetime(2, 0, dt.datetime(2018, 11, 16), day)  # noqa: DTZ001
        sheet.write_datetime(2, 1, dt.datetime(2018, 11, 16, 17, 30), day)  # noqa: DTZ001
        sheet.write_row(3, 0, [True, -5])
        sheet.write_row(4, 0, ["'=1+1", "=x"], made.add_format())
        sheet.write_string(5, 0, "=SUM(1)")

    rows = [
        (2, ["380671112233", "0.1"]),
        (3, ["2018-11-16", "2018-11-16 17:30:00"]),
        (4, ["TRUE", "-5"]),
        (5, ["=1+1", "0"]),
        (6, ["=SUM(1)", ""]),
    ]
    assert read(book(fill)) == (["a", "b"], rows)


def test_dates_counted_from_1904():
    def fill(made):
        sheet = made.add_worksheet("A")
        sheet.write_row(0, 0, ["a"])
        sheet.write_datetime(1, 0, dt.datetime(2018, 11, 16), made.add_format({"num_format": "yyyy-mm-dd"}))  # noqa: DTZ001

    assert read(book(fill, date_1904=True))[1] == [(2, ["2018-11-16"])]


def test_line_numbers_are_those_of_the_sheet():
    data = one_sheet([], [], ["a", "b"], [1, 2], [], ["", " "], [3], [1, 2, 3], [4, 5])
    assert read(data) == (["a", "b"], [(4, ["1", "2"]), (7, ["3", ""]), (8, "columns"), (9, ["4", "5"])])


def test_a_title_above_the_headings_is_passed_over():
    data = one_sheet(["Мої клієнти"], [], ["Консультант:", "Олена"], ["№", "ПІБ", "Телефон"], [1, "Оля", 380671112233])
    table = reading.table(reading.of_bytes(data), fits=kinds.get("leads").knows)
    assert (table.headings, [(line.number, line.cells) for line in table.lines()]) == (
        ["№", "ПІБ", "Телефон"],
        [(5, ["1", "Оля", "380671112233"])],
    )


def test_a_title_above_people_without_headings():
    table = reading.table(reading.of_bytes(one_sheet(["Мої клієнти"], [1, "Оля", "Київ", "0671112233"], [2, "Аня", "", "0501112233"])))
    lines = [(line.number, [cell for cell in line.cells if cell]) for line in table.lines()]
    assert lines == [(1, ["Мої клієнти"]), (2, ["Оля", "0671112233", "Київ"]), (3, ["Аня", "0501112233"])]


def test_the_first_sheet_with_something_on_it_or_the_chosen_one():
    def fill(made):
        for n in range(20):
            sheet = made.add_worksheet(f"Sheet {n}")
            if n in {0, 7}:
                sheet.hide()
            if n == 7:
                sheet.write_row(0, 0, ["hidden"])
            if n > 7:
                sheet.write_row(0, 0, ["name", "phone"])
                sheet.write_row(1, 0, [f"Person {n}", 67])
        made.get_worksheet_by_name("Sheet 1").set_first_sheet()
        made.get_worksheet_by_name("Sheet 1").activate()

    data = book(fill)
    visible = [f"Sheet {n}" for n in range(20) if n not in {0, 7}]
    how = reading.table(reading.of_bytes(data)).how
    assert (how.sheet, how.sheets) == ("Sheet 8", visible)
    assert read(data, Choice(sheet="Sheet 19"))[1] == [(2, ["Person 19", "67"])]
    for name in ("Sheet 7", "nowhere"):
        with pytest.raises(Refusal, match="no such sheet"):
            read(data, Choice(sheet=name))
    with pytest.raises(Refusal, match="no rows"):
        read(data, Choice(sheet="Sheet 2"))


def test_a_cell_too_long_is_named():
    assert read(one_sheet(["a"], ["x" * 4000], ["x" * 4001], ["y"]))[1] == [(2, ["x" * 4000]), (3, "too_long"), (4, ["y"])]


def test_a_far_cell_at_the_bottom_does_no_harm():
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row><row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    assert read(repacked(PLAIN, **{SHEET: sheet_xml(cells)})) == (["a"], [(1048576, ["1"])])


def declared(data, name, size):
    """The archive with another unpacked size declared for an entry."""
    found = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        begin = found.find(mark)
        while begin >= 0:
            if found[begin + (30 if at == 22 else 46) :].startswith(name.encode()):
                struct.pack_into("<L", found, begin + at, size)
            begin = found.find(mark, begin + 4)
    return bytes(found)


def bomb(name, size):
    data = repacked(PLAIN, **{name: b"x"})
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = packer.compress(bytes(size)) + packer.flush()
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        new.writestr(info, bytes(size))
    assert len(zeros) < size / 100
    return packed.getvalue()


FAR = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
    '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>b</t></is></c></row>'
)
ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd"><!ENTITY l "lol">'
    b'<!ENTITY l2 "&l;&l;&l;&l;&l;&l;&l;&l;&l;&l;">]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1" t="inlineStr"><is><t>&e;&l2;</t></is></c></row></sheetData></worksheet>'
)


def other_archive(**parts):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return data.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (one_sheet(), "no rows"),
        (one_sheet([f"c{n}" for n in range(101)], [1]), "101 columns"),
        (one_sheet([f"c{n}" for n in range(10_000)], [1]), "10000 columns"),
        (repacked(PLAIN, **{SHEET: sheet_xml(FAR)}), "The cell XFD1048576 stands far away"),
        (repacked(PLAIN, **{SHEET: ENTITY}), "damaged"),
        (repacked(PLAIN, **{SHEET: b"<worksheet><sheetData><row"}), "damaged|no rows"),
        (repacked(PLAIN, **{"xl/vbaProject.bin": b"x"}), "macros"),
        (repacked(PLAIN, **{"xl/macrosheets/sheet1.xml": b"x"}), "macros"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "Workbook".encode("utf-16-le"), "old Excel"),
        (PLAIN[:-30], "damaged"),
        (PLAIN[:200] + bytes(300) + PLAIN[500:], "damaged"),
        (b"PK\x03\x04", "damaged"),
        (b"PK\x03\x04" + bytes(range(256)) * 10, "damaged"),
        (other_archive(**{"a.txt": b"x"}), "an archive"),
        (other_archive(**{"[Content_Types].xml": b"x", "word/document.xml": b"x"}), "not a workbook"),
        (other_archive(**{"xl/workbook.bin": b"x"}), "binary workbook"),
        (other_archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "OpenDocument"),
        (other_archive(**{f"xl/{n}": b"" for n in range(5001)}), "too many parts"),
        (bomb(SHEET, 500 * 2**20), "far too much"),
        (declared(bomb(SHEET, 50 * 2**20), SHEET, 4000), "far too much"),
        (declared(PLAIN, SHEET, 2**31), "far too much"),
        (b"%PDF-1.4\n" + PLAIN, "PDF"),
        (b"GIF89a" + PLAIN, "picture"),
        (b"<html>" + PLAIN, "web page"),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_a_workbook_that_is_none_is_called_by_its_name(data, sentence):
    with pytest.raises(Refusal, match=sentence):
        read(data)


def test_a_text_of_32_kb_in_every_cell_does_not_fill_the_memory():
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 40_000))
    strings = (
        '<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
        + "x" * 32_000
        + "</t></si></sst>"
    )
    with pytest.raises(Refusal, match="too large"):
        read(repacked(PLAIN, **{SHEET: sheet_xml(rows), "xl/sharedStrings.xml": strings.encode()}))


def test_more_bytes_or_rows_than_allowed(monkeypatch):
    monkeypatch.setattr(workbook, "ROWS", 2)
    assert len(read(one_sheet(["a"], [1], [2]))[1]) == 2
    with pytest.raises(Refusal, match="more than 2 rows"):
        read(one_sheet(["a"], [1], [2], [3]))
    monkeypatch.setattr(workbook, "BYTES", 1000)
    with pytest.raises(Refusal, match="larger than"):
        read(PLAIN)


def test_a_process_that_says_nothing_is_given_up(monkeypatch, tmp_path):
    child = tmp_path / "child.py"
    child.write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(workbook, "_CHILD", child)
    monkeypatch.setattr(workbook, "WALL", 0.2)
    with pytest.raises(Refusal, match="too large"):
        read(PLAIN)


def test_nothing_of_a_table_that_is_dropped_runs_on(monkeypatch):
    children = []
    start = workbook.subprocess.Popen

    def started(*args, **kwargs):
        children.append(start(*args, **kwargs))
        return children[-1]

    monkeypatch.setattr(workbook.subprocess, "Popen", started)
    data = one_sheet(["a"], *([n, "x" * 100] for n in range(20_000)))
    table = reading.table(reading.of_bytes(data))
    assert children[0].poll() is None
    del table
    assert children[0].returncode is not None
    lines = reading.table(reading.of_bytes(data)).lines()
    next(lines)
    lines.close()
    assert [child.returncode is not None for child in children] == [True, True]
