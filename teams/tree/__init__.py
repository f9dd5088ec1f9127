"""Trees of reps (by sponsor) and of territories, on django-mptt. The only package that names its columns or methods.

The parent link is the truth; lft, rght, tree_id and level are an index over it that can be made again at any time. Labels are
spread over a space so large that a newcomer finds a gap at the end of the parent's children: one row is written.
"""

from teams.tree.checking import check, check_all, models
from teams.tree.forest import UNPLACED, adopt, lock, relabel, stage_first
from teams.tree.moves import NotPlaced, Ring, move, roll_up, widen_tight
from teams.tree.nodes import (
    GivenUp,
    NodeForeignKey,
    NodeManager,
    NodeQuerySet,
    TreeNode,
    UniqueLabel,
    label_constraints,
    level_index,
    order_index,
)
from teams.tree.numbering import Labels, labels
from teams.tree.reads import above, at_or_below_any, at_or_below_one, below_outer, chain, first_below, is_below
from teams.tree.sums import Downlines, Rollup, rollup

__all__ = [
    "UNPLACED",
    "Downlines",
    "GivenUp",
    "Labels",
    "NodeForeignKey",
    "NodeManager",
    "NodeQuerySet",
    "NotPlaced",
    "Ring",
    "Rollup",
    "TreeNode",
    "UniqueLabel",
    "above",
    "adopt",
    "at_or_below_any",
    "at_or_below_one",
    "below_outer",
    "chain",
    "check",
    "check_all",
    "first_below",
    "is_below",
    "label_constraints",
    "labels",
    "level_index",
    "lock",
    "models",
    "move",
    "order_index",
    "relabel",
    "roll_up",
    "rollup",
    "stage_first",
    "widen_tight",
]
