"""What the headings of a people file mean: in English, Russian and Ukrainian, and as address books export them."""

import re
from collections.abc import Sequence

from cotano.jobs.cells import plain

PHONES = 5  # columns at most
EMAILS = 2
COLUMNS = (
    "name",
    *("phone" if n == 1 else f"phone {n}" for n in range(1, PHONES + 1)),
    *("email" if n == 1 else f"email {n}" for n in range(1, EMAILS + 1)),
    "birthday",
    "note",
    "tags",
    "company",
    "address",
)
_NUMBER = re.compile(r"^(\D+?)(\d)(\D*)$")
# What stands in a column, first under the name that is shown, then as people and programs write it. The parts of a name, and phones
# by their kind, are brought together by `cotano.jobs.reading.exports`.
_ROLES = {
    "name": """
        name, full name, display name, person, contact, client, customer, file as, contact name, client name, customer
        name, фио, ф.и.о., имя, полное имя, имя и фамилия, фамилия и имя, имя фамилия, фамилия имя, контакт, клиент,
        клиентка, покупатель, имя клиента, піб, п.і.б., ім'я, повне ім'я, ім'я та прізвище, прізвище та ім'я, ім'я
        прізвище, прізвище ім'я, клієнт, клієнтка, покупець, ім'я клієнта
    """,
    "first name": "first name, given name, firstname",
    "middle name": "middle name, additional name, patronymic, отчество, по батькові",
    "last name": "last name, family name, surname, second name, фамилия, прізвище",
    "nickname": "nickname, nick, псевдоним, псевдонім",
    "mobile": """
        mobile phone, mobile, mobile number, cell, cell phone, cellphone, мобильный, мобильный телефон, моб., моб.
        телефон, мобільний, мобільний телефон
    """,
    "phone": """
        phone, phone number, telephone, tel, tel., number, phones, primary phone, whatsapp, viber, телефон, телефоны,
        телефони, тел., номер, номер телефона, номер телефону, контактный телефон, контактний телефон, phone value
    """,
    "home phone": "home phone, домашний телефон, домашній телефон, домашний, домашній",
    "work phone": "business phone, work phone, company main phone, рабочий телефон, робочий телефон",
    "other phone": """
        other phone, additional phone, second phone, car phone, callback, radio phone, другой телефон, инший телефон,
        інший телефон, дополнительный телефон, додатковий телефон
    """,
    "email": """
        email, e-mail, mail, e-mail address, email address, e-mail value, email value, почта, электронная почта, эл.
        почта, имейл, емейл, адрес электронной почты, пошта, електронна пошта, ел. пошта, імейл, електронна адреса,
        адреса електронної пошти
    """,
    "birthday": """
        birthday, birth date, date of birth, birthdate, dob, день рождения, дата рождения, др, д.р., день народження,
        дата народження, дн, д.н.
    """,
    "note": """
        note, notes, comment, comments, remark, заметка, заметки, комментарий, комментарии, примечание, примечания,
        нотатка, нотатки, коментар, коментарі, примітка, примітки
    """,
    "tags": """
        tags, tag, labels, label, groups, group, group membership, categories, category, метки, метка, теги, тег,
        группа, группы, категория, категории, мітки, мітка, група, групи, категорія, категорії
    """,
    "company": """
        company, organization, organisation, organization name, organization value, компания, организация, компанія,
        організація
    """,
    "address": "address, full address, address formatted, city, town, адрес, город, місто, адреса",
}
_EXPORTED = {  # of address books; they are parts of an address, which stands together
    "street": "home street, address street",
    "place": "home city, address city",
    "region": "home state, address region",
    "code": "home postal code, address postal code",
    "country": "home country/region, home country, address country",
}


_ROLE_OF = {plain(word): role for role, words in (_ROLES | _EXPORTED).items() for word in words.split(",")}
_COLUMN_OF = {"mobile": "phone", "home phone": "phone", "work phone": "phone", "other phone": "phone", "first name": "name"}


def role_of(heading: str) -> str:
    """What a column holds: name, first name, last name, mobile, home phone, email, note ...; "" unknown. Numbers do not count."""
    return numbered(heading)[0]


def numbered(heading: str) -> tuple[str, int]:
    """The role, and which one of several: `Phone 2 - Value` -> ("phone", 2)."""
    word = plain(heading)
    if role := _ROLE_OF.get(word):
        return role, 1
    if (match := _NUMBER.match(word)) and (role := _ROLE_OF.get(match[1] + match[3])):
        return role, int(match[2])
    return "", 0


def column_of(heading: str) -> str:
    """The column of a people file that this heading stands for, one of COLUMNS; "" unknown."""
    role, number = numbered(heading)
    column = _COLUMN_OF.get(role, role)
    if number > 1 and column in {"phone", "email"}:
        column = f"{column} {number}"
    return column if column in COLUMNS and (number <= 1 or column[-1].isdigit()) else ""


def columns_of(headings: Sequence[str]) -> list[str]:
    """The same for all headings of a file: the second phone is `phone 2`, wherever it stands; what comes twice otherwise is "" then."""
    found: list[str] = []
    for heading in headings:
        column = column_of(heading)
        if column in found and column.startswith(("phone", "email")):
            kind = column.split()[0]
            column = next((free for free in COLUMNS if free.split()[0] == kind and free not in found), "")
        found.append("" if column in found else column)
    return found


def knows(headings: Sequence[str]) -> bool:
    """Whether any of these means something."""
    return any(map(role_of, headings))
