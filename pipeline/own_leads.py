"""A rep's own people from a file, thousands in a few statements: found again, written, put on the board.

Each function works on the staging table of a run (see cotano.jobs.kinds.Run), which holds one chunk of the file, and leaves
alone what already says the same. What a chunk decides does not depend on where chunks begin and end: a person whom an earlier
line of the file brought is told apart by the file's own fingerprints (see pipeline.imports.Leads.keys).
"""

from django.utils import translation

from cotano.jobs.kinds import SAMPLE, Run, plain
from cotano.lib import text
from leads import suppression
from leads.models import MORE, TAGS, Lead
from pipeline.bulk import RUNNING, add_cards, prepare_boards
from pipeline.models import Stage
from pipeline.traits import EMPTY, TYPES
from teams.models import Rep

TRIES = 3  # somebody adds the same person at the same moment
NOTE = Lead._meta.get_field("note").max_length
LANGUAGES = ("en", "ru", "uk")

# What a line makes of the lead it is about: blank cells wipe nothing; further phones, e-mails, tags and notes only grow.
_SAYS = f"""SELECT s.line, l.id, coalesce(nullif(s.name, ''), l.name) AS name,
    CASE WHEN l.phone = '' THEN s.phone ELSE l.phone END AS phone,
    CASE WHEN s.other_phones = '{{}}' AND s.phone IN ('', l.phone) THEN l.other_phones ELSE (l.other_phones
      || ARRAY(SELECT p FROM unnest(s.phone || s.other_phones) WITH ORDINALITY AS x(p, n)
      WHERE p <> '' AND p <> ALL (l.other_phones) AND p <> CASE WHEN l.phone = '' THEN s.phone ELSE l.phone END
      ORDER BY n)::varchar[])[1:{MORE}] END AS other_phones,
    coalesce(nullif(s.email, ''), l.email) AS email,
    CASE WHEN s.other_emails = '{{}}' AND s.email IN ('', l.email) THEN l.other_emails ELSE (ARRAY(
      SELECT e FROM unnest(l.other_emails || l.email || s.other_emails) WITH ORDINALITY AS x(e, n)
      WHERE e <> '' AND e <> coalesce(nullif(s.email, ''), l.email) GROUP BY e ORDER BY min(n)))[1:{MORE}] END AS other_emails,
    coalesce(s.birthday, l.birthday) AS birthday,
    CASE WHEN s.tags::varchar[] <@ l.tags THEN l.tags ELSE (l.tags || ARRAY(SELECT t FROM unnest(s.tags) WITH ORDINALITY AS x(t, n)
      WHERE t <> ALL (l.tags) ORDER BY n)::varchar[])[1:{TAGS}] END AS tags,
    CASE WHEN s.note = '' OR position(s.note IN l.note) > 0 OR length(l.note) + 1 + length(s.note) > {NOTE} THEN l.note
         WHEN l.note = '' THEN s.note ELSE l.note || E'\\n' || s.note END AS note"""  # noqa: S608  own words
FIELDS = ("name", "phone", "other_phones", "email", "other_emails", "birthday", "tags", "note")
_TYPES = {"other_phones": "::varchar(16)[]", "other_emails": "::varchar(254)[]", "tags": "::varchar(30)[]"}


def _fields(run: Run) -> tuple[str, ...]:
    """The fields of a lead that this file says anything about."""
    return (*FIELDS, *run.memo["traits"])


def _said(run: Run) -> str:
    """The query for what the lines `s` make of the leads they are about, to be narrowed."""
    more = "".join(f", coalesce((s.more ->> '{name}')::{TYPES[name]}, l.{name}) AS {name}" for name in run.memo["traits"])
    return f"{_SAYS}{more} FROM import_stage s JOIN leads_lead l ON l.id = s.lead_id"


def _differs(run: Run) -> str:
    """The condition that a lead `l` is not yet as `said`."""
    lead = ", ".join(f"l.{name}" for name in _fields(run))
    then = ", ".join(f"said.{name}{_TYPES.get(name, '')}" for name in _fields(run))
    return f"({lead}) IS DISTINCT FROM ({then})"


def refuse_suppressed(run: Run) -> None:
    """Leave out who asked the company not to be contacted."""
    if not suppression.is_in_use():
        return
    rows = run.rows("SELECT line, other_phones || other_emails || phone || email FROM import_stage WHERE verdict IS NULL")
    refused = suppression.refused(contact for _line, contacts in rows for contact in contacts)
    if refused:
        run.reject_lines([(line, "suppressed", "") for line, contacts in rows if refused.intersection(contacts)], "x")


def match_own_leads(run: Run, rep: Rep) -> None:
    """Find each person again: by phone, else by a further phone, else by e-mail. Of two lines about one lead the first stays."""
    _match_by(run, rep, "p:", "phone")
    if "more phones" not in run.memo:
        run.memo["more phones"] = Lead.objects.filter(owner=rep).exclude(other_phones=[]).exists()
    if run.memo["more phones"]:
        run.sql(
            """UPDATE import_stage s SET lead_id = l.id
               FROM (SELECT p, min(id) AS id FROM leads_lead, unnest(other_phones) AS p
                     WHERE owner_id = %(rep)s AND other_phones <> '{}' AND job_id IS DISTINCT FROM %(job)s GROUP BY p) l
               WHERE s.verdict IS NULL AND s.lead_id IS NULL AND s.phone <> '' AND l.p = s.phone""",
            rep=rep.pk,
        )
    _match_by(run, rep, "e:", "email")
    if run.rows("SELECT FROM import_stage WHERE verdict IS NULL AND lead_id IS NULL AND phone = '' LIMIT 1"):
        run.sql(
            """UPDATE import_stage s SET lead_id = l.id
               FROM (SELECT e, min(id) AS id FROM leads_lead, unnest(other_emails || email) AS e
                     WHERE owner_id = %(rep)s AND email <> '' AND job_id IS DISTINCT FROM %(job)s GROUP BY e) l
               WHERE s.verdict IS NULL AND s.lead_id IS NULL AND s.phone = '' AND l.e = s.email""",
            rep=rep.pk,
        )
    run.reject_claimed("lead_id")


def _match_by(run: Run, rep: Rep, kind: str, column: str) -> None:
    """Find leads by what makes them one person, line by line.

    As a join it is planned by what is known of the table: next to nothing of a rep whose people came within the last minute, of
    whom it would read all for each line. For the same reason no index by owner is to be considered.
    """
    run.sql(
        f"""UPDATE import_stage s SET lead_id = m.id
            FROM (SELECT line, (SELECT l.id FROM leads_lead l WHERE l.dedupe = '{kind}' || f.{column} AND l.owner_id + 0 = %(rep)s) AS id
                  FROM import_stage f WHERE verdict IS NULL AND lead_id IS NULL AND {column} <> '' OFFSET 0) m
            WHERE s.line = m.line AND m.id IS NOT NULL""",  # noqa: S608  own words
        rep=rep.pk,
    )


def compare_own_leads(run: Run) -> None:
    """Decide the lines about somebody the rep has already: changed or the same."""
    if not run.rows("SELECT FROM import_stage WHERE lead_id IS NOT NULL AND verdict IS NULL LIMIT 1"):
        return
    run.sql("ANALYZE import_stage (lead_id)")  # a few of the lines: not a reason to read every lead there is
    run.sql(
        f"""UPDATE import_stage s SET verdict = CASE WHEN {_differs(run)} THEN 'u' ELSE 's' END
            FROM ({_said(run)} WHERE s.verdict IS NULL AND s.lead_id IS NOT NULL OFFSET 0) said JOIN leads_lead l ON l.id = said.id
            WHERE s.line = said.line"""  # noqa: S608  own words
    )


def show_own_leads(run: Run, rep: Rep, shown: int) -> None:
    """What a preview tells beside the verdicts: old and new values side by side, and who of the new ones has a namesake.

    Of the new ones `shown` can be in the preview.
    """
    lines = [line for (line,) in run.rows("SELECT line FROM import_stage WHERE verdict = 'u' ORDER BY line LIMIT %(most)s", most=SAMPLE)]
    for name in _fields(run) if len(run.changes) < SAMPLE else ():
        old, new = (f"array_to_string({row}.{name}, ', ')" if name in _TYPES else f"{row}.{name}::text" for row in ("l", "said"))
        run.show_changes(
            f"""SELECT said.line, '{name}', {old}, {new}
                FROM ({_said(run)} WHERE s.line = ANY (%(lines)s)) said JOIN leads_lead l ON l.id = said.id
                WHERE {old} IS DISTINCT FROM {new} ORDER BY said.line""",  # noqa: S608  own words
            lines=lines,
        )
    if "names" not in run.memo:
        run.sql(
            "CREATE TEMPORARY TABLE import_names ON COMMIT DROP AS SELECT DISTINCT name FROM leads_lead WHERE owner_id = %(rep)s",
            rep=rep.pk,
        )
        run.memo["names"] = run.sql("ANALYZE import_names")
    [(run.extra["namesakes"],)] = run.rows("SELECT count(*) FROM import_stage JOIN import_names USING (name) WHERE verdict IS NULL")
    run.sql(
        """UPDATE import_stage s SET reason = 'namesake' FROM import_names n WHERE n.name = s.name
             AND s.line IN (SELECT line FROM import_stage WHERE verdict IS NULL ORDER BY line LIMIT %(most)s)""",
        most=shown,
    )


def write_own_leads(run: Run, rep: Rep) -> None:
    """Write what is changed and what is new; of what is changed the old values are kept for an undo.

    Lines that made a new lead stay undecided, which means just that, and without its id: see `find_new_leads`.
    """
    given = {"kind": EMPTY["kind"]}
    given |= {name: f"coalesce((more ->> '{name}')::{TYPES[name]}, {EMPTY[name]})" for name in run.memo["traits"]}
    for _try in range(TRIES):
        _write_changed(run)
        [(wanted,)] = run.rows("SELECT count(*) FROM import_stage WHERE verdict IS NULL")
        written = run.sql(
            f"""INSERT INTO leads_lead (owner_id, name, phone, other_phones, email, other_emails, birthday, tags, note,
                 source, job_id, person_code, created_at, updated_at, {", ".join(given)})
               SELECT %(rep)s, coalesce(nullif(name, ''), nullif(phone, ''), left(email, %(longest)s)), phone,
                 other_phones, email, other_emails, birthday, tags, note,
                 'import', %(job)s, '', %(now)s, %(now)s, {", ".join(given.values())}
               FROM import_stage WHERE verdict IS NULL ORDER BY line ON CONFLICT (owner_id, dedupe) DO NOTHING""",  # noqa: S608  own words
            rep=rep.pk,
            longest=text.NAME_LONGEST,
        )
        if written == wanted:
            return
        find_new_leads(run, rep)
        match_own_leads(run, rep)  # whom somebody else has just added
        compare_own_leads(run)


def find_new_leads(run: Run, rep: Rep) -> None:
    """Decide the lines that have made a new lead, and note which."""
    run.sql(
        """UPDATE import_stage s SET verdict = 'c', lead_id = l.id FROM leads_lead l
           WHERE s.verdict IS NULL AND l.owner_id = %(rep)s AND l.job_id = %(job)s AND l.updated_at = %(now)s
             AND l.dedupe = CASE s.phone WHEN '' THEN 'e:' || s.email ELSE 'p:' || s.phone END""",
        rep=rep.pk,
    )


def _write_changed(run: Run) -> None:
    run.sql(
        """SELECT l.id FROM leads_lead l JOIN import_stage s ON s.lead_id = l.id
           WHERE s.verdict = 'u' ORDER BY l.id FOR NO KEY UPDATE OF l"""
    )
    before = ", ".join(f"'{name}', l.{name}" for name in (*_fields(run), "updated_at"))
    run.sql(
        f"""INSERT INTO pipeline_imported (job_id, lead_id, line, before, written_at, stage, kept)
            SELECT %(job)s, l.id, s.line, jsonb_build_object({before}), %(now)s, '', ''
            FROM import_stage s JOIN leads_lead l ON l.id = s.lead_id WHERE s.verdict = 'u' ON CONFLICT DO NOTHING"""  # noqa: S608  own words
    )
    values = ", ".join(f"{name} = said.{name}" for name in _fields(run))
    run.sql(
        f"""UPDATE leads_lead l SET {values}, updated_at = %(now)s FROM ({_said(run)} WHERE s.verdict = 'u' OFFSET 0) said
            WHERE l.id = said.id AND {_differs(run)}"""  # noqa: S608  own words
    )


def mark_refused(run: Run, rep: Rep) -> None:
    """Leads that were written while somebody was put on the company's list learn of it."""
    suppression.hold()
    if suppression.is_in_use():
        find_new_leads(run, rep)
        suppression.mark(pk for (pk,) in run.rows("SELECT lead_id FROM import_stage WHERE verdict IN ('c', 'u')"))


def keep_for_board(run: Run) -> None:
    """Note every line's lead and stage, for the cards that come after the last line."""
    run.sql(
        """INSERT INTO pipeline_imported (job_id, lead_id, line, written_at, stage, kept)
           SELECT %(job)s, lead_id, line, %(now)s, stage, '' FROM import_stage WHERE verdict IN ('c', 'u', 's') ORDER BY line
           ON CONFLICT (job_id, lead_id) DO UPDATE SET stage = excluded.stage"""
    )


def put_own_leads_on_board(run: Run, rep: Rep) -> None:
    """The people of a rep's file who have no card yet, on top of the running campaign's board; `run.extra["on_board"]` counts them.

    Those whom the rep lets be, and those who asked the company to be let be, stay away. Without a running campaign there is no board,
    and nobody comes onto one.
    """
    running = run.rows(f"SELECT c.id FROM {RUNNING} c WHERE c.calendar = %(calendar)s", calendar=rep.calendar)  # noqa: S608  own words
    run.extra["on_board"] = 0
    if not running:
        return
    prepare_boards(run, f"SELECT {rep.pk}::bigint AS rep_id, {running[0][0]}::bigint AS campaign_id")
    [(board,)] = run.rows("SELECT id FROM pipeline_board WHERE rep_id = %(rep)s AND campaign_id = %(c)s", rep=rep.pk, c=running[0][0])
    named = _stages(board)
    texts = [text for (text,) in run.rows("SELECT DISTINCT stage FROM pipeline_imported WHERE job_id = %(job)s")]
    known = {text: named[plain(text)] for text in texts if plain(text) in named}
    run.sql("DROP TABLE IF EXISTS pg_temp.import_stages")
    run.sql(
        """CREATE TEMPORARY TABLE import_stages ON COMMIT DROP AS
           SELECT * FROM unnest(%(texts)s::text[], %(stages)s::bigint[]) AS x(text, stage_id)""",
        texts=list(known),
        stages=list(known.values()),
    )
    run.extra["on_board"] = add_cards(
        run,
        f"""SELECT i.lead_id, {board}::bigint AS board_id, i.line, x.stage_id
            FROM pipeline_imported i JOIN leads_lead l ON l.id = i.lead_id LEFT JOIN import_stages x ON x.text = i.stage
            WHERE i.job_id = {run.job.pk} AND l.do_not_contact_at IS NULL AND l.refusal_id IS NULL""",  # noqa: S608  own words
    )
    run.sql(
        """UPDATE pipeline_imported i SET card_id = c.card_id FROM import_cards c
           WHERE i.job_id = %(job)s AND i.lead_id = c.lead_id AND c.card_id IS NOT NULL"""
    )


def _stages(board: int) -> dict[str, int]:
    """Stage of the board by its name in every language, without what people write differently.

    One that asks for something first takes nobody from a file: whoever is to go there begins on the first stage.
    """
    named = {}
    for stage in Stage.objects.filter(board=board, needs=[]).order_by("-place"):
        for language in LANGUAGES:
            with translation.override(language):
                named[plain(str(stage.name))] = stage.pk
    return named
