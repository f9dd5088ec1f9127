"""The process of one run: `python -m benchmarks NAME SIZE`, started by `running` in a scratch database."""

import json
import sys
import time
from importlib import import_module

import django
from django.db import connection

from benchmarks.registry import BENCHES
from benchmarks.running import machine


def main(name: str, size: int) -> None:
    """Measure, then print the report on standard output."""
    django.setup()
    began = time.monotonic()

    def say(words: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:7.1f} s  {words}\n")
        sys.stderr.flush()

    connection.ensure_connection()
    about = machine(connection.connection.info.server_version)
    figures = import_module(BENCHES[name].module).run(size, say)
    say("done")
    report = {"bench": name, "size": size, "machine": about, "figures": [figure.row() for figure in figures]}
    sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]))
    except KeyboardInterrupt:
        sys.exit(130)
