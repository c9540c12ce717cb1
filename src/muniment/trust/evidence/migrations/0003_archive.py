import django.db.models.deletion
from django.db import migrations, models

from muniment.trust.access.triggers import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_map'),
    ]

    operations = [
        migrations.AddField(
            model_name='timestamp',
            name='rehashes',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='timestamp',
            name='signed_with',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name='timestamp',
            name='tree',
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name='timestamp',
            name='renews',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.timestamp'),
        ),
        migrations.CreateModel(
            name='ArchiveList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('algorithm', models.CharField(max_length=20)),
                ('made_at', models.DateTimeField()),
                ('body', models.TextField()),
                ('head', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.treehead')),
            ],
        ),
        migrations.AddField(
            model_name='timestamp',
            name='archive_list',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.archivelist'),
        ),
        migrations.AddConstraint(
            model_name='timestamp',
            constraint=models.CheckConstraint(condition=models.Q(('rehashes', False), ('renews__isnull', False), _connector='OR'), name='evidence_rehash_renews'),
        ),
        migrations.AddConstraint(
            model_name='archivelist',
            constraint=models.UniqueConstraint(fields=('head', 'algorithm'), name='evidence_archive_list_once'),
        ),
        append_only('evidence_timestamp'),
        append_only('evidence_archivelist'),
    ]
