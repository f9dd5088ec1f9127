"""What the rights cost: on any page at most two queries of their own, whoever looks."""

import sys
from collections import Counter

import pytest
from django.db import connection, transaction

from teams import models, rights
from tests.matrix import asking, world
from tests.matrix.cases import ROWS

MOST = 2
VIEWERS = ("mid", "boss", "regional", "both", "staff", "analyst")
DECIDES = (rights.__file__, models.people.__file__)  # the second: `own_rep` and the querysets' `visible_to`
PERMISSIONS = "django/contrib/auth/backends.py"  # Django's own two, which the admin reads anyway; once a request
PAGES = [row for row in ROWS if row.get is not None]


@pytest.fixture(scope="module")
def company(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield world.build()
        transaction.set_rollback(True)


def files():
    """The files of the functions that have led here."""
    frame = sys._getframe(1)
    while frame:
        yield frame.f_code.co_filename
        frame = frame.f_back


@pytest.mark.parametrize("viewer", VIEWERS)
def test_the_rights_add_at_most_two_queries_to_any_page(viewer, company):
    found = Counter()

    def count(execute, sql, params, many, context):
        above = set(files())
        if above & set(DECIDES) and not any(one.endswith(PERMISSIONS) for one in above):
            found[page] += 1
        return execute(sql, params, many, context)

    ids = {**company.company, **company.things[viewer if viewer in world.REPS else "mid"].ids}
    for row in PAGES:
        page = f"{row.view} {row.note}"
        point = transaction.savepoint()
        with connection.execute_wrapper(count):
            query = {name: asking.fill(value, ids) for name, value in row.query.items()}
            asking.ask(company, viewer, "GET", asking.address(row, ids), query)
        transaction.savepoint_rollback(point)
    assert {page: n for page, n in found.items() if n > MOST} == {}
    assert len(found) > 1  # it does count
