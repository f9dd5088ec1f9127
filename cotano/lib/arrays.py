"""Rows of whole numbers out of the database and into it as arrays: no Python object per row is kept."""

from collections.abc import Sequence
from itertools import islice

import numpy as np
from django.db.backends.utils import CursorWrapper

_HEADER, _TRAILER = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"  # around the rows of a binary COPY
_BIGINT, _WIDTH = 20, 8  # PostgreSQL's type, its bytes
_BLOCKS = 20_000  # of an answer, about a row each, that are held before they become arrays
_AT_ONCE = 10_000  # rows that are written out at a time


def fetch(cursor: CursorWrapper, columns: Sequence[str], rest: str, values: Sequence[object] = ()) -> list[np.ndarray]:
    """One array of int64 per column of `SELECT columns rest`; the columns are SQL expressions that are never NULL and fit a bigint."""
    asked = ", ".join(f"({column})::bigint" for column in columns)
    statement = f"COPY (SELECT {asked} {rest}) TO STDOUT (FORMAT BINARY)"
    row = np.dtype(
        [("n", ">i2"), *((f"{kind}{k}", form) for k in range(len(columns)) for kind, form in (("size", ">i4"), ("value", ">i8")))]
    )
    parts: list[list[np.ndarray]] = [[] for _column in columns]

    def keep(raw: bytes) -> None:
        rows = np.frombuffer(raw, row)
        for k, part in enumerate(parts):
            part.append(rows[f"value{k}"].astype(np.int64))

    with cursor.copy(cursor.mogrify(statement, values) if values else statement) as copy:
        blocks = iter(copy)
        rest = bytes(next(blocks)).removeprefix(_HEADER)
        while some := list(islice(blocks, _BLOCKS)):
            raw = rest + b"".join(some)
            whole = (len(raw) - len(_TRAILER)) // row.itemsize * row.itemsize
            keep(raw[:whole])
            rest = raw[whole:]
    keep(rest.removesuffix(_TRAILER))
    return [_joined(part) for part in parts]


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    """One array of many, each let go as soon as it is in."""
    found, at = np.empty(sum(map(len, parts)), np.int64), 0
    parts.reverse()
    while parts:
        part = parts.pop()
        found[at : at + len(part)] = part
        at += len(part)
    return found


def narrow(values: np.ndarray) -> np.ndarray:
    """The same whole numbers in as few bytes each as the largest of them needs: for what is kept until it is sent."""
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    kinds = (np.int8, np.int16, np.int32)
    return values.astype(next((kind for kind in kinds if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max), np.int64))


def send(cursor: CursorWrapper, into: str, columns: Sequence[np.ndarray]) -> None:
    """Copy whole numbers, arrays of one length, into `into`, "table (column, ...)": bigint columns, bigint[] ones for two dimensions."""
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
