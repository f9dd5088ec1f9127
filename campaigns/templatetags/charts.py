"""Charts as SVG: numbers become places here, colours come from the style sheet."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import template
from django.template.defaultfilters import floatformat  # number_format cuts digits off, it does not round
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from campaigns.dashboards import Days, Sums
from campaigns.figures import CampaignFigures
from campaigns.progress import Now

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
def activity_chart(rows: Sequence[CampaignFigures | Sums]) -> dict[str, object]:
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
                "actions": floatformat(most * n / GRID, _digits(most)),
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


def _sentence(rows: Sequence[CampaignFigures | Sums]) -> str:
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
        "share": floatformat(first.active_percent, 1),
        "new_share": floatformat(last.active_percent, 1),
        "actions": floatformat(first.actions_per_rep, 1),
        "new_actions": floatformat(last.actions_per_rep, 1),
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


# ---- the dashboard
@register.filter
def signed(value: float | None) -> str:
    """`+1.7`, `−12.4`, with its sign in the reader's way; a dash for None."""
    if value is None:
        return "–"
    rounded = round(value, 1)
    sign = "+" if rounded > 0 else "\N{MINUS SIGN}" if rounded < 0 else ""
    return sign + number_format(abs(rounded), 1, force_grouping=True)


SMALL = (320, 96)  # width and height of a small chart's field
SMALL_LEFT, SMALL_RIGHT, SMALL_TOP, SMALL_BOTTOM = 8, 312, 18, 78
WIDE_RIGHT = 760


@register.inclusion_tag("admin/campaigns/_small_chart.html")
def small_chart(cells: Sequence[tuple[object, float | None, str]], label: str) -> dict[str, object]:
    """One figure over campaigns, from 0 on. `cells` are (campaign, value, value in words), the oldest first."""
    told = [(campaign, float(value), words) for campaign, value, words in cells if value is not None]
    most = _nice(max((value for _campaign, value, _words in told), default=0))
    step = (SMALL_RIGHT - SMALL_LEFT) / max(len(told) - 1, 1)
    points = [
        {"x": f"{SMALL_LEFT + step * n:.1f}", "y": f"{SMALL_BOTTOM - (SMALL_BOTTOM - SMALL_TOP) * max(value, 0) / most:.1f}"}
        for n, (_campaign, value, _words) in enumerate(told)
    ]
    first, last = (told[0], told[-1]) if told else (None, None)
    return {
        "points": points,
        "path": "M" + "L".join(f"{point['x']} {point['y']}" for point in points) if points else "M0 0",
        "first": first and f"{first[0].number}",
        "last": last and f"{last[0].number}",
        "value": last and last[2],
        "sentence": _("%(label)s: from %(first)s in campaign %(earlier)s to %(last)s in campaign %(later)s.")
        % {"label": label, "first": first[2], "earlier": first[0], "last": last[2], "later": last[0]}
        if told
        else label,
    }


@register.inclusion_tag("admin/campaigns/_days_chart.html")
def days_chart(days: Days) -> dict[str, object]:
    """Actions per rep, a line for each of the drawn territories and a dashed one for all together."""
    lines = [*days.drawn, *([days.average] if days.average and len(days.lines) > 1 else [])]
    most = _nice(max((value for line in lines for value in line.values), default=0))
    step = (WIDE_RIGHT - LEFT) / max(len(days.days) - 1, 1)
    places = [LEFT + step * n for n in range(len(days.days))]
    every = max(1, len(days.days) // 10)
    drawn = [_line(places, line.values, most) for line in lines]
    return {
        "left": LEFT,
        "right": WIDE_RIGHT,
        "grid": [{"y": f"{_height(n, GRID):.1f}", "text": floatformat(most * n / GRID, _digits(most))} for n in range(GRID + 1)],
        "marks": [
            {"x": f"{x:.1f}", "text": date_format(day, "j M")}
            for n, (x, day) in enumerate(zip(places, days.days, strict=True))
            if n % every == 0
        ],
        "lines": [
            {"path": line.path, "points": line.points if len(line.points) == 1 else [], "colour": n}
            for n, line in enumerate(drawn[: len(days.drawn)], start=1)
        ],
        "average": drawn[-1].path if len(drawn) > len(days.drawn) else "",
        "sentence": _days_sentence(days),
    }


def _days_sentence(days: Days) -> str:
    told = [
        _("%(place)s: %(actions)s actions per rep") % {"place": line.place.name, "actions": floatformat(line.total, 1)}
        for line in days.drawn
    ]
    return "; ".join(told) or _("No actions in these days.")


# ---- a rep's own
PHONE_WIDTH, PHONE_TOP, PHONE_BOTTOM = 326, 12.5, 130.0
ROOM = 70  # that the words at either end take


@register.inclusion_tag("campaigns/_sales_chart.html")
def sales_chart(now: Now) -> dict[str, object]:
    """Sales of a campaign, added up from its first day to today; with a goal the even pace beside them."""
    sales = [float(day.sales) for day in now.told]
    most = max([*sales, float(now.goal or 0)]) or 1.0
    step = PHONE_WIDTH / max(now.campaign.days, 1)

    def height(value: float) -> float:
        return PHONE_BOTTOM - (PHONE_BOTTOM - PHONE_TOP) * max(value, 0) / most

    points = [(0.0, 0.0), *((step * n, value) for n, value in enumerate(sales, start=1))]
    x, last = points[-1]
    return {
        "path": "M" + "L".join(f"{at:.1f} {height(value):.1f}" for at, value in points),
        "pace": f"M0 {PHONE_BOTTOM} {PHONE_WIDTH} {height(float(now.goal)):.1f}" if now.goal else "",
        "x": f"{x:.1f}",
        "y": f"{height(last):.1f}",
        "is_early": x <= ROOM,
        "is_between": ROOM < x < PHONE_WIDTH - ROOM,
        "now": now,
    }
