
import notifications.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0008_nudges'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Traffic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour', models.DateTimeField()),
                ('kind', models.CharField(choices=[('reminder', 'reminder'), ('summary', 'summary of a closed campaign'), ('job', 'result of an import'), ('notice', 'notice'), ('nudge', 'nudge'), ('digest', 'digest')], max_length=10)),
                ('in_5', models.IntegerField(default=0)),
                ('in_10', models.IntegerField(default=0)),
                ('in_30', models.IntegerField(default=0)),
                ('in_60', models.IntegerField(default=0)),
                ('in_300', models.IntegerField(default=0)),
                ('beyond', models.IntegerField(default=0)),
                ('later', models.IntegerField(default=0)),
                ('dead', models.IntegerField(default=0)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='notification',
            name='notification_waits_once',
        ),
        migrations.RemoveConstraint(
            model_name='notification',
            name='notification_lease_ends',
        ),
        migrations.RemoveIndex(
            model_name='notification',
            name='notification_leased',
        ),
        migrations.AddField(
            model_name='letter',
            name='ends_at',
            field=models.DateTimeField(default=notifications.models.useless_at),
        ),
        migrations.AddField(
            model_name='letter',
            name='unsubscribe',
            field=models.CharField(blank=True, db_default='', max_length=300),
        ),
        migrations.AddField(
            model_name='notification',
            name='crashes',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name='lost with a worker'),
        ),
        migrations.AlterField(
            model_name='notification',
            name='state',
            field=models.CharField(choices=[('held', 'waiting for its moment'), ('due', 'waiting'), ('leased', 'being sent'), ('later', 'to be tried again'), ('done', 'sent'), ('cancelled', 'withdrawn'), ('dead', 'given up'), ('dropped', 'left out')], default='due', max_length=10, verbose_name='state'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('state__in', ['leased', 'later'])), fields=['lease_until'], name='notification_leased'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['due', 'leased', 'later'])), fields=('recipient', 'key'), name='notification_waits_once'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('state__in', ['leased', 'later'])), models.Q(('state__in', ['leased', 'later']), _negated=True), _connector='OR'), name='notification_lease_ends'),
        ),
        migrations.AddConstraint(
            model_name='traffic',
            constraint=models.UniqueConstraint(fields=('hour', 'kind'), name='traffic_once'),
        ),
    ]
