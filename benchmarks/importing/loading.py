"""Loads contacts in a process of its own, for its memory."""

import time
from pathlib import Path
from typing import Any

from django.core.files.base import File

from benchmarks.measuring import peak
from cotano.jobs import actions
from teams.models import Rep


def main(path: str, rep: str) -> dict[str, Any]:
    """Upload and carry out a file for the rep with this code; returns seconds, counts and the memory held before and at most."""
    owner = Rep.objects.select_related("user").get(code=rep)
    idle, began = peak(), time.perf_counter()
    with Path(path).open("rb") as file:
        job = actions.load(owner.user, "leads", File(file, name=Path(path).name), options={"rep": owner.pk, "board": "no"})
    return {"seconds": time.perf_counter() - began, "counts": job.counts, "state": job.state, "idle_mb": idle, "peak_mb": peak()}
