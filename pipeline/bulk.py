"""Thousands of leads, cards and work items in a few statements, for files.

Each function works on the staging table of a run (see cotano.jobs.kinds.Run) and leaves alone what already says the same: the
same file again writes nothing.
"""

from cotano.jobs.kinds import Run
from pipeline.actions import STANDARD
from teams.models import Rep

# The campaign of each calendar that runs today in its market; needs the parameter `now`.
RUNNING = """(SELECT c.id, k.code AS calendar FROM campaigns_campaign c JOIN campaigns_calendar k ON k.id = c.calendar_id
               JOIN teams_territory t ON t.id = k.market_id
               WHERE c.closed_at IS NULL AND (%(now)s AT TIME ZONE nullif(t.time_zone, ''))::date BETWEEN c.starts_on AND c.ends_on)"""


def gather_people(run: Run) -> None:
    """One row per rep and person in `import_people`, however many lists name the person; the first line speaks."""
    run.sql("DROP TABLE IF EXISTS pg_temp.import_people")
    run.sql(
        """CREATE TEMPORARY TABLE import_people ON COMMIT DROP AS
           SELECT DISTINCT ON (rep_id, person_code) rep_id, person_code, line, name, phone, kind, campaign_id,
             NULL::bigint AS lead_id, NULL::bigint AS about_id, false AS changed
           FROM import_stage WHERE verdict IS NULL ORDER BY rep_id, person_code, line"""
    )
    run.sql("CREATE INDEX ON import_people (lead_id)")
    # A team member is linked to their own place in the tree if that is below the rep.
    run.sql(
        """WITH RECURSIVE up AS (
             SELECT p.rep_id, r.id AS about_id, r.sponsor_id, 1 AS steps
             FROM import_people p JOIN teams_rep r ON r.code = p.person_code WHERE p.kind = 'team'
             UNION ALL
             SELECT up.rep_id, up.about_id, r.sponsor_id, steps + 1 FROM up JOIN teams_rep r ON r.id = up.sponsor_id
             WHERE up.sponsor_id <> up.rep_id AND steps < 10000
           )
           UPDATE import_people p SET about_id = r.id FROM up JOIN teams_rep r ON r.id = up.about_id
           WHERE up.sponsor_id = up.rep_id AND p.rep_id = up.rep_id AND p.person_code = r.code"""
    )


def match_company_leads(run: Run) -> None:
    """Find each person's lead: by the company's code, else by phone."""
    run.sql(
        """UPDATE import_people p SET lead_id = l.id FROM leads_lead l
           WHERE p.lead_id IS NULL AND l.owner_id = p.rep_id AND l.person_code = p.person_code"""
    )
    run.sql(
        """UPDATE import_people p SET lead_id = l.id FROM leads_lead l
           WHERE p.lead_id IS NULL AND p.phone <> '' AND l.owner_id = p.rep_id AND l.dedupe = 'p:' || p.phone
             AND NOT EXISTS (SELECT FROM import_people o WHERE o.lead_id = l.id)"""
    )


def write_company_leads(run: Run) -> None:
    """Make the leads that are missing; of those there are, change only what the company may change.

    A name or phone is the company's as long as it supplied the lead and the rep has never edited it (an edit moves
    `updated_at`; what is written here does not).
    """
    run.sql(
        """INSERT INTO leads_lead
             (owner_id, name, kind, phone, email, tags, note, source, job_id, person_code, rep_id, created_at, updated_at)
           SELECT rep_id, name, kind, phone, '', '{}', '', 'company', %(job)s, person_code, about_id, %(now)s, %(now)s
           FROM import_people WHERE lead_id IS NULL ORDER BY line
           ON CONFLICT DO NOTHING"""
    )
    match_company_leads(run)
    # Somebody of the file still without a lead shares a phone with a lead that another line of the file has by its code.
    run.reject(
        "phone_repeated",
        """p.lead_id IS NULL AND p.rep_id = s.rep_id AND p.person_code = s.person_code
           AND l.owner_id = p.rep_id AND l.dedupe = 'p:' || p.phone""",
        detail="(SELECT min(o.line) FROM import_people o WHERE o.lead_id = l.id)",
        tables="import_people p, leads_lead l",
    )
    run.sql("DELETE FROM import_people WHERE lead_id IS NULL")
    own = "l.source = 'company' AND l.updated_at = l.created_at"
    free = "p.phone <> '' AND NOT EXISTS (SELECT FROM leads_lead o WHERE o.owner_id = l.owner_id AND o.dedupe = 'p:' || p.phone)"
    run.sql(
        f"""WITH said AS (
              SELECT l.id, p.person_code, coalesce(l.rep_id, p.about_id) AS rep_id,
                CASE WHEN {own} THEN p.name ELSE l.name END AS name,
                CASE WHEN {own} AND p.phone <> l.phone AND {free} THEN p.phone ELSE l.phone END AS phone
              FROM import_people p JOIN leads_lead l ON l.id = p.lead_id
            ), written AS (
              UPDATE leads_lead l SET person_code = said.person_code, rep_id = said.rep_id, name = said.name, phone = said.phone
              FROM said WHERE l.id = said.id
                AND (l.person_code, l.rep_id, l.name, l.phone) IS DISTINCT FROM (said.person_code, said.rep_id, said.name, said.phone)
              RETURNING l.id
            )
            UPDATE import_people p SET changed = true FROM written WHERE p.lead_id = written.id"""  # noqa: S608  own words
    )


def put_people_on_boards(run: Run) -> None:
    """A card on top of the first stage for everybody who has none, in the order of the file; the company's own closed ones open again."""
    _prepare_boards(run, "SELECT DISTINCT rep_id, campaign_id FROM import_people")
    _add_cards(
        run,
        """SELECT p.lead_id, b.id AS board_id, p.line
           FROM import_people p JOIN pipeline_board b ON b.rep_id = p.rep_id AND b.campaign_id = p.campaign_id""",
    )
    run.sql(
        """WITH reopened AS (
             UPDATE pipeline_card c SET closed_at = NULL, closed_as = '' FROM import_people p
             JOIN pipeline_board b ON b.rep_id = p.rep_id AND b.campaign_id = p.campaign_id
             WHERE c.board_id = b.id AND c.lead_id = p.lead_id AND c.closed_as = 'by_company' RETURNING c.lead_id
           )
           UPDATE import_people p SET changed = true FROM reopened WHERE p.lead_id = reopened.lead_id"""
    )
    run.sql("UPDATE import_people p SET changed = true FROM import_cards c WHERE c.lead_id = p.lead_id")


def write_work_items(run: Run) -> None:
    """The rows of the list themselves, and with them the verdicts."""
    run.sql(
        """UPDATE import_stage s SET verdict = CASE
             WHEN w.id IS NULL THEN 'c'
             WHEN p.changed OR w.done_at IS NOT NULL
               OR (w.reason, w.last_order, w.call_by, w.lead_id) IS DISTINCT FROM (f.why, f.last_order, f.call_by, p.lead_id) THEN 'u'
             ELSE 's' END
           FROM import_stage f JOIN import_people p ON p.rep_id = f.rep_id AND p.person_code = f.person_code
           LEFT JOIN pipeline_workitem w ON w.rep_id = f.rep_id AND w.person_code = f.person_code AND w.list_name = f.list_name
           WHERE f.line = s.line AND s.verdict IS NULL"""
    )
    run.sql(
        """INSERT INTO pipeline_workitem (list_name, rep_id, lead_id, person_code, reason, last_order, call_by, job_id)
           SELECT s.list_name, s.rep_id, p.lead_id, s.person_code, s.why, s.last_order, s.call_by, %(job)s
           FROM import_stage s JOIN import_people p ON p.rep_id = s.rep_id AND p.person_code = s.person_code
           WHERE s.verdict = 'c' ORDER BY s.line"""
    )
    run.sql(
        """UPDATE pipeline_workitem w SET reason = s.why, last_order = s.last_order, call_by = s.call_by, lead_id = p.lead_id,
             job_id = %(job)s, done_at = NULL
           FROM import_stage s JOIN import_people p ON p.rep_id = s.rep_id AND p.person_code = s.person_code
           WHERE s.verdict = 'u' AND w.rep_id = s.rep_id AND w.person_code = s.person_code AND w.list_name = s.list_name"""
    )


def finish_absent(run: Run) -> None:
    """Who is gone from a list that the file brings is done, says the company; `run.extra["done"]` counts them.

    A card that the rep has not worked on leaves the board with them. A list without one usable line stays as it is, and so
    does somebody whose line is in the file but cannot be used.
    """
    run.sql("DROP TABLE IF EXISTS pg_temp.import_present, pg_temp.import_gone")
    lists, reps, people = ([key[n] for key in run.memo["unusable"]] for n in range(3))
    run.sql(
        """CREATE TEMPORARY TABLE import_present ON COMMIT DROP AS
           SELECT list_name, rep_code, person_code FROM import_stage WHERE list_name IS NOT NULL
           UNION SELECT * FROM unnest(%(lists)s::text[], %(reps)s::text[], %(people)s::text[])""",
        lists=lists,
        reps=reps,
        people=people,
    )
    run.sql(
        """CREATE TEMPORARY TABLE import_gone ON COMMIT DROP AS
           SELECT w.id, w.lead_id FROM pipeline_workitem w JOIN teams_rep r ON r.id = w.rep_id
           WHERE w.done_at IS NULL AND w.list_name IN (SELECT list_name FROM import_stage WHERE verdict <> 'r')
             AND NOT EXISTS (SELECT FROM import_present p
                             WHERE p.list_name = w.list_name AND p.rep_code = r.code AND p.person_code = w.person_code)"""
    )
    done = run.sql("UPDATE pipeline_workitem w SET done_at = %(now)s FROM import_gone g WHERE w.id = g.id")
    run.sql(
        """UPDATE pipeline_card c SET closed_at = %(now)s, closed_as = 'by_company'
           FROM leads_lead l, pipeline_board b
           WHERE l.id = c.lead_id AND b.id = c.board_id AND b.rolled_at IS NULL AND c.closed_at IS NULL AND c.version = 1
             AND l.id IN (SELECT lead_id FROM import_gone) AND l.source = 'company'
             AND NOT EXISTS (SELECT FROM pipeline_workitem w WHERE w.lead_id = l.id AND w.done_at IS NULL)
             AND NOT EXISTS (SELECT FROM leads_comment x WHERE x.lead_id = l.id)
             AND NOT EXISTS (SELECT FROM leads_attempt x WHERE x.lead_id = l.id)
             AND NOT EXISTS (SELECT FROM leads_reminder x WHERE x.lead_id = l.id AND x.state = 'open')"""
    )
    run.extra["done"] = done


def write_own_leads(run: Run, rep: Rep) -> None:
    """Match, then write a rep's own people; blank cells never wipe a value, tags and notes only grow."""
    match = """UPDATE import_stage s SET lead_id = l.id FROM leads_lead l
               WHERE s.verdict IS NULL AND s.lead_id IS NULL AND l.owner_id = %(rep)s AND """
    run.sql(match + "s.phone <> '' AND l.dedupe = 'p:' || s.phone", rep=rep.pk)
    run.sql(match + "s.email <> '' AND l.dedupe = 'e:' || s.email", rep=rep.pk)
    run.sql(
        """UPDATE import_stage s SET lead_id = l.id
           FROM (SELECT email, min(id) AS id FROM leads_lead WHERE owner_id = %(rep)s AND email <> '' GROUP BY email) l
           WHERE s.verdict IS NULL AND s.lead_id IS NULL AND s.phone = '' AND l.email = s.email""",
        rep=rep.pk,
    )
    run.reject_repeated("lead_id", where="lead_id IS NOT NULL")
    run.sql(
        """WITH said AS (
             SELECT s.line, l.id, s.name, coalesce(nullif(s.phone, ''), l.phone) AS phone, coalesce(nullif(s.email, ''), l.email) AS email,
               coalesce(s.birthday, l.birthday) AS birthday,
               (l.tags || ARRAY(SELECT t FROM unnest(s.tags) WITH ORDINALITY AS x(t, n) WHERE t <> ALL (l.tags) ORDER BY n))[1:10] AS tags,
               CASE WHEN s.note = '' OR position(s.note IN l.note) > 0 OR length(l.note) + 1 + length(s.note) > 2000 THEN l.note
                    WHEN l.note = '' THEN s.note ELSE l.note || E'\\n' || s.note END AS note
             FROM import_stage s JOIN leads_lead l ON l.id = s.lead_id WHERE s.verdict IS NULL
           ), written AS (
             UPDATE leads_lead l SET name = said.name, phone = said.phone, email = said.email, birthday = said.birthday, tags = said.tags,
               note = said.note, updated_at = %(now)s
             FROM said WHERE l.id = said.id AND (l.name, l.phone, l.email, l.birthday, l.tags, l.note)
               IS DISTINCT FROM (said.name, said.phone, said.email, said.birthday, said.tags::varchar(30)[], said.note)
             RETURNING said.line
           )
           UPDATE import_stage s SET verdict = CASE WHEN written.line IS NULL THEN 's' ELSE 'u' END
           FROM said LEFT JOIN written ON written.line = said.line WHERE s.line = said.line"""
    )
    run.sql(
        """WITH written AS (
             INSERT INTO leads_lead
               (owner_id, name, kind, phone, email, birthday, tags, note, source, job_id, person_code, created_at, updated_at)
             SELECT %(rep)s, name, 'prospect', phone, email, birthday, tags, note, 'import', %(job)s, '', %(now)s, %(now)s
             FROM import_stage WHERE verdict IS NULL ORDER BY line RETURNING id, dedupe
           )
           UPDATE import_stage s SET verdict = 'c', lead_id = written.id FROM written
           WHERE s.verdict IS NULL AND written.dedupe = CASE s.phone WHEN '' THEN 'e:' || s.email ELSE 'p:' || s.phone END""",
        rep=rep.pk,
    )


def put_own_leads_on_board(run: Run, rep: Rep) -> None:
    """The people of a rep's file who have no card yet, on top of the running campaign's board; `run.extra["on_board"]` counts them."""
    running = run.rows(f"SELECT c.id FROM {RUNNING} c WHERE c.calendar = %(calendar)s", calendar=rep.calendar)  # noqa: S608  own words
    run.extra["on_board"] = 0
    if running:
        campaign = running[0][0]
        _prepare_boards(run, f"SELECT {rep.pk}::bigint AS rep_id, {campaign}::bigint AS campaign_id")
        people = f"SELECT s.lead_id, b.id AS board_id, s.line FROM import_stage s, pipeline_board b WHERE s.verdict <> 'r' AND b.rep_id = {rep.pk} AND b.campaign_id = {campaign}"  # noqa: S608, E501  own words
        run.extra["on_board"] = _add_cards(run, people)


def _prepare_boards(run: Run, wanted: str) -> None:
    """Boards with their standard stages for (rep_id, campaign_id) of a query, and a lock on each: see pipeline.actions."""
    run.sql(
        f"""INSERT INTO pipeline_board (rep_id, campaign_id, frozen)
            SELECT rep_id, campaign_id, '{{}}' FROM ({wanted}) x ON CONFLICT DO NOTHING"""  # noqa: S608  own words
    )
    run.sql(
        f"""SELECT b.id FROM pipeline_board b JOIN ({wanted}) x ON x.rep_id = b.rep_id AND x.campaign_id = b.campaign_id
            ORDER BY b.id FOR NO KEY UPDATE OF b"""  # noqa: S608  own words
    )
    run.sql(
        f"""INSERT INTO pipeline_stage (board_id, place, standard, own_name, "end")
            SELECT b.id, s.place, s.standard, '', s.stage_end
            FROM pipeline_board b JOIN ({wanted}) x ON x.rep_id = b.rep_id AND x.campaign_id = b.campaign_id
            CROSS JOIN unnest(%(standard)s::text[], %(ends)s::text[]) WITH ORDINALITY AS s(standard, stage_end, place)
            WHERE NOT EXISTS (SELECT FROM pipeline_stage o WHERE o.board_id = b.id)""",  # noqa: S608  own words
        standard=[str(name) for name, _end in STANDARD],
        ends=[str(end) for _name, end in STANDARD],
    )


def _add_cards(run: Run, people: str) -> int:
    """Cards for (lead_id, board_id, line) of a query without one there; leaves the new ones in `import_cards`, returns how many."""
    run.sql("DROP TABLE IF EXISTS pg_temp.import_cards")
    run.sql(
        f"""CREATE TEMPORARY TABLE import_cards ON COMMIT DROP AS
            SELECT x.board_id, x.lead_id, min(x.line) AS line,
              (SELECT s.id FROM pipeline_stage s WHERE s.board_id = x.board_id ORDER BY s.place LIMIT 1) AS stage_id
            FROM ({people}) x WHERE NOT EXISTS (SELECT FROM pipeline_card c WHERE c.board_id = x.board_id AND c.lead_id = x.lead_id)
            GROUP BY x.board_id, x.lead_id"""  # noqa: S608  own words
    )
    # The top of each stage is read once, before the first card is written: an index walks past every row that is just being written.
    return run.sql(
        """WITH tops AS MATERIALIZED (
             SELECT n.stage_id, coalesce((SELECT min(c.rank) FROM pipeline_card c WHERE c.stage_id = n.stage_id), 0) AS top
             FROM (SELECT DISTINCT stage_id FROM import_cards) n
           ), placed AS MATERIALIZED (
             SELECT n.*, t.top - 1 - count(*) OVER (PARTITION BY n.stage_id)
                 + row_number() OVER (PARTITION BY n.stage_id ORDER BY n.line) AS rank
             FROM import_cards n JOIN tops t ON t.stage_id = n.stage_id
           )
           INSERT INTO pipeline_card (board_id, lead_id, stage_id, rank, version, entered_stage_at, created_at, closed_as)
           SELECT board_id, lead_id, stage_id, rank, 1, %(now)s, %(now)s, '' FROM placed"""
    )
