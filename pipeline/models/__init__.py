"""Boards: one rep's people through one campaign, from stage to stage; and the company's daily work list that fills them."""

from pipeline.models.boards import COLUMN, Board, BoardQuerySet, Card, CardQuerySet, Move, Stage
from pipeline.models.imports import Imported, ImportedQuerySet
from pipeline.models.merges import Merge, MergeQuerySet
from pipeline.models.shares import Share, ShareQuerySet
from pipeline.models.work import WorkItem, WorkItemQuerySet

__all__ = [
    "COLUMN",
    "Board",
    "BoardQuerySet",
    "Card",
    "CardQuerySet",
    "Imported",
    "ImportedQuerySet",
    "Merge",
    "MergeQuerySet",
    "Move",
    "Share",
    "ShareQuerySet",
    "Stage",
    "WorkItem",
    "WorkItemQuerySet",
]
