"""Whatever the bytes are, they end in a table or in a refusal with a sentence, never in an error."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cotano.demo import EXAMPLES
from cotano.jobs import cells, reading
from cotano.jobs.cells import BadRow
from cotano.jobs.reading import Choice
from cotano.jobs.reading.words import columns_of
from cotano.jobs.refusals import Refusal
from tests.jobs.reading.test_workbook import PLAIN
from tests.sizes import FUZZED

BEGINNINGS = st.sampled_from(
    [
        b"",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"sep=;\n",
        b"name;phone\n",
        b"BEGIN:VCARD\n",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0",
        b"Anna 0671112233\n",
    ]
)
PIECES = st.sampled_from(
    [
        b"\n",
        b"\r",
        b"\r\n",
        b",",
        b";",
        b"\t",
        b"|",
        b'"',
        b"'",
        b"\0",
        b"=",
        b"=\n",
        b" ",
        b"\n ",
        b":",
        b"\\",
        b"\\;",
        b"+380671112233",
        b"067 111",
        b"BEGIN:VCARD\n",
        b"END:VCARD\n",
        b"AGENT:\n",
        b"N;ENCODING=QUOTED-PRINTABLE:",
        b"TEL;CELL:",
        b"NOTE;CHARSET=x;ENCODING=b:",
        b"item1.FN:",
        b":::",
        b"\xd0",
        b"\xed\xa0\x80",
        b"\xff",
        b"\x98",
        b"\xe0\xe1",
        b"31.02.1980",
        b"a@b.org",
        b"First Name,Last Name,Phone 1 - Value\n",
        "Ім'я".encode(),
    ]
)
FILES = st.builds(bytes.__add__, BEGINNINGS, st.lists(PIECES | st.binary(max_size=12), max_size=40).map(b"".join))
CHOICES = st.builds(
    Choice,
    encoding=st.sampled_from(["", *reading.TITLES, "rot13"]),
    separator=st.sampled_from(["", ",", ";", "x", '"', "ab", "\n"]),
    sheet=st.just(""),
)


def ends_well(data, choice, size, *, people):
    """Reads all of it, in pieces of this size; the cells can be stored."""
    sentences = []
    try:
        table = reading.table(lambda: (data[n : n + size] for n in range(0, len(data), size)), choice, people=people)
        numbers = []
        for line in table.lines():
            numbers.append(line.number)
            "".join(line.cells).encode()
            assert "\0" not in "".join(line.cells)
            assert line.reason or len(line.cells) >= len(table.headings)
        assert numbers == sorted(set(numbers))
        assert len(table.headings) <= reading.COLUMNS + 20
    except Refusal as why:
        sentences.append(why.sentence)
    assert all(sentences)


@settings(max_examples=FUZZED, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FILES, CHOICES, st.integers(1, 64), st.booleans())
def test_any_bytes(data, choice, size, people):
    ends_well(data, choice, size, people=people)


@settings(max_examples=FUZZED // 8, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(PLAIN) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_workbook_with_any_bytes_changed(changes):
    data = bytearray(PLAIN)
    for at, byte in changes:
        data[at] = byte
    ends_well(bytes(data), Choice(), 4096, people=True)


@pytest.mark.parametrize("name", ["leads_utf8.csv", "leads_cp1251.csv", "contacts_v30.vcf", "contacts_v21.vcf"])
def test_a_sample_cut_anywhere(name):
    data = (EXAMPLES / "leads" / name).read_bytes()[:700]
    for end in range(len(data)):
        ends_well(data[:end], Choice(), 100, people=True)


def usable(row):
    """Whether the line gives a person, by the rules of the cells alone."""
    try:
        cells.name(row["name"])
        born = cells.day(row["birthday"]) if row["birthday"] else None
        reached = cells.phone(row["phone"], "UA") or cells.email(row["email"])
        cells.email(row["email"])
    except BadRow:
        return False
    return bool(reached) and (not born or born.year < 2026)


@pytest.mark.parametrize("name", ["leads_cp1251.csv", "leads.xlsx", "leads_utf8.csv", "contacts_v30.vcf", "contacts_v21.vcf"])
def test_the_samples_hold_300_people_and_the_12_bad_rows(name):
    table = reading.table(reading.of_bytes((EXAMPLES / "leads" / name).read_bytes()))
    columns = columns_of(table.headings)
    lines = list(table.lines())
    rows = [{"birthday": "", "email": ""} | dict(zip(columns, line.cells, strict=True)) for line in lines]
    bad = [line.number for line, row in zip(lines, rows, strict=True) if line.reason or not usable(row)]
    if name in {"leads_cp1251.csv", "leads.xlsx"}:
        assert columns == ["name", "phone", "email", "birthday", "tags", "note"]
        assert [line.number for line in lines] == list(range(2, 314))
        assert bad == [20 * n + 2 for n in range(1, 13)]
    assert len(lines) - len(bad) == 300
    assert len(bad) in {0, 12}
