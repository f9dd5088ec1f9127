"""Columns of whole numbers into the database and out of it."""

import numpy as np
import pytest
from django.db import connection

from cotano.lib import arrays


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [0, 1, 3, 120_001])
def test_what_was_sent_is_there(rows):
    numbers = np.arange(rows, dtype=np.int64) - 2
    sevens = np.arange(rows * 7, dtype=np.int64).reshape(rows, 7) - 2**60
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE sent (id bigint, sevens bigint[], last bigint) ON COMMIT DROP")
        arrays.send(cursor, "sent (id, sevens, last)", [numbers, sevens, numbers * 2**40])
        columns = ["id", "last", *(f"sevens[{k}]" for k in range(1, 8))]
        ids, last, *found = arrays.fetch(cursor, columns, "FROM sent ORDER BY id")
        cursor.execute("SELECT count(*) FROM sent WHERE array_ndims(sevens) <> 1 OR cardinality(sevens) <> 7")
        assert cursor.fetchone() == (0,)
    assert ids.tolist() == numbers.tolist()
    assert last.tolist() == (numbers * 2**40).tolist()
    assert [column.tolist() for column in found] == sevens.T.tolist()


@pytest.mark.parametrize("size", [1, 3, 19, 1000])
def test_rows_are_read_whatever_pieces_they_come_in(size):
    cells = [b"", b"one", bytes(200)]
    row = b"\0\3" + b"".join(len(cell).to_bytes(4, "big") + cell for cell in cells)
    raw = b"PGCOPY\n\xff\r\n\0" + bytes(8) + row * 3 + b"\xff\xff"
    assert list(arrays._cells(raw[at : at + size] for at in range(0, len(raw), size))) == [cells] * 3


@pytest.mark.parametrize(
    ("values", "kind"),
    [([], "i1"), ([0, 127], "i1"), ([0, 128], "i2"), ([-129, 5], "i2"), ([-1, 2**31], "i8"), ([-(2**31), 3], "i4"), ([0, 2**62], "i8")],
)
def test_numbers_that_wait_take_no_more_room_than_they_need(values, kind):
    kept = arrays.narrow(np.array(values, np.int64))
    assert (kept.tolist(), kept.dtype) == (values, np.dtype(kind))
