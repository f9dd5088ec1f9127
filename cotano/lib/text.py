"""Words typed by people: made safe to store and to show, never made different."""

import re
import unicodedata

NAME_LONGEST = 120
DIGITS = 18  # of the id of a row
_CONTROL = re.compile("[\u0000-\u001f\u007f-\u009f\ud800-\udfff]+")  # line breaks would split a header, a calendar file or a vCard
_HIDDEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")  # turn the text around, or stand unseen within a word
_MARK = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"  # accents and the like, drawn over the letter before
_MARKS = re.compile(f"({_MARK}{{3}}){_MARK}+")
# Beyond the letters and signs of our languages, which stay as they are: most names hold none.
_UNUSUAL = re.compile("[^ -~\u00a1-\u00ac\u00ae-\u017f\u0400-\u0482\u048a-\u04ff\u2010-\u2027\u20ac\u2116]")


def one_line(raw: str) -> str:
    """NFC, without control, direction and zero-width characters, single spaces."""
    if not _UNUSUAL.search(raw):
        return " ".join(raw.split())
    seen = raw if raw.isprintable() else _CONTROL.sub(" ", _HIDDEN.sub("", raw))
    plain = unicodedata.normalize("NFC", seen)
    return _MARKS.sub(r"\1", " ".join(plain.split()))


def many_lines(raw: str) -> str:
    """The same for a longer text, whose line breaks stay."""
    if "\n" not in raw and "\r" not in raw:
        return one_line(raw)
    lines = raw.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(one_line(line) for line in lines).strip()


def number(raw: str) -> int | None:
    """A number from an address or a form; None for anything else, or for more digits than a row's id has."""
    return int(raw) if raw.isdecimal() and len(raw) <= DIGITS else None


def initials(name: str) -> str:
    """`Оксана Мельник` -> `ОМ`; `?` for a name without letters."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0].upper() for word in (words[:1] + words[1:][-1:])) or "?"
