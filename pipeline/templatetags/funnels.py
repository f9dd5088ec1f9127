"""The funnel as SVG: numbers become places here, colours come from the style sheet."""

from dataclasses import dataclass

from django import template

from pipeline.funnel import Funnel, Step

register = template.Library()

WIDTH, ROW, BAR = 326, 46, 18  # of the field, of a stage in it, of its bar
LEAST = 2  # so wide a bar is that stands for anything at all


@dataclass(frozen=True)
class Bar:
    """One stage: where its words and its bar stand. Places are whole numbers, so that no language puts a comma into them."""

    step: Step
    text_y: int
    y: int
    x: int
    width: int


@register.inclusion_tag("pipeline/_funnel_chart.html")
def funnel_chart(funnel: Funnel) -> dict[str, object]:
    """A bar for each stage, as wide as cards came to it, in the middle of the field, so that the way narrows like a funnel."""
    bars = []
    for n, step in enumerate(funnel.steps):
        width = max(round(WIDTH * step.entered / funnel.most), LEAST) if step.entered else 0
        bars.append(Bar(step, n * ROW + 14, n * ROW + 20, (WIDTH - width) // 2, width))
    return {"funnel": funnel, "bars": bars, "width": WIDTH, "height": ROW * len(bars), "bar": BAR}
