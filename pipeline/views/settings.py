"""Pages about the product and the person who uses it."""

from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import figures, rep_page
from campaigns.goals import set_goal
from cotano.jobs.refusals import Refusal
from pipeline import actions
from pipeline.forms import ZONES, GoalForm, ProfileForm
from pipeline.home import campaign_now
from pipeline.views.doors import for_reps
from teams import rights
from teams.models import Rep


@require_safe
@login_required
def more(request: HttpRequest) -> HttpResponse:
    """Everything that is not in the bottom bar."""
    return render(request, "pipeline/more.html")


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How to begin, and what does what; open to everybody, also before log-in."""
    return render(request, "pipeline/help.html")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Name, language, clock and look of the person, and what the manager sees of a rep: exactly that, from the same functions."""
    user = request.user
    if request.method != "POST":
        return _profile(request, ProfileForm(initial={name: getattr(user, name) for name in ProfileForm.base_fields}))
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return _profile(request, form, status=422)
    actions.change_profile(user, **form.cleaned_data)
    with translation.override(user.language):
        messages.success(request, _("Saved."))
    return redirect("pipeline:profile")


def _profile(request: HttpRequest, form: ProfileForm, status: int = 200) -> HttpResponse:
    rep = Rep.objects.select_related("territory", "user").filter(rights.mine(request.user)).first()
    context = {"form": form, "rep": rep, "zones": ZONES}
    if rep:
        context |= {"facts": rep_page.facts(rep), "seen": figures.of_rep_page(rep)}
    return render(request, "pipeline/profile.html", context, status=status)


def _short(amount: Decimal) -> Decimal:
    """`8000`, not `8000.00`."""
    return amount.to_integral_value() if amount == amount.to_integral_value() else amount


@require_http_methods(["GET", "HEAD", "POST"])
@for_reps
def goal(request: HttpRequest, rep: Rep) -> HttpResponse:
    """The rep's goal in the campaign that runs."""
    now = campaign_now(rep)
    if request.method != "POST" or now is None:
        return render(
            request, "pipeline/goal.html", {"now": now, "form": GoalForm(initial={"net_sales": now and now.goal and _short(now.goal)})}
        )
    form = GoalForm(request.POST)
    context = {"now": now, "form": form}
    if not form.is_valid():
        return render(request, "pipeline/goal.html", context, status=422)
    try:
        set_goal(rep, now.campaign, by=request.user, target=form.cleaned_data["net_sales"])
    except Refusal as refusal:
        return render(request, "pipeline/goal.html", {**context, "refusal": refusal}, status=refusal.status)
    messages.success(request, _("Saved."))
    return redirect("pipeline:home")
