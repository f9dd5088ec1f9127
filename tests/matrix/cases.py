"""Rows times people times the owners of things: the cases."""

from dataclasses import dataclass

from tests import sizes
from tests.matrix import admin_rows, world
from tests.matrix.rows import PAGES, Row

ROWS = [*PAGES, *admin_rows.ROWS]
REFUSED = (302, 403, 404, 405)
# Methods no page has are tried by the rep whose thing it is, by a stranger, by the mightiest and by nobody.
WITHOUT_METHOD = ("mid", "stranger", "admin", "nobody")


@dataclass(frozen=True)
class Case:
    """One request: by whom, about whose things, and the statuses it may have."""

    row: Row
    method: str
    viewer: str
    owner: str
    statuses: tuple[int, ...]

    @property
    def name(self):
        """As the run shows it."""
        return f"{self.what} | {self.viewer} | {self.relation}"

    @property
    def what(self):
        """What is asked for: the cases of it are asked in one test."""
        page = f"{self.row.view} ({self.row.note})" if self.row.note else self.row.view
        return f"{page} | {self.method}"

    @property
    def relation(self):
        """How the owner stands to the one who looks."""
        return world.relation(self.viewer, self.owner) if self.row.concerns else "-"


def _decide(policy, viewer, owner):
    """The statuses that a policy allows."""
    if policy is None:
        return (405,)
    status = next(policy[label] for label in world.labels(viewer, owner) if label in policy)
    return status if isinstance(status, tuple) else (status,)


def _owners(row, viewer):
    """One owner for each relation to the viewer."""
    if not row.concerns:
        return [viewer if viewer in world.REPS else "mid"]
    found = {}
    for owner in world.REPS:
        found.setdefault(world.relation(viewer, owner), owner)
    return list(found.values())


def _cases(row):
    methods = [("GET", row.get), ("POST", row.post)]
    if row.fragment:
        methods.append(("GET by htmx", {**row.get, "own": (200, 302)} if "own" in row.get else row.get))
    for method, policy in methods:
        if row.note and policy is None:
            continue  # the row without a note has said that it is refused
        for viewer in world.VIEWERS:
            for owner in _owners(row, viewer):
                yield Case(row, method, viewer, owner, _decide(policy, viewer, owner))
    if not row.note:
        for method in ("PUT", "DELETE"):
            for viewer in WITHOUT_METHOD:
                yield Case(row, method, viewer, "mid", (*REFUSED, *_decide(row.get, viewer, "mid")))


def _covering(cases):
    """Of a row's cases as few as will do to ask by everybody, and about every relation, with every method."""
    kept, asked = [], set()
    for case in cases:
        about, by = (case.method, case.relation), (case.method, case.viewer, "asks")
        if about not in asked or by not in asked:
            asked |= {about, by}
            kept.append(case)
    return kept


CASES = [case for row in ROWS for case in (_cases(row) if sizes.FULL else _covering(_cases(row)))]
TOGETHER: dict[str, list[Case]] = {}
for _case in CASES:
    TOGETHER.setdefault(_case.what, []).append(_case)
