import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0008_reminder_day'),
        ('teams', '0012_export_permission'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='reminder',
            name='owner',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='teams.rep'),
        ),
        migrations.RunSQL(
            "UPDATE leads_reminder r SET owner_id = l.owner_id FROM leads_lead l WHERE l.id = r.lead_id AND r.owner_id IS NULL; "
            "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED",
            migrations.RunSQL.noop,
        ),
    ]
