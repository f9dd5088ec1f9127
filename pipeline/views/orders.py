"""My order: what the rep's people buy in a campaign, ordered, delivered and paid for in one go; as text, as a file, on paper."""

import datetime as dt
import json
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Campaign
from cotano.jobs import report
from cotano.lib import clock, text
from leads import my_order, purchases
from leads.models import Lead, Purchase
from leads.purchase_forms import MarkForm, plain
from leads.purchases import Mark
from pipeline.views.doors import for_reps
from teams.models import Rep, User

CHANGED = "order-changed"  # the event by which the open page shows itself afresh


@require_safe
@for_reps
def order(request: HttpRequest, rep: Rep, pk: int | None = None) -> HttpResponse:
    """A campaign's purchases by customer: the one that runs, or a past one to be read."""
    campaign = my_order.campaign_to_show(rep, pk)
    if campaign is None and pk is not None:
        raise Http404
    page = my_order.read_order(rep, campaign, after=text.number(request.GET.get("after", ""))) if campaign else None
    return render(request, "pipeline/order.html", {"page": page, "campaign": campaign, "text": page and my_order.as_text(rep, campaign)})


@require_safe
@for_reps
def order_file(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """The same as a CSV file."""
    campaign = _campaign(rep, pk)
    headings = ("customer", "phone", "product_code", "item", "quantity", "price", "amount", "currency", "ordered", "delivered", "paid")
    rows = map(_cells, my_order.lines(rep, campaign))
    return report.table(f"my-order-{campaign.year}-{campaign.number:02d}", headings, rows)


def _cells(one: Purchase) -> tuple[object, ...]:
    ordered, paid = (timezone.localdate(at).isoformat() if at else "" for at in (one.ordered_at, one.paid_at))
    code = one.product.code if one.product else ""
    delivered = one.delivered_on.isoformat() if one.delivered_on else ""
    money = (plain(one.price), plain(one.cost), one.currency)
    return (one.lead.name, one.lead.phone, code, one.item, one.quantity, *money, ordered, delivered, paid)


@require_safe
@for_reps
def order_print(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """The same on paper: a line for each purchase, to be ticked when it is handed over and paid for."""
    campaign = _campaign(rep, pk)
    rows = my_order.lines(rep, campaign)
    total = sum(one.cost for one in rows)
    return render(request, "pipeline/order_print.html", {"rep": rep, "campaign": campaign, "rows": rows, "total": total})


@require_POST
@for_reps
def order_mark(request: HttpRequest, rep: Rep, pk: int) -> HttpResponse:
    """Mark all that is wanted as ordered, or all of a customer (`lead`) as delivered or paid for.

    `off` and `at` take back what was marked at that moment; `only` leaves out what was never ordered.
    """
    campaign = _campaign(rep, pk)
    given = request.POST if "mark" in request.POST else request.GET  # an Undo without JavaScript is an address
    form = MarkForm(given)
    if not form.is_valid():
        return _say(request, campaign, _("That did not work. Please try again."), status=422)
    which = my_order.purchases_in(rep, campaign)
    if given.get("lead"):
        lead = get_object_or_404(Lead.objects.visible_to(request.user), pk=text.number(given["lead"]))
        which = which.filter(lead=lead)
    if given.get("only") == "ordered":
        which = which.filter(ordered_at__isnull=False)
    mark = Mark(form.cleaned_data["mark"])
    if form.cleaned_data["off"]:
        at = _moment(given.get("at", ""))
        back = purchases.take_back(mark, which, by=request.user, noted_at=at) if at else []
        return _say(request, campaign, ngettext("%(n)d taken back", "%(n)d taken back", len(back)) % {"n": len(back)})
    marked = _write(mark, which, by=request.user)
    if not marked:
        return _say(request, campaign, _("There was nothing left to mark."))
    at = {Mark.ORDERED: "ordered_at", Mark.DELIVERED: "delivery_noted_at", Mark.PAID: "paid_at"}[mark]
    undo = {"mark": mark.value, "off": "yes", "at": getattr(marked[0], at).isoformat()}
    return _say(request, campaign, _said(mark, len(marked)), undo=undo)


def _write(mark: Mark, which: QuerySet[Purchase], *, by: User) -> list[Purchase]:
    match mark:
        case Mark.ORDERED:
            return purchases.order(which, by=by)
        case Mark.DELIVERED:
            return purchases.deliver(which, by=by, on=clock.today(by.zone, timezone.now()))
        case Mark.PAID:
            return purchases.settle(which, by=by)


def _said(mark: Mark, n: int) -> str:
    match mark:
        case Mark.ORDERED:
            words = ngettext("%(n)d marked as ordered", "%(n)d marked as ordered", n)
        case Mark.DELIVERED:
            words = ngettext("%(n)d marked as delivered", "%(n)d marked as delivered", n)
        case Mark.PAID:
            words = ngettext("%(n)d marked as paid", "%(n)d marked as paid", n)
    return words % {"n": n}


def _moment(typed: str) -> dt.datetime | None:
    """A moment with its zone, as an Undo carries it; None for anything else."""
    try:
        at = parse_datetime(typed)
    except ValueError:
        return None
    return at if at and at.tzinfo else None


def _campaign(rep: Rep, pk: int) -> Campaign:
    if campaign := my_order.campaign_to_show(rep, pk):
        return campaign
    raise Http404


def _say(request: HttpRequest, campaign: Campaign, sentence: str, *, undo: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    """The page again, with a word about what was done and the way back."""
    there = reverse("pipeline:order_mark", args=[campaign.pk])
    if request.htmx:
        context = {"sentence": sentence, "undo": there if undo else "", "fields": undo or {}}
        response = render(request, "_toast.html", context, status=status)
        response["HX-Trigger"] = json.dumps({CHANGED: True})
        return response
    if status != 200:  # noqa: PLR2004
        messages.error(request, sentence)
    else:
        messages.success(request, sentence, extra_tags=f"{there}?{urlencode(undo)}" if undo else "")
    return redirect("pipeline:order_of", campaign.pk)
