"""A word of a heading tells what the column holds."""

import pytest

from cotano.jobs.reading.stems import role_of


@pytest.mark.parametrize(
    ("role", "headings"),
    [
        ("email", "Ел. адреса|Адрес эл. почты|Ел. скринька (e-mail)|Робоча пошта|ІМЕЙЛ клієнта|Contact e-mail"),
        ("phone", "Моб. тел.|Телефон переносной|Контактний номер телефону|Tél. portable|Téléphone|Phone (cell)|Вайбер"),
        ("birthday", "День нар.|Д. рождения|Дата народження клієнта|Birthday (d/m)"),
        ("note", "Примечание к клиенту|Мій коментар|Notes 2023"),
        ("tags", "Категория клиента|Теги (через кому)"),
        ("company", "Компанія, де працює"),
        ("address", "Домашний адрес|Улица (дом)|Місто проживання"),
        ("name", "Имя (как в паспорте)|Ім’я і по батькові|ФИО клиента|Клієнтка №"),
        ("", "Тип телефона|Тип эл. почты|Факс рабочий|Phone 1 - Label|Телеграм|Код города|Display name|Сума|№||7|Отдел|Telegram|Имение"),
    ],
)
def test_what_a_heading_means_by_a_word_in_it(role, headings):
    assert {heading: role_of(heading) for heading in headings.split("|")} == dict.fromkeys(headings.split("|"), role)
