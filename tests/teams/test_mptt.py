"""django-mptt's own ways of asking and writing work on sparse labels; what is given up says so."""

import hashlib
import inspect

import pytest
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction
from django.template import Context, Template
from django.test import RequestFactory
from django.test.utils import isolate_apps
from mptt.admin import DraggableMPTTAdmin, MPTTModelAdmin
from mptt.exceptions import InvalidMove
from mptt.forms import MoveNodeForm, TreeNodeChoiceField
from mptt.managers import TreeManager
from mptt.models import MPTTModel, MPTTModelBase, MPTTOptions
from mptt.signals import node_moved
from mptt.utils import drilldown_tree_for_node, get_cached_trees, tree_item_iterator

from teams import tree
from teams.models import Rep, Territory
from tests import make

pytestmark = pytest.mark.django_db

# What TreeNode, NodeManager and NodeBase override or rely on, as it was when they were written.
KNOWN = "576bf000908a2afea01aba7d301b2856011523180b24cc812ffce7fdf145aa74"


@pytest.fixture
def places():
    """UA > UA-N > UA-N-01, UA-N-02; RO > RO-N > RO-N-01, RO-N-02."""
    return {**make.territories(), **make.territories("RO", currency="RON", language="en")}


def codes(rows):
    return [row.code for row in rows]


def right():
    assert not any(tree.check(Territory).values())


def test_what_is_overridden_is_what_it_was():
    """When django-mptt changes one of these, read it again, then write its new sum here."""
    inner = {
        MPTTModel: (
            *("__init__", "save", "delete", "insert_at", "move_to", "_mptt_refresh", "_mpttfield", "_is_saved"),
            *("get_ancestors", "get_family", "get_children", "get_descendants", "get_descendant_count", "get_leafnodes", "get_root"),
            *("get_next_sibling", "get_previous_sibling", "get_siblings", "is_child_node", "is_leaf_node", "is_root_node"),
            *("is_descendant_of", "is_ancestor_of", "get_level", "_set_mptt_updates_enabled"),
        ),
        MPTTModelBase: ("__new__", "register"),
        MPTTOptions: ("update_mptt_cached_fields", "get_raw_field_value", "set_raw_field_value"),
        TreeManager: (
            *("contribute_to_class", "get_queryset", "get_queryset_descendants", "get_queryset_ancestors", "_mptt_filter"),
            *("disable_mptt_updates", "delay_mptt_updates", "add_related_count", "insert_node", "_move_node", "move_node"),
            *("_refresh_tree_fields", "root_node", "root_nodes", "rebuild", "partial_rebuild", "build_tree_nodes", "_close_gap"),
            *("_post_insert_update_cached_parent_right", "_create_space", "_create_tree_space", "_manage_space", "_get_next_tree_id"),
        ),
    }
    sources = [inspect.getsource(inspect.unwrap(getattr(owner, name))) for owner, names in inner.items() for name in names]
    assert hashlib.sha256("".join(sources).encode()).hexdigest() == KNOWN


# ---- reads
def test_trees_are_cached_for_templates(places, django_assert_num_queries):
    with django_assert_num_queries(1):
        tops = get_cached_trees(Territory.objects.in_tree_order())
        assert codes(tops) == ["UA", "RO"]
        (north,) = tops[0].get_children()
        assert codes(north.get_children()) == ["UA-N-01", "UA-N-02"]
        assert codes(north.get_children()[0].get_ancestors()) == ["UA", "UA-N"]
        assert codes(north.get_children()[0].get_ancestors(ascending=True, include_self=True)) == ["UA-N-01", "UA-N", "UA"]
    assert codes(Territory.objects.in_tree_order().get_cached_trees()) == ["UA", "RO"]


def test_a_template_draws_the_tree(places):
    page = "{% load mptt_tags %}{% recursetree rows %}{{ node.code }}({{ children }}){% endrecursetree %}"
    drawn = Template(page).render(Context({"rows": Territory.objects.in_tree_order()}))
    assert drawn == "UA(UA-N(UA-N-01()UA-N-02()))RO(RO-N(RO-N-01()RO-N-02()))"


def test_the_way_down_and_the_levels(places):
    assert codes(drilldown_tree_for_node(places["UA-N"])) == ["UA", "UA-N", "UA-N-01", "UA-N-02"]
    items = [(row.code, info["new_level"]) for row, info in tree_item_iterator(Territory.objects.in_tree_order()[:4])]
    assert items == [("UA", True), ("UA-N", True), ("UA-N-01", True), ("UA-N-02", False)]


def test_related_rows_are_counted(places):
    for number, code in enumerate(("UA-N-01", "UA-N-01", "RO-N")):
        make.rep(str(number), places[code], login=False)
    rows = Territory.objects.add_related_count(Territory.objects.in_tree_order(), Rep, "territory", "n", cumulative=True)
    assert [row.n for row in rows] == [2, 2, 2, 0, 1, 1, 0, 0]
    rows = Territory.objects.add_related_count(Territory.objects.in_tree_order(), Rep, "territory", "n")
    assert [row.n for row in rows] == [0, 0, 2, 0, 0, 1, 0, 0]


def test_relatives_come_in_tree_order(places):
    tree.move(Territory, places["UA-N-01"].pk, places["RO-N"].pk)
    assert codes(places["RO"].get_descendants()) == ["RO-N", "RO-N-01", "RO-N-02", "UA-N-01"]
    assert codes(places["RO-N"].get_children()) == ["RO-N-01", "RO-N-02", "UA-N-01"]
    assert codes(places["UA-N-01"].get_family()) == ["RO", "RO-N", "UA-N-01"]
    assert codes(places["RO"].get_leafnodes()) == ["RO-N-01", "RO-N-02", "UA-N-01"]
    assert codes(places["RO-N-01"].get_siblings(include_self=True)) == ["RO-N-01", "RO-N-02", "UA-N-01"]
    assert codes(Territory.objects.filter(kind="region").get_descendants()) == ["UA-N-02", "RO-N-01", "RO-N-02", "UA-N-01"]
    assert codes(Territory.objects.filter(code="UA-N-01").get_ancestors()) == ["RO", "RO-N"]
    assert [Territory.objects.get(code=code).get_level() for code in ("RO", "UA-N-01")] == [0, 2]


def test_relatives_of_nobody_and_of_the_first_few(places):
    for nobody in (Territory.objects.none(), Territory.objects.filter(pk__in=[])):
        for relatives in (Territory.objects.get_queryset_descendants, Territory.objects.get_queryset_ancestors):
            assert [list(relatives(nobody, include_self=self)) for self in (False, True)] == [[], []]
        assert (list(nobody.get_descendants()), list(nobody.get_ancestors())) == ([], [])
    first = Territory.objects.order_by("code")[:1]
    top = first.get()
    assert list(Territory.objects.get_queryset_descendants(first)) == list(top.get_descendants())
    assert list(Territory.objects.get_queryset_descendants(first, include_self=True)) == [top, *top.get_descendants()]
    last = Territory.objects.order_by("-level")[:1]
    assert list(Territory.objects.get_queryset_ancestors(last)) == list(last.get().get_ancestors())


def test_a_copy_is_a_new_node(places):
    copy = Territory.objects.filter(kind="territory").first()
    before = Territory.objects.get(pk=copy.pk)
    copy.pk, copy.code = None, "COPY"
    copy.save()
    assert (copy.parent_id, copy.level, copy.lft > before.lft) == (before.parent_id, before.level, True)
    assert Territory.objects.filter(pk__in=[before.pk, copy.pk]).count() == 2
    assert {name: n for name, n in tree.check(Territory).items() if n} == {}


def test_who_is_not_saved_has_no_relatives():
    new = Territory(code="X", name="X", kind="region")
    assert (new.get_descendant_count(), new.is_leaf_node(), new.is_root_node()) == (0, True, True)
    for ask in (new.get_ancestors, new.get_descendants, new.get_children, new.get_family, new.get_root, new.get_siblings):
        with pytest.raises(ValueError, match="unsaved"):
            ask()


# ---- writes
def test_a_stale_instance_writes_neither_its_labels_nor_its_old_parent(places):
    stale = Territory.objects.get(code="UA-N-01")
    tree.move(Territory, places["UA-N"].pk, places["RO"].pk)
    stale.name = "New name"
    stale.save()
    right()
    assert codes(stale.get_ancestors()) == ["RO", "UA-N"]
    other = Territory.objects.get(code="UA-N-02")
    tree.move(Territory, other.pk, places["RO-N"].pk)
    other.name = "New name"
    other.save(update_fields=["name"])  # says nothing of the parent
    assert Territory.objects.get(code="UA-N-02").parent == places["RO-N"]
    other.save()  # says UA-N
    assert Territory.objects.get(code="UA-N-02").parent == places["UA-N"]
    right()


def test_a_parent_may_be_saved_after_it_was_assigned():
    above = Territory(code="A", name="A", kind="region")
    below = Territory(code="B", name="B", kind="region", parent=above)
    with pytest.raises(ValueError, match="unsaved"):
        below.save()
    above.save()
    below.save()
    assert codes(above.get_descendants()) == ["B"]
    right()


def test_a_save_that_fails_leaves_the_instance_as_it_was(places):
    again = Territory(code="UA", name="Twice", kind="region", parent=places["RO"])
    with pytest.raises(Exception, match="territory_code"), transaction.atomic():
        again.save()
    assert (again.pk, again.lft, again.tree_id) == (None, None, None)
    again.code = "UA-X"
    again.save()
    assert codes(places["RO"].get_children()) == ["RO-N", "UA-X"]
    right()


def test_a_known_id_is_an_update(places):
    row = {name: getattr(places["UA-N"], name) for name in ("code", "name", "kind")}
    Territory(pk=places["UA-N"].pk, parent=places["RO"], **row).save()
    assert codes(places["RO"].get_descendants()) == ["RO-N", "RO-N-01", "RO-N-02", "UA-N", "UA-N-01", "UA-N-02"]
    right()


def test_deferred_fields_stay_unread(places, django_assert_num_queries):
    row = Territory.objects.only("name").get(code="UA-N")
    row.name = "North of it"
    with django_assert_num_queries(3):  # the savepoint and the update
        row.save()
    assert Territory.objects.get(code="UA-N").name == "North of it"
    right()


def test_moved_nodes_are_signalled(places):
    heard = []

    def hear(sender, instance, target, **kwargs):
        heard.append((instance.code, target and target.code))

    node_moved.connect(hear)
    try:
        row = places["UA-N-01"]
        row.parent = places["RO"]
        row.save()
        row.move_to(None)
        row.save()
    finally:
        node_moved.disconnect(hear)
    assert heard == [("UA-N-01", "RO"), ("UA-N-01", None)]
    right()


def test_nothing_is_delayed_and_nothing_is_lost(places):
    with Territory.objects.delay_mptt_updates():
        new = Territory.objects.create(code="X", name="X", kind="region", parent=places["UA"])
        row = places["RO-N"]
        row.parent = new
        row.save()
        assert codes(new.get_descendants()) == ["RO-N", "RO-N-01", "RO-N-02"]
    right()


def test_updates_that_are_disabled_are_made_up_by_a_rebuild(places):
    with transaction.atomic(), Territory.objects.disable_mptt_updates():
        for number in range(3):
            Territory(code=f"X{number}", name="X", kind="region", parent=places["UA-N"]).save()
        row = places["RO-N"]
        row.parent = places["UA"]
        row.save()
        Territory.objects.rebuild()
    assert sorted(codes(places["UA"].get_leafnodes())) == ["RO-N-01", "RO-N-02", "UA-N-01", "UA-N-02", "X0", "X1", "X2"]
    right()


def test_a_node_goes_with_everybody_below(places):
    Territory.objects.get(code="UA-N-01").delete()
    with pytest.raises(models.ProtectedError):
        Territory.objects.get(code="UA-N").delete()
    right()


# ---- forms and the admin
def test_the_field_of_a_form_shows_the_levels(places):
    field = Territory._meta.get_field("parent").formfield()
    assert isinstance(field, TreeNodeChoiceField)
    assert [label for _value, label in field.choices][1:4] == [" Market (UA)", "--- North (UA-N)", "------ Territory 01 (UA-N-01)"]
    form = MoveNodeForm(places["RO-N"], {"target": places["UA-N"].pk, "position": "last-child"})
    assert form.is_valid(), form.errors
    form.save()
    assert codes(places["UA-N"].get_children()) == ["UA-N-01", "UA-N-02", "RO-N"]
    right()


@pytest.fixture
def site(db):
    """Asks django-mptt's own pages of the admin."""
    request, staff = RequestFactory(), make.staff()

    def ask(kind, method, data=None, **extra):
        asked = getattr(request, method)("/", data or {}, **extra)
        asked.user, asked._messages = staff, type("Silent", (list,), {"add": lambda *_args: None})()
        return kind(Territory, admin.site).changelist_view(asked)

    return ask


@pytest.mark.parametrize("kind", [MPTTModelAdmin, DraggableMPTTAdmin])
def test_the_list_of_the_admin(site, places, kind):
    page = site(kind, "get").render().content.decode()
    at = [page.index(f"{place})") for place in ("(UA-N-01", "(UA-N-02", "(RO-N-01")]
    assert at == sorted(at)


@pytest.mark.parametrize(("position", "answer", "below"), [("last-child", "OK", 3), ("left", "FAIL", 0)])
def test_a_branch_is_dragged(site, places, position, answer, below):
    data = {"cmd": "move_node", "position": position, "cut_item": places["RO-N"].pk, "pasted_on": places["UA-N-01"].pk}
    response = site(DraggableMPTTAdmin, "post", data, headers={"X-Requested-With": "XMLHttpRequest"})
    assert response.content.decode().startswith(answer)
    assert places["UA-N-01"].get_descendant_count() == below
    right()


# ---- given up
def test_the_order_of_siblings_is_given_up(places):
    with isolate_apps("teams"), pytest.raises(ImproperlyConfigured, match="order_insertion_by"):
        type("Sorted", (tree.TreeNode,), {"__module__": "teams.models", "MPTTMeta": type("MPTTMeta", (), {"order_insertion_by": ["name"]})})
    row = places["UA-N-01"]
    for position in ("first-child", "left", "right"):
        for act in (row.move_to, Territory(code="X").insert_at):
            with pytest.raises(tree.GivenUp):
                act(places["RO-N"], position)
    assert issubclass(tree.GivenUp, InvalidMove)
    right()


@pytest.mark.parametrize(
    "act",
    [
        lambda manager: manager.build_tree_nodes({"code": "X"}),
        lambda manager: manager._create_space(2, 1, 1),
        lambda manager: manager._manage_space(2, 1, 1),
        lambda manager: manager._create_tree_space(1),
        lambda manager: manager.rebuild(kind="region"),
    ],
)
def test_what_would_shift_labels_is_given_up(db, act):
    with pytest.raises(tree.GivenUp):
        act(Territory.objects)


def test_a_new_tree_has_an_id_of_its_own(places):
    assert Territory.objects._get_next_tree_id() > places["RO"].tree_id
