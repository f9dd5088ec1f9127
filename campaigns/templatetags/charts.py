"""Charts as SVG: numbers become places here, colours come from the style sheet."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from campaigns.figures import CampaignFigures

register = template.Library()

LEFT, RIGHT, TOP, BOTTOM = 44, 620, 10, 206  # of the 800 x 236 field
GRID = 4  # lines above zero
APART = 16  # between two labels
NICE = (1, 2, 4, 5, 8, 10)


@dataclass(frozen=True)
class Line:
    """One series. Places are text, so that no language puts a comma into them."""

    points: list[dict[str, str]]
    path: str
    end: float  # height of the last point


@register.inclusion_tag("admin/campaigns/_chart.html")
def activity_chart(rows: Sequence[CampaignFigures]) -> dict[str, object]:
    """Share of active reps (left scale, 0 to 100) and actions per rep (right scale, from 0) over campaigns."""
    step = (RIGHT - LEFT) / max(len(rows) - 1, 1)
    places = [LEFT + step * n for n in range(len(rows))]
    most = _nice(max((row.actions_per_rep or 0 for row in rows), default=0))
    share = _line(places, [row.active_percent for row in rows], 100)
    actions = _line(places, [row.actions_per_rep for row in rows], most)
    upper, lower = sorted([share, actions], key=lambda line: line.end)
    heights = {id(upper): upper.end, id(lower): max(lower.end, upper.end + APART)}
    every = max(1, len(rows) // 12)
    return {
        "left": LEFT,
        "right": RIGHT,
        "lines": [
            {
                "y": f"{_height(n, GRID):.1f}",
                "share": number_format(100 * n // GRID),
                "actions": number_format(most * n / GRID, _digits(most)),
            }
            for n in range(GRID + 1)
        ],
        "marks": [
            {"x": f"{x:.1f}", "text": str(row.campaign.number)}
            for n, (x, row) in enumerate(zip(places, rows, strict=True))
            if n % every == 0
        ],
        "share": {"points": share.points, "path": share.path, "label": f"{heights[id(share)] - 4:.1f}"},
        "actions": {"points": actions.points, "path": actions.path, "label": f"{heights[id(actions)] - 4:.1f}"},
        "sentence": _sentence(rows),
    }


def _sentence(rows: Sequence[CampaignFigures]) -> str:
    told = [row for row in rows if row.on_file]
    if not told:
        return _("No reps were on file in these campaigns.")
    first, last = told[0], told[-1]
    return _(
        "From campaign %(first)s to campaign %(last)s the share of active reps went from %(share)s to %(new_share)s percent, "
        "actions per rep from %(actions)s to %(new_actions)s."
    ) % {
        "first": first.campaign,
        "last": last.campaign,
        "share": number_format(first.active_percent, 1),
        "new_share": number_format(last.active_percent, 1),
        "actions": number_format(first.actions_per_rep, 1),
        "new_actions": number_format(last.actions_per_rep, 1),
    }


def _line(places: list[float], values: list[float | None], most: float) -> Line:
    points = [(x, _height(value, most)) for x, value in zip(places, values, strict=True) if value is not None]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) if points else "M0 0"
    return Line([{"x": f"{x:.1f}", "y": f"{y:.1f}"} for x, y in points], path, points[-1][1] if points else float(BOTTOM))


def _height(value: float, most: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * value / most


def _nice(value: float) -> float:
    """A round number not below the value: 1, 2, 4, 5, 8 or 10 times a power of ten; 1 for nothing."""
    if value <= 0:
        return 1
    power = 10.0 ** (len(str(int(value))) - 1) if value >= 1 else 0.1
    return next(power * n for n in NICE if power * n >= value)


def _digits(most: float) -> int:
    return 0 if most >= GRID and most % GRID == 0 else 1
