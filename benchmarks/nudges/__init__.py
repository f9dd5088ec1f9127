"""What it costs that nothing is forgotten: the queue of what is due, and the pushes."""

from collections.abc import Callable

from benchmarks import nudge_rules
from benchmarks.figures import Figure
from benchmarks.nudges import pushes, queue


def run(size: int, say: Callable[[str], None]) -> list[Figure]:
    """`size` rows of history, a twentieth of that due; a tenth of it (at least) is pushed at one instant; the rules for as many reps."""
    waiting = [*queue.figures(size, say), *pushes.figures(max(size // 10, 20), say)]
    return [*waiting, *nudge_rules.figures(max(size // 10, 20), say)]
