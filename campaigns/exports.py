"""What staff take out: the roster and orders in the columns in which their files come in; the figures of campaigns."""

from collections.abc import Mapping
from typing import Any

from django.db.models import CharField, F, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat, LPad
from django.utils.translation import gettext_lazy as _

from campaigns import dashboards
from campaigns.models import Total
from cotano.jobs.exporting import Column, Export, ListExport
from teams.models import Rep


class Roster(ListExport):
    """Reps as a roster. A sponsor whom one may not see is not named."""

    name = "roster"
    title = _("Roster")
    model = "teams.rep"
    columns = (
        Column("code", "code"),
        Column("sponsor_code", "seen_sponsor"),
        Column("name", "name"),
        Column("phone", "phone"),
        Column("email", "email"),
        Column("territory_code", "territory__code"),
        Column(
            "joined_campaign",
            Concat(
                Cast("joined_year", CharField()),
                Value("-"),
                LPad(Cast("joined_number", CharField()), 2, Value("0")),
                output_field=CharField(),
            ),
        ),
        Column("title", "title"),
        Column("language", "language"),
        Column("status", "status"),
        Column("calendar", "calendar"),
    )

    def rows(self, user: Model, params: Mapping[str, Any]) -> QuerySet:
        """With the sponsor's code."""
        sponsors = Rep.objects.managed_by(user).filter(pk=OuterRef("sponsor")).order_by()
        return super().rows(user, params).annotate(seen_sponsor=Subquery(sponsors.values("code")[:1]))


class Orders(ListExport):
    """Orders and returns."""

    name = "orders"
    title = _("Orders")
    model = "campaigns.order"
    columns = (
        Column("order_no", "number"),
        Column("kind", "kind"),
        Column("returns_order_no", "returns__number"),
        Column("rep_code", "rep__code"),
        Column("year", "campaign__year", is_number=True),
        Column("campaign", "campaign__number", is_number=True),
        Column("placed_on", "placed_on"),
        Column("amount", F("amount"), is_number=True),
        Column("currency", "currency"),
        Column("points", "points", is_number=True),
    )


class CampaignTotals(Export):
    """The figures of campaigns in territories, as the dashboard shows them."""

    name = "campaign_totals"
    title = _("Figures of campaigns")
    columns = (
        Column("calendar", "campaign__calendar__code"),
        Column("year", "campaign__year", is_number=True),
        Column("campaign", "campaign__number", is_number=True),
        Column("first_day", "campaign__starts_on"),
        Column("last_day", "campaign__ends_on"),
        Column("territory_code", "territory__code"),
        Column("territory", "territory__name"),
        Column("currency", "campaign__calendar__market__currency"),
        *(Column(name, F(name), is_number=True) for name in dashboards.NAMES),
    )

    def is_allowed(self, user: Model) -> bool:
        """Whoever sees the dashboard."""
        return bool(user.is_active and user.is_staff and user.has_perm("campaigns.see_reports"))

    def rows(self, user: Model, params: Mapping[str, Any]) -> QuerySet:
        """All campaigns of a calendar, newest first; a territory with those one level below, or all one is in charge of.

        `params`: calendar and territory (codes). Nothing where the person may not look any more.
        """
        choice = dashboards.read_choice(user, code=params.get("territory", ""), calendar=params.get("calendar", ""))
        if choice is None or choice.campaign is None:
            return Total.objects.none()
        places = [one.pk for one in (*choice.tops, *choice.inner)]
        rows = Total.objects.visible_to(user).filter(campaign__calendar=choice.campaign.calendar, territory__in=places)
        return rows.order_by("-campaign__starts_on", "territory__code")
