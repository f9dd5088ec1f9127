"""What the admin's lists and forms share: lists that never count a whole table, forms that write only what was changed."""

from typing import NoReturn

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.paginator import Paginator
from django.db.models import ForeignKey, Model
from django.forms import ModelChoiceField, ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.text import capfirst

from cotano.lib import text

MOST = 10_000  # rows of a list one can page through; whoever looks for more searches or filters


class ShortPaginator(Paginator):
    """Pages over at most MOST rows: a list of millions is neither counted nor skipped through."""

    @cached_property
    def count(self) -> int:
        """The number of rows, at most MOST."""
        return self.object_list.order_by()[:MOST].count()

    @property
    def is_cut(self) -> bool:
        """Whether there may be more than can be paged through."""
        return self.count == MOST


class Autocomplete(AutocompleteSelect):
    """Django's, which asks the database even for what is no id when a form comes back with an error."""

    def optgroups(self, name: str, value: list[str], attr: dict | None = None) -> list[tuple]:
        """The chosen row, if there can be one."""
        return super().optgroups(name, [one for one in value if text.number(str(one)) is not None], attr)


class AutocompleteAdmin(admin.options.BaseModelAdmin):
    """For every admin and inline with `autocomplete_fields`."""

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: object) -> ModelChoiceField | None:
        """With our widget in place of Django's."""
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Autocomplete(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ListAdmin(AutocompleteAdmin, admin.ModelAdmin):
    """A list to look at: nothing is added or deleted, no actions; what may be changed a subclass names in `editable`."""

    paginator = ShortPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    actions = None
    editable: tuple[str, ...] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows come from the company's files."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The company removes, Cotano does not."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only where something may be changed."""
        return bool(self.editable) and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """All but the editable ones."""
        return [name for name in self.get_fields(request, obj) if name not in self.editable]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """No filter holds a NUL, which the database would stumble over."""
        return "\0" not in value and super().lookup_allowed(lookup, value, request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Headed by what it lists."""
        return super().changelist_view(request, {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:  # noqa: FBT001  Django's signature
        """Write the changed fields and no others."""
        obj.save(update_fields=form.changed_data)

    def frame(self, request: HttpRequest) -> dict[str, object]:
        """What the admin shows around a page of ours."""
        request.current_app = self.admin_site.name
        return self.admin_site.each_context(request)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: object, object_id: str) -> NoReturn:
        """What one may not see is not there."""
        raise Http404
