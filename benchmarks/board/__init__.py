"""A rep's pages with few and with very many people, and one board on which several clients move cards at the same time."""

from collections.abc import Callable

from benchmarks.board import moves, pages
from benchmarks.figures import Figure


def run(size: int, say: Callable[[str], None]) -> list[Figure]:
    """`size` are the people of the rep who has many; the other one has a hundredth of it, 1,000 at least (or `size`, if that is less)."""
    return [*pages.figures(size, say), *moves.figures(size, say)]
