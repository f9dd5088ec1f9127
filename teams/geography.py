"""A territory becomes part of another one; who is in charge of what follows at once."""

from django.contrib.admin.models import CHANGE as CHANGED
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.utils.translation import gettext as _

from cotano.jobs.races import retry_lost_races
from cotano.jobs.refusals import Refusal
from teams import history, tree
from teams.models import Territory, User

CHANGE = "teams.change_territory"  # the permission


@retry_lost_races
@transaction.atomic
def move_territory(territory: Territory, to: Territory, *, by: User, why: str) -> Territory:
    """Make the territory, with all below, a part of `to`; the admin's history keeps who, when, from where and why.

    Raises Refusal, with the tree untouched.
    """
    if (
        not by.is_active
        or not by.has_perm(CHANGE)
        or Territory.objects.visible_to(by).filter(pk__in={territory.pk, to.pk}).count() < len({territory.pk, to.pk})
    ):
        raise Refusal(_("You are not in charge of %(territory)s.") % {"territory": territory})
    reason = history.clean_why(why)
    tree.lock(Territory)
    now = Territory.objects.select_related("parent").in_bulk([territory.pk, to.pk])
    territory, to = now[territory.pk], now[to.pk]
    if sentence := refused(territory, to):
        raise Refusal(sentence)
    tree.move(Territory, territory.pk, to.pk)
    said = _("Made a part of %(to)s, not of %(was)s any more: %(why)s")
    told = said % {"to": to, "was": territory.parent or _("nothing"), "why": reason}
    LogEntry.objects.log_actions(by.pk, [territory], CHANGED, told, single_object=True)
    return Territory.objects.get(pk=territory.pk)


def refused(territory: Territory, to: Territory) -> str:
    """Why the territory cannot be a part of `to`, as a sentence; "" when nothing is against it."""
    if territory.kind == Territory.Kind.MARKET:
        return _("A market is not a part of anything.")
    if territory.pk == to.pk:
        return _("A territory cannot be a part of itself.")
    if territory.parent_id == to.pk:
        return _("%(territory)s is a part of it already.") % {"territory": territory}
    if territory.pk in tree.above(Territory, to.pk):
        return _("%(to)s is below %(territory)s.") % {"to": to, "territory": territory}
    return ""
