"""django-mptt's model and manager over sparse labels.

What of django-mptt is given up, and why, is told in docs/structure.md. Its own methods answer from the database: labels that an
instance was loaded with are never used as bounds.
"""

from collections.abc import Sequence
from copy import copy
from functools import partial
from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction
from mptt.exceptions import InvalidMove
from mptt.managers import TreeManager
from mptt.models import MPTTModel, MPTTModelBase, TreeForeignKey
from mptt.querysets import TreeQuerySet
from mptt.signals import node_moved

from cotano.jobs.races import retry_lost_races
from teams.tree import forest, moves
from teams.tree.reads import (
    above,
    at_or_below_any,
    at_or_below_one,
    ids_of,
    is_above_any,
    is_below,
    is_family_of,
    is_one_below_any,
    label_of,
)

NodeForeignKey = TreeForeignKey
LAST = "last-child"


class GivenUp(InvalidMove, NotImplementedError):
    """Something of django-mptt that sparse labels do not do."""


class NodeQuerySet(TreeQuerySet):
    """Reads of a tree. The bounds of a node are read in the same statement that uses them, never from an instance."""

    def in_tree_order(self) -> Self:
        """Each parent before its children, each branch together."""
        return self.order_by("tree_id", "lft")

    def below(self, node: int) -> Self:
        """All descendants of the node with this id, without the node itself."""
        tree, low, high = self._bounds(node)
        return self.filter(tree_id=tree, lft__gt=low, lft__lt=high)

    def at_or_below(self, tops: models.QuerySet) -> Self:
        """The nodes of `tops` (a queryset of this model) and all their descendants; meant for small trees."""
        return self.filter(at_or_below_any(tops))

    def on_level(self, node: int, steps: int) -> Self:
        """The nodes exactly `steps` below the node with this id: its children's children for 2. Goes by a `level_index`."""
        return self.below(node).filter(level=label_of(self.model, node, "level") + steps)

    def within(self, node: int) -> Self:
        """The same as `below`, for nodes that another index has found: the one over the tree is left aside."""
        tree, low, high = self._bounds(node)
        place = {"tree_place": models.F("tree_id") + 0, "place": models.F("lft") + 0}
        return self.alias(**place).filter(tree_place=tree, place__gt=low, place__lt=high)

    def after(self, node: int) -> Self:
        """Those that come later in the order of the tree than the node with this id, of the same tree."""
        return self.filter(lft__gt=label_of(self.model, node, "lft"))

    def _bounds(self, node: int) -> list[models.Expression]:
        return [label_of(self.model, node, name) for name in ("tree_id", "lft", "rght")]

    def children_of(self, node: int) -> Self:
        """The nodes directly below the node with this id."""
        return self.filter(**{self.model._mptt_meta.parent_attr: node})

    def with_depth(self) -> Self:
        """`depth`: 0 for a root."""
        return self.annotate(depth=models.F("level"))


class NodeManager(TreeManager.from_queryset(NodeQuerySet)):
    """django-mptt's manager, without its default order (a page names its own); django-mptt's own methods keep it."""

    in_order = False

    def get_queryset(self) -> NodeQuerySet:
        """All rows in no order."""
        rows = super().get_queryset()
        return rows if self.in_order else rows.order_by()

    # ---- writes
    def insert_node(
        self,
        node: "TreeNode",
        target: "TreeNode | None",
        position: str = LAST,
        save: bool = False,
        allow_existing_pk: bool = False,
        refresh_target: bool = True,
    ) -> "TreeNode":
        """Say under whom a new node comes (None: a new root), as its last child; it gets its place when it is saved."""
        _only_last(position)
        if node.pk and not allow_existing_pk and self.filter(pk=node.pk).exists():
            raise ValueError("Cannot insert a node which has already been saved.")
        setattr(node, self.parent_attr, target)
        if save:
            node.save()
        return node

    @transaction.atomic
    def move_node(self, node: "TreeNode", target: "TreeNode | None", position: str = LAST) -> None:
        """Put a node with all below under another one, as its last child; None: as a root."""
        _only_last(position)
        super().move_node(node, target, position)

    def _move_node(
        self,
        node: "TreeNode",
        target: "TreeNode | None",
        position: str = LAST,
        save: bool = True,
        refresh_target: bool = True,
    ) -> int:
        """What `move_node` calls."""
        _only_last(position)
        written = moves.move(self.tree_model, node.pk, target and target.pk)
        node._mptt_refresh()
        setattr(node, self.parent_attr, target)
        return written

    def rebuild(self, batch_size: int | None = None, **filters: object) -> int:
        """Make all labels again from the parent links; returns the number of rows written. Rows are never written in batches."""
        if filters.keys() - {"tree_id"}:
            raise GivenUp("A tree is rebuilt as a whole.")
        return forest.relabel(self.tree_model)

    rebuild.alters_data = True

    def partial_rebuild(self, tree_id: int, batch_size: int | None = None, **filters: object) -> int:
        """The same: labels of trees that are right already stay as they are, and cost no write."""
        return self.rebuild(batch_size, tree_id=tree_id, **filters)

    def delay_mptt_updates(self) -> transaction.Atomic:
        """A transaction. There is nothing to delay: each change in the block writes its own rows."""
        return transaction.atomic(using=self.db)

    def build_tree_nodes(self, data: object, target: object = None, position: str = LAST) -> None:
        """Given up: rows that were built outside of a transaction cannot know their labels."""
        raise GivenUp("Save the nodes one by one, or write them UNPLACED and let `adopt` place them.")

    def _get_next_tree_id(self) -> int:
        """From the sequence: two roots at once get two."""
        return moves.allocate(self.tree_model, None).tree

    def _manage_space(self, size: int, target: int, tree_id: int) -> None:
        """Given up: there is always space."""
        raise GivenUp("Labels are not shifted.")

    def _create_space(self, size: int, target: int, tree_id: int) -> None:
        """Given up: there is always space."""
        raise GivenUp("Labels are not shifted.")

    def _create_tree_space(self, target_tree_id: int, num_trees: int = 1) -> None:
        """Given up: tree ids come from a sequence."""
        raise GivenUp("Tree ids are not shifted.")

    def _close_gap(self, size: int, target: int, tree_id: int) -> None:
        """Nothing: what a deleted node leaves is space for others."""

    def _post_insert_update_cached_parent_right(self, instance: "TreeNode", right_shift: int, seen: object = None) -> None:
        """Nothing: nobody else's labels change."""

    # ---- reads
    def get_queryset_descendants(self, queryset: models.QuerySet, include_self: bool = False) -> models.QuerySet:
        """Everybody below a node of `queryset`; with them, if asked for, in tree order."""
        below = is_one_below_any(queryset)
        return self.filter(below | models.Q(pk__in=ids_of(queryset)) if include_self else below).in_tree_order()

    def get_queryset_ancestors(self, queryset: models.QuerySet, include_self: bool = False) -> models.QuerySet:
        """Everybody above a node of `queryset`; with them, if asked for, in tree order."""
        return self.filter(is_above_any(queryset, or_equal=include_self)).in_tree_order()


def _only_last(position: str) -> None:
    if position != LAST:
        raise GivenUp("A node becomes the last child: siblings have no order that is kept.")


class NodeBase(MPTTModelBase):
    """Leaves out what django-mptt adds on its own: an index that the constraints bring anyway, a manager without the model's reads."""

    @classmethod
    def register(cls, made: type, **kwargs: object) -> type:
        """Called for each new class."""
        if made._mptt_meta.order_insertion_by:
            raise ImproperlyConfigured(f"{made.__name__}: order_insertion_by is given up, siblings have no order that is kept.")
        declared = list(made._meta.indexes)
        made = super().register(made, **kwargs)
        made._meta.indexes[:] = declared
        if not made._meta.abstract:
            made._tree_manager = copy(made._tree_manager)
            made._tree_manager.in_order = True
        return made


class TreeNode(MPTTModel, metaclass=NodeBase):
    """A row of a tree. Its place follows its parent link; only `save`, and the functions of this package, change that link."""

    lft = models.BigIntegerField(editable=False)
    rght = models.BigIntegerField(editable=False)
    tree_id = models.IntegerField(editable=False)
    level = models.IntegerField(editable=False)

    objects = NodeManager()

    class Meta:
        abstract = True

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Without django-mptt's note of the parent, which costs more than half of the loading: `save` asks the database instead."""
        models.Model.__init__(self, *args, **kwargs)
        self._mptt_cached_fields = {}

    # ---- writes
    def save(
        self,
        *,
        force_insert: bool | tuple = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Any = None,  # noqa: ANN401  as in Django
    ) -> None:
        """Place a new node under its parent, move one whose parent is another now; then write the row, without its labels.

        One transaction, begun again after a lost race unless it is part of another one.
        """
        self._prepare_related_fields_for_save(operation_name="save")  # as Django does later: a parent may be saved after it was assigned
        write = partial(super().save, force_insert=force_insert, force_update=force_update, using=using)
        if not type(self)._mptt_updates_enabled:
            write(update_fields=update_fields)
            return
        before = {name: self.__dict__.get(name) for name in LABELS}
        try:
            # A savepoint for each of many newcomers of one transaction would cost more than the row.
            with_place = transaction.atomic(self._save) if not self._state.adding else transaction.atomic(savepoint=False)(self._save)
            retry_lost_races(with_place)(
                partial(models.Model.save, self, force_insert=force_insert, force_update=force_update, using=using), update_fields
            )
        except BaseException:
            self.__dict__.update(before)
            raise

    save.alters_data = True

    def _save(self, write: partial, update_fields: Any) -> None:  # noqa: ANN401
        link = self._meta.get_field(self._mptt_meta.parent_attr)
        known = type(self)._base_manager.filter(pk=self.pk)
        if self.pk is None or (self._state.adding and (write.keywords["force_insert"] or not known.exists())):
            self._stand(moves.allocate(self._tree_manager.tree_model, getattr(self, link.attname)))
            write(update_fields=update_fields)
            return
        asked = {field.name for field in self._meta.concrete_fields if not field.primary_key}
        if update_fields is not None:
            asked &= {self._meta.get_field(name).name for name in update_fields}
        asked -= {self._meta.get_field(name).name for name in self.get_deferred_fields()}
        moved = False
        if link.name in asked:
            moved = bool(moves.move(self._tree_manager.tree_model, self.pk, getattr(self, link.attname)))
        write(update_fields=asked - {link.name, *LABELS})
        if moved:
            self._mptt_refresh()
            node_moved.send(sender=type(self), instance=self, target=getattr(self, link.name))

    def _stand(self, place: moves.Place) -> None:
        self.tree_id, self.level, self.lft, self.rght = place.tree, place.level, place.lft, place.rght

    def insert_at(self, target: "TreeNode | None", position: str = LAST, *args: object, **kwargs: object) -> None:
        """django-mptt's, but the default place is the only one there is: the last child."""
        super().insert_at(target, position, *args, **kwargs)

    def move_to(self, target: "TreeNode | None", position: str = LAST) -> None:
        """django-mptt's, but the default place is the only one there is: the last child."""
        super().move_to(target, position)

    # ---- reads
    def get_ancestors(self, ascending: bool = False, include_self: bool = False) -> models.QuerySet:
        """The chain of parents, from the root down (`ascending`: up), along the parent links."""
        rows = self._rows().filter(is_above_any(self._self(), or_equal=include_self)).order_by("-level" if ascending else "level")
        if hasattr(self, "_mptt_use_cached_ancestors"):  # set by get_cached_trees: every parent is at hand
            met, node = [], self if include_self else self._parent()
            while node is not None:
                met.append(node)
                node = node._parent()
            rows._result_cache = met if ascending else met[::-1]
        return rows

    def get_children(self) -> models.QuerySet:
        """The nodes directly below, in tree order."""
        rows = self._rows().children_of(self.pk)
        if hasattr(self, "_cached_children"):
            rows._result_cache = list(self._cached_children)
        return rows

    def get_descendants(self, include_self: bool = False) -> models.QuerySet:
        """Everybody below, in tree order."""
        rows = self._rows().filter(at_or_below_one(self._self()))
        return rows if include_self else rows.exclude(pk=self.pk)

    def get_family(self) -> models.QuerySet:
        """The chain of parents, the node, everybody below, in tree order."""
        return self._rows().filter(is_family_of(self._self()))

    def get_leafnodes(self, include_self: bool = False) -> models.QuerySet:
        """Those below who have nobody below, in tree order."""
        children = self._rows().filter(**{self._mptt_meta.parent_attr: models.OuterRef("pk")}).order_by()
        return self.get_descendants(include_self=include_self).filter(~models.Exists(children))

    def get_descendant_count(self) -> int:
        """How many are below."""
        return 0 if self._state.adding else self.get_descendants().order_by().count()

    def is_leaf_node(self) -> bool:
        """Whether nobody is below."""
        return self._state.adding or not self._rows().children_of(self.pk).order_by().exists()

    def get_root(self) -> Self:
        """The top of the chain of parents."""
        parents = above(self._tree_manager.tree_model, self._saved().pk)
        return self if not parents else self._rows().get(pk=parents[-1])

    def get_next_sibling(self, *args: object, **kwargs: object) -> Self | None:
        """The next in tree order with the same parent; of roots: the next root."""
        return self._beside("gt", "tree_id", "lft").filter(*args, **kwargs).first()

    def get_previous_sibling(self, *args: object, **kwargs: object) -> Self | None:
        """The one before in tree order with the same parent; of roots: the root before."""
        return self._beside("lt", "-tree_id", "-lft").filter(*args, **kwargs).first()

    def is_descendant_of(self, other: Self, include_self: bool = False) -> bool:
        """Whether the node is below the other, by the parent links."""
        if other.pk == self._saved().pk:
            return include_self
        return is_below(self._tree_manager.tree_model, self.pk, other.pk)

    def _beside(self, side: str, *order: str) -> models.QuerySet:
        parent = getattr(self, f"{self._mptt_meta.parent_attr}_id")
        label = "tree_id" if parent is None else "lft"
        bound = models.Subquery(self._self().values(label))
        return self._rows().filter(**{self._mptt_meta.parent_attr: parent, f"{label}__{side}": bound}).order_by(*order)

    def _parent(self) -> Self | None:
        return getattr(self, self._mptt_meta.parent_attr)

    def _rows(self) -> NodeQuerySet:
        """All nodes in tree order."""
        self._saved()
        return self._tree_manager.get_queryset()

    def _self(self) -> models.QuerySet:
        return self._tree_manager.filter(pk=self.pk).order_by()

    def _saved(self) -> Self:
        if self._state.adding:
            raise ValueError(f"An unsaved {type(self).__name__} has no place in a tree.")
        return self


LABELS = ("lft", "rght", "tree_id", "level")


class UniqueLabel(ExclusionConstraint):
    """No two nodes of a tree have the same `label`; looked at when the transaction ends.

    Not a unique constraint: PostgreSQL takes an update of a unique column for one of the row's key, which makes everybody wait who
    writes a row that points to the node (a lead, an order) until the writer of labels has ended.
    """

    def __init__(self, *, name: str, label: str, include: Sequence[str] = ()) -> None:
        """`label` is the name of the column; the index knows those of `include` too."""
        self.label = label
        expressions = [("tree_id", "="), (label, "=")]
        super().__init__(name=name, expressions=expressions, include=include, deferrable=models.Deferrable.DEFERRED)
        self.index_type = "btree"

    def deconstruct(self) -> tuple[str, tuple, dict[str, object]]:
        """For migrations."""
        return "teams.tree.UniqueLabel", (), {"name": self.name, "label": self.label, "include": self.include}

    def validate(self, *args: object, **kwargs: object) -> None:
        """Nothing: no form holds labels."""


def label_constraints(name: str, *, include: Sequence[str] = ()) -> list[models.BaseConstraint]:
    """The constraints of a tree's table. The index of the first reads nodes in tree order and knows the columns of `include` too."""
    return [
        UniqueLabel(name=f"{name}_lft_once", label="lft", include=include),
        UniqueLabel(name=f"{name}_rght_once", label="rght"),
        models.CheckConstraint(condition=models.Q(lft__lt=models.F("rght")), name=f"{name}_lft_before_rght"),
    ]


def order_index(name: str, *first: str) -> models.Index:
    """The index that reads nodes of one value of `first` in tree order."""
    return models.Index(fields=[*first, "tree_id", "lft"], name=name)


def level_index(name: str, *, condition: models.Q | None = None) -> models.Index:
    """The index that reads the nodes of one level below a node in tree order."""
    return models.Index(fields=["tree_id", "level", "lft"], name=name, condition=condition)
