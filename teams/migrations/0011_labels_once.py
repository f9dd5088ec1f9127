from django.db import migrations, models

from teams.tree import UniqueLabel


class Migration(migrations.Migration):

    dependencies = [
        ('teams', '0010_sparse_labels'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='rep',
            constraint=UniqueLabel(include=('status',), label='lft', name='rep_lft_once'),
        ),
        migrations.AddConstraint(
            model_name='rep',
            constraint=UniqueLabel(include=(), label='rght', name='rep_rght_once'),
        ),
        migrations.AddConstraint(
            model_name='rep',
            constraint=models.CheckConstraint(condition=models.Q(('lft__lt', models.F('rght'))), name='rep_lft_before_rght'),
        ),
        migrations.AddConstraint(
            model_name='territory',
            constraint=UniqueLabel(include=(), label='lft', name='territory_lft_once'),
        ),
        migrations.AddConstraint(
            model_name='territory',
            constraint=UniqueLabel(include=(), label='rght', name='territory_rght_once'),
        ),
        migrations.AddConstraint(
            model_name='territory',
            constraint=models.CheckConstraint(condition=models.Q(('lft__lt', models.F('rght'))), name='territory_lft_before_rght'),
        ),
        migrations.RemoveIndex(
            model_name='rep',
            name='rep_tree',
        ),
        migrations.RemoveIndex(
            model_name='territory',
            name='territory_tree',
        ),
    ]
