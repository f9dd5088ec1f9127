"""A lead's page and what is done on it: comments, calls, outcomes."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cotano.jobs import audit
from cotano.jobs.models import Audit
from cotano.jobs.refusals import Refusal
from leads import actions
from leads.forms import AttemptForm, CommentForm, OutcomeForm
from leads.messages import name_of
from leads.models import Attempt, Lead
from notifications import actions as notifications
from notifications.doors import login_to_post
from pipeline import drafts, outcomes, shares
from pipeline.board import stages_with_counts
from pipeline.lead_page import leads_for_page, read_lead, read_timeline
from pipeline.models import Card, Merge
from pipeline.views import answers
from pipeline.views.reminders import reminder_sheet


@require_safe
@login_required
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """The lead's page; an older page of the timeline alone for htmx. To open it is to read what was told about it.

    Of somebody else's lead, on a board that is shared with the person, it is a page to read.
    """
    found = leads_for_page(request.user).filter(pk=pk).first()
    if found is None:  # perhaps it has become one with another
        return redirect(get_object_or_404(Merge.objects.visible_to(request.user).holding().select_related("kept"), gone=pk).kept)
    if found.through:
        audit.record(by=request.user, whose=found.owner.user_id, what=Audit.What.BOARD_SEEN, subject=f"board:{found.through}")
    before = request.GET.get("before", "")
    if before and request.htmx:
        return render(request, "pipeline/_timeline.html", {"lead": found, "timeline": read_timeline(found, request.user, before=before)})
    if found.has_news and request.method == "GET":
        notifications.mark_read(request.user, subject=f"lead:{found.pk}")
    draft = drafts.take(request, found)
    return _page(request, found, CommentForm(initial={"text": draft}), before=before, kept=bool(draft))


def _page(request: HttpRequest, found: Lead, form: CommentForm, *, before: str = "", kept: bool = False, status: int = 200) -> HttpResponse:
    page = read_lead(found, request.user, before=before)
    context = {"page": page, "lead": found, "reminder": page.reminder, "presets": page.presets, "timeline": page.timeline}
    template = "pipeline/shared_lead.html" if found.through else "pipeline/lead.html"
    return render(request, template, {**context, "form": form, "kept": kept}, status=status)


@require_POST
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a comment. When the log-in has ended, what was typed waits on the page that comes after it."""
    if not request.user.is_authenticated:
        drafts.keep(request, pk)
        return redirect_to_login(reverse("pipeline:lead", args=[pk]))
    found = get_object_or_404(leads_for_page(request.user).filter(Q(through=None) | Q(may_comment=True)), pk=pk)
    form = CommentForm(request.POST)
    if form.is_valid():
        said = {"by": request.user, "text": form.cleaned_data["text"], "once": request.POST.get("once", "")}
        try:
            if found.through:
                shares.comment_on_shared(found, **said)
            else:
                actions.comment_on(found, spoke=form.cleaned_data["spoke"], **said)
        except Refusal as refusal:
            form.add_error("text", refusal.sentence)
    if request.htmx:
        context = {"lead": found, "form": form if form.errors else CommentForm()}
        response = render(request, "pipeline/_comment.html", context, status=422 if form.errors else 200)
        return response if form.errors else answers.tell(response, found)
    return _page(request, found, form, status=422) if form.errors else redirect(found)


@require_POST
@login_to_post
def attempt(request: HttpRequest, pk: int) -> HttpResponse:
    """Log a tap on call or message; the answer leads to its outcome."""
    found = get_object_or_404(Lead.objects.visible_to(request.user).select_related("owner"), pk=pk)
    form = AttemptForm(request.POST)
    if not form.is_valid():
        return _page(request, get_object_or_404(leads_for_page(request.user), pk=pk), CommentForm(), status=422)
    try:
        said = {"channel": form.cleaned_data["channel"], "template": name_of(found.owner, form.cleaned_data["template"])}
        logged = actions.log_attempt(found, by=request.user, once=request.POST.get("once", ""), **said)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect(found)
    ask = reverse("pipeline:outcome", args=[logged.pk], query={"queue": 1} if answers.in_queue(request) else None)
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return JsonResponse({"outcome": ask})
    return redirect(ask)


@require_POST
@login_to_post
def do_not_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the person be (`stop` is "yes"), or allow contact again."""
    found = get_object_or_404(Lead.objects.visible_to(request.user), pk=pk)
    stop = request.POST.get("stop") == "yes"
    try:
        (actions.stop_contact if stop else actions.allow_contact)(found, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect(found)
    sentence = _("%(name)s: do not contact") if stop else _("%(name)s may be contacted again")
    return answers.done(request, found, sentence % {"name": found.name})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def outcome(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask how it went, with what each answer will do; note the answer, and ask when to try again where that makes sense."""
    mine = Attempt.objects.filter(lead__in=Lead.objects.visible_to(request.user))
    found = get_object_or_404(mine.select_related("lead__owner__user"), pk=pk)
    if request.method != "POST":
        return _ask(request, found)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        return _ask(request, found, sentence=_("Choose how it went."), status=422)
    in_queue = answers.in_queue(request)
    try:
        finished = outcomes.finish_call(found, by=request.user, once=request.POST.get("once", ""), in_queue=in_queue, **form.cleaned_data)
    except Refusal as refusal:
        return answers.tell(_ask(request, found, sentence=refusal.sentence, status=refusal.status), found.lead)
    given = form.cleaned_data["outcome"]
    sentence = _noted(finished)
    if given in outcomes.ASKS_WHEN and not (in_queue and given == Attempt.Outcome.NO_ANSWER):
        if request.htmx:
            return _with_move(request, answers.tell(reminder_sheet(request, found.lead, noted=sentence), found.lead), finished.moved)
        messages.success(request, sentence)
        return redirect(reverse("pipeline:reminder", args=[found.lead_id], query={"queue": 1} if in_queue else None))
    return _with_move(request, answers.done(request, found.lead, sentence), finished.moved)


def _with_move(request: HttpRequest, answer: HttpResponse, moved: Card | None) -> HttpResponse:
    """The answer, and with it the card in its new column when the page behind the sheet is a board."""
    if moved is not None and answers.on_board(request):
        card = Card.objects.visible_to(request.user).for_face().get(pk=moved.pk)
        answer.write(render_to_string("pipeline/_moved.html", {"card": card, "stages": stages_with_counts(card.board)}, request))
    return answer


def _noted(finished: outcomes.Finished) -> str:
    said = finished.attempt.get_outcome_display()
    if finished.stays:
        return _("Noted: %(outcome)s. The card stays where it is. %(why)s") % {"outcome": said, "why": finished.stays}
    if finished.moved is None:
        return _("Noted: %(outcome)s") % {"outcome": said}
    return _("Noted: %(outcome)s. Moved to %(stage)s.") % {"outcome": said, "stage": finished.moved.stage.name}


def _ask(request: HttpRequest, found: Attempt, *, sentence: str = "", status: int = 200) -> HttpResponse:
    card = outcomes.standing_card(found.lead)
    choices = outcomes.choices(card, in_queue=answers.in_queue(request))
    context = {"attempt": found, "lead": found.lead, "choices": choices, "sentence": sentence, "now": timezone.now()}
    context["text"] = request.POST.get("text", "")
    return render(request, "pipeline/_outcome.html" if request.htmx else "pipeline/outcome.html", context, status=status)
