"""Thousands of leads, cards and work items in a few statements, for files.

Each function works on the staging table of a run (see cotano.jobs.kinds.Run) and leaves alone what already says the same: the
same file again writes nothing.
"""

from cotano.jobs.kinds import Run
from cotano.lib import clock
from leads import suppression
from pipeline.new_boards import VALUES, lay_out_statement

# The campaign of each calendar that runs today in its market; needs the parameter `now`.
RUNNING = f"""(SELECT c.id, k.code AS calendar FROM campaigns_campaign c JOIN campaigns_calendar k ON k.id = c.calendar_id
               JOIN teams_territory t ON t.id = k.market_id
               WHERE c.closed_at IS NULL AND (%(now)s AT TIME ZONE {clock.in_database("t.time_zone")})::date
                 BETWEEN c.starts_on AND c.ends_on)"""  # noqa: S608  own words


def leave_out_suppressed(run: Run) -> None:
    """Decide every line about somebody who asked the company not to be contacted, also one that does not give the phone itself."""
    if not suppression.is_in_use():
        return
    rows = run.rows("SELECT phone, person_code FROM import_stage WHERE verdict IS NULL AND phone <> ''")
    refused = suppression.refused(phone for phone, _person in rows)
    people = list({person for phone, person in rows if phone in refused})
    if people:
        run.reject("suppressed", "s.person_code = ANY (%(people)s::text[])", verdict="x", people=people)


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
    run.sql("ANALYZE import_stage, import_people")  # nobody else does it for temporary tables, and a guess can cost an hour
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


def leave_out_refused(run: Run) -> None:
    """Decide every line about a lead whom the list names by a phone or e-mail that the company's file does not give."""
    out = "SELECT p.rep_id, p.person_code FROM import_people p JOIN leads_lead l ON l.id = p.lead_id WHERE l.refusal_id IS NOT NULL"
    run.reject("suppressed", f"(s.rep_id, s.person_code) IN ({out})", verdict="x")
    run.sql(f"DELETE FROM import_people WHERE (rep_id, person_code) IN ({out})")  # noqa: S608  own words


def mark_refused(run: Run) -> None:
    """Leads that were written while somebody was put on the company's list learn of it."""
    written = "SELECT l.id FROM import_people p JOIN leads_lead l ON l.id = p.lead_id WHERE p.changed OR l.job_id = %(job)s"
    if run.dry_run:
        return
    suppression.hold()
    if suppression.is_in_use():
        suppression.mark(pk for (pk,) in run.rows(written))


def write_company_leads(run: Run) -> None:
    """Make the leads that are missing; of those there are, change only what the company may change.

    A name or phone is the company's as long as it supplied the lead and the rep has never edited it (an edit moves
    `updated_at`; what is written here does not).
    """
    run.write(
        "leads_lead",
        """INSERT INTO leads_lead
             (owner_id, name, kind, phone, email, tags, note, source, job_id, person_code, rep_id, created_at, updated_at)
           SELECT rep_id, name, kind, phone, '', '{}', '', 'company', %(job)s, person_code, about_id, %(now)s, %(now)s
           FROM import_people WHERE lead_id IS NULL ORDER BY line
           ON CONFLICT DO NOTHING""",
    )
    match_company_leads(run)
    run.sql("ANALYZE import_people")
    # Somebody of the file still without a lead shares a phone with a lead that another line of the file has by its code.
    if run.rows("SELECT FROM import_people WHERE lead_id IS NULL LIMIT 1"):
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
    """A card on top of the first stage for everybody who has none, in the order of the file; the company's own closed ones open again.

    Whom the rep does not contact gets no card, and none back.
    """
    prepare_boards(run, "SELECT DISTINCT rep_id, campaign_id FROM import_people")
    add_cards(
        run,
        """SELECT p.lead_id, b.id AS board_id, p.line, NULL::bigint AS stage_id
           FROM import_people p JOIN pipeline_board b ON b.rep_id = p.rep_id AND b.campaign_id = p.campaign_id
           JOIN leads_lead l ON l.id = p.lead_id WHERE l.do_not_contact_at IS NULL""",
    )
    run.sql(
        """WITH reopened AS (
             UPDATE pipeline_card c SET closed_at = NULL, closed_as = '' FROM import_people p
             JOIN pipeline_board b ON b.rep_id = p.rep_id AND b.campaign_id = p.campaign_id
             JOIN leads_lead l ON l.id = p.lead_id AND l.do_not_contact_at IS NULL
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
    does somebody whose line is in the file but cannot be used. Who asked the company not to be contacted counts as gone.
    """
    run.sql("DROP TABLE IF EXISTS pg_temp.import_present, pg_temp.import_gone")
    lists, reps, people = ([key[n] for key in run.memo["unusable"]] for n in range(3))
    run.sql(
        """CREATE TEMPORARY TABLE import_present ON COMMIT DROP AS
           SELECT list_name, rep_code, person_code FROM import_stage WHERE list_name IS NOT NULL AND verdict <> 'x'
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
    # Scalar questions, one by one and by index, of the few who are gone: as joins they are planned by what is not known yet of
    # tables that have just been filled.
    run.sql("DROP TABLE IF EXISTS pg_temp.import_quiet")
    run.sql(
        """CREATE TEMPORARY TABLE import_quiet ON COMMIT DROP AS
           SELECT g.lead_id FROM (SELECT DISTINCT lead_id FROM import_gone OFFSET 0) g
           WHERE (SELECT l.source FROM leads_lead l WHERE l.id = g.lead_id) = 'company'
             AND (SELECT count(*) FILTER (WHERE w.done_at IS NULL) FROM pipeline_workitem w WHERE w.lead_id = g.lead_id) = 0
             AND (SELECT count(*) FROM (SELECT FROM leads_comment x WHERE x.lead_id = g.lead_id LIMIT 1) x) = 0
             AND (SELECT count(*) FROM (SELECT FROM leads_attempt x WHERE x.lead_id = g.lead_id LIMIT 1) x) = 0
             AND (SELECT count(*) FROM (SELECT FROM leads_reminder x WHERE x.lead_id = g.lead_id AND x.state = 'open' LIMIT 1) x) = 0"""
    )
    run.sql("ANALYZE import_quiet")
    run.sql(
        """UPDATE pipeline_card c SET closed_at = %(now)s, closed_as = 'by_company' FROM import_quiet q, pipeline_board b
           WHERE c.lead_id = q.lead_id AND b.id = c.board_id AND b.rolled_at IS NULL AND c.closed_at IS NULL AND c.version = 1"""
    )
    run.extra["done"] = done


def prepare_boards(run: Run, wanted: str) -> None:
    """Boards with their stages for (rep_id, campaign_id) of a query, and a lock on each: see pipeline.actions."""
    made = run.rows(
        f"""INSERT INTO pipeline_board (rep_id, campaign_id, frozen)
            SELECT rep_id, campaign_id, '{{}}' FROM ({wanted}) x ON CONFLICT DO NOTHING RETURNING id"""  # noqa: S608  own words
    )
    run.sql(
        f"""SELECT b.id FROM pipeline_board b JOIN ({wanted}) x ON x.rep_id = b.rep_id AND x.campaign_id = b.campaign_id
            ORDER BY b.id FOR NO KEY UPDATE OF b"""  # noqa: S608  own words
    )
    if made:
        run.sql(lay_out_statement("b.id = ANY(%(made)s::bigint[])"), made=[pk for (pk,) in made], **VALUES)


def add_cards(run: Run, people: str) -> int:
    """Cards for (lead_id, board_id, line, stage_id) of a query, for those without one there; returns how many.

    On top of their stage (the first one where it is NULL) in the order of the lines. Leaves the new ones in `import_cards`.
    """
    run.sql("DROP TABLE IF EXISTS pg_temp.import_cards")
    run.sql(
        f"""CREATE TEMPORARY TABLE import_cards ON COMMIT DROP AS
            SELECT DISTINCT ON (x.board_id, x.lead_id) x.board_id, x.lead_id, x.line, NULL::bigint AS card_id,
              coalesce(x.stage_id, (SELECT s.id FROM pipeline_stage s WHERE s.board_id = x.board_id ORDER BY s.place LIMIT 1)) AS stage_id
            FROM ({people}) x WHERE NOT EXISTS (SELECT FROM pipeline_card c WHERE c.board_id = x.board_id AND c.lead_id = x.lead_id)
            ORDER BY x.board_id, x.lead_id, x.line"""  # noqa: S608  own words
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
           ), added AS (
             INSERT INTO pipeline_card (board_id, lead_id, stage_id, rank, version, entered_stage_at, created_at, closed_as)
             SELECT board_id, lead_id, stage_id, rank, 1, %(now)s, %(now)s, '' FROM placed RETURNING id, board_id, lead_id
           )
           UPDATE import_cards n SET card_id = added.id FROM added WHERE added.board_id = n.board_id AND added.lead_id = n.lead_id"""
    )
