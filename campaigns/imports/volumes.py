"""The company's file of volumes: what it says of a rep's personal volume in a campaign, with orders or without."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from campaigns import snapshots
from campaigns.imports.shared import PLACE, PerCampaign, find_rep_and_campaign, reject_before_joined
from campaigns.models import MOST_VOLUME
from cotano.jobs import cells
from cotano.jobs.cells import spellings
from cotano.jobs.kinds import SAMPLE, Column, Run

PV = spellings("volume, personal volume, points, лв, личный объем, объем, баллы, особистий обсяг, обсяг, бали")


class Volumes(PerCampaign):
    """A line for a rep and a campaign. The volume counts instead of the points of the orders."""

    name = "volumes"
    title = _("Volumes")
    permission = "campaigns.import_volume"
    columns = (*PLACE, Column("pv", aliases=PV))
    staging = {"rep_code": "text", "year": "int", "campaign": "int", "pv": "bigint", "rep_id": "bigint", "campaign_id": "bigint"}

    def clean(self, row: dict[str, str], run: Run) -> Sequence[object]:
        """One rep in one campaign."""
        return *self.place(row), cells.whole(row["pv"], "pv", -MOST_VOLUME, MOST_VOLUME), None, None

    def apply(self, run: Run) -> None:
        """Write what differs."""
        find_rep_and_campaign(run)
        reject_before_joined(run)
        run.reject(
            "rep_left",
            "r.id = s.rep_id AND c.id = s.campaign_id AND r.status = 'removed' AND c.starts_on > r.removed_on",
            detail="r.removed_on",
            tables="teams_rep r, campaigns_campaign c",
        )
        run.sql(
            """UPDATE import_stage s SET verdict = CASE WHEN v.id IS NULL THEN 'c' WHEN v.pv <> f.pv THEN 'u' ELSE 's' END
               FROM import_stage f LEFT JOIN campaigns_volume v ON v.rep_id = f.rep_id AND v.campaign_id = f.campaign_id
               WHERE f.line = s.line AND s.verdict IS NULL"""
        )
        run.show_changes(
            """SELECT s.line, 'pv', v.pv, s.pv FROM import_stage s
               JOIN campaigns_volume v ON v.rep_id = s.rep_id AND v.campaign_id = s.campaign_id
               WHERE s.verdict = 'u' ORDER BY s.line LIMIT %(most)s""",
            most=SAMPLE,
        )
        run.sql(
            """INSERT INTO campaigns_volume (campaign_id, rep_id, pv)
               SELECT campaign_id, rep_id, pv FROM import_stage WHERE verdict IN ('c', 'u') ORDER BY campaign_id, rep_id
               ON CONFLICT (campaign_id, rep_id) DO UPDATE SET pv = excluded.pv"""
        )
        if not run.dry_run:
            snapshots.mark_lines(run, "SELECT DISTINCT campaign_id FROM import_stage WHERE verdict IN ('c', 'u')")
