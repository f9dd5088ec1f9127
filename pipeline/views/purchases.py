"""What a lead buys: added, changed, marked as ordered, delivered and paid for, removed."""

import datetime as dt
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.models import Campaign
from cotano.jobs.refusals import Refusal
from cotano.lib import clock
from leads import my_order, purchases
from leads.models import Lead, Purchase
from leads.purchase_forms import MarkForm, PurchaseForm, plain
from leads.purchases import Mark
from notifications.doors import login_to_post
from pipeline.views import answers
from teams.models import User

NEXT_LONGEST = 200  # characters of the address to go back to


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Note what a lead wants in the campaign that runs; `item` looks through the product list, `product` takes a line of it."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user).select_related("owner__user"), pk=pk)
    running = Campaign.objects.running_for(lead.owner)
    if running is None or running.is_closed:
        return _sheet(request, "purchase_add", {"lead": lead, "campaign": None}, status=200 if request.method != "POST" else 409)
    market = running.calendar.market
    if request.method != "POST":
        typed = request.GET.get("item", "")[: my_order.LONGEST]
        taken = my_order.product(market, request.GET.get("product", ""))
        known = {"item": taken.name, "price": plain(taken.price), "product": taken.pk} if taken else {"item": typed}
        context = {"lead": lead, "campaign": running, "form": PurchaseForm(initial={"quantity": 1, **known}, market=market)}
        return _sheet(request, "purchase_add", {**context, "products": [] if taken else my_order.products(market, typed)})
    form = PurchaseForm(request.POST, market=market)
    context = {"lead": lead, "campaign": running, "form": form}
    if not form.is_valid():
        return _sheet(request, "purchase_add", context, status=422)
    if request.POST.get("campaign", str(running.pk)) != str(running.pk):
        words = _("Another campaign has begun meanwhile: this would be in campaign %(number)s. Save once more if that is right.")
        return _sheet(request, "purchase_add", {**context, "sentence": words % {"number": running.number}}, status=409)
    try:
        made = purchases.add_purchase(lead, running, by=request.user, once=request.POST.get("once", ""), **form.cleaned_data)
    except Refusal as refusal:
        return _sheet(request, "purchase_add", {**context, "sentence": refusal.sentence}, status=refusal.status)
    words = _("%(name)s: %(item)s is noted") % {"name": lead.name, "item": made.item}
    return _done(request, made, words, undo=reverse("pipeline:purchase_remove", args=[made.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def purchase(request: HttpRequest, pk: int) -> HttpResponse:
    """One purchase: what is known, what has happened, and changing it."""
    found = _mine(request, pk)
    market = found.campaign.calendar.market
    if request.method != "POST":
        return _one(request, found, PurchaseForm.of(found, market))
    form = PurchaseForm(request.POST, market=market)
    if not form.is_valid():
        return _one(request, found, form, status=422)
    try:
        changed = purchases.edit_purchase(found, by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        return _one(request, found, form, sentence=refusal.sentence, status=refusal.status)
    return _done(request, changed, _("Saved."))


@require_POST
@login_to_post
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that it is ordered, delivered or paid for, or take that back."""
    found = _mine(request, pk)
    form = MarkForm(request.POST)
    market_form = PurchaseForm.of(found, found.campaign.calendar.market)
    if not form.is_valid():
        return _one(request, found, market_form, sentence=_("Enter a date."), status=422)
    what = Mark(form.cleaned_data["mark"])
    today = clock.today(request.user.zone, timezone.now())
    try:
        if form.cleaned_data["off"]:
            purchases.take_back(what, Purchase.objects.filter(pk=pk), by=request.user)
            sentence, undo = _("%(item)s: taken back") % {"item": found.item}, ""
        else:
            _write(found, what, by=request.user, on=form.day(today))
            sentence = _("%(item)s: %(state)s") % {"item": found.item, "state": what.label}
            undo = reverse("pipeline:purchase_mark", args=[pk])
    except Refusal as refusal:
        return _one(request, found, market_form, sentence=refusal.sentence, status=refusal.status)
    return _done(request, found, sentence, undo=undo, fields={"mark": what.value, "off": "yes"})


def _write(found: Purchase, what: Mark, *, by: User, on: dt.date) -> None:
    """Write the mark; a second time changes nothing. Raises Refusal for one that the purchase cannot get."""
    only = Purchase.objects.filter(pk=found.pk)
    match what:
        case Mark.ORDERED:
            if not purchases.order(only, by=by) and not found.ordered_at:
                raise Refusal(_("This is not to be ordered any more: it was delivered, or its campaign is closed."), status=409)
        case Mark.DELIVERED:
            purchases.deliver(only, by=by, on=on)
        case Mark.PAID:
            purchases.settle(only, by=by)


@require_POST
@login_to_post
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """It came to nothing; one tap takes that back."""
    words = _("%(item)s is removed")
    return _come_or_go(request, pk, purchases.remove_purchase, words, undo=reverse("pipeline:purchase_restore", args=[pk]))


@require_POST
@login_to_post
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """It was removed by mistake."""
    return _come_or_go(request, pk, purchases.restore_purchase, _("%(item)s is back"))


def _come_or_go(request: HttpRequest, pk: int, act: Callable[..., Purchase], words: str, *, undo: str = "") -> HttpResponse:
    found = get_object_or_404(Purchase.objects.removable_by(request.user).select_related("lead"), pk=pk)
    try:
        act(found, by=request.user)
    except Refusal as refusal:
        if request.htmx:
            return render(request, "_toast.html", {"sentence": refusal.sentence}, status=refusal.status)
        messages.error(request, refusal.sentence)
        return HttpResponseRedirect(answers.back(request, found.lead))
    return _done(request, found, words % {"item": found.item}, undo=undo)


def _mine(request: HttpRequest, pk: int) -> Purchase:
    return get_object_or_404(Purchase.objects.visible_to(request.user).select_related("lead", "campaign__calendar__market"), pk=pk)


def _one(request: HttpRequest, found: Purchase, form: PurchaseForm, *, sentence: str = "", status: int = 200) -> HttpResponse:
    context = {"purchase": found, "lead": found.lead, "campaign": found.campaign, "form": form, "sentence": sentence}
    return _sheet(request, "purchase", {**context, "today": clock.today(request.user.zone, timezone.now())}, status=status)


def _sheet(request: HttpRequest, page: str, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    """The sheet (for htmx) or page of a purchase."""
    context["next"] = request.POST.get("next", request.GET.get("next", ""))[:NEXT_LONGEST]
    return render(request, f"pipeline/_{page}.html" if request.htmx else f"pipeline/{page}.html", context, status=status)


def _done(request: HttpRequest, found: Purchase, sentence: str, *, undo: str = "", fields: dict[str, str] | None = None) -> HttpResponse:
    """Carried out: close the sheet, say so with the way back, let the page behind it show afresh."""
    if request.htmx:
        context = {"sentence": sentence, "undo": undo, "fields": fields or {}}
        return answers.tell(render(request, "_toast.html", context), found.lead)
    messages.success(request, sentence, extra_tags="" if fields else undo)
    return HttpResponseRedirect(answers.back(request, found.lead))
