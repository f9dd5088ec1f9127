"""Loads a roster in a process of its own."""

import time
from pathlib import Path
from typing import Any

from django.core.files.base import File

from benchmarks.measuring import peak
from cotano.jobs import actions
from teams.models import User


def main(path: str) -> dict[str, Any]:
    """Keep the file as a job and carry it out, as an upload is; returns seconds, counts and the most memory held."""
    who = User.objects.filter(email=WHO).first() or User.objects.create_superuser(WHO, name="Bench")
    idle, began = peak(), time.perf_counter()
    with Path(path).open("rb") as file:
        job = actions.load(who, "roster", File(file, name="roster.csv"))
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "counts": job.counts, "sentence": str(job.sentence), "peak_mb": peak(), "idle_mb": idle}


WHO = "bench@example.com"
