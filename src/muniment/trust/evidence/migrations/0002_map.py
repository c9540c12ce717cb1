from django.db import migrations, models

from muniment.trust.access.triggers import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='MapNode',
            fields=[
                ('hash', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('left', models.CharField(max_length=64)),
                ('right', models.CharField(max_length=64)),
                ('value', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='MapRoot',
            fields=[
                ('size', models.BigIntegerField(primary_key=True, serialize=False)),
                ('root', models.CharField(max_length=64)),
                ('entry_count', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='MapEntry',
            fields=[
                ('key_hash', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('value', models.TextField(blank=True)),
                ('folded', models.CharField(blank=True, max_length=64)),
                ('waiting', models.BooleanField()),
                ('changed_at', models.DateTimeField()),
                ('digest', models.CharField(max_length=64)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('waiting', True)), fields=['key_hash'], name='evidence_map_entry_waiting')],
            },
        ),
        append_only('evidence_mapnode'),
        append_only('evidence_maproot'),
    ]
