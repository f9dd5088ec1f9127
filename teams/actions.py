"""Writes to the trees of territories and reps; the roster is in roster.py."""

import base64
import secrets

from django.db import transaction

from cotano.jobs.kinds import Run
from teams import tree
from teams.models import Rep, Territory, User

_PLACE = ", ".join(tree.UNPLACED)
_PLACED = ", ".join(map(str, tree.UNPLACED.values()))


def load_territories(run: Run) -> None:
    """Write the territories of a file whose undecided rows can all be placed. The caller holds the tree's lock."""
    run.sql(
        """UPDATE import_stage s SET verdict = CASE
             WHEN t.id IS NULL THEN 'c'
             WHEN (t.name, t.kind, t.time_zone, t.currency, t.language, t."group", coalesce(p.code, ''))
               IS DISTINCT FROM (s.name, s.kind, s.time_zone, s.currency, s.language, s.side, s.parent_code) THEN 'u'
             ELSE 's' END
           FROM import_stage f LEFT JOIN teams_territory t ON t.code = f.code LEFT JOIN teams_territory p ON p.id = t.parent_id
           WHERE f.line = s.line AND s.verdict IS NULL"""
    )
    for old, new in (("name", "name"), ("kind", "kind"), ("time_zone", "time_zone"), ("currency", "currency"), ("language", "language"),
                     ('"group"', "side")):  # fmt: skip
        run.show_changes(
            f"""SELECT s.line, '{old.strip('"')}', t.{old}, s.{new} FROM import_stage s JOIN teams_territory t ON t.code = s.code
                WHERE s.verdict = 'u' AND t.{old} <> s.{new} ORDER BY s.line"""  # noqa: S608  own words
        )
    run.show_changes(
        """SELECT s.line, 'parent_code', p.code, s.parent_code FROM import_stage s JOIN teams_territory t ON t.code = s.code
           LEFT JOIN teams_territory p ON p.id = t.parent_id
           WHERE s.verdict = 'u' AND coalesce(p.code, '') <> s.parent_code ORDER BY s.line"""
    )
    written = run.sql(
        f"""INSERT INTO teams_territory (code, name, kind, time_zone, currency, language, "group", {_PLACE})
            SELECT code, name, kind, time_zone, currency, language, side, {_PLACED} FROM import_stage WHERE verdict = 'c' ORDER BY code"""  # noqa: S608  own words
    )
    written += run.sql(
        """UPDATE teams_territory t SET name = s.name, kind = s.kind, time_zone = s.time_zone, currency = s.currency,
             language = s.language, "group" = s.side, parent_id = p.id
           FROM import_stage s LEFT JOIN teams_territory p ON p.code = s.parent_code
           WHERE t.code = s.code AND (s.verdict = 'u' OR s.verdict = 'c' AND p.id IS NOT NULL)"""
    )
    if written:
        tree.relabel(Territory)


@transaction.atomic
def recruit(sponsor: Rep, territory: Territory, *, user: User, calendar: str, joined: tuple[int, int]) -> Rep:
    """Put a newcomer under a sponsor, from campaign `joined` (year, number) of the calendar on.

    The code is ours until the company gives one.
    """
    rep = Rep(
        code="N" + base64.b32encode(secrets.token_bytes(5)).decode(),
        sponsor=sponsor,
        user=user,
        name=user.name,
        phone=user.phone or "",
        territory=territory,
        calendar=calendar,
        joined_year=joined[0],
        joined_number=joined[1],
        language=user.language,
    )
    rep.save(force_insert=True)
    return rep


def speak(user: User, language: str) -> None:
    """Speak `language` (a code of settings.LANGUAGES) to the user from now on."""
    user.language = language
    user.save(update_fields=["language"])
