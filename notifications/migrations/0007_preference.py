
import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
import notifications.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0006_letter'),
        ('teams', '0014_fewer_rep_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Preference',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='preference', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('quiet_from', models.TimeField(default=datetime.time(21, 0), verbose_name='quiet from')),
                ('quiet_to', models.TimeField(default=datetime.time(8, 0), verbose_name='quiet until')),
                ('cap', models.PositiveSmallIntegerField(default=8, verbose_name='nudges a day at most')),
                ('muted', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), blank=True, default=list, size=50, verbose_name='muted rules')),
                ('by_email', models.BooleanField(default=True, verbose_name='e-mail when push is off')),
                ('token', models.CharField(default=notifications.models.new_token, max_length=43, unique=True)),
            ],
            options={
                'verbose_name': 'notification settings',
                'verbose_name_plural': 'notification settings',
            },
        ),
        migrations.RemoveIndex(
            model_name='notification',
            name='notification_due',
        ),
        migrations.AddField(
            model_name='notification',
            name='in_digest',
            field=models.BooleanField(db_default=False, default=False, verbose_name='in the digest'),
        ),
        migrations.AddField(
            model_name='notification',
            name='mute',
            field=models.CharField(blank=True, db_default='', max_length=30, verbose_name='rule'),
        ),
        migrations.AddField(
            model_name='notification',
            name='priority',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='priority'),
        ),
        migrations.AddField(
            model_name='notification',
            name='why',
            field=models.CharField(blank=True, db_default='', max_length=200, verbose_name='why'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='kind',
            field=models.CharField(choices=[('reminder', 'reminder'), ('summary', 'summary of a closed campaign'), ('job', 'result of an import'), ('notice', 'notice'), ('nudge', 'nudge'), ('digest', 'digest')], max_length=10, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='state',
            field=models.CharField(choices=[('due', 'waiting'), ('leased', 'being sent'), ('done', 'sent'), ('cancelled', 'withdrawn'), ('dead', 'given up'), ('dropped', 'left out')], default='due', max_length=10, verbose_name='state'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('state', 'due'), models.Q(('kind', 'reminder'), _negated=True)), fields=['due_at'], name='notification_due_other'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('state', 'dead')), fields=['-due_at', '-id'], name='notification_dead'),
        ),
        migrations.AddConstraint(
            model_name='preference',
            constraint=models.CheckConstraint(condition=models.Q(('cap__lte', 100)), name='preference_cap'),
        ),
    ]
