"""One of several writers."""

import random
import sys
import time
from collections import Counter
from typing import Any

from benchmarks.measuring import one
from benchmarks.tree import product

POOL = 500  # reps the writers work on
HOT = 0.1  # of the newcomers come to one and the same rep
INSERTS, MOVES = 0.85, 0.95  # of all operations; the rest are leavers whose first level rolls up


def main(number: str, operations: str) -> dict[str, Any]:
    """Say "ready", wait for a line, then write: mixed operations, each a transaction as the product has it."""
    pool = one("SELECT array_agg(id) FROM (SELECT id FROM teams_rep ORDER BY hashint8(id) LIMIT %s) r", POOL)
    chance, errors, took = random.Random(int(number)), Counter(), []
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for operation in range(int(operations)):
        draw, node, other = chance.random(), chance.choice(pool), chance.choice(pool)
        if chance.random() < HOT:
            other = pool[0]
        began = time.perf_counter()
        try:
            if draw < INSERTS:
                product.recruit(other, int(number) * 1_000_000 + operation)
            elif draw < MOVES:
                product.move(node, other)
            else:
                product.roll_up(node)
        except Exception as error:  # noqa: BLE001  whatever it is, it is counted
            errors[type(error).__name__] += 1
        took.append((time.perf_counter() - began) * 1000)
    return {"ms": took, "errors": errors}
