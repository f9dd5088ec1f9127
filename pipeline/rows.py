"""Rows of a table as JSON, and back as they were: for what is deleted and can be taken back."""

import json
from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection, models

Row = dict[str, Any]


def read(model: type[models.Model], pks: Collection[int]) -> list[Row]:
    """The rows with these ids; decimal numbers as text, whose digits must not be lost."""
    numbers = [f"'{field.column}', t.{field.column}::text" for field in _columns(model) if isinstance(field, models.DecimalField)]
    query = (
        f"SELECT (to_jsonb(t) || jsonb_build_object({', '.join(numbers)}))::text"  # noqa: S608  own names
        f" FROM {model._meta.db_table} t WHERE {model._meta.pk.column} = ANY (%s) ORDER BY {model._meta.pk.column}"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [list(pks)])
        return [json.loads(row) for (row,) in cursor.fetchall()]


def insert(model: type[models.Model], rows: Sequence[Row]) -> None:
    """The same rows again; a column that was not there yet has its default."""
    if not rows:
        return
    columns = ", ".join(f'"{field.column}"' for field in _columns(model) if field.column in rows[0])
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)",  # noqa: S608
            [json.dumps(list(rows))],
        )


def _columns(model: type[models.Model]) -> list[models.Field]:
    return [field for field in model._meta.concrete_fields if not field.generated]
