"""Pages of the admin about the sponsor tree; campaigns/admin.py puts the admin's frame around them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import rep_tree as reading
from campaigns import sponsoring
from campaigns.forms import SponsorForm
from cotano.jobs.refusals import Refusal
from cotano.lib import text
from teams import history
from teams.models import Rep

NOBODY = 0  # in place of a sponsor's id: a root


@require_safe
def rep_tree(request: HttpRequest, frame: dict[str, object]) -> HttpResponse:
    """One level of the tree (`of`, `after`), or whom `q` finds; those the person is in charge of."""
    typed, (of, after) = request.GET.get("q", ""), (text.number(request.GET.get(name, "")) for name in ("of", "after"))
    mine = Rep.objects.managed_by(request.user)
    top = get_object_or_404(mine.select_related("territory"), pk=of) if of is not None else None
    branch = reading.find(request.user, typed) if typed.strip() else reading.read_branch(request.user, top=top, after=after)
    may_move = request.user.has_perm(history.CHANGE)
    context = {**frame, "title": _("Sponsor tree"), "branch": branch, "q": typed, "may_move": may_move, "counted": reading.COUNTED}
    return render(request, "admin/teams/rep/tree.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def move_rep(request: HttpRequest, pk: int, frame: dict[str, object]) -> HttpResponse:
    """Search the new sponsor (`q`), choose one (`to`), see what it means, say why and from when."""
    if not request.user.has_perm(history.CHANGE):
        raise PermissionDenied
    mine = Rep.objects.managed_by(request.user).select_related("sponsor", "territory")
    rep = get_object_or_404(mine, pk=pk)
    typed, chosen = request.GET.get("q", ""), text.number(request.POST.get("to", request.GET.get("to", "")))
    to = get_object_or_404(mine, pk=chosen) if chosen else None
    form = SponsorForm(request.POST or None, campaigns=sponsoring.coming(rep))
    context = {**frame, "title": _("Move %(rep)s") % {"rep": rep}, "rep": rep, "form": form, "q": typed, "most": reading.MOVED}
    context |= {"named": set(mine.filter(pk=rep.sponsor_id).values_list("pk", flat=True))}
    if chosen is None:
        context["branch"] = reading.find(request.user, typed) if typed.strip() else None
        return render(request, "admin/teams/rep/move.html", context, status=422 if request.method == "POST" else 200)
    context |= {"to": to, "is_chosen": True, "along": reading.moves_along(rep), "sentence": history.refused(rep, to)}
    if request.method != "POST":
        return render(request, "admin/teams/rep/move.html", context)
    if not form.is_valid():
        return render(request, "admin/teams/rep/move.html", context, status=422)
    try:
        sponsoring.change_sponsor(rep, to, by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        return render(request, "admin/teams/rep/move.html", {**context, "sentence": refusal.sentence}, status=refusal.status)
    messages.success(request, _("The change is noted."))
    return redirect("admin:teams_rep_change", rep.pk)
