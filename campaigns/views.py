"""Pages about campaigns. They stand inside the admin's frame, which campaigns/admin.py puts around them."""

import csv

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns import figures
from campaigns.forms import ActivityForm
from cotano.lib.cells import guarded

HEADINGS = ("campaign", "first_day", "last_day", "on_file", "active", "active_percent", "orders", "net_sales", "actions", "actions_per_rep")


@require_safe
def activity(request: HttpRequest, frame: dict[str, object]) -> HttpResponse:
    """Actions in the app against the share of active reps, campaign by campaign; `?format=csv` is the same as a file."""
    if not request.user.has_perm("campaigns.see_reports"):
        raise PermissionDenied
    form = ActivityForm(request.GET.dict(), user=request.user)
    valid = form.is_valid()
    rows = figures.of_campaigns(form.campaigns, form.reps) if valid else []
    if valid and request.GET.get("format") == "csv":
        return _csv(rows)
    query = request.GET.copy()
    query["format"] = "csv"
    context = {
        **frame,
        "title": _("Activity"),
        "form": form,
        "rows": rows,
        "r": figures.activity_r(rows),
        "fewest": figures.FEWEST,
        "csv": query.urlencode(),
    }
    return render(request, "admin/campaigns/activity.html", context, status=200 if valid else 422)


def _csv(rows: list[figures.CampaignFigures]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8", headers={"Content-Disposition": 'attachment; filename="activity.csv"'})
    response.write("\ufeff")  # spreadsheets know UTF-8 by it
    sheet = csv.writer(response)
    sheet.writerow(HEADINGS)
    for row in rows:
        campaign = row.campaign
        share, per_rep = (None if value is None else round(value, 2) for value in (row.active_percent, row.actions_per_rep))
        cells = (
            str(campaign),
            campaign.starts_on,
            campaign.ends_on,
            row.on_file,
            row.active,
            share,
            row.orders,
            row.net_sales,
            row.actions,
            per_rep,
        )
        sheet.writerow([guarded(cell) for cell in cells])
    return response
