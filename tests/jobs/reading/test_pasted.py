"""A page of a notebook: everybody on it is found, and no number is lost."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cotano.jobs import reading
from tests.jobs.reading.test_workbook import one_sheet
from tests.sizes import FUZZED


def people(text):
    table = reading.table(reading.text_source(text))
    assert table.how.format == "text"
    return [{heading: cell for heading, cell in zip(table.headings, line.cells, strict=True) if cell} for line in table.lines()]


def person(name, *phones, **more):
    numbers = {"phone" if n == 1 else f"phone {n}": phone for n, phone in enumerate(phones, 1)}
    return {key: value for key, value in {"name": name, **numbers, **more}.items() if value}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (
            "Anna 0671234567 cream, Olga +38 050 123 45 67 lipstick; Marta Ko 093 111 22 33",
            [
                person("Anna", "0671234567", note="cream"),
                person("Olga", "+38 050 123 45 67", note="lipstick"),
                person("Marta Ko", "093 111 22 33"),
            ],
        ),
        ("Anna, 0671234567, Olga, 0501234567", [person("Anna", "0671234567"), person("Olga", "0501234567")]),
        ("Anna 0671234567 Olga Ko 0501234567", [person("Anna", "0671234567"), person("Olga Ko", "0501234567")]),
        (
            "1) Ганна Щербань (067) 123-45-67, 050 123 45 67 крем, помада",
            [person("Ганна Щербань", "(067) 123-45-67", "050 123 45 67", note="крем, помада")],
        ),
        ("• Оля моб. +380501234567 дом. 044 123 45 67", [person("Оля", "+380501234567", "044 123 45 67")]),
        ("- Anna — 067.123.45.67", [person("Anna", "067.123.45.67")]),
        ("12. Anna 067 123 45 67 2 creams", [person("Anna", "067 123 45 67", note="2 creams")]),
        ("0671234567 0501234567 Anna", [person("Anna", "0671234567", "0501234567")]),
        ("0671234567 передзвонити", [person("", "0671234567", note="передзвонити")]),
        ("Anna a@x.org, Olga b@x.org", [person("Anna", email="a@x.org"), person("Olga", email="b@x.org")]),
        ("Anna 0671234567 a@x.org 12.04.1984 крем", [person("Anna", "0671234567", email="a@x.org", birthday="12.04.1984", note="крем")]),
        (
            "Анна;0671112233;anna@x.org;1980-01-02;крем",
            [person("Анна", "0671112233", email="anna@x.org", birthday="1980-01-02", note="крем")],
        ),
        ("Bob 3.80671E+11", [person("Bob", "3.80671E+11")]),
        ("Bob 12345678", [person("Bob", "12345678")]),
        ("Anna 067 123 45 67/050 123 45 67", [person("Anna", "067 123 45 67", "050 123 45 67")]),
        (
            "Мої клієнти:\n\nМарія\n0671112233\n\nAnna 0501112233",
            [person("Мої клієнти"), person("Марія", "0671112233"), person("Anna", "0501112233")],
        ),
        ("1;Оля;Київ;0671112233;12.04.1984", [person("Оля", "0671112233", birthday="12.04.1984", note="Київ")]),
        ("12, Оля, 0671112233", [person("Оля", "0671112233")]),
        (
            "[12.10.23, 18:30:11] Olena: Аня 0671112233 крем\n[12.10.2023, 18:31:02] O: Марія\n\u200e[12.10.23, 18:32:02] Ira: 0501112233",
            [person("Аня", "0671112233", note="крем"), person("Марія"), person("Ira", "0501112233")],
        ),
        (
            "12.10.2023, 18:30 - +380 67 111 22 33: Hello, I am Anna\n10/12/23, 6:31 PM - Olena: Olga 0501112233",
            [person("Hello, I am Anna", "+380 67 111 22 33"), person("Olga", "0501112233")],
        ),
        ("'=Anna 0671112233", [person("'=Anna", "0671112233")]),
        (
            "Anna 0671112233\nseen in May\nOlga 0501112233",
            [person("Anna", "0671112233"), person("seen in May"), person("Olga", "0501112233")],
        ),
    ],
)
def test_a_line_as_people_write_it(line, found):
    assert people(line) == found


def test_a_table_that_was_pasted_is_a_table():
    table = reading.table(reading.text_source("Name\tPhone\nAnna\t0671112233\n"))
    assert (table.how.format, table.how.separator, table.headings) == ("csv", "\t", ["Name", "Phone"])
    headless = "Anna,0671112233\nOlga,0501112233\n"
    assert reading.table(reading.text_source(headless), reading.Choice(separator=",")).headings == ["Anna", "0671112233"]
    assert reading.table(reading.text_source(headless), people=False).headings == ["Anna", "0671112233"]


def test_a_sheet_without_headings_is_a_page():
    table = reading.table(reading.of_bytes(one_sheet(["Анна", 380671112233, "крем"], [], ["Ольга", "0501112233, 0931112233"], ["nobody"])))
    assert (table.how.format, table.how.sheet) == ("xlsx", "A")
    lines = [(line.number, [cell for cell in line.cells if cell]) for line in table.lines()]
    assert lines == [(1, ["Анна", "380671112233", "крем"]), (2, ["Ольга", "0501112233", "0931112233"]), (3, ["nobody"])]


NAMES = st.sampled_from(["Anna", "Ольга Ко", "Їжак Марія", "мама", "Mary-Ann O'Hara", ""])
SIGNS = st.sampled_from(["", " ", "-", " - ", ".", "\u00a0", ") ", " ("])
NOTES = st.text(alphabet="abc крем,;:.-()/0123456789\t", max_size=20)


@st.composite
def number(draw):
    digits = draw(st.sampled_from(["067", "+38050", "380", "8701", "0040", "+48"])) + draw(st.text("0123456789", min_size=4, max_size=9))
    at = sorted(draw(st.lists(st.integers(2, len(digits) - 1), max_size=4)), reverse=True)
    for n in at:
        digits = digits[:n] + draw(SIGNS) + digits[n:]
    return digits


CONTACT = st.tuples(NAMES, number(), NOTES).map(" ".join)
PAGE = st.lists(st.builds(str.join, st.sampled_from([", ", "; ", " ", "\t"]), st.lists(CONTACT | NOTES, max_size=4)), max_size=5)


def digits_of(text):
    return re.sub(r"\D", "", text)


@settings(max_examples=FUZZED, deadline=None)
@given(PAGE | st.lists(st.text(st.characters(exclude_categories=["Cc"]), max_size=80), max_size=5))
def test_no_number_is_lost(lines):
    page = "Anna 0671112233\n" + "\n".join(lines)
    kept = [digits_of(cell) for found in people(page) for cell in found.values()]
    for run in re.findall(r"\d{5,}", page):
        assert any(run in cell for cell in kept), run


WRITTEN = st.tuples(
    st.sampled_from(["Anna", "Ольга Ко", "Марія"]), st.integers(10**6, 10**7 - 1), st.sampled_from(["крем", "2 помади", "later"])
)


@settings(max_examples=FUZZED, deadline=None)
@given(st.lists(WRITTEN, min_size=1))
def test_every_contact_of_a_page_is_one_person(contacts):
    page = "; ".join(f"{name} 067 {phone} {note}" for name, phone, note in contacts)
    assert people(page) == [person(name, f"067 {phone}", note=note) for name, phone, note in contacts]
