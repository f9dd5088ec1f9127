"""The company's roster against the reps on file: what has changed, found by set statements and arrays; then what follows, written.

Only rows that change are written, so the same roster again writes nothing. The company's file lags behind its removals: a line
that still names the removed sponsor from whom the rep was rolled up is no change.
"""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

import numpy as np
from django.conf import settings
from django.utils.translation import ngettext

from cotano.jobs.kinds import Run
from cotano.jobs.refusals import Held
from cotano.lib import arrays
from notifications import actions as notifications
from teams import placing, sessions, tree
from teams.models import Rep
from teams.places import places
from teams.placing import OK, OTHER, ROOT, UNKNOWN, Ints, Lines

MOST_GONE = 10  # % of the reps on file: a file that removes more needs a second person
FEWEST_GONE = 5  # unless these are fewer: the loss of one of nine is no accident of a file
SAMPLE = 50  # reps named of each difference
PATIENCE = 8  # rounds of asking who is a removed sponsor, before the answer is the strictest
SPONSOR_REMOVED, MARKET_OTHER = OTHER, OTHER + 1
REASONS = ("", "sponsor_unknown", "sponsor_rejected", "sponsor_cycle", "sponsor_removed", "sponsor_market")  # by verdict of a line
ACTIVE, REMOVED = 1, 2  # what a line says of the status; 0: nothing
OURS = "^N[A-Z2-7]{8}$"  # codes we gave to the invited, whom the company's roster does not know yet
PLAIN = "lower(replace(r.code, ' ', ''))"  # the code of a rep `r` without what people write differently

_PLACE = ", ".join(tree.UNPLACED)
_PLACED = ", ".join(map(str, tree.UNPLACED.values()))


def plain(code: str) -> str:
    """A code without what people write differently: two reps may not share it."""
    return code.lower().replace(" ", "")


@dataclass
class Difference:
    """What a roster would change; arrays of nodes and lines as in `placing`, int64 unless said otherwise."""

    run: Run
    ids: Ints  # of the reps on file, ascending
    stored: Ints  # their sponsors, as nodes
    was_removed: Ints  # bool
    home: Ints  # their territories
    line: Ints  # numbers of the file's lines that may still be taken, ascending
    own: Ints
    wanted: Ints
    status: Ints
    place: Ints  # territories
    verdict: Ints = field(init=False)
    parents: Ints = field(init=False)  # of every node in the end, before anybody is rolled up
    gone: Ints = field(init=False)  # bool, nodes: removed in the end
    kept: Ints = field(init=False)  # bool, lines: they name the removed sponsor from whom the rep was rolled up

    @cached_property
    def known(self) -> Ints:
        """Lines about reps on file (bool)."""
        return self.own >= 0

    @cached_property
    def nodes(self) -> Ints:
        """The node of each line."""
        return np.where(self.known, self.own, len(self.ids) + np.arange(len(self.own)))

    def of_own(self, values: Ints, default: int) -> Ints:
        """A value of the reps on file, for the line about each; `default` for newcomers."""
        out = np.full(len(self.own), default, values.dtype)
        out[self.known] = values[self.own[self.known]]
        return out

    @cached_property
    def sponsor_now(self) -> Ints:
        """The sponsor on file of each line's rep; UNKNOWN for a newcomer."""
        return self.of_own(self.stored, UNKNOWN)

    @cached_property
    def absent(self) -> Ints:
        """Reps on file of whom no line speaks (nodes), not even a rejected one; of the invited the company's file knows nothing yet."""
        quiet = ~self.was_removed
        quiet[self.own[self.known]] = False
        found = np.flatnonzero(quiet)
        if not len(found):
            return found
        # A rejected line has no columns; its label begins with the code, in one word or several.
        spared = self.run.rows(
            f"""WITH words AS (SELECT string_to_array(lower(label), ' ') AS words FROM import_stage WHERE verdict IS NOT NULL),
                  heads AS MATERIALIZED (SELECT DISTINCT array_to_string(words[1:n], '') AS head FROM words, generate_series(1, 10) n)
                SELECT r.id FROM teams_rep r
                WHERE r.id = ANY(%(found)s) AND ({PLAIN} IN (SELECT head FROM heads)
                  OR r.code ~ %(ours)s AND EXISTS (SELECT FROM teams_invitation i WHERE i.used_by_id = r.user_id))""",  # noqa: S608  own words
            found=self.ids[found].tolist(),
            ours=OURS,
        )
        return np.setdiff1d(found, np.searchsorted(self.ids, [pk for (pk,) in spared]))

    @cached_property
    def all_ids(self) -> Ints:
        """The id of every node, known once the verdicts are told; 0 for a newcomer who is rejected."""
        line, rep = arrays.fetch(self.run.cursor, ("line", "rep_id"), "FROM import_stage WHERE verdict = 'c' ORDER BY line")
        ids = np.concatenate([self.ids, np.zeros(len(self.line), np.int64)])
        ids[len(self.ids) + np.searchsorted(self.line, line)] = rep
        return ids

    # ---- in the end, of lines that are taken
    def _taken(self, which: Ints) -> Ints:
        return np.flatnonzero((self.verdict == OK) & which)

    @property
    def moved(self) -> Ints:
        """Lines that give a rep on file another sponsor."""
        return self._taken(self.known & (self.parents[self.nodes] != self.sponsor_now))

    @property
    def relocated(self) -> Ints:
        """Lines that put a rep on file into another territory."""
        return self._taken(self.known & (self.place != self.of_own(self.home, 0)))

    @property
    def removed(self) -> Ints:
        """Lines that remove a rep on file."""
        return self._taken(self.known & (self.status == REMOVED) & ~self.of_own(self.was_removed, 1))

    @property
    def returned(self) -> Ints:
        """Lines that take a removed rep back."""
        return self._taken(self.known & (self.status == ACTIVE) & self.of_own(self.was_removed, 0))

    def rolled_up(self) -> tuple[Ints, Ints]:
        """Nodes on file below somebody who is gone, and who they come to stand under."""
        low = np.flatnonzero((self.parents >= 0) & self.gone[np.maximum(self.parents, 0)])
        return low, placing.nearest(self.parents, self.gone)[low]


def load(run: Run) -> None:
    """Decide every undecided row of a roster; in a real run, write what follows. Raises Held where a second person must agree."""
    tree.lock(Rep, shared=run.dry_run)  # a preview of a large file keeps nobody from joining
    _reject_alike(run)
    found = _read(run)
    leaving = found.absent if run.job.options.get("absent_left") else np.empty(0, np.int64)
    _settle(found, leaving)
    _tell_verdicts(found)
    low, to = found.rolled_up()
    _report(found, leaving, low)
    if not run.dry_run:
        _refuse_alone(found, leaving)
        _write(found, leaving, low, to)


def _reject_alike(run: Run) -> None:
    """A newcomer whose code somebody has, written otherwise."""
    run.sql(
        f"""UPDATE import_stage s SET verdict = 'r', reason = 'code_alike', detail = r.code
            FROM import_stage f JOIN teams_rep r ON {PLAIN} = f.plain
            WHERE f.line = s.line AND s.verdict IS NULL AND NOT EXISTS (SELECT FROM teams_rep o WHERE o.code = f.code)"""  # noqa: S608  own words
    )


def _read(run: Run) -> Difference:
    """The reps on file and the undecided lines, as arrays."""
    on_file = ("r.id", "coalesce(r.sponsor_id, 0)", "CASE r.status WHEN 'removed' THEN 1 ELSE 0 END", "r.territory_id")
    ids, sponsor, removed, home = arrays.fetch(run.cursor, on_file, "FROM teams_rep r ORDER BY r.id")
    lines = (
        "s.line",
        "coalesce(r.id, 0)",
        "coalesce(p.id, 0)",
        "coalesce(f.line, 0)",
        "CASE s.sponsor_code WHEN '' THEN 1 ELSE 0 END",
        "CASE s.status WHEN 'active' THEN 1 WHEN 'removed' THEN 2 ELSE 0 END",
        "s.territory_id",
    )
    line, rep, named, named_line, alone, status, place = arrays.fetch(
        run.cursor,
        lines,
        """FROM import_stage s LEFT JOIN teams_rep r ON r.code = s.code LEFT JOIN teams_rep p ON p.code = s.sponsor_code
           LEFT JOIN import_stage f ON f.code = s.sponsor_code AND f.verdict IS NULL AND p.id IS NULL
           WHERE s.verdict IS NULL ORDER BY s.line""",
    )
    n = len(ids)
    wanted = np.where(alone == 1, ROOT, UNKNOWN)
    on, newly = named > 0, (named == 0) & (named_line > 0)
    wanted[on] = np.searchsorted(ids, named[on])
    wanted[newly] = n + np.searchsorted(line, named_line[newly])
    stored = np.full(n, ROOT, np.int64)
    stored[sponsor > 0] = np.searchsorted(ids, sponsor[sponsor > 0])
    own = np.full(len(line), -1, np.int64)
    own[rep > 0] = np.searchsorted(ids, rep[rep > 0])
    return Difference(run, ids, stored, removed == 1, home, line, own, wanted, status, place)


def _settle(found: Difference, leaving: Ints) -> None:
    """Decide which lines are taken, and the parent and status of every node in the end.

    Who is gone depends on the lines taken, and these on who is gone: asked until both agree.
    """
    n, m = len(found.ids), len(found.own)
    rejected = np.zeros(m, np.int8)
    if settings.SPONSOR_WITHIN_MARKET:
        rejected[_other_market(found)] = MARKET_OTHER
    gone = _gone(found, leaving, np.ones(m, bool))
    for rounds in count():
        named = (found.wanted >= 0) & gone[np.maximum(found.wanted, 0)]
        stays = named & (found.sponsor_now == found.wanted)
        kept = named & ~stays & _rolled_up_from(found, named & ~stays)
        rejected[named & ~stays & ~kept & (rejected == OK)] = SPONSOR_REMOVED
        placed = placing.place(found.stored, Lines(found.own, np.where(kept, found.sponsor_now, found.wanted)), rejected)
        then = _gone(found, leaving, placed.verdict == OK)
        if rounds >= PATIENCE:
            then[:n] |= found.was_removed
        if (then == gone).all():
            break
        gone = then
    found.verdict, found.parents, found.kept = placed.verdict, placed.parents, kept
    found.gone = _gone(found, leaving, placed.verdict == OK)


def _gone(found: Difference, leaving: Ints, taken: Ints) -> Ints:
    """Mask of the nodes that are removed when these lines are taken."""
    gone = np.concatenate([found.was_removed, np.zeros(len(found.own), bool)])
    said = taken & (found.status > 0)
    gone[found.nodes[said]] = found.status[said] == REMOVED
    gone[leaving] = True
    return gone


def _other_market(found: Difference) -> Ints:
    """Mask of the lines that newly put a rep under a sponsor of another market."""
    markets = {place.pk: place.market for place in places().values()}
    number = {market: k for k, market in enumerate(sorted(set(markets.values())))}
    known = np.array(sorted(markets), np.int64)
    market_of = np.array([number[markets[pk]] for pk in known.tolist()], np.int64)
    where = np.concatenate([found.home, np.zeros(len(found.own), np.int64)])
    where[found.nodes] = found.place
    named = np.flatnonzero(found.wanted >= 0)
    own, sponsor = (market_of[np.searchsorted(known, where[nodes[named]])] for nodes in (found.nodes, found.wanted))
    new = ~found.known | (found.wanted != found.sponsor_now) | (found.place != found.of_own(found.home, 0))
    other = np.zeros(len(found.own), bool)
    other[named] = own != sponsor
    return other & new


def _rolled_up_from(found: Difference, asked: Ints) -> Ints:
    """Which of these lines (mask) are about a rep who was once rolled up from the sponsor they name."""
    hits = np.flatnonzero(asked & found.known & (found.wanted < len(found.ids)))
    out = np.zeros(len(asked), bool)
    if len(hits):
        lines = found.run.rows(
            """SELECT DISTINCT a.line FROM unnest(%(lines)s::bigint[], %(reps)s::bigint[], %(sponsors)s::bigint[]) AS a(line, rep, sponsor)
               JOIN teams_sponsorchange c ON c.rep_id = a.rep AND c.was_id = a.sponsor AND c.cause = 'roll_up'""",
            lines=hits.tolist(),
            reps=found.ids[found.own[hits]].tolist(),
            sponsors=found.ids[found.wanted[hits]].tolist(),
        )
        out[[line for (line,) in lines]] = True
    return out


def _tell_verdicts(found: Difference) -> None:
    """Write the verdict of every line into the staging table, with the id of its rep."""
    run = found.run
    bad = np.flatnonzero(found.verdict)
    run.sql(
        """UPDATE import_stage s SET verdict = 'r', reason = v.reason, detail = s.sponsor_code
           FROM unnest(%(lines)s::int[], %(reasons)s::text[]) AS v(line, reason) WHERE s.line = v.line""",
        lines=found.line[bad].tolist(),
        reasons=[REASONS[why] for why in found.verdict[bad].tolist()],
    )
    kept = np.flatnonzero(found.kept & (found.verdict == OK))
    run.sql(
        """UPDATE import_stage s SET sponsor_code = coalesce(p.code, '')
           FROM unnest(%(lines)s::int[]) AS k(line) JOIN import_stage f USING (line) JOIN teams_rep r ON r.code = f.code
             LEFT JOIN teams_rep p ON p.id = r.sponsor_id
           WHERE s.line = k.line""",
        lines=found.line[kept].tolist(),
    )
    run.sql("ALTER TABLE import_stage ADD COLUMN rep_id bigint")
    run.sql(
        """UPDATE import_stage s SET rep_id = coalesce(r.id, nextval('teams_rep_id_seq')), verdict = CASE
             WHEN r.id IS NULL THEN 'c'
             WHEN (coalesce(p.code, ''), r.name, r.phone, r.email, r.territory_id, r.joined_year, r.joined_number,
                 r.title, r.language, r.status, r.calendar)
               IS DISTINCT FROM
                (s.sponsor_code, s.name, coalesce(s.phone, r.phone), coalesce(s.email, r.email), s.territory_id, s.joined_year,
                 s.joined_number, coalesce(s.title, r.title), coalesce(s.language, r.language), coalesce(s.status, r.status),
                 s.calendar) THEN 'u'
             ELSE 's' END
           FROM import_stage f LEFT JOIN teams_rep r ON r.code = f.code LEFT JOIN teams_rep p ON p.id = r.sponsor_id
           WHERE f.line = s.line AND s.verdict IS NULL"""
    )
    _show_changes(run)
    run.sql("ANALYZE import_stage")  # what is written next is joined by verdict: the planner must not take it for a few rows


def _show_changes(run: Run) -> None:
    """For a preview, old and new values side by side."""
    if not run.dry_run:
        return
    lines = [line for (line,) in run.rows("SELECT line FROM import_stage WHERE verdict = 'u' ORDER BY line LIMIT %(most)s", most=SAMPLE)]
    written = ("name", "phone", "email", "title", "language", "status", "calendar")
    for name, old, new in (
        ("sponsor_code", "coalesce(p.code, '')", "s.sponsor_code"),
        *((name, f"r.{name}", f"s.{name}") for name in written),
        ("territory_code", "a.code", "b.code"),
        ("joined_campaign", *(f"{row}.joined_year || '-' || lpad({row}.joined_number::text, 2, '0')" for row in "rs")),
    ):
        run.show_changes(
            f"""SELECT s.line, '{name}', {old}, {new} FROM import_stage s JOIN teams_rep r ON r.id = s.rep_id
                LEFT JOIN teams_rep p ON p.id = r.sponsor_id LEFT JOIN teams_territory a ON a.id = r.territory_id
                LEFT JOIN teams_territory b ON b.id = s.territory_id
                WHERE s.line = ANY (%(lines)s) AND {new} <> {old} ORDER BY s.line""",  # noqa: S608  own words
            lines=lines,
        )


def _report(found: Difference, leaving: Ints, low: Ints) -> None:
    """Count the difference and name the first reps of each kind."""
    run = found.run
    for word, lines in (("moved", found.moved), ("relocated", found.relocated), ("removed", found.removed), ("returned", found.returned)):
        _tell(run, word, len(lines), _labels_of_lines(run, found.line[lines[:SAMPLE]]))
    staying = np.setdiff1d(found.absent, leaving)
    for word, nodes in (("absent", staying), ("left", leaving), ("rolled_up", low)):
        _tell(run, word, len(nodes), _labels_of_reps(run, found.ids[nodes[:SAMPLE]]))
    words = {"sponsor_unknown": "orphans", "sponsor_cycle": "cycles", "territory_unknown": "nowhere"}
    for reason, n in run.rows(
        "SELECT reason, count(*) FROM import_stage WHERE reason = ANY(%(reasons)s) GROUP BY reason", reasons=list(words)
    ):
        _tell(run, words[reason], n, [])


def _tell(run: Run, word: str, n: int, first: list[str]) -> None:
    """Say how many there are, if any, and who the first ones are."""
    if n:
        run.extra[word] = n
    if first:
        run.lists[word] = first


def _labels_of_lines(run: Run, lines: Ints) -> list[str]:
    rows = run.rows("SELECT label FROM import_stage WHERE line = ANY(%(lines)s) ORDER BY line", lines=lines.tolist())
    return [label for (label,) in rows]


def _labels_of_reps(run: Run, ids: Ints) -> list[str]:
    return [" ".join(row) for row in run.rows("SELECT code, name FROM teams_rep WHERE id = ANY(%(ids)s) ORDER BY code", ids=ids.tolist())]


def _refuse_alone(found: Difference, leaving: Ints) -> None:
    """More than a tenth of the reps on file would be removed, and not just a few: a second person must have agreed to as many."""
    removing, on_file = len(found.removed) + len(leaving), int((~found.was_removed).sum())
    if removing < FEWEST_GONE or 100 * removing <= MOST_GONE * on_file or (found.run.job.agreed_by_id and removing <= found.run.job.asks):
        return
    raise Held(
        ngettext(
            "This roster would remove %(n)d of %(all)d reps on file: %(few)d or more, and over %(percent)d %%. A second person must agree.",
            "This roster would remove %(n)d of %(all)d reps on file: %(few)d or more, and over %(percent)d %%. A second person must agree.",
            removing,
        )
        % {"n": removing, "all": on_file, "percent": MOST_GONE, "few": FEWEST_GONE},
        removing,
        found.run.extra,
        found.run.lists,
    )


def _write(found: Difference, leaving: Ints, low: Ints, to: Ints) -> None:
    """Everything that follows from a roster."""
    run, ids = found.run, found.ids
    moved = found.moved
    movers = found.own[moved]
    # Read before anything is written: who is told nothing any more.
    out = ids[np.union1d(found.own[found.removed], leaving)]
    users = run.rows("SELECT user_id FROM teams_rep WHERE id = ANY(%(ids)s) AND user_id IS NOT NULL", ids=out.tolist())
    new = _insert(found)
    run.sql(
        """UPDATE teams_rep r SET name = s.name, phone = coalesce(s.phone, r.phone), email = coalesce(s.email, r.email),
             territory_id = s.territory_id, calendar = s.calendar, joined_year = s.joined_year, joined_number = s.joined_number,
             title = coalesce(s.title, r.title), language = coalesce(s.language, r.language), status = coalesce(s.status, r.status),
             removed_on = CASE coalesce(s.status, r.status) WHEN 'removed' THEN coalesce(r.removed_on, %(now)s::date) END
           FROM import_stage s WHERE s.verdict = 'u' AND r.id = s.rep_id"""
    )
    run.sql(
        "UPDATE teams_rep SET status = 'removed', removed_on = %(now)s::date WHERE id = ANY(%(ids)s) AND status <> 'removed'",
        ids=ids[leaving].tolist(),
    )
    parents = found.parents[: len(ids)].copy()
    parents[low] = to
    changed = np.flatnonzero(parents != found.stored)
    if (new and len(ids)) or len(changed):
        _adopt(found, changed, parents[changed])
    _note_sponsors(found, "roster", movers, found.stored[movers], found.parents[movers])
    _note_sponsors(found, "roll_up", low, found.parents[low], to)
    _note_status(found, "removed", "status", found.own[found.removed])
    _note_status(found, "removed", "absent", leaving)
    _note_status(found, "active", "status", found.own[found.returned])
    if users:  # who sees nothing any more is told nothing either, and is logged in nowhere
        notifications.withdraw_all(user for (user,) in users)
        sessions.end_all(user for (user,) in users)


def _insert(found: Difference) -> int:
    """Write the newcomers: the first ones of all with their places, others to be placed among those on file; returns how many."""
    run, first, placed, order = found.run, "", _PLACED, "s.rep_id"
    if not len(found.ids):
        taken = np.flatnonzero(found.verdict == OK)
        position = np.full(len(found.line) + 1, ROOT, np.int64)  # the last one: of ROOT
        position[taken] = np.arange(len(taken))
        first = f"JOIN {tree.stage_first(Rep, found.line[taken], position[found.parents[taken]])} t ON t.key = s.line"
        columns = [f"t.{column}" for column in tree.UNPLACED]
        placed, order = ", ".join(columns), columns[0]  # in the order of the tree: most indexes grow at their end
    return run.write(
        "teams_rep",
        f"""INSERT INTO teams_rep (id, sponsor_id, code, name, phone, email, territory_id, calendar, joined_year, joined_number, title,
              language, status, removed_on, first_seen_at, {_PLACE})
            SELECT s.rep_id, coalesce(p.id, f.rep_id), s.code, s.name, coalesce(s.phone, ''), coalesce(s.email, ''), s.territory_id,
              s.calendar, s.joined_year, s.joined_number, coalesce(s.title, ''), coalesce(s.language, s.new_language),
              coalesce(s.status, 'active'), CASE WHEN s.status = 'removed' THEN %(now)s::date END, %(now)s, {placed}
            FROM import_stage s {first} LEFT JOIN teams_rep p ON p.code = s.sponsor_code
              LEFT JOIN import_stage f ON f.code = s.sponsor_code AND f.verdict = 'c'
            WHERE s.verdict = 'c' ORDER BY {order}""",  # noqa: S608  own words
    )


def _adopt(found: Difference, nodes: Ints, parents: Ints) -> None:
    """Give these nodes on file these parents, and every newcomer a place."""
    tree.adopt(Rep, zip(found.ids[nodes].tolist(), (sponsor or None for sponsor in _ids(found, parents)), strict=True))


def _ids(found: Difference, nodes: Ints) -> list[int]:
    """The ids of these nodes; 0 for ROOT."""
    return np.append(found.all_ids, 0)[nodes].tolist()


def _note_sponsors(found: Difference, cause: str, nodes: Ints, was: Ints, to: Ints) -> None:
    """One row for every rep on file who stands under somebody else now."""
    found.run.sql(
        """INSERT INTO teams_sponsorchange (rep_id, was_id, to_id, calendar, state, cause, why, "end", by_id, job_id, at, settled_at)
           SELECT r.id, nullif(c.was, 0), nullif(c.sponsor, 0), r.calendar, 'applied', %(cause)s, '', '', %(by)s, %(job)s, %(now)s, %(now)s
           FROM unnest(%(reps)s::bigint[], %(was)s::bigint[], %(to)s::bigint[]) WITH ORDINALITY AS c(rep, was, sponsor, n)
           JOIN teams_rep r ON r.id = c.rep ORDER BY c.n""",
        cause=cause,
        by=found.run.job.owner_id,
        reps=found.ids[nodes].tolist(),
        was=_ids(found, was),
        to=_ids(found, to),
    )


def _note_status(found: Difference, status: str, why: str, nodes: Ints) -> None:
    """One row for every rep whom the company has removed or taken back."""
    found.run.sql(
        """INSERT INTO teams_statuschange (rep_id, status, why, by_id, job_id, at)
           SELECT rep, %(status)s, %(why)s, %(by)s, %(job)s, %(now)s FROM unnest(%(reps)s::bigint[]) AS c(rep)""",
        status=status,
        why=why,
        by=found.run.job.owner_id,
        reps=found.ids[nodes].tolist(),
    )
