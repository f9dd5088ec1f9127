"""Rows of whole numbers out of the database and into it as arrays: no Python object per row is kept."""

import struct
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from django.db.backends.utils import CursorWrapper

_HEADER, _TRAILER = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"  # around the rows of a binary COPY
_BIGINT, _WIDTH = 20, 8  # PostgreSQL's type, its bytes
_AT_ONCE = 10_000  # rows that are written out at a time
_TOGETHER = 20_000  # rows that come as one: a message of a COPY costs ten times what a row in it does
_COUNT, _SIZE = struct.Struct(">h"), struct.Struct(">i")
_ARRAY = 20  # bytes before the items of an array
_ITEM = np.dtype([("size", ">i4"), ("value", ">i8")])


def fetch(cursor: CursorWrapper, columns: Sequence[str], rest: str, values: Sequence[object] = ()) -> list[np.ndarray]:
    """One array of int64 per column of `SELECT columns rest`; the columns are SQL expressions that are never NULL and fit a bigint."""
    asked = ", ".join(f"({column})::bigint AS c{k}" for k, column in enumerate(columns))
    together = ", ".join(f"array_agg(c{k} ORDER BY n)" for k in range(len(columns)))
    numbered = f"SELECT asked.*, row_number() OVER () AS n FROM (SELECT {asked} {rest}) AS asked"  # noqa: S608  the caller's
    block = f"(n - 1) / {_TOGETHER}"
    statement = f"COPY (SELECT {together} FROM ({numbered}) AS numbered GROUP BY {block} ORDER BY {block}) TO STDOUT (FORMAT BINARY)"  # noqa: S608
    parts: list[list[np.ndarray]] = [[] for _column in columns]
    with cursor.copy(cursor.mogrify(statement, values) if values else statement) as copy:
        for cells in _cells(copy):
            for part, cell in zip(parts, cells, strict=True):
                part.append(np.frombuffer(cell[_ARRAY:], _ITEM)["value"].astype(np.int64))
    return [_joined(part) for part in parts]


def _cells(blocks: Iterable[bytes | bytearray | memoryview]) -> Iterator[list[bytes]]:
    """The cells of each row of a binary COPY, whatever pieces it comes in."""
    raw, at = b"", len(_HEADER)
    for block in blocks:
        raw += block
        while (row := _row_at(raw, at)) is not None:
            cells, at = row
            yield cells
        raw, at = raw[at:], max(at - len(raw), 0)


def _row_at(raw: bytes, at: int) -> tuple[list[bytes], int] | None:
    """The row that begins there and where it ends; None while it is not whole, and at the end of all."""
    if len(raw) < at + _COUNT.size or raw.startswith(_TRAILER, at):
        return None
    count, at = _COUNT.unpack_from(raw, at)[0], at + _COUNT.size
    cells = []
    for _cell in range(count):
        if len(raw) < at + _SIZE.size:
            return None
        start = at + _SIZE.size
        at = start + _SIZE.unpack_from(raw, at)[0]
        if len(raw) < at:
            return None
        cells.append(raw[start:at])
    return cells, at


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
