"""Who may see a rep's boards, and who could: what the page about sharing shows."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils import timezone

from cotano.jobs.models import Audit
from pipeline.models import Share
from teams import tree
from teams.models import Rep

NEAREST = 10  # of the upline, offered by name
TAKE_BACK = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Helper:
    """Somebody the boards are shared with. `name` is what the owner typed until that person has opened a board."""

    share: Share
    name: str
    role: str


def read_helpers(rep: Rep) -> list[Helper]:
    """Whom the rep's boards are shared with, in the order of sharing. One query."""
    opened = Audit.objects.filter(
        whose=rep.user_id, by=OuterRef("helper__user"), what=Audit.What.BOARD_SEEN, at__gte=OuterRef("created_at")
    )
    shares = Share.objects.holding().filter(owner=rep).select_related("helper").annotate(has_opened=Exists(opened)).order_by("pk")
    return [Helper(share, *_named(share)) for share in shares]


def just_revoked(rep: Rep) -> Share | None:
    """The share that was revoked last, while that is a few minutes ago: the page offers to take it back. One query."""
    recently = timezone.now() - TAKE_BACK
    return Share.objects.filter(owner=rep, revoked_at__gt=recently).order_by("-revoked_at").first()


def _named(share: Share) -> tuple[str, str]:
    if not share.typed:
        return share.helper.name, share.helper.code
    return (share.helper.name, share.typed) if share.has_opened else (share.typed, "")


def nearest_upline(rep: Rep) -> list[Rep]:
    """The nearest of the rep's upline who are on file and log in, the sponsor first. Two queries."""
    chain = tree.chain(rep)[: 2 * NEAREST]
    place = {pk: n for n, pk in enumerate(chain)}
    found = Rep.objects.on_file().filter(pk__in=chain, user__is_active=True)
    return sorted(found, key=lambda one: place[one.pk])[:NEAREST]
