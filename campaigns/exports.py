"""What staff take out of the company's lists: the roster and orders, in the columns in which their files come in."""

from collections.abc import Mapping
from typing import Any

from django.db.models import CharField, F, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat, LPad
from django.utils.translation import gettext_lazy as _

from cotano.jobs.exporting import Column, ListExport
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
