"""Words as people type and paste them."""

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
