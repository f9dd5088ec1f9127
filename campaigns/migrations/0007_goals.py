"""A goal is a territory's, a team's or a rep's, and has a measure; what was there are net sales of reps."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Floor


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0006_deadlines_and_grace"), ("teams", "0013_territory_index_once")]

    operations = [
        migrations.RemoveConstraint("goal", "goal_is_positive"),
        migrations.RemoveConstraint("goal", "goal_once"),
        migrations.RenameField("goal", "net_sales", "target"),
        migrations.AlterField("goal", "target", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="goal")),
        migrations.AddField(
            "goal",
            "measure",
            models.CharField(
                choices=[
                    ("orders", "orders"),
                    ("net_sales", "net sales"),
                    ("activity", "activity %"),
                    ("recruits", "recruits"),
                    ("calls", "calls"),
                    ("follow_ups", "follow-ups kept"),
                ],
                default="net_sales",
                max_length=10,
                verbose_name="measure",
            ),
        ),
        migrations.AddField("goal", "is_company", models.BooleanField(default=False, verbose_name="set by the company")),
        migrations.AlterField(
            "goal",
            "rep",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="goals",
                to="teams.rep",
                verbose_name="rep, alone",
            ),
        ),
        migrations.AddField(
            "goal",
            "leader",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="team_goals",
                to="teams.rep",
                verbose_name="leader, with the team",
            ),
        ),
        migrations.AddField(
            "goal",
            "territory",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="goals",
                to="teams.territory",
                verbose_name="territory",
            ),
        ),
        migrations.AlterField(
            "goal",
            "campaign",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="goals", to="campaigns.campaign", verbose_name="campaign"
            ),
        ),
        migrations.AlterModelOptions(
            "goal",
            options={"permissions": [("import_goal", "Can import goals")], "verbose_name": "goal", "verbose_name_plural": "goals"},
        ),
        migrations.AddIndex("goal", models.Index(condition=Q(("is_company", True)), fields=["-id"], name="goal_of_company")),
        migrations.AddConstraint("goal", models.UniqueConstraint(fields=("rep", "campaign", "measure"), name="goal_of_rep_once")),
        migrations.AddConstraint(
            "goal",
            models.UniqueConstraint(
                condition=Q(("leader__isnull", False)), fields=("leader", "campaign", "measure"), name="goal_of_team_once"
            ),
        ),
        migrations.AddConstraint(
            "goal",
            models.UniqueConstraint(
                condition=Q(("territory__isnull", False)),
                fields=("territory", "campaign", "measure"),
                name="goal_of_territory_once",
                violation_error_message="The territory has this goal in the campaign already: change that one.",
            ),
        ),
        migrations.AddConstraint(
            "goal",
            models.CheckConstraint(
                condition=Q(rep__isnull=False, leader=None, territory=None)
                | Q(rep=None, leader__isnull=False, territory=None)
                | Q(rep=None, leader=None, territory__isnull=False),
                name="goal_has_one_owner",
            ),
        ),
        migrations.AddConstraint(
            "goal",
            models.CheckConstraint(condition=Q(territory=None) | Q(is_company=True), name="goal_of_territory_is_the_companys"),
        ),
        migrations.AddConstraint("goal", models.CheckConstraint(condition=Q(target__gt=0), name="goal_is_positive")),
        migrations.AddConstraint(
            "goal",
            models.CheckConstraint(
                condition=Q(measure="net_sales")
                | Q(measure="activity", target__lte=100)
                | Q(measure__in=("orders", "recruits", "calls", "follow_ups"), target__lte=10**8, target=Floor("target")),
                name="goal_fits_measure",
            ),
        ),
    ]
