"""Goals on the phone: a rep's own and those for the team, what is suggested, and suggesting one to a rep below."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import goal_page, goals
from campaigns.forms import GoalForm, SuggestForm
from campaigns.models import Campaign, Goal, GoalSuggestion
from cotano.jobs import audit
from cotano.jobs.models import Audit
from cotano.jobs.refusals import Refusal
from notifications.doors import login_to_post
from teams.doors import for_reps
from teams.models import Rep

SETS = {goal_page.OWN: goals.set_goal, goal_page.TEAM: goals.set_team_goal}


@require_safe
@for_reps
def all_goals(request: HttpRequest, rep: Rep) -> HttpResponse:
    """Mine and my team's, with how far they are; `?next=1`, here and below, of the campaign that comes next."""
    return _all(request, rep)


def _all(request: HttpRequest, rep: Rep, *, refusal: Refusal | None = None) -> HttpResponse:
    context = {"rep": rep, "page": goal_page.read_goals(rep, is_next=_is_next(request)), "refusal": refusal}
    return render(request, "campaigns/goals.html", context, status=refusal.status if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_to_post
@for_reps
def goal(request: HttpRequest, rep: Rep, of: str, measure: str) -> HttpResponse:
    """One measure of mine or of my team: what to reach, with a proposal; POST sets it."""
    campaign, is_next = _campaign_or_404(request, rep, of, measure)
    owner = goal_page.owner_of(rep, of)
    now = Goal.objects.filter(rep=owner.rep, leader=owner.leader, campaign=campaign, measure=measure).first()
    owner.campaign, owner.measure = campaign, measure
    proposal = goals.propose(owner)
    form = GoalForm(request.POST or None, initial={"target": goals.short(now.target) if now else proposal})
    context = {"of": of, "measure": Goal.Measure(measure), "campaign": campaign, "is_next": is_next}
    context |= {"form": form, "goal": now, "proposal": proposal}
    if request.method == "POST" and form.is_valid():
        try:
            SETS[of](rep, campaign, by=request.user, target=form.cleaned_data["target"], measure=measure)
        except Refusal as refusal:
            return render(request, "campaigns/goal.html", {**context, "refusal": refusal}, status=422)
        messages.success(request, _("Saved."))
        return _to_all(is_next=is_next)
    return render(request, "campaigns/goal.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@login_to_post
@for_reps
def withdraw(request: HttpRequest, rep: Rep, of: str, measure: str) -> HttpResponse:
    """Take my goal, or that for my team, back. A second tap finds nothing and says so as well."""
    campaign, is_next = _campaign_or_404(request, rep, of, measure)
    owner = goal_page.owner_of(rep, of)
    mine = Goal.objects.select_related("rep", "leader", "campaign").filter(rep=owner.rep, leader=owner.leader, campaign=campaign)
    found = mine.filter(measure=measure).first()
    if found is not None:
        try:
            goals.withdraw_goal(found, by=request.user)
        except Refusal as refusal:
            return _all(request, rep, refusal=refusal)
    messages.success(request, _("Withdrawn."))
    return _to_all(is_next=is_next)


@require_POST
@login_to_post
@for_reps
def answer(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """Take a suggested goal, or say no."""
    suggestion = get_object_or_404(GoalSuggestion.objects.visible_to(request.user).select_related("rep", "campaign"), pk=pk, rep=rep)
    try:
        goals.answer_suggestion(suggestion, by=request.user, take="take" in request.POST)
    except Refusal as refusal:
        return _all(request, rep, refusal=refusal)
    messages.success(request, _("Saved."))
    return redirect("campaigns:goals")


@require_http_methods(["GET", "HEAD", "POST"])
@login_to_post
@for_reps
def of_rep(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """The goals of a rep below me; POST suggests one. That I looked is written down; the rep can read it."""
    below = get_object_or_404(Rep.objects.below(rep.pk).select_related("user"), pk=pk)
    audit.record(by=request.user, whose=below.user_id, what=Audit.What.REP_PAGE_SEEN, subject=f"rep:{pk}")
    campaign, _following = goal_page.campaigns_of(below)
    form = SuggestForm(request.POST or None)
    refusal, valid = None, request.method == "POST" and campaign is not None and form.is_valid()
    if valid:
        try:
            goals.suggest_goal(below, campaign, by=request.user, **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("Suggested. %(rep)s decides.") % {"rep": below.name})
            return redirect("campaigns:rep_goals", pk=pk)
    lines, told = goal_page.read_of_rep(below, campaign, reader=request.user) if campaign else ([], [])
    context = {"rep": below, "campaign": campaign, "lines": lines, "told": [(one, goals.said_goal(one)) for one in told], "form": form}
    status = refusal.status if refusal else 422 if request.method == "POST" else 200
    return render(request, "campaigns/rep_goals.html", {**context, "refusal": refusal}, status=status)


def _is_next(request: HttpRequest) -> bool:
    return request.GET.get("next") == "1"


def _to_all(*, is_next: bool) -> HttpResponse:
    return redirect(reverse("campaigns:goals") + ("?next=1" if is_next else ""))


def _campaign_or_404(request: HttpRequest, rep: Rep, of: str, measure: str) -> tuple[Campaign, bool]:
    """The campaign that runs, or the next one, and whether it is the next; not there for anything but a measure of mine or of my team.

    A form says which campaign its page showed: what was the next one then may run by now, and one that is over is not there.
    """
    if of not in SETS or measure not in Goal.Measure.values:
        raise Http404
    running, following = goal_page.campaigns_of(rep)
    shown = request.POST.get("campaign", "")
    campaign = following if _is_next(request) else running
    if shown:
        campaign = next((one for one in (running, following) if one is not None and str(one.pk) == shown), None)
    if campaign is None:
        raise Http404
    return campaign, campaign == following
