"""What a heading of a people file means when nobody has it in a list of words: by a word in it, in English, Russian and Ukrainian."""

import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]+")
# The first that fits counts: the address of an e-mail is no address. Words beginning so; with = in front the whole word.
_STEMS = {
    "email": ("mail", "email", "=эл", "=ел", "почт", "пошт", "імейл", "имейл", "емейл"),
    "phone": (
        "телеф",
        "=тел",
        "=моб",
        "мобіл",
        "мобил",
        "phone",
        "telef",
        "teleph",
        "=tel",
        "mobil",
        "=cell",
        "viber",
        "вайбер",
        "whatsapp",
    ),
    "birthday": ("рожд", "народж", "=нар", "birth", "=др", "=дн"),
    "note": ("замет", "примеч", "примит", "приміт", "коммент", "комент", "нотат", "note", "remark", "comment"),
    "tags": ("=тег", "=теги", "метк", "мітк", "категор", "categor", "=tag", "=tags"),
    "company": ("компан", "организац", "організац", "company", "organi"),
    "address": ("адрес", "город", "місто", "міст", "улиц", "вулиц", "address", "city", "street"),
    "name": ("=фио", "=піб", "=имя", "=імя", "=ім", "клиент", "клієнт", "=name"),
}
_OTHER = ("тип", "type", "label", "факс", "fax", "пейджер", "pager", "телекс", "telex", "помощник", "помічник", "секретар", "assistant")
_OTHER += ("display", "кратк", "отображ", "код", "code", "yomi", "phonetic", "веб", "web", "телегр", "telegr")


def _plain(words: str) -> str:
    """In small letters without accents, dots above them and apostrophes."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", words).casefold() if letter.isalnum() or letter in " -./(),=_")


_PLAIN = {role: tuple(map(_plain, stems)) for role, stems in _STEMS.items()}


def role_of(heading: str) -> str:
    """A column of a people file, or ""."""
    words = _WORD.findall(_plain(heading.replace("\n", " ")))
    if any(word.startswith(_OTHER) for word in words):
        return ""
    for role, stems in _PLAIN.items():
        if any(word == stem[1:] if stem[0] == "=" else word.startswith(stem) for word in words for stem in stems):
            return role
    return ""
