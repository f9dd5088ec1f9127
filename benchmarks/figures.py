"""A figure: what was measured, against what, and whether it holds its goal."""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_GOAL = re.compile(r"(<=|>=|==|<|>) (-?\d+(?:\.\d+)?)")
_HOLDS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}
_DIGITS = 4  # that say something


class BadGoal(ValueError):
    """A goal that is not a comparison and a number, such as `<= 5`."""


def holds(value: float, goal: str) -> bool:
    """Whether `value` is as the goal (`<= 5`) wants it. Raises BadGoal."""
    match = _GOAL.fullmatch(goal)
    if match is None:
        raise BadGoal(goal)
    return _HOLDS[match[1]](value, float(match[2]))


@dataclass(frozen=True)
class Figure:
    """One line of a report. `baseline` says what `baseline_value` (same unit) was measured on, in the same run.

    `ratio` is how many times better ours is. Names with `vs` have no unit: their value is the ratio itself, and `baseline_value`
    is what the baseline took or gave. `goal` is a comparison with a number, "" where there is none.
    """

    name: str
    value: float
    unit: str = ""
    goal: str = ""
    baseline: str = ""
    baseline_value: float | None = None
    ratio: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal holds; None without one."""
        return holds(self.value, self.goal) if self.goal else None

    def row(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "name": self.name,
            "value": rounded(self.value),
            "unit": self.unit,
            "baseline": self.baseline,
            "baseline_value": rounded(self.baseline_value),
            "ratio": rounded(self.ratio),
            "goal": self.goal,
            "met": self.met,
        }


def versus(name: str, better: float, *, baseline: str, baseline_value: float, goal: str = "") -> Figure:
    """A figure that is a ratio: ours is `better` times better than the baseline."""
    return Figure(name, better, "times", goal, baseline, baseline_value, better)


def smaller(name: str, value: float, unit: str, goal: str = "", *, baseline: str = "", baseline_value: float | None = None) -> Figure:
    """A figure where less is better."""
    return Figure(name, value, unit, goal, baseline, baseline_value, quotient(baseline_value, value))


def quotient(above: float | None, below: float | None) -> float | None:
    """`above / below`; None where that says nothing."""
    return above / below if above and below else None


def rounded(value: float | None) -> float | None:
    """As many digits as a measurement is worth; whole numbers stay whole."""
    if value is None or value == int(value):
        return None if value is None else int(value)
    short = float(f"{value:.{_DIGITS}g}")
    return int(short) if short == int(short) else short


def table(report: Mapping[str, Any]) -> str:
    """A report for people: a line each figure, aligned."""
    headings = ("figure", "value", "unit", "goal", "", "baseline", "ratio", "measured against")
    lines = [headings]
    for row in report["figures"]:
        met = {True: "met", False: "MISSED", None: ""}[row["met"]]
        numbers = [f"{row[name]:,}" if row[name] is not None else "" for name in ("value", "baseline_value", "ratio")]
        lines.append((row["name"], numbers[0], row["unit"], row["goal"], met, numbers[1], numbers[2], row["baseline"]))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    left = {0, 2, 4, len(headings) - 1}
    body = [
        "  ".join(
            cell.ljust(width) if place in left else cell.rjust(width) for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    machine = ", ".join(f"{name} {value}" for name, value in report["machine"].items())
    return "\n".join([f"{report['bench']}, size {report['size']:,} ({machine})", *body])
