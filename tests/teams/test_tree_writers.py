"""Several processes write in one tree at once, half of them below the same few nodes."""

import json
import subprocess
import sys
from collections import Counter

import pytest
from django.db import connection

from cotano import env
from cotano.test_settings import child_environment
from teams import tree
from teams.models import Territory
from tests import sizes

WRITERS = 4


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_neither_fail_nor_break_the_tree():
    rows = []
    for number in range(40):
        parent = rows[number // 3] if number > 1 else None
        rows.append(Territory.objects.create(code=f"T{number}", name="T", kind="region", parent=parent))
    top = 1 << (64 * WRITERS * sizes.WRITES).bit_length()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("teams.tree.space.TOP", top)
        tree.relabel(Territory)
        assert set(tree.check(Territory).values()) == {0}
        start = [sys.executable, "-m", "tests.teams.tree_writers"]
        environment = child_environment(connection.settings_dict["NAME"])
        writers = [
            subprocess.Popen([*start, str(seed), str(sizes.WRITES), str(top)], cwd=env.ROOT, env=environment, stdout=subprocess.PIPE)
            for seed in range(WRITERS)
        ]
        told = [json.loads(writer.communicate()[0]) for writer in writers]
        assert [one["wrong"] for one in told] == [{}] * WRITERS
        done = sum((Counter(one["done"]) for one in told), Counter())
        assert sum(done.values()) == WRITERS * sizes.WRITES
        assert done["insert"] > WRITERS * sizes.WRITES / 4
        assert tree.check(Territory) == dict.fromkeys(tree.check(Territory), 0)
