from django.db import migrations


class Migration(migrations.Migration):
    """Files are packed already, or gone soon: packing them costs more than reading them."""

    dependencies = [("jobs", "0007_fewer_indexes")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE jobs_jobpiece ALTER COLUMN data SET STORAGE EXTERNAL",
            "ALTER TABLE jobs_jobpiece ALTER COLUMN data SET STORAGE EXTENDED",
        )
    ]
