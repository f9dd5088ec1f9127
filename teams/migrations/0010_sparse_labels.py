from django.db import migrations, models

from teams.tree.forest import relabel_table
from teams.tree.table import Table

START = """SELECT setval('teams_tree', (SELECT greatest(1, max(tree_id)) FROM (
             SELECT tree_id FROM teams_rep UNION ALL SELECT tree_id FROM teams_territory) AS known))"""


def relabel(apps, editor):
    for name, parent in (("teams_territory", "parent_id"), ("teams_rep", "sponsor_id")):
        relabel_table(Table(name, parent, editor.connection.alias))


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0009_code_once_more'),
    ]

    operations = [
        migrations.AlterField(
            model_name='rep',
            name='level',
            field=models.IntegerField(editable=False),
        ),
        migrations.AlterField(
            model_name='territory',
            name='level',
            field=models.IntegerField(editable=False),
        ),
        migrations.RunSQL(["CREATE SEQUENCE teams_tree AS integer", START], "DROP SEQUENCE teams_tree"),
        migrations.RunPython(relabel, migrations.RunPython.noop),
    ]
