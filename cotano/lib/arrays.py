"""Rows of whole numbers out of the database and into it as arrays: no Python object per row is kept."""

import io
from collections.abc import Sequence

import numpy as np
from django.db.backends.utils import CursorWrapper

_HEADER, _TRAILER = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"  # around the rows of a binary COPY
_BIGINT, _WIDTH = 20, 8  # PostgreSQL's type, its bytes
_AT_ONCE = 10_000  # rows that are written out at a time


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
    rows = np.frombuffer(raw.getbuffer()[len(_HEADER) : -len(_TRAILER)], row)
    return [rows[f"value{k}"].astype(np.int64) for k in range(len(columns))]


def send(cursor: CursorWrapper, into: str, columns: Sequence[np.ndarray]) -> None:
    """Copy int64 arrays of one length into `into`, "table (column, ...)": bigint columns, bigint[] ones for arrays of two dimensions."""
    row = _row([column.shape[1:] for column in columns])
    with cursor.copy(f"COPY {into} FROM STDIN (FORMAT binary)") as copy:
        copy.write(_HEADER)
        for start in range(0, len(columns[0]), _AT_ONCE):
            parts = [column[start : start + _AT_ONCE] for column in columns]
            rows = np.zeros(len(parts[0]), row)
            rows["n"] = len(parts)
            for k, part in enumerate(parts):
                cells = rows[f"column{k}"]
                if part.ndim == 1:
                    cells["size"], cells["value"] = _WIDTH, part
                else:
                    cells["size"] = cells.dtype.itemsize - cells.dtype["size"].itemsize
                    cells["head"] = (1, 0, _BIGINT, part.shape[1], 1)  # dimensions, no NULL, type, how many, the first is number 1
                    cells["items"]["size"], cells["items"]["value"] = _WIDTH, part
            copy.write(rows.tobytes())
        copy.write(_TRAILER)


def _row(shapes: Sequence[tuple[int, ...]]) -> np.dtype:
    """A row of a binary COPY with a bigint for each (), an array of k bigints for each (k,)."""
    cell = np.dtype([("size", ">i4"), ("value", ">i8")])
    return np.dtype(
        [("n", ">i2")]
        + [
            (f"column{k}", np.dtype([("size", ">i4"), ("head", ">i4", 5), ("items", cell, shape)]) if shape else cell)
            for k, shape in enumerate(shapes)
        ]
    )
