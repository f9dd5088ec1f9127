"""A realistic downline: about 25 levels deep, few reps with many recruits, one of them with tens of thousands; and its roster."""

import csv
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.company import PLACES, place_code

SEED = 7
UNIFORM = 0.65  # of the newcomers are recruited by anybody; the others by whom somebody else was recruited by
STAR = 0.03  # of all are recruited by one rep
HEADINGS = ("code", "sponsor_code", "name", "phone", "email", "territory_code", "joined_campaign", "title", "language", "status")
FIRST = ("Olena", "Iryna", "Oksana", "Maria", "Svitlana", "Natalia", "Tetiana", "Halyna", "Yuliia", "Anna")
LAST = ("Kovalenko", "Shevchenko", "Bondarenko", "Tkachenko", "Melnyk", "Marchenko", "Rudenko", "Savchenko", "Petrenko", "Moroz")


def parents(size: int) -> np.ndarray:
    """The position of everybody's sponsor (int64; -1: none, only position 0), each before its recruits."""
    chance = random.Random(SEED)
    found, star = [-1] * size, size // 50
    for place in range(1, size):
        draw = chance.random()
        one = int(chance.random() * place)
        if star < place and draw < STAR:
            one = star
        elif draw > UNIFORM:
            one = max(found[one], 0)
        found[place] = one
    return np.array(found, dtype=np.int64)


@dataclass(frozen=True)
class Shape:
    """Of each position: level (0 for a root), size of the branch with itself, place of its dense labels, number of recruits."""

    level: np.ndarray
    size: np.ndarray
    left: np.ndarray
    right: np.ndarray
    recruits: np.ndarray


def shape(above: np.ndarray) -> Shape:
    """Told from the parents' positions alone, level by level; dense labels as a nested set has them, a root each from 1 on."""
    count = len(above)
    level = np.zeros(count, dtype=np.int64)
    waiting = above.copy()
    while (inner := waiting >= 0).any():
        level[inner] += 1
        waiting[inner] = above[waiting[inner]]
    size = np.ones(count, dtype=np.int64)
    for depth in range(level.max(), 0, -1):
        here = np.flatnonzero(level == depth)
        np.add.at(size, above[here], size[here])
    order = np.lexsort((np.arange(count), above))
    order = order[above[order] >= 0]
    ahead = np.zeros(count, dtype=np.int64)  # branches of earlier siblings
    sums = np.cumsum(size[order]) - size[order]
    first = np.flatnonzero(np.diff(above[order], prepend=-2))
    ahead[order] = sums - np.repeat(sums[first], np.diff(first, append=len(order)))
    left = np.ones(count, dtype=np.int64)
    for depth in range(1, level.max() + 1):
        here = np.flatnonzero(level == depth)
        left[here] = left[above[here]] + 1 + 2 * ahead[here]
    return Shape(level, size, left, left + 2 * size - 1, np.bincount(above[above >= 0], minlength=count))


def sums(above: np.ndarray, values: np.ndarray, levels: int) -> tuple[np.ndarray, np.ndarray]:
    """Told from the parents' positions alone: sums over all below, and over each of the first levels (a column each)."""
    level, below = shape(above).level, np.zeros(len(above), dtype=np.int64)
    for depth in range(level.max(), 0, -1):
        here = np.flatnonzero(level == depth)
        np.add.at(below, above[here], below[here] + values[here])
    first, top = np.zeros((len(above), levels), dtype=np.int64), above.copy()
    for depth in range(levels):
        there = top >= 0
        np.add.at(first[:, depth], top[there], values[there])
        top[there] = above[top[there]]
    return below, first


def code(place: int) -> str:
    """The rep code of a position."""
    return f"{place + 1:08}"


def write_roster(path: Path, above: np.ndarray) -> int:
    """Write the company's roster, its rows in any order; returns its bytes."""
    order = np.random.default_rng(SEED).permutation(len(above))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADINGS)
        for place in order.tolist():
            writer.writerow(roster_row(place, int(above[place])))
    return path.stat().st_size


def roster_row(place: int, sponsor: int) -> tuple[str, ...]:
    """One rep as the roster has them."""
    return (
        code(place),
        code(sponsor) if sponsor >= 0 else "",
        f"{FIRST[place % 10]} {LAST[place // 10 % 10]}",
        f"+38067{place:07}",
        f"rep{place}@example.com" if place % 3 else "",
        place_code(place % PLACES),
        f"{2010 + place * 16 // (sponsor + place + 2)}-{place % 17 + 1:02}",
        "Director" if place % 97 == 0 else "",
        "uk",
        "active",
    )
