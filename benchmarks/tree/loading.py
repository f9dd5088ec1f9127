"""Loads a roster in a process of its own."""

from pathlib import Path
from typing import Any

from django.core.files.base import File

from benchmarks.measuring import cost, peak
from cotano.jobs import actions
from teams.models import User

WHO = "bench@example.com"


def main(path: str) -> dict[str, Any]:
    """Keep the file as a job and carry it out, as an upload is; returns what it took, counts and the most memory held."""
    who = User.objects.filter(email=WHO).first() or User.objects.create_superuser(WHO, name="Bench")
    with Path(path).open("rb") as file, cost() as taken:
        job = actions.load(who, "roster", File(file, name="roster.csv"))
    said = str(job.sentence)
    return {"seconds": taken.wall, "processor": taken.processor, "counts": job.counts, "sentence": said, "peak_mb": peak()}
