"""A process beside a bench's own: `python -m benchmarks.child MODULE ARGS` lets `MODULE.main(*ARGS)` run and prints what it returns."""

import json
import sys
from importlib import import_module

import django

if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(import_module(sys.argv[1]).main(*sys.argv[2:])) + "\n")
