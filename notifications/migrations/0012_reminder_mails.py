
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0011_replay'),
    ]

    operations = [
        migrations.AddField(
            model_name='preference',
            name='remind_by_email',
            field=models.BooleanField(db_default=False, default=False, verbose_name='reminders by e-mail when push is off'),
        ),
    ]
