"""The database learns at once what a file has made of its tables."""

import pytest
from django.db import connection

from cotano.lib import planner
from teams.models import Territory

pytestmark = pytest.mark.django_db


def believed():
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'teams_territory'")
        return cursor.fetchone()[0]


def write(count):
    """Territories that are nowhere; (whether the database has looked again)"""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO teams_territory (code, name, kind, "group", currency, time_zone, language, lft, rght, tree_id, level)
               SELECT 'T' || n, 'T', 'market', '', 'UAH', 'Europe/Kyiv', 'uk', 2 * n, 2 * n + 1, 1, 0 FROM generate_series(1, %s) n""",
            [count],
        )
        return planner.grown(cursor, "teams_territory", count)


@pytest.fixture
def small():
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE teams_territory")
    return Territory.objects.count()


def test_a_table_that_has_doubled_is_looked_at(small):
    assert write(600)
    assert believed() == small + 600


def test_a_few_rows_are_nothing_to_look_for(small):
    assert not write(499)
    assert believed() == small


def test_slow_growth_is_left_to_the_database(small):
    write(1000)
    Territory.objects.filter(code__startswith="T").delete()
    assert not write(600)
    assert believed() == small + 1000
