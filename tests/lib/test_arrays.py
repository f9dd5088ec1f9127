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


@pytest.mark.parametrize(
    ("values", "kind"),
    [([], "i1"), ([0, 127], "i1"), ([0, 128], "i2"), ([-129, 5], "i2"), ([-1, 2**31], "i8"), ([-(2**31), 3], "i4"), ([0, 2**62], "i8")],
)
def test_numbers_that_wait_take_no_more_room_than_they_need(values, kind):
    kept = arrays.narrow(np.array(values, np.int64))
    assert (kept.tolist(), kept.dtype) == (values, np.dtype(kind))
