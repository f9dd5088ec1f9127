"""What Google Contacts, Outlook and other programs write, as it comes."""

import csv
import io

import pytest

from cotano.jobs import reading
from tests.jobs.reading.test_workbook import one_sheet

OLD_GOOGLE = (
    "Name,Given Name,Additional Name,Family Name,Yomi Name,Name Prefix,Name Suffix,Initials,Nickname,Birthday,Gender,"
    "Occupation,Notes,Language,Photo,Group Membership,E-mail 1 - Type,E-mail 1 - Value,E-mail 2 - Type,E-mail 2 - Value,"
    "Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value,Address 1 - Type,Address 1 - Formatted,Address 1 - Street,"
    "Address 1 - City,Organization 1 - Type,Organization 1 - Name,Organization 1 - Title,Website 1 - Type,Website 1 - Value"
)
NEW_GOOGLE = (
    "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,Name Suffix,"
    "Nickname,File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,Labels,"
    "E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value,Phone 3 - Label,"
    "Phone 3 - Value,Address 1 - Label,Address 1 - Formatted,Event 1 - Label,Event 1 - Value"
)
OUTLOOK = (
    "Title,First Name,Middle Name,Last Name,Suffix,Company,Department,Job Title,Business Street,Business City,Home Street,"
    "Home Street 2,Home City,Home State,Home Postal Code,Home Country/Region,Assistant's Phone,Business Fax,Business Phone,"
    "Business Phone 2,Callback,Car Phone,Company Main Phone,Home Fax,Home Phone,Home Phone 2,Mobile Phone,Other Phone,Pager,"
    "Primary Phone,Birthday,Categories,E-mail Address,E-mail Type,E-mail Display Name,E-mail 2 Address,E-mail 2 Type,Gender,"
    "Notes,Web Page"
)


def written(headings, *rows, separator=","):
    text = io.StringIO()
    writer = csv.DictWriter(text, headings.split(","), restval="", delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def people(data):
    table = reading.table(reading.of_bytes(data))
    found = [{heading: cell for heading, cell in zip(table.headings, line.cells, strict=True) if cell} for line in table.lines()]
    return table.how.program, found


def test_google_contacts_as_it_was():
    row = {
        "Name": "Dr. Анна Шевченко",
        "Given Name": "Анна",
        "Family Name": "Шевченко",
        "Birthday": "1984-04-12",
        "Notes": "one\ntwo",
        "Group Membership": "* myContacts ::: VIP ::: * starred",
        "E-mail 1 - Type": "* Home",
        "E-mail 1 - Value": "a@x.org ::: b@x.org",
        "E-mail 2 - Value": "c@x.org",
        "Phone 1 - Type": "Mobile",
        "Phone 1 - Value": "+380 67 111 22 33 ::: 050 111 22 33",
        "Phone 2 - Value": "044 111 22 33",
        "Address 1 - Formatted": "Хрещатик 1\nКиїв",
        "Address 1 - Street": "Хрещатик 1",
        "Address 1 - City": "Київ",
        "Organization 1 - Name": "Salon",
    }
    rows = [
        row,
        {"Name": "Only", "Phone 1 - Value": "067"},
        {"Birthday": " --04-12", "E-mail 1 - Value": "d@x.org", "Organization 1 - Name": "Nails"},
    ]
    assert people(written(OLD_GOOGLE, *rows)) == (
        "google",
        [
            {
                "name": "Анна Шевченко",
                "phone": "+380 67 111 22 33",
                "phone 2": "050 111 22 33",
                "phone 3": "044 111 22 33",
                "email": "a@x.org",
                "email 2": "b@x.org",
                "birthday": "1984-04-12",
                "note": "one\ntwo\nMore e-mail addresses: c@x.org",
                "tags": "VIP",
                "company": "Salon",
                "address": "Хрещатик 1 Київ",
            },
            {"name": "Only", "phone": "067"},
            {"name": "Nails", "email": "d@x.org", "note": "Birthday: 12.04.", "company": "Nails"},
        ],
    )


def test_google_contacts_as_it_is():
    row = {"First Name": "Анна", "Middle Name": "П.", "Last Name": "Шевченко", "Labels": "VIP ::: Крем ::: * myContacts"}
    row |= {
        "Phone 1 - Label": "Mobile",
        "Phone 1 - Value": "1",
        "Phone 2 - Value": "2",
        "Phone 3 - Value": "3 ::: 4",
        "E-mail 1 - Value": "a@x.org",
    }
    row |= {"Organization Name": "Salon", "Notes": "n", "Address 1 - Formatted": "Київ", "Event 1 - Value": "2020-01-01"}
    assert people(written(NEW_GOOGLE, row, {"Nickname": "Ann", "Phone 1 - Value": "5"})) == (
        "google",
        [
            {
                "name": "Анна П. Шевченко",
                "phone": "1",
                "phone 2": "2",
                "phone 3": "3",
                "phone 4": "4",
                "email": "a@x.org",
                "note": "n",
                "tags": "VIP;Крем",
                "company": "Salon",
                "address": "Київ",
            },
            {"name": "Ann", "phone": "5"},
        ],
    )


def test_outlook():
    row = {
        "First Name": "Anna",
        "Last Name": "Ko",
        "Company": "Salon",
        "Home Street": "Main 1",
        "Home City": "Kyiv",
        "Home Postal Code": "01001",
    }
    row |= {
        "Business Phone": "4",
        "Business Fax": "9",
        "Home Phone": "2",
        "Home Phone 2": "3",
        "Mobile Phone": "1",
        "Birthday": "4/25/1984",
    }
    row |= {"Categories": "VIP;cream", "E-mail Address": "a@x.org", "E-mail 2 Address": "b@x.org", "Notes": "n", "Web Page": "x.org"}
    assert people(written(OUTLOOK, row, {"First Name": "B", "Birthday": "0/0/00"}, {"Company": "C", "Birthday": "3/4/1985"})) == (
        "outlook",
        [
            {
                "name": "Anna Ko",
                "phone": "1",
                "phone 2": "2",
                "phone 3": "3",
                "phone 4": "4",
                "email": "a@x.org",
                "email 2": "b@x.org",
                "birthday": "25/4/1984",
                "note": "n",
                "tags": "VIP;cream",
                "company": "Salon",
                "address": "Main 1, Kyiv, 01001",
            },
            {"name": "B"},
            {"name": "C", "company": "C", "birthday": "4/3/1985"},
        ],
    )


def test_outlook_where_the_day_comes_first():
    data = written(OUTLOOK, {"First Name": "B", "Birthday": "25/4/1984"}, {"First Name": "C", "Birthday": "3/4/1985"}, separator=";")
    assert [person["birthday"] for person in people(data)[1]] == ["25/4/1984", "3/4/1985"]


def as_csv(*rows):
    return "\n".join(";".join(row) for row in rows).encode()


@pytest.mark.parametrize("write", [as_csv, one_sheet])
def test_a_name_in_parts_is_joined_and_unknown_columns_stay(write):
    rows = [
        ["Прізвище", "Ім'я", "По батькові", "Телефон", "Стать"],
        ["Шевченко", "Анна", "Петрівна", "1, 2", "ж"],
        ["Ко", "", "", "", ""],
        ["", "Іра"],
    ]
    table = reading.table(reading.of_bytes(write(*rows)))
    assert table.headings == [
        "name",
        "phone",
        "phone 2",
        "phone 3",
        "email",
        "email 2",
        "birthday",
        "note",
        "tags",
        "company",
        "address",
        "Стать",
    ]
    lines = [(line.number, line.cells[0], line.cells[1], line.cells[2], line.cells[-1], line.reason) for line in table.lines()]
    assert lines == [(2, "Анна Петрівна Шевченко", "1", "2", "ж", ""), (3, "Ко", "", "", "", ""), (4, "Іра", "", "", "", "")]


def test_a_plain_table_stays_as_it_is():
    data = "Имя;Телефон;Мобильный;x\nA;1;2;3\n".encode()
    table = reading.table(reading.of_bytes(data))
    assert (table.headings, table.how.program) == (["Имя", "Телефон", "Мобильный", "x"], "")
    staff = reading.table(reading.of_bytes("Прізвище;Ім'я\nA;B\n".encode()), people=False)
    assert staff.headings == ["Прізвище", "Ім'я"]
