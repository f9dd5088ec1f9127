
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0010_nudge_unread'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='notification',
            options={'permissions': [('replay_notification', 'Can have messages tried again')], 'verbose_name': 'notification', 'verbose_name_plural': 'notifications'},
        ),
    ]
