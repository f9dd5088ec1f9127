
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0009_tasks'),
        ('teams', '0014_fewer_rep_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='reminder',
            name='after',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='next', to='leads.reminder'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='next_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='reminder',
            name='repeat',
            field=models.CharField(blank=True, choices=[('', 'Once'), ('daily', 'Every day'), ('workdays', 'On work days'), ('weekly', 'Every week')], default='', max_length=10, verbose_name='repeat'),
        ),
        migrations.AddField(
            model_name='reminder',
            name='title',
            field=models.CharField(blank=True, max_length=200, verbose_name='task'),
        ),
        migrations.AlterField(
            model_name='reminder',
            name='lead',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='leads.lead'),
        ),
        migrations.AlterField(
            model_name='reminder',
            name='owner',
            field=models.ForeignKey(db_index=False, default=None, on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='teams.rep'),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='reminder',
            name='state',
            field=models.CharField(choices=[('open', 'open'), ('done', 'done'), ('cancelled', 'withdrawn'), ('missed', 'missed')], default='open', max_length=10),
        ),
        migrations.AddIndex(
            model_name='reminder',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['owner', 'due_at'], name='reminder_ahead'),
        ),
        migrations.AddIndex(
            model_name='reminder',
            index=models.Index(condition=models.Q(('ended_at__isnull', False)), fields=['owner', '-ended_at'], name='reminder_ended'),
        ),
        migrations.AddIndex(
            model_name='reminder',
            index=models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='reminder_next'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(('lead__isnull', False), models.Q(('title', ''), _negated=True), _connector='XOR'), name='reminder_lead_or_title'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(('next_at__isnull', True), models.Q(('next_at__gt', models.F('due_at')), models.Q(('repeat', ''), _negated=True), ('state', 'open')), _connector='OR'), name='reminder_next_is_later'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.UniqueConstraint(condition=models.Q(('after__isnull', False)), fields=('after',), name='reminder_comes_again_once'),
        ),
    ]
