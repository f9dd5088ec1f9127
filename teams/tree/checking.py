"""What may be wrong with a tree: the index compared with the parent links, in one snapshot."""

import logging
from typing import TYPE_CHECKING

import numpy as np
from django.apps import apps
from django.db.models import Model

from teams.tree import space
from teams.tree.forest import Rows
from teams.tree.numbering import Shape
from teams.tree.table import Table

if TYPE_CHECKING:
    from teams.tree.nodes import TreeNode

log = logging.getLogger(__name__)


def check(model: "type[TreeNode]") -> dict[str, int]:
    """The number of nodes, or labels, that break each invariant; all 0 when the tree is right.

    ring: on a ring of parent links, or below one. unplaced: written in bulk and never placed. label range: outside of the space.
    label order: lft not before rght. label twice: one label, two uses in a tree. level: not the parent's and 1. outside parent:
    not within the parent's labels, or in another tree. sibling overlap: labels shared with another child of the same parent.
    tree shared: roots beside another one in their tree.
    """
    rows = Rows.of(Table.of(model))
    child = rows.parents >= 0
    above = rows.parents[child]
    tree, lft, rght = (column[child] for column in (rows.tree, rows.lft, rows.rght))
    inside = (tree == rows.tree[above]) & (lft > rows.lft[above]) & (rght < rows.rght[above])
    expected = np.where(child, rows.level[rows.parents] + 1, 0) if len(rows.ids) else rows.level
    by_parent = np.lexsort((lft, above))
    same = above[by_parent][1:] == above[by_parent][:-1]
    labels = np.stack((np.tile(rows.tree, 2), np.concatenate((rows.lft, rows.rght))))[:, np.tile(rows.tree > 0, 2)]
    labels = labels[:, np.lexsort((labels[1], labels[0]))]
    roots = rows.tree[~child]
    found = {
        "ring": Shape.of(rows.parents).ring,
        "unplaced": rows.tree <= 0,
        "label range": (rows.tree > 0) & ((rows.lft < 1) | (rows.rght >= space.TOP)),
        "label order": rows.lft >= rows.rght,
        "label twice": (labels[:, 1:] == labels[:, :-1]).all(axis=0),
        "level": rows.level != expected,
        "outside parent": ~inside,
        "sibling overlap": same & (rght[by_parent][:-1] >= lft[by_parent][1:]),
    }
    return {name: int(wrong.sum()) for name, wrong in found.items()} | {"tree shared": len(roots) - len(np.unique(roots))}


def check_all() -> dict[str, dict[str, int]]:
    """The same for every model that is a tree, by its label; what is wrong is logged as an error."""
    found = {model._meta.label_lower: check(model) for model in models()}
    for label, counts in found.items():
        broken = {name: n for name, n in counts.items() if n}
        if broken:
            log.error("the tree of %s is broken: %s; `tree.relabel` makes its index again from the parent links", label, broken)
        else:
            log.info("the tree of %s is right", label)
    return found


def models() -> list[type[Model]]:
    """The models that are trees."""
    return [model for model in apps.get_models() if hasattr(model, "_mptt_meta")]
