"""The roster, as campaigns see it: who is on file, joins, leaves and stands where changes their figures."""

from campaigns import figures, snapshots
from cotano.jobs.kinds import Run
from teams.imports import Roster as Reps

# Those that run, and those that are over in which somebody joined whom only this file names.
TOUCHED = """
SELECT unnest(%(running)s::bigint[])
UNION
SELECT c.id FROM import_stage s JOIN campaigns_calendar k ON k.code = s.calendar
JOIN campaigns_campaign c ON c.calendar_id = k.id AND c.year = s.joined_year AND c.number = s.joined_number
WHERE s.verdict = 'c' AND EXISTS (SELECT FROM campaigns_snapshotrun r WHERE r.campaign_id = c.id)"""
CHANGES = "SELECT EXISTS (SELECT FROM import_stage WHERE verdict IN ('c', 'u'))"


class Roster(Reps):
    """All reps and who recruited whom. Reps who are not in the file stay, unless a person says that they have left."""

    def apply(self, run: Run) -> None:
        """Find the difference; place and write it; have the figures taken that it changes."""
        super().apply(run)
        if not run.dry_run and (run.extra.get("left") or run.rows(CHANGES)[0][0]):
            snapshots.mark_lines(run, TOUCHED, running=[campaign.pk for campaign in figures.running_campaigns()])
            snapshots.wake()
