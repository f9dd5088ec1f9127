"""The company's files of the ladder of titles and of the plan by levels."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from campaigns.imports.shared import find_market, reject_repeated
from campaigns.models import LEVELS, MOST_OF_A_FIGURE, MOST_PV, MOST_TITLES, Plan, Title, TitleRequirement
from cotano.jobs import cells
from cotano.jobs.cells import BadRow, spellings
from cotano.jobs.kinds import CODE, SAMPLE, Column, Kind, Run
from cotano.lib import text
from teams import headings

Figure = TitleRequirement.Figure
FIGURES = cells.meanings(
    {
        Figure.PV: "personal volume, личный объем, лв, особистий обсяг",
        Figure.GV: "group volume, групповой объем, гв, груповий обсяг",
        Figure.ORDERS: "order count, заказы, замовлення",
        Figure.ACTIVE: """active first level, активные первого уровня, активный первый уровень, активні першого рівня,
                          активний перший рівень""",
        Figure.RECRUITS: "newcomers, рекруты, новички, рекрути, новачки",
        Figure.LEGS: "legs, legs with title, legs with a title, ветки, ветки с титулом, гілки, гілки з титулом",
    }
)
TITLE = spellings("title, title code, rank, rank code, код титула, титул, код звания, звание, код титулу, звання")
NAME = spellings("name, title name, название, наименование, назва, найменування")
PLACE = spellings("order, step, number, порядок, место, номер, ступень, місце, щабель")
FIGURE = spellings("requirement, condition, показатель, требование, условие, показник, вимога, умова")
LEAST = spellings("minimum, min, value, минимум, не менее, значение, мінімум, не менше, значення")
OF = spellings("leg title, of, с титулом, титул ветки, з титулом, титул гілки")
MINIMUM = spellings("minimum pv, min pv, минимальный pv, минимум pv, мінімальний pv, мінімум pv")
WHOLE = 100  # %


class Line(NamedTuple):
    """A line of the ladder's file; `figure` "" says that the title is there."""

    line: int
    market: int
    title: str
    name: str
    place: int
    figure: str
    at_least: int
    of: str

    @property
    def key(self) -> tuple[int, str]:
        """Whose requirement it is."""
        return self.market, self.title


class Titles(Kind):
    """The ladder: a line for each requirement of a title. The lines of a title are all that it asks for."""

    name = "titles"
    title = _("Ladder of titles")
    permission = "campaigns.import_title"
    columns = (
        Column("market", required=False, aliases=headings.MARKET),
        Column("title", aliases=TITLE),
        Column("name", aliases=NAME),
        Column("place", aliases=PLACE),
        Column("figure", required=False, aliases=FIGURE),
        Column("at_least", required=False, aliases=LEAST),
        Column("of_title", required=False, aliases=OF),
    )
    extras = {"dropped": _("Requirements that are no longer there")}
    staging = {
        "market": "text",
        "title": "text",
        "name": "text",
        "place": "int",
        "figure": "text",
        "at_least": "int",
        "of_title": "text",
        "market_id": "bigint",
    }
    key = "market, title, figure, of_title"

    def label(self, row: dict[str, str]) -> str:
        """Title and figure."""
        return f"{row.get('title', '')} {row.get('figure', '')}"

    def start(self, run: Run) -> None:
        """Titles of lines that cannot be used: without them a title would ask for less."""
        run.memo["unusable"] = set()

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """One requirement."""
        try:
            return self._clean(row)
        except BadRow:
            run.memo["unusable"].add((text.one_line(row.get("market", "")), text.one_line(row["title"])))
            raise

    def _clean(self, row: dict[str, str]) -> Sequence[object]:
        figure, least, of = (row.get(name, "").strip() for name in ("figure", "at_least", "of_title"))
        title = cells.given(row["title"], "title", CODE)
        if not figure and (least or of):
            raise BadRow("empty", "figure")
        meant = cells.meaning(figure, "figure", FIGURES) if figure else ""
        of = cells.given(of, "of_title", CODE) if meant == Figure.LEGS else of
        if of and meant != Figure.LEGS:
            raise BadRow("title_of_no_legs", of[: cells.SHOWN])
        if of == title:
            raise BadRow("title_above", of)
        return (
            cells.optional(row.get("market", ""), "market", CODE),
            title,
            cells.given(row["name"], "name", 60),
            cells.whole(row["place"], "place", 1, MOST_TITLES),
            meant,
            cells.whole(least, "at_least", 1, MOST_OF_A_FIGURE) if figure else 0,
            of,
            None,
        )

    def apply(self, run: Run) -> None:
        """Refuse titles of which a line cannot stand; write the others whole."""
        find_market(run)
        reject_repeated(run, "market_id, title, figure, of_title")
        unusable = {code for _market, code in run.memo["unusable"]}
        run.reject("title_rejected", "s.title = ANY(%(codes)s)", detail="s.title", codes=sorted(unusable))
        stored = {(t.market_id, t.code): t for t in Title.objects.all()}
        while found := _wrong(_undecided(run), stored):
            run.reject_lines(found)
            run.reject(
                "title_rejected",
                "b.market_id = s.market_id AND b.title = s.title",
                detail="s.title",
                tables="(SELECT DISTINCT market_id, title FROM import_stage WHERE verdict = 'r') b",
            )
        self._write(run, _undecided(run), stored)

    def _write(self, run: Run, lines: list[Line], stored: dict[tuple[int, str], Title]) -> None:
        """Titles first, then what they ask for; a title's requirements that have no line are gone."""
        titles, new, changed = dict(stored), [], {}
        for line in lines:
            title = titles.get(line.key)
            if title is None:
                titles[line.key] = title = Title(market_id=line.market, code=line.title, name=line.name, place=line.place)
                new.append(title)
            elif (title.name, title.place) != (line.name, line.place) and title.pk:
                changed[line.key] = f"{title.place} {title.name}", f"{line.place} {line.name}"
                title.name, title.place = line.name, line.place
        Title.objects.bulk_create(new)
        Title.objects.bulk_update([titles[key] for key in changed], ["name", "place"])
        keys = {titles[line.key].pk for line in lines}
        on_file = {(r.title_id, r.figure, r.of_title_id): r for r in TitleRequirement.objects.filter(title__in=keys)}
        verdicts, made = {}, []
        for line in lines:
            title = titles[line.key]
            verdict = "c" if title in new else "u" if line.key in changed else "s"
            if line.key in changed:
                _show(run, line.line, "title", *changed[line.key])
            if line.figure:
                of = titles[line.market, line.of].pk if line.of else None
                there = on_file.pop((title.pk, line.figure, of), None)
                if there is None:
                    made.append(TitleRequirement(title=title, figure=line.figure, of_title_id=of, at_least=line.at_least))
                    verdict = "c" if verdict == "s" else verdict
                elif there.at_least != line.at_least:
                    _show(run, line.line, "at_least", there.at_least, line.at_least)
                    TitleRequirement.objects.filter(pk=there.pk).update(at_least=line.at_least)
                    verdict = "u"
            verdicts[line.line] = verdict
        TitleRequirement.objects.bulk_create(made)
        if on_file:
            run.extra["dropped"] = len(on_file)
            names = {title.pk: title.name for title in titles.values()}
            run.lists["dropped"] = sorted(f"{names[r.title_id]}: {r.get_figure_display()}" for r in on_file.values())[:SAMPLE]
            TitleRequirement.objects.filter(pk__in=[r.pk for r in on_file.values()]).delete()
        run.decide(verdicts)


def _undecided(run: Run) -> list[Line]:
    """The lines without a verdict, in the order of the file."""
    columns = "line, market_id, title, name, place, figure, at_least, of_title"
    return [Line(*row) for row in run.rows(f"SELECT {columns} FROM import_stage WHERE verdict IS NULL ORDER BY line")]  # noqa: S608  own words


def _show(run: Run, line: int, what: str, old: object, new: object) -> None:
    run.show_changes("SELECT %(line)s, %(what)s, %(old)s, %(new)s", line=line, what=what, old=str(old), new=str(new))


def _wrong(lines: list[Line], stored: dict[tuple[int, str], Title]) -> list[tuple[int, str, str]]:
    """(line, reason, detail) of lines that contradict others, or ask for the title itself, a higher one or one that is not there."""
    first: dict[tuple[int, str], Line] = {}
    for line in lines:
        first.setdefault(line.key, line)
    found = [*_taken(first, stored), *_needed(first)]
    for line in lines:
        said = first[line.key]
        if (line.name, line.place) != (said.name, said.place):
            found.append((line.line, "title_differs", str(said.line)))
        if not line.of:
            continue
        other = first.get((line.market, line.of)) or stored.get((line.market, line.of))
        if other is None:
            found.append((line.line, "title_unknown", line.of))
        elif other.place >= line.place:
            found.append((line.line, "title_above", line.of))
    return found


def _taken(first: dict[tuple[int, str], Line], stored: dict[tuple[int, str], Title]) -> Iterator[tuple[int, str, str]]:
    """Lines that give a title the place of another one."""
    places = {(market, title.place): code for (market, code), title in stored.items() if (market, code) not in first}
    for line in first.values():
        if (holder := places.setdefault((line.market, line.place), line.title)) != line.title:
            yield line.line, "title_place", holder


def _needed(first: dict[tuple[int, str], Line]) -> Iterator[tuple[int, str, str]]:
    """Lines that lift a title to or above one on file that requires it, and has no line."""
    for one in TitleRequirement.objects.filter(of_title__isnull=False).select_related("title", "of_title"):
        moved = first.get((one.title.market_id, one.of_title.code))
        if moved and (one.title.market_id, one.title.code) not in first and moved.place >= one.title.place:
            yield moved.line, "title_needed", one.title.code


class Plans(Kind):
    """What the levels pay: a line a level."""

    name = "plan"
    title = _("Plan by levels")
    permission = "campaigns.import_title"
    columns = (
        Column("market", required=False, aliases=headings.MARKET),
        Column("depth", aliases=spellings("level, level below, уровень, рівень")),
        Column("percent", aliases=spellings("rate, share, процент, ставка, відсоток")),
        Column("minimum_pv", required=False, aliases=MINIMUM),
    )
    staging = {"market": "text", "depth": "int", "percent": "numeric(5, 2)", "minimum_pv": "int", "market_id": "bigint"}
    key = "market, depth"

    def label(self, row: dict[str, str]) -> str:
        """Market and level."""
        return f"{row.get('market', '')} {row.get('depth', '')}"

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """One level."""
        percent = cells.money(row["percent"].strip().removesuffix("%"))
        if not Decimal(0) <= percent <= WHOLE:
            raise BadRow("percent", row["percent"][: cells.SHOWN])
        minimum = row.get("minimum_pv", "").strip()
        depth = cells.whole(row["depth"], "depth", 1, LEVELS)
        least = cells.whole(minimum, "minimum_pv", 0, MOST_PV) if minimum else 0
        return cells.optional(row.get("market", ""), "market", CODE), depth, percent, least, None

    def apply(self, run: Run) -> None:
        """Write what differs, unless the levels of a market would pay more than there is."""
        find_market(run)
        reject_repeated(run, "market_id, depth")
        rows = run.rows("SELECT line, market_id, depth, percent, minimum_pv FROM import_stage WHERE verdict IS NULL ORDER BY line")
        on_file = {(one.market_id, one.depth): one for one in Plan.objects.all()}
        shares = {key: one.percent for key, one in on_file.items()} | {(market, depth): share for _l, market, depth, share, _pv in rows}
        together: dict[int, Decimal] = {}
        for (market, _depth), share in shares.items():
            together[market] = together.get(market, Decimal(0)) + share
        over = {market for market, share in together.items() if share > WHOLE}
        run.reject_lines([(row[0], "percent_together", "") for row in rows if row[1] in over])
        verdicts = {}
        for line, market, depth, percent, least in rows:
            if market in over:
                continue
            there = on_file.get((market, depth))
            if there is None:
                verdicts[line] = "c"
                Plan.objects.create(market_id=market, depth=depth, percent=percent, minimum_pv=least)
            elif (there.percent, there.minimum_pv) != (percent, least):
                verdicts[line] = "u"
                _show(run, line, "percent", there.percent, percent)
                Plan.objects.filter(pk=there.pk).update(percent=percent, minimum_pv=least)
            else:
                verdicts[line] = "s"
        run.decide(verdicts)
