"""What it costs that nothing is forgotten: the queue of what is due, and the pushes."""

from collections.abc import Callable

from benchmarks.figures import Figure
from benchmarks.nudges import pushes, queue


def run(size: int, say: Callable[[str], None]) -> list[Figure]:
    """`size` rows of history, a twentieth of that due; a tenth of it (at least) is pushed at one instant."""
    return [*queue.figures(size, say), *pushes.figures(max(size // 10, 20), say)]
