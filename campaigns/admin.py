"""What managers and staff see of reps and their campaigns."""

from collections.abc import Callable

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns import admin_goals, admin_tree, figures, rep_page, views
from campaigns.models import Calendar, Campaign, Goal, Order
from cotano.jobs import audit
from cotano.jobs.admin_export import FileExportMixin
from cotano.jobs.admin_import import FileImportMixin
from cotano.jobs.models import Audit
from cotano.lib.admin import MOST, ListAdmin
from teams.finding import sought
from teams.models import Rep, RepQuerySet, SponsorChange, Territory

RECENT = 3  # ended campaigns beside the running one in the list of reps
CLOSED = 6  # closed campaigns above the list
DEEPEST = 12  # steps of indent
CHANGES = 10  # of sponsor, on a rep's page


class TerritoryFilter(admin.SimpleListFilter):
    """A territory with all below it, of those one may see."""

    title = _("territory")
    parameter_name = "territory"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        """In tree order, indented."""
        visible = Territory.objects.visible_to(request.user).with_depth().in_tree_order()
        return [(territory.code, "\u2003" * territory.depth + territory.name) for territory in visible]

    def has_output(self) -> bool:
        """Shown when there is something to choose."""
        return len(self.lookup_choices) > 1

    def queryset(self, request: HttpRequest, queryset: RepQuerySet) -> RepQuerySet:
        """The reps there."""
        if self.value() is None:
            return queryset
        if self.value() not in {code for code, _name in self.lookup_choices}:
            raise IncorrectLookupParameters
        return queryset.filter(territory__in=Territory.objects.at_or_below(Territory.objects.filter(code=self.value())))


class RepList(ChangeList):
    """A page of reps with their orders, read in one query for the page."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, then what stands beside it."""
        super().get_results(request)
        self.result_list = reps = list(self.result_list)
        slots = self.model_admin.slots(request)
        campaigns = [campaign for row in slots.values() for campaign in row if campaign]
        orders = figures.orders_of_reps([rep.pk for rep in reps], campaigns)
        top = min((rep.depth for rep in reps), default=0)
        for rep in reps:
            rep.indent = min(rep.depth - top, DEEPEST)
            own = slots.get(rep.calendar, ())
            rep.recent_orders = [orders.get((rep.pk, campaign.pk), 0) if campaign else None for campaign in own]


@admin.register(Rep)
class RepAdmin(FileExportMixin, FileImportMixin, ListAdmin):
    """Reps in the order of the sponsor tree."""

    import_kinds = ("roster",)
    export_kind = "roster"
    change_list_template = "admin/teams/rep/change_list.html"
    change_form_template = "admin/teams/rep/change_form.html"
    list_filter = (TerritoryFilter, "status")
    search_fields = ("code", "name", "phone")
    search_help_text = _("Code, name or phone")
    fields = rep_page.FIELDS
    autocomplete_fields = ("user",)
    editable = ("user",)

    def get_urls(self) -> list[URLPattern]:
        """The tree and the page that moves a rep live beside the list."""
        view = self.admin_site.admin_view
        return [
            path("tree/", view(self.tree), name="teams_rep_tree"),
            path("<int:pk>/move/", view(self.move), name="teams_rep_move"),
            *super().get_urls(),
        ]

    def tree(self, request: HttpRequest) -> HttpResponse:
        """The sponsor tree, one level at a time."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        request.current_app = self.admin_site.name
        return admin_tree.rep_tree(request, self.admin_site.each_context(request))

    def move(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a rep under another sponsor."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        request.current_app = self.admin_site.name
        return admin_tree.move_rep(request, pk, self.admin_site.each_context(request))

    def get_queryset(self, request: HttpRequest) -> RepQuerySet:
        """Those one may see; by every door of the admin."""
        return Rep.objects.managed_by(request.user).select_related("territory", "user").with_depth().in_tree_order()

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
        """The list with orders."""
        return RepList

    def get_list_display(self, request: HttpRequest) -> list[str | Callable[[Rep], object]]:
        """One column per recent campaign; its name is the campaign's as long as one calendar is seen."""
        slots = self.slots(request)
        (only,) = slots.values() if len(slots) == 1 else ((),)
        columns = []
        for place in range(RECENT + 1):
            back = RECENT - place
            campaign = only[place] if only else None
            if only and not campaign:
                continue
            columns.append(_orders_column(place, f"{campaign.year}-{campaign.number:02d}" if campaign else _ago(back)))
        return ["name_in_tree", "code", "title", "place", "logs_in", *columns]

    def get_fields(self, request: HttpRequest, obj: Rep | None = None) -> list[str]:
        """The log-in can be changed by whoever may see users."""
        names = list(super().get_fields(request, obj))
        if self.has_change_permission(request, obj):
            names[names.index("log_in")] = "user"
        return names

    def has_change_permission(self, request: HttpRequest, obj: Rep | None = None) -> bool:
        """A manager reads; the log-in belongs to who may see users."""
        return super().has_change_permission(request, obj) and request.user.has_perm("teams.view_user")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """By the beginnings of the words of a name or of the code, or a phone however it is written: by indexes."""
        meant = sought(search_term)
        return (queryset, False) if not search_term.strip() else (meant.among_many(queryset), False)

    def calendars(self, request: HttpRequest) -> list[Calendar]:
        """Those of the reps one sees. Read once per request."""
        if not hasattr(request, "seen_calendars"):
            request.seen_calendars = figures.calendars_of(Rep.objects.managed_by(request.user))
        return request.seen_calendars

    def slots(self, request: HttpRequest) -> dict[str, list[Campaign | None]]:
        """Code of each of these calendars -> its recent campaigns, the running one last. Read once per request."""
        if not hasattr(request, "recent_campaigns"):
            request.recent_campaigns = {one.code: figures.recent_campaigns(one, RECENT) for one in self.calendars(request)}
        return request.recent_campaigns

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """With the activity of the reps one sees above the list, as long as they are few enough to count on the spot."""
        summary = []
        if request.user.has_perm("campaigns.see_reports"):
            reps = Rep.objects.managed_by(request.user)
            if reps.order_by()[: MOST + 1].count() <= MOST:
                summary = [figures.of_campaigns(figures.closed_campaigns(one, CLOSED), reps) for one in self.calendars(request)]
        return super().changelist_view(request, {"summary": [rows for rows in summary if rows], **(extra_context or {})})

    def render_change_form(self, request: HttpRequest, context: dict[str, object], *args: object, **kwargs: object) -> HttpResponse:
        """With the rep's figures, newest campaign first, and changes of sponsor. That somebody looked is written down."""
        rep = kwargs.get("obj") or context.get("original")
        context["figures"] = figures.of_rep_page(rep) if rep and request.user.has_perm("campaigns.see_reports") else []
        if rep and request.user.has_perm("teams.view_sponsorchange"):
            changes = SponsorChange.objects.managed_by(request.user).naming(request.user).filter(rep=rep)
            context["changes"] = list(changes.order_by("-pk")[:CHANGES])
        if rep and request.method == "GET" and rep.user_id != request.user.pk:
            audit.record(by=request.user, whose=rep.user_id, what=Audit.What.REP_PAGE_SEEN, subject=f"rep:{rep.pk}")
        return super().render_change_form(request, context, *args, **kwargs)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Rep | None:
        """The rep with who looks: of the upline only those one may see are named."""
        rep = super().get_object(request, object_id, from_field)
        if rep:
            rep.looked_at_by = request.user
        return rep

    @admin.display(description=_("name"))
    def name_in_tree(self, rep: Rep) -> SafeString:
        """Indented by the depth below the first of the page."""
        return format_html('<span class="indent in{}">{}</span>', rep.indent, rep.name)

    @admin.display(description=_("territory"))
    def place(self, rep: Rep) -> str:
        """Its name alone."""
        return rep.territory.name

    @admin.display(description=_("logs in"), boolean=True)
    def logs_in(self, rep: Rep) -> bool:
        """Whether the rep has a log-in that works."""
        return rep.user is not None and rep.user.is_active

    @admin.display(description=rep_page.LABELS["joined"])
    def joined(self, rep: Rep) -> str:
        """The campaign of joining."""
        return rep_page.joined(rep)

    @admin.display(description=rep_page.LABELS["log_in"])
    def log_in(self, rep: Rep) -> str:
        """Whether there is one, and the last time."""
        return rep_page.log_in(rep)

    @admin.display(description=rep_page.LABELS["upline"])
    def upline(self, rep: Rep) -> str | SafeString:
        """From the sponsor up; who is outside one's territories stays unnamed."""
        above, goes_on = rep_page.upline(rep, Rep.objects.managed_by(rep.looked_at_by))
        links = [
            (reverse("admin:teams_rep_change", args=[one.pk]), one) if one else ("", gettext("outside your territories")) for one in above
        ]
        if not links:
            return gettext("none")
        parts = [format_html('<a href="{}">{}</a>', url, name) if url else name for url, name in links]
        more = " › …" if goes_on else ""
        return format_html("{}{}", format_html_join(" › ", "{}", ((part,) for part in parts)), more)

    @admin.display(description=rep_page.LABELS["recruited"])
    def recruited(self, rep: Rep) -> int:
        """The first level."""
        return rep_page.recruited(rep)


def _ago(campaigns: int) -> str:
    return gettext("now") if campaigns == 0 else gettext("%(n)d before") % {"n": campaigns}


def _orders_column(place: int, heading: str) -> Callable[[Rep], int | None]:
    """A column of the list: orders in one of the recent campaigns."""

    @admin.display(description=heading, empty_value="")
    def orders(rep: Rep) -> int | None:
        return rep.recent_orders[place] if place < len(rep.recent_orders) else None

    orders.__name__ = f"orders_{place}"
    return orders


@admin.register(Calendar)
class CalendarAdmin(ListAdmin):
    """Calendars; staff say from which day on reps are told about them."""

    list_display = ("code", "name", "market", "live_from")
    list_select_related = ("market",)
    fields = ("code", "name", "market", "live_from")
    ordering = ("code",)
    editable = ("name", "live_from")


@admin.register(Campaign)
class CampaignAdmin(FileImportMixin, ListAdmin):
    """Campaigns, newest first, and the page about their activity."""

    import_kinds = ("campaigns",)
    list_display = ("__str__", "starts_on", "ends_on", "order_deadline", "closed_at")
    list_select_related = ("calendar",)
    list_filter = ("calendar", "year")
    fields = ("calendar", "year", "number", "starts_on", "ends_on", "order_deadline", "closed_at")
    ordering = ("-starts_on", "calendar")

    def get_urls(self) -> list[URLPattern]:
        """The activity page lives beside the list."""
        page = path("activity/", self.admin_site.admin_view(self.activity), name="campaigns_activity")
        return [page, *super().get_urls()]

    def activity(self, request: HttpRequest) -> HttpResponse:
        """The page inside the admin's frame."""
        request.current_app = self.admin_site.name
        return views.activity(request, self.admin_site.each_context(request))


@admin.register(Order)
class OrderAdmin(FileExportMixin, FileImportMixin, ListAdmin):
    """Orders of the reps one may see, newest first."""

    import_kinds = ("orders", "activity")
    export_kind = "orders"
    list_display = ("number", "kind", "rep", "campaign", "placed_on", "amount", "currency", "points", "is_late")
    fields = ("number", "kind", "returned_order", "rep", "campaign", "placed_on", "amount", "currency", "points", "is_late")
    search_fields = ("number", "rep__code")
    search_help_text = _("Number of the order or code of the rep, in full")
    list_filter = ("kind",)
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Those of the reps one may see."""
        return Order.objects.managed_by(request.user).select_related("rep", "campaign__calendar", "returns")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Exact, so that both ways go by an index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        reps = Rep.objects.managed_by(request.user).filter(code=term).values_list("pk", flat=True)
        return queryset.filter(Q(number=term) | Q(rep__in=list(reps))), False

    @admin.display(description=_("returns"))
    def returned_order(self, order: Model) -> str:
        """The order a return is about."""
        return order.returns.number if order.returns else ""


admin.site.register(Goal, admin_goals.GoalAdmin)
