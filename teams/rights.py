"""Who may see whom: the one place that decides. What no function here allows is not there for the person who asks.

A person looks in one of two ways, and the two never mix:
- as a rep, at one's own people, and at the line: oneself and everybody below in the sponsor tree (names and figures, no people);
- in charge, at the reps of one's territories with all below them, or of the whole company by permission; never at anybody's people.

Every answer is read from the database in the request that asks, so a new sponsor, territory or role counts from the next one on.
"""

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from teams import tree

SEE_COMPANY = "teams.see_company"
SEE_REPORTS = "campaigns.see_reports"
CHANGES = ("teams.import_territory", "teams.import_rep", "campaigns.import_order", "pipeline.import_workitem")  # of the company's data
ON_FILE = "active"  # the status of a rep whom the company has not removed
TERRITORY = "territory"  # the lowest kind of territory
NOTHING = Q(pk__in=[])
KNOWN = "managed_territories"  # on the person, who is read anew for every request, as Django keeps the permissions there

Person = AbstractBaseUser | AnonymousUser


class Role(models.TextChoices):
    """What somebody is to the company. One person may be several of these."""

    REP = "rep", _("representative")
    LEADER = "leader", _("leader")
    TERRITORY_MANAGER = "territory_manager", _("territory manager")
    REGIONAL_MANAGER = "regional_manager", _("regional manager")
    STAFF = "staff", _("staff")
    ANALYST = "analyst", _("analyst")
    SUPPORT = "support", _("support")
    API_CLIENT = "api_client", _("API client")  # no person: sees nothing by what is decided here


def roles_of(user: Person) -> frozenset[Role]:
    """All that the person is; nothing for a log-in that is switched off. At most five queries."""
    roles = set()
    if rep := own_rep_id(user):
        roles.add(Role.REP)
        if _model("Rep").objects.filter(sponsor=rep).exists():
            roles.add(Role.LEADER)
    kinds = set(_assignments(user).values_list("territory__kind", flat=True))
    roles |= {Role.TERRITORY_MANAGER if kind == TERRITORY else Role.REGIONAL_MANAGER for kind in kinds}
    if sees_company(user):
        if any(user.has_perm(change) for change in CHANGES):
            roles.add(Role.STAFF)
        else:
            roles.add(Role.ANALYST if user.has_perm(SEE_REPORTS) else Role.SUPPORT)
    return frozenset(roles)


# ---- as a rep
def mine(user: Person, rep: str = "") -> Q:
    """The condition "is the person's own", for rows that lead to their rep by `rep` ("lead__owner"; "" for reps themselves).

    Nothing when the log-in is switched off or the company has removed the rep. Joined into the statement that uses it.
    """
    if not user.is_active:
        return NOTHING
    path = f"{rep}__" if rep else ""
    return Q(**{f"{path}user": user, f"{path}user__is_active": True, f"{path}status": ON_FILE})


def line(user: Person) -> Q:
    """The condition "is in the person's line" for reps: oneself and all below. The bounds are read in the statement that uses it."""
    return tree.at_or_below_one(_model("Rep").objects.filter(mine(user)))


def is_own(user: Person, rep: models.Model) -> bool:
    """Whether the person is this rep, with all that is the rep's. No query."""
    return bool(user.is_active and rep.user_id == user.pk and rep.status == ON_FILE)


def own_rep_id(user: Person) -> int | None:
    """The id of the rep who the person is, or None. One query."""
    return _model("Rep").objects.filter(mine(user)).values_list("pk", flat=True).first()


def in_downline(top: int | None, rep: int) -> bool:
    """Whether the rep with id `rep` stands somewhere below `top` (below None: nobody).

    One query, by the sponsors alone: a wrong index opens nothing.
    """
    return top in tree.above(_model("Rep"), rep)


def may_come_in(user: Person) -> bool:
    """Whether there is anything left to log in for: not for who is switched off, nor for a rep whom the company has removed.

    Who opens the admin may still do so. No query when the user was read with the rep.
    """
    if not user.is_active or user.is_staff or user.is_superuser:
        return user.is_active
    rep = getattr(user, "rep", None)
    return rep is None or rep.status == ON_FILE


# ---- in charge
def sees_company(user: Person) -> bool:
    """Whether the person is in charge of every territory; a log-in that is switched off has no permission."""
    return user.has_perm(SEE_COMPANY)


def places(user: Person) -> Q:
    """The condition "the person is in charge of this territory": all, or the assigned ones with all below them."""
    if sees_company(user):
        return Q()
    return tree.at_or_below_any(_model("Territory").objects.filter(assignments__in=_assignments(user)))


def territories_of(user: Person) -> models.QuerySet:
    """The territories the person is in charge of; none without an assignment."""
    return _model("Territory").objects.filter(places(user))


def managed(user: Person) -> Q:
    """The condition "the person is in charge of this rep", for reps. One query a request, none for who sees the company."""
    if sees_company(user):
        return Q()
    # Read first: the database plans by the number of territories, which it cannot guess from a subquery.
    found = getattr(user, KNOWN, None)
    if found is None:
        found = list(territories_of(user).values_list("pk", flat=True))
        setattr(user, KNOWN, found)
    return Q(territory__in=found)


# ---- both
def may_see_rep(user: Person, rep: models.Model) -> bool:
    """Whether the person may see that this rep is there, with name, title and figures. By the sponsors, not by the index over them."""
    if sees_company(user) or is_own(user, rep):
        return True
    if in_downline(own_rep_id(user), rep.pk):
        return True
    assigned = set(_assignments(user).values_list("territory", flat=True))
    return bool(assigned) and not assigned.isdisjoint([rep.territory_id, *tree.above(_model("Territory"), rep.territory_id)])


def _assignments(user: Person) -> models.QuerySet:
    """Where the person was put in charge; of a log-in that is switched off: nowhere."""
    assignments = _model("Assignment").objects
    return assignments.filter(user=user, user__is_active=True) if user.is_active else assignments.none()


def _model(name: str) -> type[models.Model]:
    """A model of this app, by name: models.py itself asks here who may see what."""
    return apps.get_model("teams", name)
