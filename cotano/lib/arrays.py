"""Rows of whole numbers out of the database as arrays: no Python object per row is kept."""

import io
from collections.abc import Sequence

import numpy as np
from django.db.backends.utils import CursorWrapper

_HEADER, _TRAILER = 19, 2  # bytes of a binary COPY around its rows


def fetch(cursor: CursorWrapper, columns: Sequence[str], rest: str, values: Sequence[object] = ()) -> list[np.ndarray]:
    """One array of int64 per column of `SELECT columns rest`; the columns are SQL expressions that are never NULL and fit a bigint."""
    asked = ", ".join(f"({column})::bigint" for column in columns)
    raw, statement = io.BytesIO(), f"COPY (SELECT {asked} {rest}) TO STDOUT (FORMAT BINARY)"
    with cursor.copy(cursor.mogrify(statement, values) if values else statement) as copy:
        for block in copy:
            raw.write(block)
    row = np.dtype(
        [("n", ">i2"), *((f"{kind}{k}", form) for k in range(len(columns)) for kind, form in (("size", ">i4"), ("value", ">i8")))]
    )
    rows = np.frombuffer(raw.getbuffer()[_HEADER:-_TRAILER], row)
    return [rows[f"value{k}"].astype(np.int64) for k in range(len(columns))]
