"""Files as spreadsheets really write them, and files that are none."""

import datetime as dt

import pytest

from cotano.jobs import cells, reading
from cotano.jobs.cells import BadRow
from cotano.jobs.reading import Choice, separated
from cotano.jobs.refusals import Refusal


def read(data):
    table = reading.table(reading.of_bytes(data))
    return table.headings, [(line.number, line.cells if not line.reason else line.reason) for line in table.lines()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_any_usual_encoding_and_separator(encoding, mark):
    text = f"Имя{mark}Телефон\r\nОлена{mark}067\r\n"
    assert read(text.encode(encoding)) == (["Имя", "Телефон"], [(2, ["Олена", "067"])])


def test_letters_cut_in_two_by_a_piece_are_whole_again():
    data = "a;b\nЄвгенія;1\n".encode()
    table = reading.table(lambda: [data[n : n + 1] for n in range(len(data))])
    assert [line.cells for line in table.lines()] == [["Євгенія", "1"]]


def test_line_numbers_are_those_of_the_file():
    data = b'\n\na,b\n1,2\n\n"x\ny",3\n ,\n5,6\r\n'
    assert read(data) == (["a", "b"], [(4, ["1", "2"]), (6, ["x\ny", "3"]), (9, ["5", "6"])])


def test_lines_may_end_in_any_way():
    assert read(b"a,b\r1,2\r3,4")[1] == [(2, ["1", "2"]), (3, ["3", "4"])]


def test_what_was_found_out_and_what_can_be_chosen():
    table = reading.table(reading.of_bytes("Имя;Телефон\nОлена;067\nІнна;050\n".encode("cp1251")))
    assert (table.how.format, table.how.encoding, table.how.separator, table.newlines) == ("csv", "cp1251", ";", 3)
    assert (
        table.how.encodings == list(reading.TITLES) == ["utf-8", "cp1251", "koi8-u", "cp866", "cp1250", "cp1252", "utf-16-le", "utf-16-be"]
    )
    lines = table.lines()
    assert (next(lines), table.read) == ((2, ["Олена", "067"], "", ""), 2)


@pytest.mark.parametrize("encoding", list(reading.TITLES))
def test_a_chosen_encoding_and_separator_are_used(encoding):
    data = b"a;b,c\n\xc0;\xc1\n"
    table = reading.table(reading.of_bytes(data), Choice(encoding=encoding, separator=","))
    assert (table.how.encoding, table.how.separator) == (encoding, ",")
    if not encoding.startswith("utf"):
        assert (table.headings, next(table.lines()).cells) == (["a;b", "c"], [b"\xc0;\xc1".decode(encoding), ""])


@pytest.mark.parametrize(("choice", "sentence"), [(Choice(encoding="utf-7"), "encodings"), (Choice(separator="::"), "separators")])
def test_a_choice_that_is_none_is_refused(choice, sentence):
    with pytest.raises(Refusal, match=sentence):
        reading.table(reading.of_bytes(b"a,b\n1,2\n"), choice)


def test_a_heading_with_a_comma_does_not_hide_the_separator():
    assert read("Имя, отчество;Телефон\nОлена;067\n".encode())[0] == ["Имя, отчество", "Телефон"]


def test_one_column_and_a_named_separator():
    assert read(b"code\n1\n2\n") == (["code"], [(2, ["1"]), (3, ["2"])])
    assert read(b"sep=|\na,b|c\n1|2\n") == (["a,b", "c"], [(3, ["1", "2"])])


def test_bad_lines_are_named_and_the_others_read():
    data = 'a,b\n1\n1,2,3\n1,2,,\n"x"y,2\n{},2\n5,6\n'.format("z" * 4001).encode()
    assert read(data)[1] == [(2, ["1", ""]), (3, "columns"), (4, ["1", "2", "", ""]), (5, "quote"), (6, "too_long"), (7, ["5", "6"])]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b'a,b\n1,2\n"3,4\n5,6\n', [(2, ["1", "2"]), (3, "quote"), (4, ["5", "6"])]),
        (b'a,b\n1,"x\n3,4\n5,"ok"\n7,8\n', [(2, "quote"), (3, ["3", "4"]), (4, ["5", "ok"]), (5, ["7", "8"])]),
        (b'a,b\n1,"x\n3,"y\n5,"z\nw"\n7,"', [(2, "quote"), (3, "quote"), (4, ["5", "z\nw"]), (6, "quote")]),
    ],
)
def test_a_quotation_mark_never_closed_spoils_its_line_and_no_other(data, lines):
    assert read(data) == (["a", "b"], lines)


def test_a_line_with_a_stray_quotation_mark_goes_back_as_it_was():
    lines = list(reading.table(reading.of_bytes(b'a,b\n1,"x\0\n2,"y" z\n')).lines())
    assert [(line.cells, line.reason) for line in lines] == [(['1,"x\ufffd'], "quote"), (['2,"y" z'], "quote")]


def test_a_mark_that_swallows_a_large_file_again_and_again_is_refused_in_the_end(monkeypatch):
    data = b'a,b\n"' + b"1,2\n" * 300_000
    lines = list(reading.table(reading.of_bytes(data)).lines())
    assert (len(lines), [line.number for line in lines if line.reason]) == (300_000, [2])
    monkeypatch.setattr(separated, "_AGAIN", 1000)
    with pytest.raises(Refusal, match="opened in line 2 is never closed"):
        read(data)


def fits(cells):
    return {"name", "phone"} <= set(cells)


@pytest.mark.parametrize(
    ("data", "people", "found"),
    [
        (b"My list\n\nname;phone\nAnna;12\n", True, (["name", "phone"], [(4, ["Anna", "12"])])),
        (b"My list;\nof May;\n;\nname;phone\nAnna;0671112233\n", True, (["name", "phone"], [(5, ["Anna", "0671112233"])])),
        (b'Roster, May\n"name","phone"\nA,12\n', False, (["name", "phone"], [(3, ["A", "12"])])),
        (b"name;phone\nname;phone\n", True, (["name", "phone"], [(2, ["name", "phone"])])),
        (b"who;where\nAnna;0671112233\nname;phone\n", True, (["who", "where"], [(2, ["Anna", "0671112233"]), (3, ["name", "phone"])])),
        (b"x\n" * 20 + b"name;phone\n", False, (["x"], [*((n, ["x"]) for n in range(2, 21)), (21, ["name;phone"])])),
    ],
)
def test_a_title_above_the_headings_is_passed_over(data, people, found):
    table = reading.table(reading.of_bytes(data), people=people, fits=fits)
    assert (table.headings, [(line.number, line.reason or line.cells) for line in table.lines()]) == found


def test_a_guarded_cell_is_what_it_was_before_the_export():
    assert read(b"a,b\n'=1+1,'tis\n'+380671112233,'-5\n")[1] == [(2, ["=1+1", "'tis"]), (3, ["+380671112233", "-5"])]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\n\n", "no rows"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel"),
        (b"%PDF-1.4", "a PDF"),
        (b"\x89PNG\r\n", "a picture"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"\0\0\0\x20ftypheic", "a picture"),
        (b"<!DOCTYPE html>", "a web page"),
        (b"a,b\n1," + b"\0" * 9, "holds no text"),
        (b"\xff\xfe" + b"\0\0a\0\0\0" * 9, "holds no text"),
        (b"\x7fELF\2\1\1" + bytes(range(256)) * 9, "holds no text"),
        (b"\xff\xfea\0\n", "cannot be read"),
        (b'a,"b\n1,2\n', "mark in line 1 is in the wrong place"),
        (b"\r\n<table border=1><tr><td>a</td></tr></table>", "a web page"),
        (b"MIME-Version: 1.0\r\n\r\nAnna,0671112233", "a web page"),
        (rb"{\rtf1\ansi Anna 0671112233}", "a text document"),
        (b"a,b\n" + b"x" * 2**21, "Line 2 is too long"),
        (b",".join(b"c%d" % n for n in range(101)) + b"\n1\n", "101 columns"),
    ],
)
def test_what_is_no_table_is_called_by_its_name(data, sentence):
    with pytest.raises(Refusal, match=sentence):
        read(data)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1 234,56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("-12", "-12.00"),
        ("7.5000", "7.50"),
        ("1\u00a0000", "1000.00"),
    ],
)
def test_money_as_people_write_it(typed, amount):
    assert str(cells.money(typed)) == amount


def test_a_phone_with_any_spaces():
    assert cells.phone(" 067\t111\u202f22\n33\u2007", "UA") == "+380671112233"


@pytest.mark.parametrize(
    ("typed", "region", "number"),
    [
        ("380671112233.0", "UA", "+380671112233"),
        ("8 (067) 111-22-33", "UA", "+380671112233"),
        ("80671112233", "UA", "+380671112233"),
        ("8 701 123 45 67", "KZ", "+77011234567"),
        ("\u202a+380 67 111 22 33\u202c", "PL", "+380671112233"),
    ],
)
def test_a_phone_that_a_program_or_an_old_habit_spoilt(typed, region, number):
    assert cells.phone(typed, region) == number


@pytest.mark.parametrize(("typed", "region"), [("80671112233", "PL"), ("380671112233.5", "UA"), ("806711122334", "UA"), ("12.0", "UA")])
def test_no_phones(typed, region):
    with pytest.raises(BadRow):
        cells.phone(typed, region)


TODAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("1984-04-12", (dt.date(1984, 4, 12), "")),
        ("12.04.1984", (dt.date(1984, 4, 12), "")),
        ("1900-01-01", (dt.date(1900, 1, 1), "")),
        (" 12.04.84 ", (dt.date(1984, 4, 12), "")),
        ("12.04.16", (dt.date(2016, 4, 12), "")),
        ("12.04.17", (dt.date(1917, 4, 12), "")),
        ("30784", (dt.date(1984, 4, 12), "")),
        ("5.4", (None, "05.04.")),
        ("29.02.", (None, "29.02.")),
        ("0/0/00", (None, "")),
        ("0.0.00", (None, "")),
        ("00.00.0000", (None, "")),
        ("0000-00-00", (None, "")),
        (" ", (None, "")),
    ],
)
def test_birthdays_as_people_write_them(typed, found):
    assert cells.born(typed, TODAY) == found


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("31.04", "date"),
        ("31.02.84", "date"),
        ("31.02.1984", "date"),
        ("1984-W15-4", "date"),
        ("٣٣.04.1984", "date"),
        ("31.12.1899", "birthday"),
        ("01/02/03", "date"),
        ("1984", "date"),
        ("yesterday", "date"),
        ("2026-11-23", "birthday"),
    ],
)
def test_no_birthdays(typed, reason):
    with pytest.raises(BadRow) as bad:
        cells.born(typed, TODAY)
    assert bad.value.reason == reason


@pytest.mark.parametrize("typed", ["NaN", "1e309", "Infinity", "", "1.234", "1,234", "0.005", "12a", "٣", "99999999999999"])
def test_no_money(typed):
    with pytest.raises(BadRow) as bad:
        cells.money(typed)
    assert bad.value.reason == "amount"


@pytest.mark.parametrize("typed", ["2018-11-07", "07.11.2018", "7/11/2018", "2018-11-07 00:00:00"])
def test_dates(typed):
    assert cells.day(typed).isoformat() == "2018-11-07"


@pytest.mark.parametrize("typed", ["31.02.2018", "01/02/03", "yesterday", "43411", "2018-13-01", "0000-01-01", "٢٠١٨-11-07"])
def test_no_dates(typed):
    with pytest.raises(BadRow):
        cells.day(typed)


@pytest.mark.parametrize(
    "typed", ["a@@b", "a b@example.org", "a@b", "@example.org", "a@-b.org", "a@example..org", "x" * 250 + "@example.org", "<a@example.org>"]
)
def test_no_addresses(typed):
    with pytest.raises(BadRow):
        cells.email(typed)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_letter_cut_in_two_spoils_its_line_and_no_other(mark):
    data = mark + "code,Имя\n1,Олена\n2,Ірин".encode() + b"\xd0\n3," + "Ґанна\n".encode()
    assert read(data) == (["code", "Имя"], [(2, ["1", "Олена"]), (3, "letters"), (4, ["3", "Ґанна"])])
    lines = list(reading.table(reading.of_bytes(data)).lines())
    assert lines[1].cells == ["2", "Ірин\ufffd"]


def test_lone_surrogates_are_named_by_their_line():
    data = "a,Їжак\n1,2\n".encode() + b"3,\xed\xa0\x80\n5,6\n"
    assert read(data)[1] == [(2, ["1", "2"]), (3, "letters"), (4, ["5", "6"])]


def test_a_stray_nul_spoils_its_line_and_no_other():
    data = b"a,b\n1,\0\n3,4\n"
    assert read(data) == (["a", "b"], [(2, "letters"), (3, ["3", "4"])])
    assert next(reading.table(reading.of_bytes(data)).lines()).cells == ["1", "\ufffd"]


def test_a_lone_surrogate_in_utf16_spoils_its_line():
    data = "a,b\n1,Ї\n".encode("utf-16") + b"2\0,\0\x00\xd8\n\0"
    assert read(data)[1] == [(2, ["1", "Ї"]), (3, "letters")]


def test_short_words_in_windows_1251_are_not_taken_for_utf8():
    data = "Ім'я;Місто\nВіта;Ніжин\nДіна;Рівне\n".encode("cp1251")
    assert read(data) == (["Ім'я", "Місто"], [(2, ["Віта", "Ніжин"]), (3, ["Діна", "Рівне"])])


def test_a_companys_line_that_ends_too_early_was_cut_off():
    table = reading.table(reading.of_bytes(b"a,b\n1\n1,2\n"), people=False)
    assert [line.reason for line in table.lines()] == ["columns", ""]
