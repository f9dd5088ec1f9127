"""The sponsor tree in the admin: one level at a time of the reps one is in charge of, whatever their number.

Reps of others are left out as if their recruits stood in their place, so a manager's tree is whole without naming anybody else.
"""

from dataclasses import dataclass

from cotano.lib.counting import Number
from teams import rights, tree
from teams.finding import sought
from teams.models import Rep, RepQuerySet, User

PAGE = 50
COUNTED = 500  # reps below a row that are counted
MOVED = 10_000  # the same for one who moves
FOUND = 250  # matches of a search that are put in order


@dataclass(frozen=True)
class Branch:
    """A page of the tree. `way` leads down to `top`, None for one who is not named; `more_after` is where the next page begins."""

    top: Rep | None
    way: list[Rep | None]
    rows: list[Rep]
    more_after: int | None = None
    is_cut: bool = False


def read_branch(user: User, *, top: Rep | None, after: int | None) -> Branch:
    """The level below `top`, or the tops of all trees. At most five queries."""
    among = None
    if not rights.sees_company(user):
        among = ("territory", list(rights.territories_of(user).values_list("pk", flat=True)))
    ids = tree.first_below(Rep, top.pk if top else None, size=PAGE + 1, after=after, among=among)
    rows = _rows(user, ids[:PAGE])
    above = list(reversed(tree.chain(top))) if top else []
    named = Rep.objects.managed_by(user).in_bulk(above[-PAGE:])
    way = [named.get(pk) for pk in above[-PAGE:]]
    return Branch(top, way, rows, ids[PAGE - 1] if len(ids) > PAGE else None)


def find(user: User, typed: str) -> Branch:
    """The reps one is in charge of who are found by a name, a code or a phone: the first fifty. Three queries."""
    meant = sought(typed)
    if meant.is_empty:
        return Branch(None, [], [])
    hits = sorted((name, pk) for pk, name in meant.among_many(Rep.objects.managed_by(user)).values_list("pk", "name")[:FOUND])
    return Branch(None, [], _rows(user, [pk for _name, pk in hits[:PAGE]]), is_cut=len(hits) > PAGE)


def moves_along(rep: Rep) -> int:
    """Reps on file below, counted up to one more than MOVED."""
    return Rep.objects.on_file().below(rep.pk).values("status")[: MOVED + 1].count()


def _rows(user: User, ids: list[int]) -> list[Rep]:
    """These reps in this order; who sees the company also sees how many are `below`."""
    found: RepQuerySet = Rep.objects.managed_by(user).filter(pk__in=ids).select_related("territory")
    if rights.sees_company(user):
        below = Rep.objects.on_file().filter(tree.below_outer()).order_by().values("status")
        found = found.annotate(below=Number(below[: COUNTED + 1]))
    by_id = {rep.pk: rep for rep in found}
    return [by_id[pk] for pk in ids if pk in by_id]
