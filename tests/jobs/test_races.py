"""Turns at work that only so many processes do at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from cotano.jobs.races import turn_at


@pytest.mark.django_db(transaction=True)
def test_only_so_many_processes_have_a_turn_at_once():
    def elsewhere(work, **options):
        try:
            with turn_at(work, **options) as mine:
                return mine
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, turn_at("sorting") as mine:
        during = [pool.submit(elsewhere, "sorting").result(), pool.submit(elsewhere, "sorting", at_once=2).result()]
        other = pool.submit(elsewhere, "counting").result()
    with ThreadPoolExecutor(1) as pool:
        after = pool.submit(elsewhere, "sorting").result()
    assert (mine, during, other, after) == (True, [False, True], True, True)
