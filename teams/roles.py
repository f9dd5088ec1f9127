"""Roles of people who are no reps: named sets of permissions, the same in every deployment. Administrators are superusers."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

_LOOK = (
    "teams.view_territory",
    "teams.view_rep",
    "teams.view_sponsorchange",
    "teams.view_statuschange",
    "campaigns.view_calendar",
    "campaigns.view_campaign",
    "campaigns.view_order",
    "campaigns.view_goal",
    "campaigns.view_goalchange",
    "campaigns.view_title",
    "campaigns.view_titlerequirement",
    "campaigns.view_plan",
    "campaigns.view_product",
    "campaigns.see_reports",
    "pipeline.view_boardtemplate",
)
_GOALS = ("campaigns.add_goal", "campaigns.change_goal", "campaigns.delete_goal")  # of the own territories
ROLES: dict[str, tuple[str, ...]] = {
    "Manager": (*_LOOK, *_GOALS, "campaigns.call_first"),
    "Analyst": (*_LOOK, "teams.see_company", "campaigns.view_snapshotrun"),
    "Support": ("teams.view_territory", "teams.view_rep", "campaigns.view_campaign", "teams.see_company"),
    "Staff": (
        *_LOOK,
        "teams.see_company",
        "teams.import_territory",
        "teams.change_territory",
        "teams.import_rep",
        "teams.change_sponsor",
        "campaigns.import_campaign",
        "campaigns.add_calendar",
        "campaigns.change_calendar",
        "campaigns.add_campaign",
        "campaigns.change_campaign",
        "campaigns.view_snapshotrun",
        "campaigns.import_order",
        "campaigns.import_activity",
        "campaigns.import_volume",
        "campaigns.import_goal",
        "campaigns.import_title",
        "campaigns.change_title",
        "campaigns.change_titlerequirement",
        "campaigns.change_plan",
        "campaigns.import_product",
        *_GOALS,
        "pipeline.add_boardtemplate",
        "pipeline.change_boardtemplate",
        "pipeline.delete_boardtemplate",
        "pipeline.import_workitem",
        "pipeline.view_workitem",
        "campaigns.call_first",
        "teams.export_rep",
        "campaigns.export_order",
        "pipeline.export_workitem",
        "campaigns.view_nudgerule",
        "campaigns.add_nudgerule",
        "campaigns.change_nudgerule",
        "campaigns.delete_nudgerule",
        "leads.view_cadence",
        "leads.add_cadence",
        "leads.change_cadence",
        "leads.view_suppression",
        "leads.add_suppression",
        "leads.change_suppression",
        "leads.view_messagetemplate",
        "leads.add_messagetemplate",
        "leads.change_messagetemplate",
        "leads.delete_messagetemplate",
        "jobs.view_job",
        "jobs.see_all_jobs",
        "notifications.view_notification",
        "notifications.replay_notification",
    ),
}


@transaction.atomic
def sync_roles() -> None:
    """Make the roles' groups, each with exactly its permissions; safe to repeat. Other groups are left alone."""
    known = {f"{p.content_type.app_label}.{p.codename}": p for p in Permission.objects.select_related("content_type")}
    for name, codes in ROLES.items():
        group, _made = Group.objects.get_or_create(name=name)
        group.permissions.set([known[code] for code in codes])
