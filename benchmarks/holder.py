"""Holds servers of its own until standard input ends: `python -m benchmarks.holder` prints where they are. Knows no Django."""

import os
import sys

from cotano import embedded

if __name__ == "__main__":
    embedded.ensure()
    sys.stdout.write(f"{os.environ['DATABASE_OWNER_URL']} {os.environ['REDIS_URL']}\n")
    sys.stdout.flush()
    sys.stdin.read()
    embedded.release()
