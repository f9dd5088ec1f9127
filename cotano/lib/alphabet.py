"""Names in the order of their alphabets: Ukrainian and Russian in one Cyrillic row, then English, then digits and the rest.

The database compares code points, which would put Є, І, Ї and Ё before А and Ґ after Я. A key is the name in which every letter
is replaced by the character of its place, the same for small and capital ones; comparing keys by code points orders names. One
row serves both languages: where the two alphabets differ, a letter that only one of them has stands at its place in that one
(Ґ after Г, Є and Ё after Е, І and Ї after И, Ъ Ы Э before Ь and Ю). Apostrophes and other signs count as nothing, hyphens as spaces.
Letters of other scripts keep their code points and come last.
"""

from django.db.models import CharField, Func, Value
from django.db.models.functions import Coalesce, LTrim, NullIf

CYRILLIC = "абвгґдеєёжзиіїйклмнопрстуфхцчшщъыьэюя"
LATIN = "abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"
REST = "#"  # the sign of the group of names that begin with no letter of these alphabets
_ACCENTED = {
    "a": "àáâãäåāăą",
    "c": "çćč",
    "d": "ďđ",
    "e": "èéêëēęě",
    "g": "ğ",
    "i": "ìíîïīı",
    "l": "łľ",
    "n": "ñńň",
    "o": "òóôõöøő",
    "r": "řŕ",
    "s": "śšşș",
    "t": "ťţț",
    "u": "ùúûüūůű",
    "y": "ýÿ",
    "z": "źżž",
}
_NOTHING = "'’ʼ`´\"“”„«»().,;:!?*+/\\|_@#$%&=<>[]{}^~№"
_SPACES = " -–—\u00a0"
# The characters of a key in their order; none that would need care within a statement of SQL.
_PLACES = [chr(code) for code in range(0x21, 0x7F) if chr(code) not in "\"%'\\`"]


def _table() -> dict[str, str]:
    letters = [*CYRILLIC, *LATIN, *DIGITS]
    places = dict(zip(letters, _PLACES, strict=False))
    table = {" ": " "}
    for letter in letters:
        for form in dict.fromkeys((letter, letter.upper())):
            table[form] = places[letter]
    table |= dict.fromkeys(_SPACES, " ")
    for letter, forms in _ACCENTED.items():
        table |= dict.fromkeys((*forms, *(small.upper() for small in forms if len(small.upper()) == 1)), places[letter])
    return table


_TABLE = _table()
NAMELESS = "~"  # the key of a name of nothing but signs
_MAP = str.maketrans(_TABLE) | dict.fromkeys(map(ord, _NOTHING))
# `translate` of the database: what has no partner at the end of the second string is left out.
_FROM, _TO = "".join(_TABLE) + _NOTHING, "".join(_TABLE.values())


def key(name: str) -> str:
    """By what a name is compared; the same as `key_of` says in the database."""
    return name.translate(_MAP).lstrip(" ") or NAMELESS


def key_of(column: str) -> Func:
    """The key of a column with a name, for the database: one pass over its letters."""
    plain = Func(column, Value(_FROM), Value(_TO), function="TRANSLATE", output_field=CharField())
    return Coalesce(NullIf(LTrim(plain), Value("")), Value(NAMELESS))


def letter_of(sort_key: str) -> str:
    """The letter, as a capital, under which the name with this key stands; REST for a name that begins with none."""
    return _CAPITALS.get(sort_key[:1], REST)


def start_of(letter: str) -> str | None:
    """The least key under this letter; None for what is no letter of these alphabets."""
    if letter == REST:
        return _PLACES[len(CYRILLIC) + len(LATIN)]
    place = _TABLE.get(letter[:1])
    return place if place in _CAPITALS else None


_CAPITALS = {_TABLE[letter]: letter.upper() for letter in CYRILLIC + LATIN}
