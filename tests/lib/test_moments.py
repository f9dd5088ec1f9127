"""Places in lists that are paged by a moment."""

import datetime as dt

import pytest

from cotano.lib import moments

AT = dt.datetime(2026, 11, 22, 13, 27, 1, 345678, tzinfo=dt.UTC)


@pytest.mark.parametrize("ids", [(17,), (3, 17), (0, 99999999999999999)])
def test_a_place_is_read_as_it_was_made(ids):
    said = moments.place(AT, *ids)
    assert said == "-".join(["1795354021345678", *map(str, ids)])
    assert moments.read_place(said, ids=len(ids)) == (AT, *ids)


@pytest.mark.parametrize("said", ["", "-", "1-", "-1", "1", "1-2-3", "x-1", "1-x", "٣-1", "1.5-1", "9" * 18 + "-1", "1-" + "9" * 18])
def test_what_no_page_has_made_is_none(said):
    assert moments.read_place(said) is None


def test_a_moment_that_no_calendar_has():
    assert moments.of_number(moments.to_number(AT)) == AT
    with pytest.raises(OverflowError):
        moments.of_number(10**20)
