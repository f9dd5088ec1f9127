"""Headings of people files in three languages, and of address books."""

import pytest

from cotano.jobs.reading import words


@pytest.mark.parametrize(
    ("column", "headings"),
    [
        ("name", ["Name", "NAME ", "Ім’я", "Ім'я", "Имя", "ФИО", "П.І.Б.", "Клиент", "Full name", "Имя и фамилия", "First Name"]),
        ("phone", ["Phone", "Телефон", "Тел.", "Моб. телефон", "Номер телефону", "Phone 1 - Value", "Mobile Phone", "Viber"]),
        ("phone 2", ["phone 2", "Телефон 2", "Phone 2 - Value", "Home Phone 2"]),
        ("phone 5", ["phone 5", "Телефон5"]),
        ("email", ["E-mail", "email", "Почта", "Ел. пошта", "E-mail Address", "E-mail 1 - Value"]),
        ("email 2", ["E-mail 2 Address", "E-mail 2 - Value", "Пошта 2"]),
        ("birthday", ["Birthday", "День рождения", "День народження", "Д.Р.", "Date of Birth"]),
        ("note", ["Note", "Notes", "Заметка", "Нотатки", "Комментарий", "Примітка"]),
        ("tags", ["Tags", "Метки", "Мітки", "Labels", "Group Membership", "Категории"]),
        ("company", ["Company", "Компания", "Організація", "Organization Name", "Organization 1 - Name"]),
        ("address", ["Address", "Адрес", "Адреса", "Місто", "Город", "Address 1 - Formatted"]),
        (
            "",
            [
                "",
                "phone 6",
                "email 3",
                "Note 2",
                "E-mail 1 - Type",
                "Phone 1 - Label",
                "Photo",
                "code",
                "Прізвище",
                "sponsor_code",
                "Стать",
            ],
        ),
    ],
)
def test_what_a_heading_means(column, headings):
    assert {heading: words.column_of(heading) for heading in headings} == dict.fromkeys(headings, column)


def test_every_column_means_itself():
    assert [words.column_of(column) for column in words.COLUMNS] == list(words.COLUMNS)


def test_what_comes_twice_takes_the_next_column_of_its_kind():
    headings = ["Имя", "Телефон", "Мобильный", "Phone", "Почта", "E-mail", "Mail", "Name", "Phone 2", "Заметка", "Note"]
    columns = ["name", "phone", "phone 2", "phone 3", "email", "email 2", "", "", "phone 4", "note", ""]
    assert words.columns_of(headings) == columns
