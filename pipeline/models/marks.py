"""What a person has to do with a board: a favourite, opened lately."""

from django.conf import settings
from django.db import models

from pipeline.models.boards import Board


class BoardMark(models.Model):
    """A person and a board, their own or a shared one."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="board_marks", db_index=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="marks", db_index=False)
    starred_at = models.DateTimeField(null=True)  # a favourite since
    opened_at = models.DateTimeField(null=True)  # last time, to the quarter of an hour

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "board"], name="board_mark_once")]

    def __str__(self) -> str:
        return f"mark {self.pk}"
