"""One of several processes that write in one tree at once: `python -m tests.teams.tree_writers SEED WRITES TOP`. Prints what went wrong.

The space of labels is made narrow (TOP labels), so that stretches of it are laid out anew all the time.
"""

import json
import os
import random
import sys
from collections import Counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cotano.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.db.models import ProtectedError  # noqa: E402

from teams import tree  # noqa: E402
from teams.models import Territory  # noqa: E402
from teams.tree import moves, space  # noqa: E402

BELOW = """WITH RECURSIVE down(id) AS (SELECT id FROM teams_territory WHERE parent_id = %s
             UNION SELECT t.id FROM down JOIN teams_territory t ON t.parent_id = down.id) SELECT id FROM down"""


class Writer:
    """Does things at random; half of the newcomers come below the same few nodes."""

    def __init__(self, seed: int) -> None:
        self.chance, self.made, self.seed = random.Random(seed), 0, seed
        self.stale = list(Territory.objects.order_by("pk"))
        self.hot = self.stale[:3]
        self.own = []
        self.wrong, self.done = Counter(), Counter()

    def node(self):
        return self.chance.choice(self.stale + self.own)

    def insert(self):
        self.made += 1
        parent = self.chance.choice(self.hot) if self.chance.random() < 0.5 else self.node()
        code = f"W{self.seed}-{self.made}"
        self.own.append(Territory.objects.create(code=code, name="W", kind="region", parent=parent))

    def move(self):
        under = None if self.chance.random() < 0.1 else self.node().pk
        tree.move(Territory, self.node().pk, under)

    def move_by_saving(self):
        row = self.node()
        row.parent_id = self.node().pk
        row.save()

    def roll_up(self):
        tree.roll_up(Territory, self.node().pk)

    def delete(self):
        if self.own:
            row = self.own.pop(self.chance.randrange(len(self.own)))
            try:
                Territory.objects.get(pk=row.pk).delete()
            except ProtectedError:
                self.own.append(row)

    def adopt(self):
        links = {self.node().pk: self.node().pk for _ in range(3)}
        tree.adopt(Territory, links.items())

    def widen(self):
        tree.widen_tight(Territory)

    def relabel(self):
        tree.relabel(Territory)

    @transaction.atomic
    def look(self):
        """A list by labels, asked of an instance loaded long ago, against the links, in one snapshot."""
        row = self.node()
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            found = set(row.get_descendants().values_list("pk", flat=True))
            cursor.execute(BELOW, [row.pk])
            true = {pk for (pk,) in cursor.fetchall()}
        self.wrong.update({"foreign": len(found - true), "missing": len(true - found)})

    def once(self):
        names = ["insert", "move", "move_by_saving", "roll_up", "delete", "adopt", "widen", "relabel", "look"]
        (name,) = self.chance.choices(names, [50, 12, 4, 3, 6, 3, 2, 2, 18])
        try:
            getattr(self, name)()
        except (tree.Ring, Territory.DoesNotExist):
            self.done["refused"] += 1
        except Exception as error:  # noqa: BLE001  every other one is a defect
            self.wrong[f"{name}: {type(error).__name__} {error}"[:300]] += 1
        else:
            self.done[name] += 1


if __name__ == "__main__":
    seed, writes, space.TOP = map(int, sys.argv[1:])
    space.SPACING, space.AHEAD, space.TIGHT, space.SHARE, moves.NARROW = 4, 8, 16, 3, 8
    writer = Writer(seed)
    for _ in range(writes):
        writer.once()
    print(json.dumps({"wrong": +writer.wrong, "done": writer.done}))  # noqa: T201
