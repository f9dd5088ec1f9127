"""Contact cards as phones really write them."""

import base64

import pytest

from cotano.demo import EXAMPLES
from cotano.jobs import reading
from cotano.jobs.reading import Choice
from cotano.jobs.refusals import Refusal

HEADINGS = ["name", "phone", "phone 2", "phone 3", "email", "email 2", "birthday", "note", "tags", "company", "address"]


def people(data):
    data = data.encode() if isinstance(data, str) else data
    table = reading.table(reading.of_bytes(data))
    return [{heading: cell for heading, cell in zip(table.headings, line.cells, strict=True) if cell} for line in table.lines()]


def card(*lines, version="3.0"):
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


@pytest.mark.parametrize("name", ["contacts_v21.vcf", "contacts_v30.vcf"])
def test_the_same_300_people_as_in_the_table(name):
    table = reading.table(reading.of_bytes((EXAMPLES / "leads" / name).read_bytes()))
    assert (table.how.format, table.headings) == ("vcard", HEADINGS)
    lines = list(table.lines())
    assert [line.reason for line in lines] == [""] * 300
    csv = reading.table(reading.of_bytes((EXAMPLES / "leads/leads_utf8.csv").read_bytes()))
    plain = [line.cells for line in csv.lines()]
    assert [line.cells[0] for line in lines] == [cells[0] for cells in plain]
    assert [line.cells[1][-9:] for line in lines] == ["".join(filter(str.isdigit, cells[1]))[-9:] for cells in plain]
    if name == "contacts_v30.vcf":
        assert [line.cells[6] for line in lines] == [cells[3] for cells in plain]
        assert [line.cells[4] for line in lines] == [cells[2] for cells in plain]


def test_everything_a_card_may_hold():
    data = card(
        "N:Шевченко;Анна;Петрівна;;",
        "FN:Анна Шевченко",
        "ORG:Salon\\, Kyiv;Nails",
        "item1.TEL;type=HOME:044 111-22-33",
        "item1.X-ABLabel:_$!<Home>!$_",
        "TEL;TYPE=CELL,VOICE:+380671112233",
        "TEL;type=fax:044 999 88 77",
        "item2.EMAIL;type=INTERNET:anna@example.org",
        "EMAIL:second@example.org",
        "BDAY;VALUE=date:1984-04-12",
        "NOTE:one\\ntwo\\; three\\\\",
        "CATEGORIES:vip,cream",
        "ADR;TYPE=HOME:;;Хрещатик 1;Київ;;01001;Україна",
        "X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Ann;1;;;",
    )
    assert people(data) == [
        {
            "name": "Анна Шевченко",
            "phone": "+380671112233",
            "phone 2": "044 111-22-33",
            "phone 3": "044 999 88 77",
            "email": "anna@example.org",
            "email 2": "second@example.org",
            "birthday": "1984-04-12",
            "note": "one\ntwo; three\\",
            "tags": "vip;cream",
            "company": "Salon, Kyiv, Nails",
            "address": "Хрещатик 1, Київ, 01001, Україна",
        }
    ]


def test_quoted_printable_with_soft_breaks_and_a_code_page():
    assert people(
        card(
            "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=9A=D0=BE;=D0=90=D0=BD=",
            "=D0=BD=D0=B0;;;",
            "TEL;CELL:067",
            "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=windows-1251:=CA=F0=E5=EC=0D=0A=",
            " =E4=EB=FF",
            "ORG;QUOTED-PRINTABLE:a=3Db=",
            version="2.1",
        )
    ) == [{"name": "Анна Ко", "phone": "067", "note": "Крем\r\n для", "company": "a=b"}]


def test_folded_lines_and_version_4():
    data = card(
        "FN:Анна ",
        " Марія",
        "TEL;VALUE=uri;PREF=1:tel:+380671112233",
        'TEL;TYPE="voice,home":tel:+380501112233',
        "BDAY:19840412",
        version="4.0",
    )
    assert people(data) == [{"name": "Анна Марія", "phone": "+380671112233", "phone 2": "+380501112233", "birthday": "1984-04-12"}]


@pytest.mark.parametrize("written", ["--0412", "--04-12", "1604-04-12", "--0412T000000"])
def test_a_birthday_without_a_year_is_a_note(written):
    assert people(card("FN:A", "TEL:1", f"BDAY:{written}")) == [{"name": "A", "phone": "1", "note": "Birthday: 12.04."}]


def test_a_birthday_that_is_none_stays_to_be_named():
    assert people(card("FN:A", "BDAY:circa 1800")) == [{"name": "A", "birthday": "circa 1800"}]


def test_more_phones_than_columns_are_not_lost():
    phones = [f"+38067111220{n}" for n in range(7)]
    data = card("FN:A", "TEL:1") + card(
        "FN:B", *(f"TEL:{phone}" for phone in [*phones, "+38 067 111-22-00"]), *(f"EMAIL:{n}@x.org" for n in range(3))
    )
    table = reading.table(reading.of_bytes(data.encode()))
    assert table.headings[:7] == ["name", "phone", "phone 2", "phone 3", "phone 4", "phone 5", "email"]
    assert people(data)[1]["note"] == "More phones: +380671112205, +380671112206\nMore e-mail addresses: 2@x.org"
    assert [people(data)[1][f"phone {n}"] for n in range(2, 6)] == phones[1:5]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["N:Ko;Anna;M.;Dr.;"], "Anna M. Ko"),
        (["FN:", "N:;Анна;;;"], "Анна"),
        (["NICKNAME:Ann", "ORG:Salon"], "Ann"),
        (["ORG:Salon;Nails"], "Salon, Nails"),
        (["N:O\\;Hara;Ann\\,a"], "Ann,a O;Hara"),
    ],
)
def test_a_name_is_found_where_there_is_one(lines, name):
    assert people(card(*lines, "TEL:067"))[0]["name"] == name


def test_a_missing_end_loses_nobody():
    data = "BEGIN:VCARD\nFN:A\nTEL:1\nBEGIN:VCARD\nFN:B\nTEL:2\nEND:VCARD\nFN:nobody\nBEGIN:VCARD\nFN:C\nTEL:3"
    assert people(data) == [{"name": "A", "phone": "1"}, {"name": "B", "phone": "2"}, {"name": "C", "phone": "3"}]


def test_one_bad_card_of_500_is_named_and_the_others_read():
    cards = [card(f"FN:Person {n}", f"TEL:+3806711{n:05}") for n in range(500)]
    cards[100] = card("FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=D0=FF", "TEL:1")
    cards[200] = card("X-NOTHING:1", "BDAY:")
    cards[300] = card("FN:Long", "NOTE:" + "x" * 5000)
    table = reading.table(reading.of_bytes("".join(cards).encode()))
    lines = list(table.lines())
    assert [(line.number, line.reason) for line in lines if line.reason] == [(501, "letters"), (1001, "card"), (1501, "too_long")]
    assert len(lines) == 500
    assert lines[300].detail == "note"


def test_cards_3000_deep():
    deep = "".join(f"BEGIN:VCARD\nFN:P{n}\nTEL:{n}\n" for n in range(3000)) + "END:VCARD\n" * 3000
    assert len(people(deep)) == 3000
    assert people("BEGIN:VCARD\n" * 3000 + "END:VCARD\n" * 3000 + card("FN:A")) == [{"name": "A"}]


def test_the_card_of_an_assistant_is_passed_over():
    inner = "AGENT:\nBEGIN:VCARD\nFN:Helper\nTEL:9\nAGENT:\nBEGIN:VCARD\nFN:Deeper\nEND:VCARD\nEND:VCARD\n"
    assert people(f"BEGIN:VCARD\nFN:A\n{inner}TEL:1\nEND:VCARD\n") == [{"name": "A", "phone": "1"}]
    assert people("BEGIN:VCARD\nFN:A\nAGENT:\nBEGIN:VCARD\nFN:Helper\nBEGIN:VCARD\nFN:B\nEND:VCARD\n") == [{"name": "A"}, {"name": "B"}]


@pytest.mark.parametrize("fold", ["\r\n ", ""])
def test_a_photo_of_5_mb_is_passed_over_in_pieces(fold):
    letters = base64.b64encode(bytes(range(256)) * 20_000).decode()
    photo = fold.join(letters[n : n + 74] for n in range(0, len(letters), 74))
    data = card("FN:A", f"PHOTO;ENCODING=b;TYPE=JPEG:{photo}", "TEL:1").encode() + card("FN:B").encode()
    assert people(data) == [{"name": "A", "phone": "1"}, {"name": "B"}]


def test_an_endless_note_is_named():
    data = card("FN:A", "NOTE:" + "x" * 3_000_000) + card("FN:B")
    table = reading.table(reading.of_bytes(data.encode()))
    assert [(line.cells[0], line.reason) for line in table.lines()] == [("A", "too_long"), ("B", "")]
    assert len(next(table.lines()).cells[7]) <= 2**18


def test_20000_cards():
    data = "".join(card(f"FN:Person {n}", f"TEL:+3806{n:08}", version="2.1") for n in range(20_000)).encode()
    table = reading.table(lambda: (data[n : n + 65_521] for n in range(0, len(data), 65_521)))
    lines = list(table.lines())
    assert [line.cells[1] for line in lines] == [f"+3806{n:08}" for n in range(20_000)]
    assert (lines[-1].number, table.read, table.newlines) == (99_996, 99_996, 100_000)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1251", "koi8-u"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_encoding_and_line_end(encoding, end):
    data = "\n" + card("FN:Ганна Щербань", "TEL:067", version="2.1").replace("\r\n", end)
    assert people(data.encode(encoding)) == [{"name": "Ганна Щербань", "phone": "067"}]


def test_small_letters_and_a_chosen_encoding():
    data = "begin:vcard\nfn:Жанна\ntel:1\nend:vcard\n".encode("koi8-u")
    table = reading.table(reading.of_bytes(data), Choice(encoding="cp1251"))
    assert [line.cells[0] for line in table.lines()] == ["Жанна".encode("koi8-u").decode("cp1251")]


def test_a_file_of_the_company_is_no_address_book():
    with pytest.raises(Refusal, match="contact cards"):
        reading.table(reading.of_bytes(card("FN:A").encode()), people=False)


def test_a_mark_before_any_card_costs_no_card():
    one, two = card("FN:Anna", "TEL:0671112233"), card("FN:Olga", "TEL:0501112233")
    found = [{"name": "Anna", "phone": "0671112233"}, {"name": "Olga", "phone": "0501112233"}]
    for data in (
        "\ufeff" + one + two,
        "\r\n\ufeff" + one + "\ufeff" + two,
        "\ufeff" + one.replace("\r\n", "\r") + two.replace("\r\n", "\r"),
    ):
        assert people(data) == found


def test_a_tag_with_a_comma_in_it_is_no_two_tags_with_a_backslash():
    assert people(card("FN:A", "CATEGORIES:friends,a\\,b;c"))[0]["tags"] == "friends;a,b;c"


def test_a_card_is_no_table_whose_cells_are_guarded():
    assert people(card("FN:'=Anna", "TEL:0671112233", "NOTE:'+x")) == [{"name": "'=Anna", "phone": "0671112233", "note": "'+x"}]
