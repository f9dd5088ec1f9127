"""Words as people type and paste them."""

import re
import unicodedata

import pytest

from cotano.lib import text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ol\u200bga", "Olga"),
        ("Ol\ufeffga\u00ad M", "Olga M"),
        ("\u202aAnna\u202c \u2066Lee\u2069", "Anna Lee"),
        ("Anna\tLee\r\nB\0C", "Anna Lee B C"),
        ("\u200b\u2060", ""),
        ("👩\u200d👧 i\u0306", "👩\u200d👧 ĭ"),
        ("A\ud800B", "A B"),
    ],
)
def test_what_hides_in_a_word_goes_and_what_divides_is_a_space(typed, kept):
    assert text.one_line(typed) == kept


def test_the_short_way_for_usual_words_gives_what_the_long_way_gives():
    told = re.compile("[\u0000-\u001f\u007f-\u009f\ud800-\udfff]")
    for letter in map(chr, range(0x3000)):
        raw = f" a{letter}{letter} {letter}a "
        plain = raw if raw.isprintable() else told.sub(" ", text._HIDDEN.sub("", raw))
        long = text._MARKS.sub(r"\1", " ".join(unicodedata.normalize("NFC", plain).split()))
        assert text.one_line(raw) == long, hex(ord(letter))
