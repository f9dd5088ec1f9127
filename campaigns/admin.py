"""What managers and staff see of reps and their campaigns."""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import Field, Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns import (
    admin_calendars,
    admin_dashboard,
    admin_goals,
    admin_ladder,
    admin_nudges,
    admin_orders,
    admin_snapshots,
    admin_tree,
    calendars,
    call_views,
    dashboards,
    figures,
    rep_page,
    views,
)
from campaigns.calendar_forms import CalendarForm, CampaignForm, GroupDeadlineForm
from campaigns.models import (
    Calendar,
    Campaign,
    Goal,
    GoalChange,
    GroupDeadline,
    NudgeRule,
    Order,
    Plan,
    Product,
    SnapshotRun,
    Title,
    TitleRequirement,
)
from cotano.jobs import audit
from cotano.jobs.admin_export import FileExportMixin
from cotano.jobs.admin_import import FileImportMixin
from cotano.jobs.models import Audit
from cotano.jobs.refusals import Refusal
from cotano.lib.admin import AutocompleteAdmin, ListAdmin
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
        return admin_tree.rep_tree(request, self.frame(request))

    def move(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a rep under another sponsor."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return admin_tree.move_rep(request, pk, self.frame(request))

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
        """With the activity of the reps one is in charge of above the list, as it was taken last."""
        summary = dashboards.closed_rows(request.user, last=CLOSED) if request.user.has_perm("campaigns.see_reports") else []
        return super().changelist_view(request, {"summary": summary, **(extra_context or {})})

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
    """Calendars; staff add them, make a year's campaigns by a rule, and say from which day on reps are told about them."""

    form = CalendarForm
    change_form_template = "admin/campaigns/calendar/change_form.html"
    list_display = ("code", "name", "market", "grace_days", "live_from")
    list_select_related = ("market",)
    fields = ("code", "name", "market", "grace_days", "minimum_order", "live_from")
    ordering = ("code",)
    editable = ("name", "grace_days", "minimum_order")

    def get_urls(self) -> list[URLPattern]:
        """The pages of a year and of the switch live beside the form."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/year/", view(self.year), name="campaigns_calendar_year"),
            path("<int:pk>/live/", view(self.live), name="campaigns_calendar_live"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A calendar may be there before its campaigns."""
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """A new one is not live."""
        return self.fields if obj else self.fields[:-1]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Code and market stay as they came; the switch has a page of its own."""
        return super().get_readonly_fields(request, obj) if obj else []

    def formfield_for_foreignkey(self, db_field: Field, request: HttpRequest, **kwargs: object) -> object:
        """Markets only."""
        if db_field.name == "market":
            kwargs["queryset"] = Territory.objects.visible_to(request.user).filter(kind=Territory.Kind.MARKET).order_by("code")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:  # noqa: FBT001  Django's signature
        """Write what was changed."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.save(force_insert=True)

    def year(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A year of campaigns by a rule."""
        return self._noted(request, pk, admin_calendars.year(request, pk, self._frame(request, "campaigns.add_campaign")), "campaigns")

    def live(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The switch."""
        return self._noted(request, pk, admin_calendars.live(request, pk, self._frame(request, "campaigns.change_calendar")), "live from")

    def _noted(self, request: HttpRequest, pk: int, response: HttpResponse, field: str) -> HttpResponse:
        """What was saved stands in the calendar's history."""
        if response.status_code == HTTPStatus.FOUND:
            self.log_change(request, get_object_or_404(Calendar, pk=pk), [{"changed": {"fields": [field]}}])
        return response

    def _frame(self, request: HttpRequest, permission: str) -> dict[str, object]:
        """What the admin's frame shows, for those who have the permission."""
        if not request.user.has_perm(permission):
            raise PermissionDenied
        return self.frame(request)


class GroupDeadlines(AutocompleteAdmin, admin.TabularInline):
    """Order deadlines of territories; those of a closed campaign stay."""

    model = GroupDeadline
    form = GroupDeadlineForm
    extra = 0
    autocomplete_fields = ("territory",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Those of the territories one may see."""
        return super().get_queryset(request).filter(territory__in=Territory.objects.visible_to(request.user)).select_related("territory")

    def _may(self, request: HttpRequest, obj: Campaign | None) -> bool:
        return request.user.has_perm("campaigns.change_campaign") and not (obj and obj.is_closed and not obj.is_reopened)

    def has_view_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        """Who sees the campaign."""
        return request.user.has_perm("campaigns.view_campaign")

    def has_add_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        """With the campaign's dates."""
        return self._may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        """With the campaign's dates."""
        return self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        """With the campaign's dates."""
        return self._may(request, obj)


@admin.register(Campaign)
class CampaignAdmin(FileImportMixin, ListAdmin):
    """Campaigns, newest first, and the page about their activity. Staff add and change them one by one."""

    form = CampaignForm
    inlines = (GroupDeadlines,)
    change_form_template = "admin/campaigns/campaign/change_form.html"
    import_kinds = ("campaigns",)
    list_display = ("__str__", "starts_on", "ends_on", "order_deadline", "closed_at")
    list_select_related = ("calendar",)
    list_filter = ("calendar", "year")
    fields = ("calendar", "year", "number", "starts_on", "ends_on", "order_deadline", "own_grace_days", "closed_at", "reopened_until")
    ordering = ("-starts_on", "calendar")
    editable = ("starts_on", "ends_on", "order_deadline", "own_grace_days")

    def get_urls(self) -> list[URLPattern]:
        """The dashboard, activity and whom to call live beside the list."""
        view = self.admin_site.admin_view
        return [
            path("activity/", view(self.activity), name="campaigns_activity"),
            path("calls/", view(self.calls), name="campaigns_calls"),
            path("<int:pk>/reopen/", view(self.reopen), name="campaigns_campaign_reopen"),
            path("dashboard/", view(self.dashboard), name="campaigns_dashboard"),
            path("dashboard/export/", view(admin_dashboard.export), name="campaigns_dashboard_export"),
            path("dashboard/take/", view(admin_dashboard.take), name="campaigns_dashboard_take"),
            *super().get_urls(),
        ]

    def dashboard(self, request: HttpRequest) -> HttpResponse:
        """The figures of a campaign inside the admin's frame."""
        return admin_dashboard.dashboard(request, self.frame(request))

    def activity(self, request: HttpRequest) -> HttpResponse:
        """The page inside the admin's frame."""
        return views.activity(request, self.frame(request))

    def calls(self, request: HttpRequest) -> HttpResponse:
        """Whom to call first, inside the admin's frame."""
        return call_views.managed_calls(request, self.frame(request))

    def reopen(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Open a closed campaign again for late orders."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        response = admin_calendars.reopen(request, pk, self.frame(request))
        if response.status_code == HTTPStatus.FOUND:
            self.log_change(request, get_object_or_404(Campaign, pk=pk), [{"changed": {"fields": ["open for late orders until"]}}])
        return response

    def has_add_permission(self, request: HttpRequest) -> bool:
        """One more, by a number of its own."""
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """A new one is not closed."""
        return self.fields if obj else self.fields[:-2]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Closed, all but the days for late orders; begun, the first day too."""
        if obj is None:
            return []
        fixed = super().get_readonly_fields(request, obj)
        if obj.is_closed:
            return [*fixed, *(calendars.DATES[:2] if obj.is_reopened else calendars.DATES)]
        return [*fixed, "starts_on"] if obj.starts_on <= obj.calendar.today() else fixed

    def changeform_view(self, request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        """Somebody else's write to the calendar at the same moment wins."""
        try:
            return super().changeform_view(request, *args, **named)
        except IntegrityError:
            sentence = gettext("Somebody changed the calendar at the same moment. Please look again.")
        except Refusal as refusal:
            sentence = refusal.sentence
        messages.error(request, sentence)
        return redirect("admin:campaigns_campaign_changelist")

    def save_model(self, request: HttpRequest, obj: Campaign, form: ModelForm, change: bool) -> None:  # noqa: FBT001  Django's signature
        """By the action, which looks again; days that belong to no campaign are named."""
        (calendars.change_campaign if change else calendars.add_campaign)(obj, by=request.user)
        for gap in calendars.gaps(obj.calendar, [obj]):
            messages.warning(request, str(gap))

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: list, change: bool) -> None:  # noqa: FBT001  Django's signature
        """Orders are late, or not, by the deadlines of their territories."""
        super().save_related(request, form, formsets, change)
        if any(formset.has_changed() for formset in formsets):
            calendars.mark_late(form.instance)


admin.site.register(Order, admin_orders.OrderAdmin)
admin.site.register(Goal, admin_goals.GoalAdmin)
admin.site.register(GoalChange, admin_goals.GoalChangeAdmin)
admin.site.register(SnapshotRun, admin_snapshots.SnapshotRunAdmin)
admin.site.register(Title, admin_ladder.TitleAdmin)
admin.site.register(TitleRequirement, admin_ladder.TitleRequirementAdmin)
admin.site.register(Plan, admin_ladder.PlanAdmin)
admin.site.register(Product, admin_ladder.ProductAdmin)
admin.site.register(NudgeRule, admin_nudges.NudgeRuleAdmin)
