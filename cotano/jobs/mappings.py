"""Which column is what: as the person chose it for this file, or once before for a file with the same headings."""

import hashlib
from collections.abc import Sequence

from django.utils import timezone

from cotano.jobs.cells import plain
from cotano.jobs.models import Job, Mapping


def chosen(job: Job, headings: Sequence[str]) -> dict[int, str] | None:
    """Place in the file -> column; None when nobody has chosen yet and the headings must speak for themselves."""
    if (given := job.options.get("mapping")) is not None:
        return {int(place): name for place, name in given.items()}
    kept = Mapping.objects.filter(owner=job.owner_id, kind=job.kind, headings=_digest(headings)).values_list("columns", flat=True).first()
    if kept is None:
        return None
    return {place: kept[plain(heading)] for place, heading in enumerate(headings) if plain(heading) in kept}


def remember(job: Job, headings: Sequence[str]) -> None:
    """Keep the person's choice for the next file with these headings, in any order. What no heading tells is not kept."""
    given = job.options.get("mapping")
    names = [plain(heading) for heading in headings]
    if given is None or len(set(names)) < len(names):
        return
    columns = {names[int(place)]: name for place, name in given.items() if int(place) < len(names) and names[int(place)]}
    Mapping.objects.update_or_create(
        owner_id=job.owner_id, kind=job.kind, headings=_digest(headings), defaults={"columns": columns, "used_at": timezone.now()}
    )


def _digest(headings: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join(sorted(map(plain, headings))).encode("utf-8", "surrogatepass")).hexdigest()
