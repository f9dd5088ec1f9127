from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0003_sessions_and_codes'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='territory',
            constraint=models.CheckConstraint(condition=models.Q(('parent', models.F('id')), _negated=True), name='territory_parent_is_another'),
        ),
    ]
