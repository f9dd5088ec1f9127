"""The ladder of titles: which one a rep has, what is missing for the next. Pure functions over the figures of one campaign."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Title, TitleRequirement

FIGURE = TitleRequirement.Figure


@dataclass(frozen=True)
class Requirement:
    """A figure of at least so much; of legs: in which somebody has the title at place `of` or a higher one."""

    figure: str
    at_least: int
    of: int = 0
    pk: int = field(default=0, compare=False)  # of the row it comes from


@dataclass(frozen=True)
class Step:
    """A title with all that it asks for. `place` 1 is the lowest."""

    code: str
    name: str
    place: int
    requirements: tuple[Requirement, ...] = ()


@dataclass(frozen=True)
class Figures:
    """What a rep has in a campaign. `legs`: of each leg the place of the highest title in it, 0 for none.

    Or `leg_titles`: in how many legs somebody has the title at place 1, 2, ... or a higher one.
    """

    pv: int = 0
    gv: int = 0
    orders: int = 0
    active_first_level: int = 0
    recruits: int = 0
    legs: tuple[int, ...] = ()
    leg_titles: Sequence[int] = ()

    def of(self, requirement: Requirement) -> int:
        """How much there is of what is asked for."""
        if requirement.figure == FIGURE.LEGS:
            return sum(self.leg_titles[requirement.of - 1 : requirement.of]) + sum(place >= requirement.of for place in self.legs)
        return getattr(self, requirement.figure)


@dataclass(frozen=True)
class Met:
    """A requirement of the next title, and how much of it there is."""

    requirement: Requirement
    has: int

    @property
    def missing(self) -> int:
        """How much more is asked for; 0: met."""
        return max(self.requirement.at_least - self.has, 0)


@dataclass(frozen=True)
class Standing:
    """Where a rep stands on the ladder; `title` None: below the first step, `next` None: at the top."""

    title: Step | None
    next: Step | None
    met: tuple[Met, ...] = ()  # of the next title, in its order

    @property
    def missing(self) -> tuple[Met, ...]:
        """What the next title still asks for."""
        return tuple(one for one in self.met if one.missing)

    @property
    def is_one_step_away(self) -> bool:
        """Exactly one requirement of the next title is unmet."""
        return len(self.missing) == 1


def standing(ladder: Sequence[Step], figures: Figures, held: str = "") -> Standing:
    """Where these figures stand on a ladder, in any order. `held` is the title on the roster, by code or name.

    A title that the company has given counts; without one (or one that the ladder does not know) the highest title counts whose
    requirements are all met, whatever lies between.
    """
    steps = sorted(ladder, key=lambda step: step.place)
    word = " ".join(held.split()).casefold()
    given = [step for step in steps if word and word in {step.code.casefold(), step.name.casefold()}]
    reached = given or [step for step in steps if all(figures.of(one) >= one.at_least for one in step.requirements)]
    title = reached[-1] if reached else None
    following = next((step for step in steps if step.place > (title.place if title else 0)), None)
    met = tuple(Met(one, figures.of(one)) for one in following.requirements) if following else ()
    return Standing(title, following, met)


def read_ladder(market: int) -> list[Step]:
    """The ladder of a market (its id), from the lowest step on. Two queries."""
    titles = Title.objects.filter(market=market).order_by("place").prefetch_related("requirements")
    rows = list(titles)
    places = {title.pk: title.place for title in rows}
    return [
        Step(
            title.code,
            title.name,
            title.place,
            tuple(
                Requirement(one.figure, one.at_least, places[one.of_title_id] if one.of_title_id else 0, one.pk)
                for one in sorted(title.requirements.all(), key=lambda one: one.pk)
            ),
        )
        for title in rows
    ]


def wanted_legs(ladder: Sequence[Step]) -> list[int]:
    """The places of the titles that a ladder asks of legs, from the lowest on, each once."""
    return sorted({one.of for step in ladder for one in step.requirements if one.figure == FIGURE.LEGS})


def places_of_titles(ladder: Sequence[Step], column: str) -> tuple[str, list[object]]:
    """SQL for the place of the title that stands in a column, by code or name, 0 for one that the ladder does not know; its values."""
    words = {word.casefold(): step.place for step in sorted(ladder, key=lambda step: step.place) for word in (step.code, step.name)}
    if not words:
        return "0", []
    whens = " ".join("WHEN %s THEN %s" for _word in words)
    return f"CASE lower({column}) {whens} ELSE 0 END", [value for pair in words.items() for value in pair]


def said_step(asked: TitleRequirement, missing: int) -> str:
    """`1 recruit to Gold`: what is missing of a requirement, which comes with its title and that of the legs."""
    return _("%(left)s to %(title)s") % {"left": _missing(asked, missing), "title": asked.title.name}


def _missing(asked: TitleRequirement, n: int) -> str:
    said = {"n": n, "title": asked.of_title.name if asked.of_title else ""}
    match asked.figure:
        case FIGURE.PV:
            return ngettext("%(n)d point of personal volume", "%(n)d points of personal volume", n) % said
        case FIGURE.GV:
            return ngettext("%(n)d point of group volume", "%(n)d points of group volume", n) % said
        case FIGURE.ORDERS:
            return ngettext("%(n)d order", "%(n)d orders", n) % said
        case FIGURE.ACTIVE:
            return ngettext("%(n)d active on the first level", "%(n)d active on the first level", n) % said
        case FIGURE.RECRUITS:
            return ngettext("%(n)d recruit", "%(n)d recruits", n) % said
        case _:
            return ngettext("%(n)d leg with a %(title)s", "%(n)d legs with a %(title)s", n) % said
