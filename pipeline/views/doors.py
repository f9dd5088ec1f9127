"""Who may come in: the door is the same for the pages of every app."""

from teams.doors import for_reps

__all__ = ["for_reps"]
