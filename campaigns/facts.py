"""Figures of a rep that come from higher apps: campaigns may not read leads, so the setting SNAPSHOT_FACTS names them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Fact:
    """Columns of a snapshot by one query.

    `query` is SQL for rows of a rep's id and a whole number for each of `columns`, one row for a rep at most. It may use
    %(starts)s and %(ends)s (the campaign's days), %(today)s (the market's date, never after the campaign) and %(now)s.
    """

    columns: tuple[str, ...]
    query: str


def every() -> Iterator[Fact]:
    """Those of the setting."""
    yield from map(import_string, settings.SNAPSHOT_FACTS)
