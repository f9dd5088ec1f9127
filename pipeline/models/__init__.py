"""Boards: one rep's people through one campaign, from stage to stage; and the company's daily work list that fills them."""

from pipeline.models.boards import COLUMN, PAGE, Board, BoardQuerySet, Card, CardQuerySet, Move, Stage
from pipeline.models.feeds import Feed, FeedQuerySet
from pipeline.models.imports import Imported, ImportedQuerySet
from pipeline.models.layout import DAYS, DAYS_MOST, LIMIT_MOST, STAGES, BoardTemplate, StageRules, TemplateStage
from pipeline.models.marks import BoardMark
from pipeline.models.merges import Merge, MergeQuerySet
from pipeline.models.queue import Skip
from pipeline.models.selections import Selection, SelectionQuerySet
from pipeline.models.shares import Share, ShareQuerySet
from pipeline.models.work import WorkItem, WorkItemQuerySet

__all__ = [
    "COLUMN",
    "DAYS",
    "DAYS_MOST",
    "LIMIT_MOST",
    "PAGE",
    "STAGES",
    "Board",
    "BoardMark",
    "BoardQuerySet",
    "BoardTemplate",
    "Card",
    "CardQuerySet",
    "Feed",
    "FeedQuerySet",
    "Imported",
    "ImportedQuerySet",
    "Merge",
    "MergeQuerySet",
    "Move",
    "Selection",
    "SelectionQuerySet",
    "Share",
    "ShareQuerySet",
    "Skip",
    "Stage",
    "StageRules",
    "TemplateStage",
    "WorkItem",
    "WorkItemQuerySet",
]
