"""Territories and users in the admin. Reps are in campaigns/admin.py, which reads their orders."""

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from cotano.jobs.admin_import import FileImportMixin
from cotano.jobs.refusals import Refusal
from cotano.lib.admin import AutocompleteAdmin, ListAdmin
from teams import admin_tree, history, sessions
from teams.forms import KnownUserForm, NewUserForm, WhyForm
from teams.models import (
    Assignment,
    HistoryQuerySet,
    Rep,
    SponsorChange,
    SponsorChangeQuerySet,
    StatusChange,
    Territory,
    TerritoryQuerySet,
    User,
)


@admin.register(Territory)
class TerritoryAdmin(FileImportMixin, ListAdmin):
    """The territories one may see, as a tree."""

    import_kinds = ("territories",)
    change_list_template = "admin/teams/territory/change_list.html"
    list_display = ("name_in_tree", "code", "kind", "time_zone", "currency", "language", "group")
    list_filter = ("kind", "group")
    search_fields = ("code", "name")
    fields = ("code", "name", "parent", "kind", "time_zone", "currency", "language", "group")
    editable = ("name", "group")

    def get_urls(self) -> list[URLPattern]:
        """The tree and the page that moves a territory live beside the list."""
        view = self.admin_site.admin_view
        return [
            path("tree/", view(self.tree), name="teams_territory_tree"),
            path("<int:pk>/move/", view(self.move), name="teams_territory_move"),
            *super().get_urls(),
        ]

    def tree(self, request: HttpRequest) -> HttpResponse:
        """The tree, one level at a time."""
        return admin_tree.territory_tree(request, self._frame(request))

    def move(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a territory a part of another one."""
        return admin_tree.move_territory(request, pk, self._frame(request))

    def _frame(self, request: HttpRequest) -> dict[str, object]:
        """What the admin's frame shows, for those who may see territories."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.frame(request)

    def get_queryset(self, request: HttpRequest) -> TerritoryQuerySet:
        """In tree order."""
        return Territory.objects.visible_to(request.user).with_depth().in_tree_order()

    @admin.display(description=_("name"))
    def name_in_tree(self, territory: Territory) -> SafeString:
        """Indented by its depth."""
        return format_html('<span class="indent in{}">{}</span>', territory.depth, territory.name)


class AssignmentInline(AutocompleteAdmin, admin.TabularInline):
    """The territories a manager is in charge of."""

    model = Assignment
    extra = 1
    autocomplete_fields = ("territory",)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """Log-ins: made, given roles and territories, switched off. Administrators only."""

    form = KnownUserForm
    add_form = NewUserForm
    list_display = ("name", "phone", "email", "is_staff", "is_active", "last_login")
    list_filter = ("is_staff", "is_active", "groups")
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("name", "phone", "email")
    ordering = ("name", "pk")
    filter_horizontal = ("groups",)
    actions = None
    inlines = (AssignmentInline,)
    fieldsets = (
        (None, {"fields": ("name", "phone", "email", "password")}),
        (_("Settings"), {"fields": ("language", "zone")}),
        (_("Permissions"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("name", "phone", "email", "language", "zone", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Administrators only."""
        return request.user.is_active and request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Administrators only."""
        return self.has_module_permission(request)

    has_add_permission = has_change_permission = has_view_permission

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A log-in is switched off, so that what its person did keeps a name."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:  # noqa: FBT001  Django's signature
        """Write the changed fields and no others."""
        if change:
            obj.save(update_fields=[name for name in form.changed_data if name not in {"groups", "password"}])
            if "is_active" in form.changed_data and not obj.is_active:
                sessions.end_all([obj.pk])
        else:
            obj.save(force_insert=True)


class HistoryAdmin(ListAdmin):
    """What happened to the reps one is in charge of, newest first. A rep outside of one's territories stays unnamed."""

    ordering = ("-pk",)
    search_fields = ("rep__code",)
    search_help_text = _("Code of the rep, in full")

    def get_queryset(self, request: HttpRequest) -> HistoryQuerySet:
        """Of the reps one is in charge of."""
        return self.model.objects.managed_by(request.user).select_related(*self.list_select_related)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Exact, by the index."""
        code = search_term.strip()
        return (queryset.filter(rep__in=list(Rep.objects.filter(code=code).values_list("pk", flat=True))) if code else queryset), False


@admin.register(SponsorChange)
class SponsorChangeAdmin(HistoryAdmin):
    """Who got another sponsor, when, why, by whom; what is planned, and how it is withdrawn."""

    change_form_template = "admin/teams/sponsorchange/change_form.html"
    list_display = ("rep", "from_sponsor", "to_sponsor", "campaign", "state", "cause", "why", "by", "at")
    list_select_related = ("rep",)
    list_filter = ("state", "cause")
    fields = ("rep", "from_sponsor", "to_sponsor", "campaign", "state", "cause", "why", "by", "at", "settled_at", "settled_by", "ended")

    def get_urls(self) -> list[URLPattern]:
        """The page that withdraws a planned change lives beside it."""
        return [
            path("<int:pk>/withdraw/", self.admin_site.admin_view(self.withdraw), name="teams_sponsorchange_withdraw"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> SponsorChangeQuerySet:
        """With whom may be named."""
        return super().get_queryset(request).naming(request.user)

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask why, and take the planned change back."""
        if not self.has_view_permission(request) or not request.user.has_perm(history.CHANGE):
            raise PermissionDenied
        change = get_object_or_404(self.get_queryset(request), pk=pk)
        return _withdraw(request, change, {**self.frame(request), "title": gettext("Withdraw a planned change")})

    def render_change_form(self, request: HttpRequest, context: dict[str, object], *args: object, **kwargs: object) -> HttpResponse:
        """With the way to withdraw it, for who may."""
        change = kwargs.get("obj") or context.get("original")
        context["may_withdraw"] = bool(change and change.is_planned and request.user.has_perm(history.CHANGE))
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("from"))
    def from_sponsor(self, change: SponsorChange) -> str:
        """The sponsor before."""
        return change.was_words

    @admin.display(description=_("to"))
    def to_sponsor(self, change: SponsorChange) -> str:
        """The sponsor after."""
        return change.to_words

    @admin.display(description=_("campaign"))
    def campaign(self, change: SponsorChange) -> str:
        """The one it starts with."""
        return change.campaign_words

    @admin.display(description=_("why it was withdrawn"))
    def ended(self, change: SponsorChange) -> str:
        """In words that name nobody outside."""
        return change.end_words or "-"


@require_http_methods(["GET", "HEAD", "POST"])
def _withdraw(request: HttpRequest, change: SponsorChange, frame: dict[str, object]) -> HttpResponse:
    form = WhyForm(request.POST or None)
    context, status = {**frame, "change": change, "form": form}, 200
    if request.method == "POST":
        if form.is_valid():
            try:
                history.withdraw_change(change, by=request.user, **form.cleaned_data)
            except Refusal as refusal:
                context["sentence"], status = refusal.sentence, refusal.status
            else:
                messages.success(request, gettext("Withdrawn. The rep stays under the sponsor of now."))
                return redirect("admin:teams_sponsorchange_change", change.pk)
        else:
            status = 422
    return render(request, "admin/teams/sponsorchange/withdraw.html", context, status=status)


@admin.register(StatusChange)
class StatusChangeAdmin(HistoryAdmin):
    """Whom the company removed or took back, by which file."""

    list_display = ("rep", "status", "why", "by", "file", "at")
    list_select_related = ("rep", "by")
    list_filter = ("status", "why")
    fields = ("rep", "status", "why", "by", "file", "at")

    @admin.display(description=_("import"))
    def file(self, change: StatusChange) -> str:
        """Its number: what it is called concerns those who load files."""
        return f"#{change.job_id}"
