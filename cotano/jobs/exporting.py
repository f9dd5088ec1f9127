"""Rows going out as a file: CSV by COPY, a workbook by a server-side cursor. Memory stays the same whatever the number of rows.

A kind of export is declared by the app that owns the rows, as a subclass of `Export`; settings.EXPORT_KINDS names them. Cells that
a spreadsheet would run as a formula are guarded in SQL as `cotano.lib.cells.guarded` does it: reading the file restores them.
"""

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import IO, Any, ClassVar
from urllib.parse import urlencode

import xlsxwriter
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import connection, transaction
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import BaseExpression
from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from xlsxwriter.worksheet import Worksheet

from cotano.lib.cells import guarded

BLOCK = 2**16  # bytes handed on at once
ROWS = 2000  # rows fetched at once
SHEET = 1_048_576  # rows a sheet can have
CSV, XLSX, VCARD = "csv", "xlsx", "vcf"
OPTIONS = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}  # of a workbook: text stays text
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    VCARD: "text/vcard; charset=utf-8",
}
_GUARD = "CASE WHEN {0} = '' THEN NULL WHEN {0} ~ '^''*[=+@\t\r\uff1d\uff0b\uff0d\uff20-]' THEN '''' || {0} ELSE {0} END"


@dataclass(frozen=True)
class Column:
    """A column of a file: its heading and where its value comes from. A number is a number in a workbook; all else is text."""

    heading: str
    value: str | BaseExpression
    is_number: bool = False


class Export:
    """A kind of export: who may take it, which rows, which columns."""

    name: ClassVar[str]
    title: ClassVar[Promise]
    columns: ClassVar[Sequence[Column]]
    formats: ClassVar[Sequence[str]] = (CSV, XLSX)
    of_company: ClassVar[bool] = True  # not a rep's own

    def is_allowed(self, user: Model) -> bool:
        """Whether the person may have it; asked when the file is made and again when it is fetched."""
        raise NotImplementedError

    def rows(self, user: Model, params: Mapping[str, Any]) -> QuerySet:
        """The rows, through `visible_to` or `managed_by`, in their order."""
        raise NotImplementedError

    def cards(self, rows: Iterator[tuple]) -> Iterator[str]:
        """The rows as contact cards, where that is one of the formats."""
        raise NotImplementedError


class ListExport(Export):
    """The rows of a list of the admin, under the filters and the search of its address, for whoever sees it and may take it out."""

    model: ClassVar[str]

    def is_allowed(self, user: Model) -> bool:
        """The permissions to see the list and to take it out."""
        app, _dot, name = self.model.partition(".")
        return bool(user.is_active and user.is_staff and user.has_perms([f"{app}.view_{name}", f"{app}.export_{name}"]))

    def rows(self, user: Model, params: Mapping[str, Any]) -> QuerySet:
        """As the list finds them, with the eyes of this person."""
        request = HttpRequest()
        request.method, request.user, request.GET = "GET", user, QueryDict(urlencode(params, doseq=True))
        return admin.site.get_model_admin(apps.get_model(self.model)).get_export_queryset(request)


@cache
def every() -> dict[str, Export]:
    """All kinds by name."""
    return {kind.name: kind() for kind in map(import_string, settings.EXPORT_KINDS)}


def blocks(kind: Export, rows: QuerySet, form: str) -> Iterator[bytes]:
    """The file piece by piece."""
    return {CSV: _csv, XLSX: _xlsx, VCARD: _vcard}[form](kind, rows)


def _csv(kind: Export, rows: QuerySet) -> Iterator[bytes]:
    """With a byte order mark, by which spreadsheets know UTF-8."""
    head = io.StringIO()
    csv.writer(head).writerow([guarded(column.heading) for column in kind.columns])
    with connection.cursor() as cursor:
        statement = f"COPY ({_select(kind, rows, _shown)}) TO STDOUT WITH (FORMAT csv)"
        with cursor.copy(statement) as copy:
            yield from _gathered(chain([b"\xef\xbb\xbf" + head.getvalue().encode()], map(bytes, copy)))


def _gathered(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Small parts in blocks worth handing on."""
    waiting, size = [], 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size > BLOCK:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _xlsx(kind: Export, rows: QuerySet) -> Iterator[bytes]:
    """One sheet after the other is full."""
    with tempfile.TemporaryFile() as file:
        write_workbook(kind, rows, file)
        file.seek(0)
        while block := file.read(BLOCK):
            yield block


def workbook(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A small workbook of one sheet, in memory: numbers are numbers, None is an empty cell, all else is text."""
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {**OPTIONS, "in_memory": True})
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
    for n, heading in enumerate(headings):
        sheet.write_string(0, n, heading, bold)
    for place, row in enumerate(rows, start=1):
        for n, value in enumerate(row):
            if isinstance(value, (int, float, Decimal)):
                sheet.write_number(place, n, value)
            elif value is not None:
                sheet.write_string(place, n, str(guarded(str(value))))
    book.close()
    return held.getvalue()


def write_workbook(kind: Export, rows: QuerySet, file: IO[bytes]) -> int:
    """Write the rows as a workbook; returns how many there were."""
    book = xlsxwriter.Workbook(file, {**OPTIONS, "constant_memory": True})
    bold, count = book.add_format({"bold": True}), 0

    def fresh_sheet() -> tuple[Worksheet, int]:
        """An empty sheet with its headings, and the first row below them."""
        sheet = book.add_worksheet()
        for n, column in enumerate(kind.columns):
            sheet.write_string(0, n, str(guarded(column.heading)), bold)
        return sheet, 1

    sheet, place = fresh_sheet()
    numbers = [column.is_number for column in kind.columns]
    for row in _fetched(_select(kind, rows, _measured)):
        if place >= SHEET:
            sheet, place = fresh_sheet()
        for n, value in enumerate(row):
            if value is not None:
                if numbers[n]:
                    sheet.write_number(place, n, value)
                else:
                    sheet.write_string(place, n, value)
        place += 1
        count += 1
    book.close()
    return count


def _vcard(kind: Export, rows: QuerySet) -> Iterator[bytes]:
    yield from _gathered(card.encode() for card in kind.cards(_fetched(_select(kind, rows, _as_it_is))))


def _fetched(statement: str) -> Iterator[tuple]:
    """The rows by a server-side cursor, some at a time."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        while found := cursor.fetchmany(ROWS):
            yield from found


def _select(kind: Export, rows: QuerySet, shown: Callable[[Column, str], str]) -> str:
    """The statement, with its values in it: COPY takes none beside it."""
    names = [f"x{n}" for n in range(len(kind.columns))]
    values = {
        name: F(column.value) if isinstance(column.value, str) else column.value for name, column in zip(names, kind.columns, strict=True)
    }
    query, params = rows.select_related(None).annotate(**values).values_list(*names).query.sql_with_params()
    with connection.cursor() as cursor:
        inner = cursor.mogrify(query, params)
    parts = ", ".join(shown(column, name) for column, name in zip(kind.columns, names, strict=True))
    return f"SELECT {parts} FROM ({inner}) AS x ({', '.join(names)})"  # noqa: S608  the query is Django's, its values are quoted by psycopg


def _shown(column: Column, name: str) -> str:
    return name if column.is_number else _GUARD.format(f"{name}::text")


def _measured(column: Column, name: str) -> str:
    return f"{name}::float8" if column.is_number else _GUARD.format(f"{name}::text")


def _as_it_is(column: Column, name: str) -> str:
    return f"{name}::text"
