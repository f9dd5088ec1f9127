"""Pages of the admin about the tree of territories; teams/admin.py puts the admin's frame around them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cotano.jobs.refusals import Refusal
from cotano.lib import text
from teams import geography, tree
from teams.forms import WhyForm
from teams.models import Rep, Territory, TerritoryQuerySet

PAGE = 50
LONGEST = 100  # characters of a search that are used


@require_safe
def territory_tree(request: HttpRequest, frame: dict[str, object]) -> HttpResponse:
    """One level of the tree (`of`, `after`), or what `q` finds; those the person is in charge of."""
    mine = Territory.objects.visible_to(request.user)
    typed, (of, after) = request.GET.get("q", ""), (text.number(request.GET.get(name, "")) for name in ("of", "after"))
    top = get_object_or_404(mine, pk=of) if of is not None else None
    if typed.strip():
        found = _matching(mine, typed)
    else:
        found = mine.filter(parent=top) if top else mine.filter(Q(parent=None) | ~Q(parent__in=Territory.objects.visible_to(request.user)))
    if last := mine.filter(pk=after).first() if after is not None else None:
        found = found.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    rows = list(found.order_by("name", "pk")[: PAGE + 1])
    above = list(reversed(tree.chain(top))) if top else []
    named = mine.in_bulk(above)
    context = {
        **frame,
        "title": _("Territories, level by level"),
        "top": top,
        "way": [named[pk] for pk in above if pk in named],
        "rows": rows[:PAGE],
        "more_after": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "q": typed,
        "may_move": request.user.has_perm(geography.CHANGE),
    }
    return render(request, "admin/teams/territory/tree.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def move_territory(request: HttpRequest, pk: int, frame: dict[str, object]) -> HttpResponse:
    """Search what the territory shall be a part of (`q`), choose (`to`), see what it means, say why."""
    if not request.user.has_perm(geography.CHANGE):
        raise PermissionDenied
    mine = Territory.objects.visible_to(request.user).select_related("parent")
    territory = get_object_or_404(mine, pk=pk)
    typed, chosen = request.GET.get("q", ""), text.number(request.POST.get("to", request.GET.get("to", "")))
    context = {**frame, "title": _("Move %(territory)s") % {"territory": territory}, "territory": territory, "q": typed}
    if chosen is None:
        context["rows"] = list(_matching(mine, typed).order_by("name", "pk")[:PAGE]) if typed.strip() else None
        return render(request, "admin/teams/territory/move.html", context, status=422 if request.method == "POST" else 200)
    to = get_object_or_404(mine, pk=chosen)
    below = Territory.objects.below(territory.pk).count()
    along = Rep.objects.on_file().filter(territory__in=Territory.objects.at_or_below(Territory.objects.filter(pk=territory.pk)))
    form = WhyForm(request.POST or None)
    context |= {"to": to, "below": below, "reps": along.count(), "sentence": geography.refused(territory, to), "form": form}
    if request.method != "POST" or not form.is_valid():
        return render(request, "admin/teams/territory/move.html", context, status=422 if request.method == "POST" else 200)
    try:
        geography.move_territory(territory, to, by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        return render(request, "admin/teams/territory/move.html", {**context, "sentence": refusal.sentence}, status=refusal.status)
    messages.success(request, _("%(territory)s is now a part of %(to)s.") % {"territory": territory, "to": to})
    return redirect("admin:teams_territory_change", territory.pk)


def _matching(mine: TerritoryQuerySet, typed: str) -> TerritoryQuerySet:
    """By a part of the name, or the beginning of the code."""
    line = text.one_line(typed[:LONGEST])
    return mine.filter(Q(name__icontains=line) | Q(code__istartswith=line)) if line else mine.none()
